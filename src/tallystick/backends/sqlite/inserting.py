"""Many rows by one statement: what an INSERT costs besides its rows is paid once for all of them.

A statement that may fail in its middle and leave the transaction open keeps a copy of each page
that it changes. With OR ROLLBACK a row that the tables refuse ends the transaction, as it has to be
anyway, and nothing is copied.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

ROWS_MAX = 128
"""So many rows in one statement; twice as many gain nothing that can be seen."""


class Insert:
    """Appends rows to one table. Their values stand in one list, row behind row."""

    __slots__ = ("_texts", "_width")

    def __init__(self, columns: str, *, width: int) -> None:
        """`columns` is a table, and in brackets its columns unless these are all of them."""
        row = f"({', '.join('?' * width)})"
        self._width = width
        self._texts = {  # few, so that they stay prepared
            rows: f"INSERT OR ROLLBACK INTO {columns} VALUES {', '.join([row] * rows)}"
            for rows in _COUNTS
        }

    def write(self, connection: sqlite3.Connection, values: Sequence[object]) -> None:
        """Refuses: sqlite3.IntegrityError; the transaction is over then."""
        start, left = 0, len(values) // self._width
        for rows in _COUNTS:
            while left >= rows:
                end = start + rows * self._width
                connection.execute(self._texts[rows], values[start:end])
                start, left = end, left - rows


_COUNTS = tuple(ROWS_MAX >> n for n in range(ROWS_MAX.bit_length()))
