"""Reading what YAML left: tables, lists and words, each where it belongs or refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.describe.problems import shown
from tallystick.ground.errors import Misconfigured
from tallystick.ground.shown import shown_text

_NOTHING = ("", "~", "null", "Null", "NULL")


def table_of(value: Any, where: str) -> Mapping[str, Any]:
    """A table; nothing counts as an empty one. Refuses: Misconfigured for anything else."""
    if value is None or value in _NOTHING:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise Misconfigured(f"found {shown(value)}", where=where, allowed="a table")
    return value


def tables_of(value: Any, where: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Named tables. Refuses: Misconfigured for anything else."""
    found = table_of(value, where)
    return [
        (name, table_of(inner, f"{where}, {shown_text(name)}")) for name, inner in found.items()
    ]


def words_of(value: Any, where: str) -> list[str]:
    """A list of words. Refuses: Misconfigured for anything else."""
    if value is None or value in _NOTHING:
        return []
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise Misconfigured(f"found {shown(value)}", where=where, allowed="a list of words")
    return value


def word_of(table: Mapping[str, Any], key: str, where: str) -> str:
    """A word, empty when there is none. Refuses: Misconfigured for anything else."""
    value = table.get(key, "")
    if value is None or value in _NOTHING:
        return ""
    if not isinstance(value, str):
        raise Misconfigured(f"found {shown(value)}", where=f"{where}, {key}", allowed="a word")
    return value


def flag_of(table: Mapping[str, Any], key: str, where: str) -> bool:
    """True or false, false when it is not said. Refuses: Misconfigured for anything else."""
    word = word_of(table, key, where).lower()
    if word not in ("", "true", "false", "yes", "no", "on", "off"):
        raise Misconfigured(
            f"found {shown(word)}", where=f"{where}, {key}", allowed="true or false"
        )
    return word in ("true", "yes", "on")
