"""What the vault needs: a store for its rows, and a crypto module for what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tallystick.protect.tokens.records import TokenRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row to write: new when `before` is None, else in the place of exactly that row."""

    before: TokenRow | None
    after: TokenRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Octets and what they are bound to: clear ones to be sealed, sealed ones to be opened."""

    bound: str = field(repr=False)
    octets: bytes = field(repr=False)


class TokenStore(Protocol):
    """Where the rows of the vault are. It is believed in nothing but that it keeps them."""

    def read(self, token: str) -> TokenRow | None:
        """The row of a token."""
        ...

    def current(self, domain: str, index: bytes) -> TokenRow | None:
        """The one row of a domain that has this index; deleted rows have none."""
        ...

    def write(self, changes: Sequence[Change]) -> Sequence[bool]:
        """Make changes in one durable transaction, in order; says of each whether it was made.

        A new row is written when its token, and its index in its domain, are free. A row is changed
        when the stored revision is still that of `before`. What is not so harms no other change.
        """
        ...

    def page(self, after: str, limit: int) -> Sequence[TokenRow]:
        """Rows in the order of their tokens, those above `after`."""
        ...

    def close(self) -> None:
        """Let go. Closing twice is harmless."""
        ...


class VaultKeys(Protocol):
    """The crypto module, as the vault sees it. Cells are treated one by one, all or none."""

    def seal(self, cells: Sequence[Cell]) -> Sequence[bytes]:
        """Seal account numbers."""
        ...

    def open(self, cells: Sequence[Cell]) -> Sequence[bytes]:
        """Open sealed ones. Refuses: EnvelopeRefused when one of them is not what was sealed."""
        ...

    def reseal(self, cells: Sequence[Cell]) -> Sequence[bytes]:
        """Bring sealed ones under the key that seals now. Refuses: as `open`."""
        ...

    def index(self, domain: str, pans: Sequence[bytes]) -> Sequence[bytes]:
        """A keyed digest of each account number, 32 octets; another one in every domain."""
        ...

    def is_newest(self, sealed: bytes) -> bool:
        """Whether it is under the key that seals now."""
        ...
