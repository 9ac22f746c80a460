"""What importing costs, and that every module can be imported first."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.house.tree import PACKAGE, ROOT, modules

HEAVY = {"starlette", "uvicorn", "highspy", "numpy", "jinja2", "rich", "typer", "httpx", "pydantic"}

MODULES = sorted(
    "tallystick"
    + "".join(f".{part}" for part in path.relative_to(PACKAGE).with_suffix("").parts)
    .removesuffix(".__init__")
    for path in modules()
    if path.name != "__main__.py"
)  # fmt: skip


def python(code: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )


def test_import_tallystick_pulls_nothing_heavy() -> None:
    done = python("import sys, tallystick; print(*{name.split('.')[0] for name in sys.modules})")
    assert done.returncode == 0, done.stderr
    assert HEAVY & set(done.stdout.split()) == set()


@pytest.mark.slow
def test_every_module_can_be_imported_first() -> None:
    # A circle of imports shows only when a module of the circle is imported before the others.
    with ThreadPoolExecutor(max_workers=2) as pool:
        done = list(pool.map(lambda name: python(f"import {name}"), MODULES))
    broken = {
        m: d.stderr.splitlines()[-1] for m, d in zip(MODULES, done, strict=True) if d.returncode
    }
    assert broken == {}
