"""Rotation: bring sealed fields under the newest key, page by page, while the service goes on.

    ring = FieldRing(new, older=[old])        every reader and writer has both keys first
    for progress in rotate(ring, rows): ...   then rows are rewritten; stop and go on at any place
    ring = FieldRing(new)                     when nothing is left under the old key

Nothing here knows a database: `SealedRows` says what is needed of one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tallystick.crypto.envelopes.fields import FieldPlace, FieldRing, Random
from tallystick.crypto.envelopes.refusals import EnvelopeRefused

PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedField:
    """A sealed field and where it lies."""

    place: FieldPlace
    envelope: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resealed:
    """One field before and after. Write `after` only where `before` still is."""

    place: FieldPlace
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a rotation is.

    `seen` fields were looked at, `resealed` of them are under the newest key now and were not
    before, `overtaken` were changed by somebody else meanwhile and are left to another pass,
    `refused` did not open: they are left as they are and must be looked into.
    """

    seen: int = 0
    resealed: int = 0
    overtaken: int = 0
    refused: tuple[FieldPlace, ...] = ()
    cursor: str | None = None
    """Where to go on; None before the first page."""
    done: bool = False

    @property
    def old_keys_may_go(self) -> bool:
        """Whether every field was seen and none was left under another key."""
        return self.done and not self.refused and not self.overtaken


class SealedRows(Protocol):
    """Rows with sealed fields, in an order that does not change while they are rewritten."""

    def page(self, after: str | None, limit: int) -> tuple[Sequence[SealedField], str | None]:
        """Up to so many fields behind a cursor, and the next cursor; no fields at the end."""
        ...

    def replace(self, changes: Sequence[Resealed]) -> int:
        """Write what still is as it was, all durable on return; gives how many were written."""
        ...


def reseal(
    ring: FieldRing, fields: Iterable[SealedField], *, random: Random = os.urandom
) -> tuple[tuple[Resealed, ...], tuple[FieldPlace, ...]]:
    """The fields that are not under the newest key, sealed anew, and the places that do not open.

    Pure: writes nothing. A field that is under the newest key already is left out.
    """
    changes, refused = [], []
    for one in fields:
        try:
            if ring.is_newest(one.envelope):
                continue
            plaintext = ring.open(one.place, one.envelope)
        except EnvelopeRefused:
            refused.append(one.place)
            continue
        after = ring.seal(one.place, plaintext, random=random)
        changes.append(Resealed(place=one.place, before=one.envelope, after=after))
    return tuple(changes), tuple(refused)


def rotate(
    ring: FieldRing,
    rows: SealedRows,
    *,
    start: Progress | None = None,
    limit: int = PAGE,
    random: Random = os.urandom,
) -> Iterator[Progress]:
    """Go through all rows and say after each page how far it is.

    Stop whenever you like: the last progress, given as `start`, goes on from there. A field that
    somebody else writes meanwhile is never overwritten.
    """
    progress = start or Progress()
    while not progress.done:
        fields, cursor = rows.page(progress.cursor, limit)
        changes, refused = reseal(ring, fields, random=random)
        written = rows.replace(changes) if changes else 0
        progress = Progress(
            seen=progress.seen + len(fields),
            resealed=progress.resealed + written,
            overtaken=progress.overtaken + len(changes) - written,
            refused=progress.refused + refused,
            cursor=cursor if fields else progress.cursor,
            done=not fields,
        )
        yield progress
