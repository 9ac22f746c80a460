"""Other rooms come in by the door: they do not import the files behind it."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.tree import PACKAGE, here, modules, parsed
from tools.cards import rooms

# Values and data are open to everyone; `ports` and `model` are doors of their own.
OPEN_FLOORS = ("tallystick.ground", "tallystick.standard")
SIDE_DOORS = ("ports", "model")

# A ratchet: importer -> what it takes from behind a door. Entries may go, not come.
BEHIND = {
    # Drafting needs the solver; the door of the policy, which the running service uses, does not.
    ("tallystick.decide.assurance", "tallystick.decide.policy.drafting"),
}

ROOMS = {"tallystick." + room.name.replace("/", ".") for room in rooms()}


def room_of(module: str) -> str:
    """The innermost room that holds a module; the package itself when none does."""
    while module not in ROOMS and "." in module:
        module = module.rpartition(".")[0]
    return module


def taken_from_behind(path: Path) -> set[tuple[str, str]]:
    """What a file imports past the door of another room: (its own room, the module)."""
    name = ".".join(("tallystick", *path.relative_to(PACKAGE).with_suffix("").parts))
    own = room_of(name.removesuffix(".__init__"))
    taken = set()
    for node in ast.walk(parsed(path)):
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        if not module.startswith("tallystick.") or module.startswith(OPEN_FLOORS):
            continue
        theirs = room_of(module)
        inside = own == theirs or own.startswith(f"{theirs}.")
        if module != theirs and not inside and module.rpartition(".")[2] not in SIDE_DOORS:
            taken.add((own, module))
    return taken


def test_rooms_are_entered_by_the_door() -> None:
    found = {place: here(path) for path in modules() for place in taken_from_behind(path)}
    assert {file: place for place, file in found.items() if place not in BEHIND} == {}
    assert BEHIND - found.keys() == set(), "the list may only shrink: remove these"
