"""What importing costs, and that every module can be imported first."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.house.tree import PACKAGE, ROOT, modules

HEAVY = {
    "psycopg",
    "pkcs11",
    "starlette",
    "uvicorn",
    "highspy",
    "numpy",
    "jinja2",
    "rich",
    "typer",
    "httpx",
    "pydantic",
}

MODULES = sorted(
    "tallystick"
    + "".join(f".{part}" for part in path.relative_to(PACKAGE).with_suffix("").parts)
    .removesuffix(".__init__")
    for path in modules()
    if path.name != "__main__.py"
)  # fmt: skip


OTHERS = {*HEAVY - {"pydantic"}, "cryptography", "msgspec", "rich.console", "uvicorn.server"}


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def test_import_tallystick_pulls_nothing_heavy() -> None:
    done = python("import sys, tallystick; print(*{name.split('.')[0] for name in sys.modules})")
    assert done.returncode == 0, done.stderr
    assert HEAVY & set(done.stdout.split()) == set()


FIRST = """
import importlib, os, sys
for name in sys.argv[1].split():
    importlib.import_module(name)
for name in sys.argv[2].split():
    if os.fork() == 0:
        try:
            importlib.import_module(name)
        except BaseException as error:
            print(f"{name}: {error}", flush=True)
        os._exit(0)
    os.wait()
"""
"""Other people's packages are loaded once; each of our modules is then first in a copy of that."""


@pytest.mark.slow
def test_every_module_can_be_imported_first() -> None:
    # A circle of imports shows only when a module of the circle is imported before the others.
    others, halves = " ".join(sorted(OTHERS)), (MODULES[::2], MODULES[1::2])
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda half: python(FIRST, others, " ".join(half)), halves))
    assert [half.stderr for half in done if half.returncode] == []
    assert [line for half in done for line in half.stdout.splitlines()] == []
