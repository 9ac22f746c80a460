"""Every room has a card that says what it is for, and the card is true."""

from __future__ import annotations

import importlib

import pytest

from tests.house.tree import PACKAGE, ROOT, here, modules
from tools.cards import FLOORS, LINES, Room, rooms

ROOMS = tuple(rooms())
each_room = pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)


def test_every_folder_with_code_is_a_package() -> None:
    # A folder without __init__.py is invisible to the import contracts.
    folders = {path.parent for path in modules()} - {PACKAGE}
    assert [here(f) for f in sorted(folders) if not (f / "__init__.py").exists()] == []


def test_every_floor_is_known() -> None:
    assert {room.floor for room in ROOMS} <= set(FLOORS)


@each_room
def test_card_is_complete(room: Room) -> None:
    card = room.card()
    assert card.promise.endswith((".", "?")), "a card begins with one sentence"
    assert tuple(card.lines) == LINES, f"a card says {', '.join(LINES)}, in this order"
    assert all(card.lines.values()), "a line of the card is empty"


@each_room
def test_card_names_its_proof(room: Room) -> None:
    proofs = room.card().proofs()
    assert proofs, "Proof names at least one path under tests/"
    assert [path for path in proofs if not (ROOT / path).exists()] == []


@each_room
def test_door_lists_what_it_exports(room: Room) -> None:
    exported = room.exported()
    if exported is None:
        assert room.name == "ground" or room.rooms_inside(), "a room exports its door in __all__"
        assert room.name == "ground" or not room.bound(), "names without __all__"
        return
    assert len(set(exported)) == len(exported), "a name is exported twice"
    assert room.bound() <= set(exported), "the door makes a public name that is not in __all__"
    module = importlib.import_module("tallystick." + room.name.replace("/", "."))
    assert [name for name in exported if not hasattr(module, name)] == []
