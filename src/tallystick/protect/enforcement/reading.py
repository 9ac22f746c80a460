"""What an audit reads of a set of books: whole tables, in one view, the same from every backend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Protocol

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # table: what each row says, in this order; the rows themselves come in the order behind #
        "account": (  # id
            "id", "owner", "currency", "floor", "cap",
            "debits", "credits", "debits_held", "credits_held",
        ),
        "transfer": (  # leaf, seq
            "leaf", "seq", "id", "at_ms", "kind", "debit", "credit", "currency",
            "amount_minor", "purpose", "device", "pending", "reserved_minor", "expires_ms",
        ),
        "outcome": ("leaf", "device", "request", "ordered", "code", "data"),  # leaf
        "instruction": ("leaf", "digest", "device", "signed", "signature"),  # leaf
        "register": ("name", "key", "value"),  # name, key
    }
)  # fmt: skip
"""Money and places are whole numbers; `data`, `signed`, `value` octets; absent is None."""


class BooksReader(Protocol):
    """Reads a set of books from end to end, as one moment left them. Believes nothing.

    A row that somebody edited is given as it stands, whatever it holds: judging is the audit's.
    """

    def structure(self) -> Iterable[tuple[str, str]]:
        """What is wrong with the database itself (where, what): files, tables, guards, keys."""
        ...

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        """Every row of a table of COLUMNS, one at a time."""
        ...
