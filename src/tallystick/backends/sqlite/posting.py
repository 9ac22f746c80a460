"""Transfers, balances and outcomes of a batch as rows: the part of a commit that must be fast.

Books of a platform and the benchmark of the ledger write through this and nothing else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from operator import itemgetter

from tallystick.backends.sqlite.inserting import Insert
from tallystick.backends.sqlite.places import Place, Places
from tallystick.backends.sqlite.schema import EXPIRES_NEVER, KINDS
from tallystick.ground.errors import Defect
from tallystick.protect.enforcement import Transfer, TransferKind

Row = tuple[object, ...]

_CODES = {kind: KINDS.index(str(kind)) for kind in TransferKind}
_MOVE = TransferKind.MOVE


class Posting:
    """Writes within the transaction of its connection; after a failure it must `forget`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.places = Places(connection)
        self._batch = 0
        self._seq: int | None = None

    @property
    def last_seq(self) -> int:
        """The newest transfer's place in the total order."""
        if self._seq is None:
            row = self._connection.execute("SELECT COALESCE(MAX(seq), 0) FROM transfer").fetchone()
            self._seq = int(row[0])
        return self._seq

    def forget(self) -> None:
        """What was remembered may be wrong: the database is the truth again."""
        self.places.forget()
        self._seq = None

    def post(self, orders: Iterable[tuple[int, int, str, Sequence[Transfer]]]) -> None:
        """Append the transfers of orders (leaf, at_ms, device, transfers) and move the balances.

        Refuses: Defect for an account or hold that is not there, or that changed behind our back;
                 sqlite3.IntegrityError for whatever else the tables forbid.
        """
        self._batch += 1
        self.places.trim()
        page = _Page(self, self._batch, self.last_seq)
        page.read(orders)
        self._seq = page.seq
        if page.touched:
            self._write(page)

    def answer(self, outcomes: Iterable[tuple[str, str, str, str, int, bytes | None]]) -> None:
        """Keep first answers: (request, device, ordered, code, leaf, data)."""
        name, known = self.places.name, self.places.names
        values: list[object] = []
        for request, device, ordered, code, leaf, data in outcomes:
            values += (request, known.get(device) or name(device), ordered, code, leaf, data)
        _OUTCOMES.write(self._connection, values)

    def hold_seq(self, hold: str) -> tuple[int, int] | None:
        """Place and expiry of a hold that is in the database."""
        row = self._connection.execute(
            "SELECT h.seq, h.expires_ms FROM transfer t JOIN hold h USING (seq) WHERE t.id = ?",
            (hold,),
        ).fetchone()
        return (int(row[0]), int(row[1])) if row else None

    def _write(self, page: _Page) -> None:
        write = self._connection.executemany
        _TRANSFERS.write(self._connection, page.values)
        if page.resolved:
            write(_INSERT_RESOLVED, page.resolved)
        if page.holds:
            write("INSERT INTO hold VALUES (?, ?, ?, ?, ?)", page.holds.values())
        touched = page.touched
        plain = touched if not page.holding else [p for p in touched if not p.holding()]
        held = [p for p in touched if p.holding()] if page.holding else ()
        changed = 0
        if plain:
            rows = [(p.no, p.debits, p.credits, p.last, p.was) for p in plain]
            rows.sort(key=_NUMBER)  # neighbours stand in one page
            changed += write(_MOVE_BALANCE, rows).rowcount
        if held:
            more = [
                (p.no, p.debits, p.credits, p.last, p.was, p.debits_held, p.credits_held)
                for p in held
            ]
            changed += write(_MOVE_HELD, more).rowcount
        if changed != len(touched):
            raise Defect("an account changed behind the back of its books")


