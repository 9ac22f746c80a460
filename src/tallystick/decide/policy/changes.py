"""One difference between two policies, as a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. `path` says where; `before` or `after` is empty when it was not there.

    `direction`: `tighter`, `looser` or `other`, as seen by somebody who wants to be safe.
    """

    path: str
    before: str
    after: str
    direction: str


def changed(
    path: str, before: int | str | None, after: int | str | None, direction: str
) -> Iterator[Change]:
    """A change where two values differ; none where they do not."""
    if before != after:
        yield change(path, before, after, direction)


def change(path: str, before: int | str | None, after: int | str | None, direction: str) -> Change:
    """One change, its values as text."""

    def text(value: int | str | None) -> str:
        return "" if value is None else str(value)

    return Change(path=path, before=text(before), after=text(after), direction=direction)
