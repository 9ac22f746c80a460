"""Where entries come from: families of sources, with their terms and what of them is used here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.ground.errors import Misconfigured
from tallystick.standard.entries import Entry

FAMILY_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFamily:
    """One kind of source string: who publishes it, on which terms, and what of it is here.

    `pattern` is matched against the whole source string; `address` is a public page or `none`.
    """

    id: str
    pattern: str
    title: str
    edition: str
    publisher: str
    address: str
    terms: str
    use: str


def read_source(entry: Entry) -> SourceFamily:
    """Refuses: Misconfigured for a pattern that is no regular expression."""
    name, pattern = entry.text("id"), entry.text("pattern")
    if not FAMILY_ID.fullmatch(name):
        raise entry.wrong("id", name, f"the shape {FAMILY_ID.pattern}")
    try:
        re.compile(pattern)
    except re.error as error:
        raise Misconfigured(f"pattern cannot be read: {error}", where=entry.where) from None
    return SourceFamily(
        id=name,
        pattern=pattern,
        title=entry.text("title"),
        edition=entry.text("edition"),
        publisher=entry.text("publisher"),
        address=entry.text("address"),
        terms=entry.text("terms"),
        use=entry.text("use"),
    )


def families_of(source: str, families: Mapping[str, SourceFamily]) -> tuple[SourceFamily, ...]:
    """The families that a source string belongs to: one for every source of this package."""
    return tuple(one for one in families.values() if re.fullmatch(one.pattern, source))
