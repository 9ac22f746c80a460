"""What the transfers of each account come to."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tallystick.protect.enforcement import BooksReader

PROVIDER = "provider"
"""Who owns the accounts that belong to nobody outside."""

_SIGNS = {
    "move": (1, 0), "hold": (0, 1), "post": (1, -1), "void": (0, -1), "expire": (0, -1),
}  # fmt: skip
"""What a transfer of each kind adds to what is posted and to what is held."""


def fold_transfers(reader: BooksReader) -> tuple[dict[Any, list[int]], int]:
    """Debits, credits, held debits and held credits by account; how many transfers there are."""
    sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    count = 0
    for _, _, _, _, kind, debit, credit, _, minor, _, _, _, reserved, _ in reader.rows("transfer"):
        count += 1
        kept = minor if reserved is None else reserved
        if not isinstance(minor, int) or not isinstance(kept, int):
            continue  # then the accounts do not fit either
        posted, held = _SIGNS.get(kind, (0, 0))
        sums[debit][0] += posted * minor
        sums[debit][2] += held * kept
        sums[credit][1] += posted * minor
        sums[credit][3] += held * kept
    return dict(sums), count
