"""Where accounts and names stand in the tables, and what each account holds: remembered."""

from __future__ import annotations

import sqlite3

from tallystick.ground.errors import Defect

PLACES_MAX = 1_000_000
NAMES_MAX = 200_000
"""So many are remembered; beyond that all are read anew as they are asked for."""


class Place:
    """One account: its number, its newest transfer and value, and what a batch adds to it.

    `was` is the newest transfer before the batch: the row is only changed while it still says so.
    """

    __slots__ = (
        "batch", "credits", "credits_held", "debits", "debits_held", "last", "no", "value", "was",
    )  # fmt: skip

    def __init__(self, no: int, last: int, value: int) -> None:
        self.no, self.last, self.value = no, last, value
        self.batch, self.was = -1, last
        self.debits = self.credits = self.debits_held = self.credits_held = 0

    def holding(self) -> bool:
        """Whether the batch changes what is held here."""
        return self.debits_held != 0 or self.credits_held != 0


class Places:
    """Read through one connection. Whoever changes places and cannot commit them must `forget`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.known: dict[str, Place] = {}
        self.names: dict[str, int] = {}

    def find(self, account: str) -> Place:
        """Refuses: Defect when there is no such account."""
        row = self._connection.execute(
            "SELECT no, last_seq, credits - debits FROM account JOIN balance USING (no)"
            " WHERE id = ?",
            (account,),
        ).fetchone()
        if row is None:
            raise Defect("a transfer names an account that is not there")
        place = self.known[account] = Place(*row)
        return place

    def name(self, text: str) -> int:
        """The number of a purpose or device; it is given one when it has none."""
        number = self.names.get(text)
        if number is None:
            execute = self._connection.execute
            execute("INSERT OR IGNORE INTO name (text) VALUES (?)", (text,))
            row = execute("SELECT no FROM name WHERE text = ?", (text,)).fetchone()
            number = self.names[text] = int(row[0])
        return number

    def trim(self) -> None:
        """Keep memory bounded."""
        if len(self.known) > PLACES_MAX:
            self.known.clear()
        if len(self.names) > NAMES_MAX:
            self.names.clear()

    def forget(self) -> None:
        self.known.clear()
        self.names.clear()