class _Page:
    """The rows of one batch while it is read once, in its order."""

    __slots__ = ("batch", "holding", "holds", "owner", "resolved", "seq", "touched", "values")

    def __init__(self, owner: Posting, batch: int, seq: int) -> None:
        self.owner, self.batch, self.seq = owner, batch, seq
        self.values: list[object] = []  # of all rows, one behind the other
        self.resolved: list[Row] = []
        self.holds: dict[str, tuple[int, int, int, int, int]] = {}
        self.touched: list[Place] = []
        self.holding = False

    def read(self, orders: Iterable[tuple[int, int, str, Sequence[Transfer]]]) -> None:
        """One loop, and names at hand: this runs once for every transfer that there ever is."""
        owner = self.owner.places
        places, names, find, name = owner.known, owner.names, owner.find, owner.name
        batch, seq = self.batch, self.seq
        values, touched = self.values, self.touched
        for leaf, at_ms, device, transfers in orders:
            by = names.get(device) or name(device)
            for t in transfers:
                seq += 1
                amount = t.amount_minor
                debit = places.get(t.debit) or find(t.debit)
                credit = places.get(t.credit) or find(t.credit)
                if debit.batch != batch:
                    debit.batch, debit.was = batch, debit.last
                    debit.debits = debit.credits = debit.debits_held = debit.credits_held = 0
                    touched.append(debit)
                if credit.batch != batch:
                    credit.batch, credit.was = batch, credit.last
                    credit.debits = credit.credits = credit.debits_held = credit.credits_held = 0
                    touched.append(credit)
                why = names.get(t.purpose) or name(t.purpose)
                if t.kind is _MOVE and t.pending is None:
                    debit.debits += amount
                    debit.value = left = debit.value - amount
                    credit.credits += amount
                    credit.value = got = credit.value + amount
                    values += (seq, t.id, leaf, at_ms, 0, debit.no, credit.no, amount, why, by,
                               debit.last, credit.last, left, got)  # fmt: skip
                else:
                    self._resolve(t, seq, (leaf, at_ms), (why, by), debit, credit)
                debit.last = credit.last = seq
        self.seq = seq

    def _resolve(
        self, t: Transfer, seq: int, when: Row, names: Row, debit: Place, credit: Place
    ) -> None:
        """A hold, or what resolves one."""
        rest: tuple[int | None, int, int] | None = (-1, t.amount_minor, EXPIRES_NEVER)
        if t.kind is not _MOVE:  # a move that names a hold: the tables refuse it
            rest = self._hold(t, seq, debit, credit)
        row = (seq, t.id, *when, _CODES[t.kind], debit.no, credit.no, t.amount_minor, *names,
               debit.last, credit.last, debit.value, credit.value)  # fmt: skip
        if rest is None:
            self.values += row
        else:
            self.resolved.append((*row, *rest))

    def _hold(
        self, t: Transfer, seq: int, debit: Place, credit: Place
    ) -> tuple[int | None, int, int] | None:
        """Reserve or release; gives what a resolution says of its hold, None for a hold."""
        amount, self.holding = t.amount_minor, True
        if t.kind is TransferKind.HOLD:
            debit.debits_held += amount
            credit.credits_held += amount
            expires = EXPIRES_NEVER if t.expires_ms is None else t.expires_ms
            self.holds[t.id] = (seq, debit.no, credit.no, amount, expires)
            return None
        reserved = amount if t.reserved_minor is None else t.reserved_minor
        debit.debits_held -= reserved
        credit.credits_held -= reserved
        if t.kind is TransferKind.POST:
            debit.debits += amount
            debit.value -= amount
            credit.credits += amount
            credit.value += amount
        if t.pending is None:
            return None, reserved, EXPIRES_NEVER
        new = self.holds.get(t.pending)
        place = (new[0], new[4]) if new else self.owner.hold_seq(t.pending)
        if place is None:
            raise Defect("a transfer resolves a hold that is not there")
        return place[0], reserved, place[1]


_NUMBER = itemgetter(0)
_COLUMNS = (
    "seq, id, leaf, at_ms, kind, debit, credit, amount_minor, purpose, device,"
    " debit_prev, credit_prev, debit_after, credit_after"
)
_TRANSFERS = Insert(f"transfer ({_COLUMNS})", width=14)
_OUTCOMES = Insert("outcome", width=6)
_INSERT_RESOLVED = (
    f"INSERT INTO transfer ({_COLUMNS}, pending, reserved_minor, expires_ms)"
    f" VALUES ({', '.join('?' * 17)})"
)
_MOVE_BALANCE = (
    "UPDATE balance SET debits = debits + ?2, credits = credits + ?3, last_seq = ?4"
    " WHERE no = ?1 AND last_seq = ?5"
)
_MOVE_HELD = (
    "UPDATE balance SET debits = debits + ?2, credits = credits + ?3, last_seq = ?4,"
    " debits_held = debits_held + ?6, credits_held = credits_held + ?7"
    " WHERE no = ?1 AND last_seq = ?5"
)
