"""Read the cards of the rooms: the docstrings of the packages, without importing them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "tallystick"

LINES = ("Clauses", "Enters", "Leaves", "Refuses", "Proof")

FLOORS = (
    "ground",
    "standard",
    "crypto",
    "describe",
    "analyse",
    "decide",
    "protect",
    "prove",
    "backends",
    "testing",
    "assembly",
    "handset",
    "trials",
    "serve",
    "cli",
)
"""From the ground up."""

_LINE = re.compile(rf"({'|'.join(LINES)}):\s*(.*)")
_PATH = re.compile(r"\b(?:tests|benchmarks|docs)(?:/[\w.-]*\w)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a room says of itself."""

    room: str
    promise: str
    lines: dict[str, str]

    def proofs(self) -> tuple[str, ...]:
        """The paths that the room names as its proof."""
        return tuple(_PATH.findall(self.lines.get("Proof", "")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One package of the house."""

    name: str
    folder: Path
    tree: ast.Module

    @property
    def floor(self) -> str:
        return self.name.split("/")[0]

    def rooms_inside(self) -> bool:
        return any((child / "__init__.py").exists() for child in self.folder.iterdir())

    def exported(self) -> tuple[str, ...] | None:
        """The names in `__all__`, or None when there is no such list."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and "__all__" in _targets(node):
                value = ast.literal_eval(node.value) if node.value else ()
                return tuple(value)
        return None

    def bound(self) -> set[str]:
        """The public names that the door makes, here or in the room's own files."""
        names: set[str] = set()
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom) and self._is_inside(node.module or ""):
                names |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                names |= _targets(node)
        return {name for name in names if not name.startswith("_")}

    def _is_inside(self, module: str) -> bool:
        return f"{module}.".startswith(f"tallystick.{self.name.replace('/', '.')}.")

    def card(self) -> Card:
        """Read the docstring: its first sentence, then the five lines."""
        text = ast.get_docstring(self.tree) or ""
        lines: dict[str, str] = {}
        promise: list[str] = []
        current = ""
        for line in text.splitlines():
            found = _LINE.fullmatch(line.strip())
            if found:
                current = found[1]
                lines[current] = found[2]
            elif not line.strip():
                current = ""
            elif current:
                lines[current] += " " + line.strip()
            elif not lines:
                promise.append(line.strip())
        return Card(room=self.name, promise=" ".join(promise), lines=lines)


def rooms() -> Iterator[Room]:
    """Every package of the house but the root, floor by floor from the ground up."""
    folders = [path.parent for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE]
    names = {folder.relative_to(PACKAGE).as_posix(): folder for folder in folders}
    for name in sorted(names, key=_from_the_ground_up):
        tree = ast.parse((names[name] / "__init__.py").read_text(encoding="utf-8"))
        yield Room(name=name, folder=names[name], tree=tree)


def _from_the_ground_up(name: str) -> tuple[int, str]:
    floor = name.split("/")[0]
    return (FLOORS.index(floor) if floor in FLOORS else len(FLOORS), name)


def _targets(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}
