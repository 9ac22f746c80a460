"""An owner's files of own entries, laid over the catalogue of this package."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from tallystick.ground.errors import Misconfigured
from tallystick.ground.shown import shown_text
from tallystick.standard.entries import Entry, shown_value

KINDS = ("threat", "countermeasure", "requirement", "step")
"""What an owner may add."""
_NAMELESS = ("step",)
"""Kinds whose entries have no id, so that nothing can override them."""


class Overlay:
    """The entries of an owner's files: new ones by kind, and overrides by id."""

    def __init__(self) -> None:
        self._added: dict[str, list[tuple[Any, str]]] = {kind: [] for kind in KINDS}
        self._over: dict[str, tuple[str, dict[str, Any], str]] = {}

    def put(self, kind: str, number: int, table: Any, name: str) -> None:
        """One entry of a file, the so-manieth of its kind.

        Refuses:  Misconfigured for one without an id, and for a second override of the same id.
        """
        if kind in _NAMELESS:
            self._added[kind].append((table, name))
            return
        label = _id_of(kind, Entry(table, f"{name}, {kind} {number}"))
        rest = {k: v for k, v in table.items() if k != "overrides"}
        place = f"{name}, {shown_text(label)}"
        if "overrides" not in table:
            self._added[kind].append((rest, name))
            return
        if table["overrides"] is not True:
            raise Misconfigured("overrides is not true", where=place, allowed="overrides = true")
        if label in self._over:
            raise Misconfigured(f"{self._over[label][2]} overrides it too", where=place)
        self._over[label] = (kind, rest, place)

    def added(self, kind: str) -> Iterator[tuple[Any, str]]:
        """The new entries of a kind, each with the name of its file."""
        yield from self._added.get(kind, ())

    def over(self, label: str, table: Any, place: str) -> tuple[Any, str]:
        """An entry with the values that an override gives it, and where a reader finds both."""
        if label not in self._over:
            return table, place
        _, values, above = self._over[label]
        return {**table, **values}, f"{above} over {place}"

    def check_done(self, kind: str, found: Collection[str]) -> None:
        """Refuses: Misconfigured for an override of an entry that is not there."""
        for label, (over_kind, _, place) in self._over.items():
            if over_kind == kind and label not in found:
                told = f"there is no {kind} {shown_text(label)} to override"
                raise Misconfigured(told, where=place)


def _id_of(kind: str, entry: Entry) -> str:
    label = entry.take("id") if entry.has("id") else None
    if not isinstance(label, str):
        raise Misconfigured(f"a {kind} without id", where=entry.where, allowed='id = "..."')
    return label


def read_overlay(files: Iterable[tuple[str, str]]) -> Overlay:
    """Read the files. Refuses: Misconfigured for what is not TOML or holds anything else."""
    overlay, seen = Overlay(), set[str]()
    for name, text in files:
        if name in seen:
            raise Misconfigured("the file is named twice", where=name)
        seen.add(name)
        for kind, tables in _content(name, text).items():
            if kind not in KINDS or not isinstance(tables, list):
                allowed = ", ".join(f"[[{kind}]]" for kind in KINDS)
                raise Misconfigured(f"found {shown_value(kind)}", where=name, allowed=allowed)
            for number, table in enumerate(tables, 1):
                overlay.put(kind, number, table, name)
    return overlay


def _content(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise Misconfigured("nested too deeply", where=name) from None
    except ValueError as error:
        raise Misconfigured(f"not TOML: {error}", where=name) from None
