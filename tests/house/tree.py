"""The files of the repository, as the tests of the house see them."""

from __future__ import annotations

import ast
import functools
import subprocess
from pathlib import Path

from tools.cards import PACKAGE, ROOT

__all__ = ["PACKAGE", "ROOT", "files", "here", "modules", "parsed"]

_IGNORED = {".git", ".venv", "var", "dist", "site", "__pycache__"}


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that is or would be committed."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"],
            cwd=ROOT, check=True, capture_output=True,
        ).stdout.decode()  # fmt: skip
        paths = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive, or no git at all
        paths = [p for p in ROOT.rglob("*") if not _IGNORED.intersection(p.relative_to(ROOT).parts)]
    return tuple(sorted({path for path in paths if path.is_file()}))


@functools.cache
def modules() -> tuple[Path, ...]:
    """Every Python file of the package."""
    return tuple(p for p in files() if p.suffix == ".py" and p.is_relative_to(PACKAGE))


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def here(path: Path) -> str:
    """A path as a reader of the repository knows it."""
    return path.relative_to(ROOT).as_posix()
