"""The vault's rows as something whose key is rotated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tallystick.crypto.envelopes import EnvelopeRefused
from tallystick.protect.tokens.ports import Cell, Change, TokenStore, VaultKeys
from tallystick.protect.tokens.records import TokenRow

PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultRotation:
    """How far a rotation of the vault is. `cursor` is the token to go on behind.

    `overtaken` rows were changed meanwhile and want another pass; `refused` rows did not open.
    """

    seen: int = 0
    resealed: int = 0
    overtaken: int = 0
    refused: int = 0
    cursor: str = ""
    done: bool = False

    @property
    def old_keys_may_go(self) -> bool:
        return self.done and not self.overtaken and not self.refused


class VaultRows:
    """Brings the vault's rows under the key that seals now, page by page, while it is used."""

    def __init__(self, store: TokenStore, keys: VaultKeys) -> None:
        self._store, self._keys = store, keys

    def rotate(
        self, start: VaultRotation | None = None, *, limit: int = PAGE
    ) -> Iterator[VaultRotation]:
        """Go through all rows and say after each page how far it is; goes on from `start`."""
        so_far = start or VaultRotation()
        while not so_far.done:
            rows = self._store.page(so_far.cursor, limit)
            changes, refused = self._changes(rows)
            written = sum(self._store.write(changes)) if changes else 0
            so_far = VaultRotation(
                seen=so_far.seen + len(rows),
                resealed=so_far.resealed + written,
                overtaken=so_far.overtaken + len(changes) - written,
                refused=so_far.refused + refused,
                cursor=rows[-1].token if rows else so_far.cursor,
                done=not rows,
            )
            yield so_far

    def _changes(self, rows: Sequence[TokenRow]) -> tuple[list[Change], int]:
        """The rows that are under another key, sealed anew, and how many of them do not open."""
        older, refused = [], 0
        for row in rows:
            try:
                if row.sealed and not self._keys.is_newest(row.sealed):
                    older.append(row)
            except EnvelopeRefused:
                refused += 1
        try:
            return self._resealed(older), refused
        except EnvelopeRefused:
            pass  # one of them does not open: which?
        changes = []
        for row in older:
            try:
                changes += self._resealed([row])
            except EnvelopeRefused:
                refused += 1
        return changes, refused

    def _resealed(self, rows: Sequence[TokenRow]) -> list[Change]:
        if not rows:
            return []
        sealed = self._keys.reseal([Cell(bound=row.bound, octets=row.sealed) for row in rows])
        return [
            Change(before=row, after=replace(row, sealed=octets, revision=row.revision + 1))
            for row, octets in zip(rows, sealed, strict=True)
        ]
