"""Where accounts stand: their numbers, their newest transfers, what they hold. In memory.

The database compares: an account whose newest transfer is another than memory thinks refuses the
batch, and then all memory is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tallystick.backends.postgres.connection import Connection, ask
from tallystick.backends.postgres.schema import CURRENCY_BITS
from tallystick.ground.errors import Defect
from tallystick.protect.enforcement import NewAccount, Settlement

Row = tuple[int, str, str, int, int]
"""A new account: number, id, owner, floor, cap."""

KEPT_MAX = 400_000
"""So many places stay in memory (some 100 MB) before they are all forgotten at once."""


class Place:
    """One account: its number, its newest transfer, credits minus debits."""

    __slots__ = ("last", "no", "value")

    def __init__(self, no: int, last: int, value: int) -> None:
        self.no, self.last, self.value = no, last, value


class Places:
    """The places of accounts that batches touched, and the next free numbers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.known: dict[str, Place] = {}
        self._currencies: dict[str, int] = {}
        self._next: dict[int, int] = {}

    def open(self, accounts: Iterable[NewAccount]) -> list[Row]:
        """Number new accounts; gives their rows."""
        rows: list[Row] = []
        for new in accounts:
            currency = self._currency(new.currency)
            no = self._next.get(currency) or self._first_free(currency)
            self._next[currency] = no + 1
            self.known.setdefault(new.id, Place(no, 0, 0))
            rows.append((no, new.id, new.owner, new.floor, new.cap))
        return rows

    def find(self, leaves: Iterable[Settlement]) -> Mapping[str, Place]:
        """The place of every account that these move. Refuses: Defect for one that is not there."""
        known = self.known
        unknown: set[str] = {
            side
            for s in leaves
            for t in s.transfers
            for side in (t.debit, t.credit)
            if side not in known
        }
        if unknown:
            self._read(list(unknown))
            if not unknown <= known.keys():
                raise Defect("a transfer names an account that is not there")
        return known

    def trim(self) -> None:
        """Forget before memory grows without end; what is needed is read again."""
        if len(self.known) > KEPT_MAX:
            self.known.clear()

    def _read(self, accounts: list[str]) -> None:
        rows = self._connection.execute(
            "SELECT id, no, last_seq, credits - debits FROM account WHERE id = ANY(%b)",
            (accounts,),
            binary=True,
        )
        self.known.update({name: Place(no, last, value) for name, no, last, value in rows})

    def _currency(self, code: str) -> int:
        if code not in self._currencies:
            rows = self._connection.execute("SELECT code, no FROM currency").fetchall()
            self._currencies = dict(rows)
        if code not in self._currencies:
            no = max(self._currencies.values(), default=0) + 1
            self._connection.execute("INSERT INTO currency (no, code) VALUES (%s, %s)", (no, code))
            self._currencies[code] = no
        return self._currencies[code]

    def _first_free(self, currency: int) -> int:
        lowest = currency << CURRENCY_BITS
        newest = ask(
            self._connection,
            "SELECT max(no) FROM account WHERE no >= %s AND no < %s",
            lowest,
            (currency + 1) << CURRENCY_BITS,
        )
        return 1 + (lowest if newest is None else int(newest))
