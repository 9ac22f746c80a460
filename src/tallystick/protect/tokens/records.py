"""A row of the vault, and what of it is bound to the sealed account number."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

TABLE, COLUMN = "token", "pan"


class TokenState(StrEnum):
    """Where a token is in its life: active and suspended change places, deleted is the end."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token as the store keeps it; the account number is there only sealed.

    `index` finds the token of an account number in its domain: a keyed digest, None once deleted.
    `revision` counts the changes, from 1. A deleted token keeps its row, without index and account
    number, so that no other account number ever gets it. `expires_ms` None when it does not expire.
    """

    token: str = field(repr=False)
    domain: str
    index: bytes | None = field(repr=False)
    sealed: bytes = field(repr=False)
    state: TokenState
    issued_ms: int
    expires_ms: int | None
    revision: int = 1

    @property
    def bound(self) -> str:
        """What the sealed account number is bound to: the rest of the row but its revision.

        Whoever edits a state, an index, a domain or an expiry in the database makes it unreadable.
        """
        expires = "-" if self.expires_ms is None else str(self.expires_ms)
        index = "-" if self.index is None else self.index.hex()
        return f"{self.token}|{self.domain}|{self.state}|{self.issued_ms}|{expires}|{index}"
