"""What must hold in a simulated world, whatever happens to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tallystick.assembly.auditing import audit_books
from tallystick.backends.sqlite import SqliteBooks, SqliteReader, open_reader
from tallystick.backends.sqlite.schema import KINDS
from tallystick.ground.identifiers import AccountId
from tallystick.protect.customers import PIN_RECORDS
from tallystick.protect.devices import DEVICES
from tallystick.protect.diligence import ALIASES, CUSTOMERS, USAGES
from tallystick.protect.emoney import DUE, HOLDS, REFERENCES, RESERVATIONS, SWEPT
from tallystick.protect.enforcement import Committed, Register
from tallystick.protect.messages import COUNTERS, FinancialMessage
from tallystick.prove.evidence import audit_log
from tests.storm.cuts import folder
from tests.storm.disk import lay_out
from tests.storm.history import Moved

REGISTERS: dict[str, Register[Any]] = {
    register.name: register
    for register in (
        ALIASES,
        COUNTERS,
        CUSTOMERS,
        DEVICES,
        DUE,
        HOLDS,
        PIN_RECORDS,
        REFERENCES,
        RESERVATIONS,
        SWEPT,
        USAGES,
    )
}


class Violation(AssertionError):
    """Something does not hold."""


def refuse_to_sign(size: int, root: bytes) -> str:
    raise AssertionError("an audit writes nothing")


@dataclass(slots=True)
class Oracle:
    """Folds the transfers of the books itself, remembers every promise, and compares."""

    verifier: str
    promises: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    moved: list[Moved] = field(default_factory=list)
    sums: dict[str, list[int]] = field(default_factory=dict)
    newest: int = 0
    compared: int = -1
    audits: int = 0

    def begin(self, platform: Any) -> None:
        """The machine has started: read everything anew."""
        self.moved, self.sums, self.newest, self.compared = [], {}, 0, -1
        self.look(platform)

    def promised(self, message: FinancialMessage, committed: Committed) -> None:
        """Somebody is told: from now on it must be so for ever."""
        key = f"{message.device}.{message.request}"
        first = self.promises.setdefault(key, (committed.index, committed.leaf))
        if first != (committed.index, committed.leaf):
            raise Violation(f"{key} was answered with {first[0]}, then with {committed.index}")

    def look(self, platform: Any) -> None:
        """After each commit: fold what is new, compare balances, books and memory."""
        rows = platform._books._reader.execute(
            "SELECT t.seq, t.id, t.leaf, t.kind, d.id, c.id, t.amount_minor, t.reserved_minor"
            " FROM transfer t"
            " JOIN account d ON d.no = t.debit JOIN account c ON c.no = t.credit"
            " WHERE t.seq > ? ORDER BY t.seq",
            (self.newest,),
        ).fetchall()
        touched = set()
        for seq, name, place, kind, debit, credit, minor, reserved in rows:
            self.newest = seq
            one = Moved(
                place=place,
                request=name,
                kind=KINDS[kind],
                debit=debit,
                credit=credit,
                minor=minor,
                reserved=reserved,
            )
            self.moved.append(one)
            self._fold(one)
            touched |= {debit, credit}
        for account in sorted(touched):
            self._compare(platform._books.account(AccountId(account)), "the books")
        self._demand_balance()
        self._compare_memory(platform)

    def audit(self, files: dict[str, bytes], *, last: bool = False) -> None:
        """What a disk holds, read with the stock SQLite: whole, sound, every promise kept.

        Every signature of the log is verified the last time, and every third time before.
        """
        self.audits += 1
        with folder() as home:
            lay_out(files, home)
            books = SqliteBooks(home, sign_checkpoint=refuse_to_sign)
            reader = open_reader(home)
            try:
                seen = SqliteReader(reader)
                found = [f"{one.where}: {one.what}" for one in audit_books(seen, seen.evidence)]
                if last or self.audits % 3 == 0:
                    found += [str(one) for one in audit_log(books.evidence, vkey=self.verifier)]
                leaves = [entry.leaf for entry in books.evidence.leaves(0, 10**7)]
            finally:
                reader.close()
                books.close()
        if found:
            raise Violation(f"{len(found)} findings, such as {found[0]}")
        for request, (place, leaf) in self.promises.items():
            if leaves[place : place + 1] != [leaf]:
                raise Violation(f"{request} was acknowledged at {place} and is gone")

    def _fold(self, one: Moved) -> None:
        posted, hold = one.posted, one.held
        debit = self.sums.setdefault(one.debit, [0, 0, 0, 0])
        credit = self.sums.setdefault(one.credit, [0, 0, 0, 0])
        debit[0] += posted
        debit[2] += hold
        credit[1] += posted
        credit[3] += hold

    def _compare(self, row: Any, whose: str) -> None:
        said = [row.debits, row.credits, row.debits_held, row.credits_held]
        if said != self.sums.get(row.id, [0, 0, 0, 0]):
            raise Violation(
                f"{whose} say {said} of {row.id}, its transfers {self.sums.get(row.id)}"
            )
        if row.credits - row.debits - row.debits_held < row.floor:
            raise Violation(f"{row.id} is below its floor")
        if row.credits + row.credits_held - row.debits > row.cap:
            raise Violation(f"{row.id} is above its cap")

    def _demand_balance(self) -> None:
        totals = [sum(side) for side in zip(*self.sums.values(), strict=True)]
        if totals and (totals[0] != totals[1] or totals[2] != totals[3]):
            raise Violation(f"debits and credits differ: {totals}")

    def _compare_memory(self, platform: Any) -> None:
        """Memory may be ahead by what waits, and by nothing else."""
        generation = platform._committer.generation
        current = platform._corridor._memory._generation == generation
        if not current or platform._committer.waiting:
            return
        for row in platform._desk.ledger.remembered().values():
            self._compare(row, "memory")
        if self.compared != generation:  # records are many: after each start, and what was void
            self._compare_records(platform)
            self.compared = generation

    def _compare_records(self, platform: Any) -> None:
        for (name, key), value in platform._desk.registers._newest.items():
            octets = platform._books.register(name, key)
            if octets is None or REGISTERS[name].decode(octets) != value:
                raise Violation(f"memory has another record of {name} {key} than the books")
