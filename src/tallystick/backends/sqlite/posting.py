"""Transfers, balances and outcomes of a batch as rows: the part of a commit that must be fast.

Books of a platform and the benchmark of the ledger write through this and nothing else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from operator import attrgetter

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
        self._connection.executemany(
            "INSERT INTO outcome VALUES (?, ?, ?, ?, ?, ?)",
            [
                (request, known.get(device) or name(device), ordered, code, leaf, data)
                for request, device, ordered, code, leaf, data in outcomes
            ],
        )

    def hold_seq(self, hold: str) -> tuple[int, int] | None:
        """Place and expiry of a hold that is in the database."""
        row = self._connection.execute(
            "SELECT h.seq, h.expires_ms FROM transfer t JOIN hold h USING (seq) WHERE t.id = ?",
            (hold,),
        ).fetchone()
        return (int(row[0]), int(row[1])) if row else None

    def _write(self, page: _Page) -> None:
        write = self._connection.executemany
        if page.rows:
            write(_INSERT, page.rows)
        if page.resolved:
            write(_INSERT_RESOLVED, page.resolved)
        if page.holds:
            write("INSERT INTO hold VALUES (?, ?, ?, ?, ?)", page.holds.values())
        touched = sorted(page.touched, key=_NUMBER)
        plain = touched if not page.holding else [p for p in touched if not p.holding()]
        held = [p for p in touched if p.holding()] if page.holding else ()
        changed = 0
        if plain:
            rows = [(p.debits, p.credits, p.last, p.no, p.was) for p in plain]
            changed += write(_MOVE_BALANCE, rows).rowcount
        if held:
            more = [
                (p.debits, p.credits, p.debits_held, p.credits_held, p.last, p.no, p.was)
                for p in held
            ]
            changed += write(_MOVE_HELD, more).rowcount
        if changed != len(touched):
            raise Defect("an account changed behind the back of its books")


class _Page:
    """The rows of one batch while it is read once, in its order."""

    __slots__ = ("batch", "holding", "holds", "owner", "resolved", "rows", "seq", "touched")

    def __init__(self, owner: Posting, batch: int, seq: int) -> None:
        self.owner, self.batch, self.seq = owner, batch, seq
        self.rows: list[Row] = []
        self.resolved: list[Row] = []
        self.holds: dict[str, tuple[int, int, int, int, int]] = {}
        self.touched: list[Place] = []
        self.holding = False

    def read(self, orders: Iterable[tuple[int, int, str, Sequence[Transfer]]]) -> None:
        """One loop, and names at hand: this runs once for every transfer that there ever is."""
        owner = self.owner.places
        places, names, find, name = owner.known, owner.names, owner.find, owner.name
        batch, seq = self.batch, self.seq
        rows, touched = self.rows, self.touched
        for leaf, at_ms, device, transfers in orders:
            by = names.get(device) or name(device)
            for t in transfers:
                seq += 1
                amount = t.amount_minor
                debit = places.get(t.debit) or find(t.debit)
                credit = places.get(t.credit) or find(t.credit)
                if debit.batch != batch:
                    debit.begin(batch)
                    touched.append(debit)
                if credit.batch != batch:
                    credit.begin(batch)
                    touched.append(credit)
                why = names.get(t.purpose) or name(t.purpose)
                if t.kind is _MOVE and t.pending is None:
                    debit.debits += amount
                    debit.value = left = debit.value - amount
                    credit.credits += amount
                    credit.value = got = credit.value + amount
                    rows.append((seq, t.id, leaf, at_ms, 0, debit.no, credit.no, amount, why, by,
                                 debit.last, credit.last, left, got))  # fmt: skip
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
            self.rows.append(row)
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


_NUMBER = attrgetter("no")
_COLUMNS = (
    "seq, id, leaf, at_ms, kind, debit, credit, amount_minor, purpose, device,"
    " debit_prev, credit_prev, debit_after, credit_after"
)
_INSERT = f"INSERT INTO transfer ({_COLUMNS}) VALUES ({', '.join('?' * 14)})"
_INSERT_RESOLVED = (
    f"INSERT INTO transfer ({_COLUMNS}, pending, reserved_minor, expires_ms)"
    f" VALUES ({', '.join('?' * 17)})"
)
_MOVE_BALANCE = (
    "UPDATE balance SET debits = debits + ?, credits = credits + ?, last_seq = ?"
    " WHERE no = ? AND last_seq = ?"
)
_MOVE_HELD = (
    "UPDATE balance SET debits = debits + ?, credits = credits + ?,"
    " debits_held = debits_held + ?, credits_held = credits_held + ?, last_seq = ?"
    " WHERE no = ? AND last_seq = ?"
)
