"""What an audit of the books finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksFinding:
    """A row that does not say what it should: where it stands and what is wrong with it."""

    where: str
    what: str
