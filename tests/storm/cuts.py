"""Books that live through one power cut after another, and what must be found each time."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tallystick.assembly.auditing import audit_books
from tallystick.backends.sqlite import SqliteBooks, SqliteReader, open_reader
from tallystick.protect.emoney import TRUST
from tallystick.protect.enforcement import Mark, Settlement, TransferKind
from tallystick.prove.evidence import audit_log
from tallystick.testing import NOTES, Notary, move, opening, settle
from tests.storm.disk import Disk, Replay, lay_out
from tests.storm.engine import open_on
from tests.storm.writer import HOLDERS, SEED, funded

NOTARY = Notary(seed=SEED)


@dataclass(slots=True)
class Work:
    """Draws batches: payments, holds that are posted or voided, refusals, marks."""

    chance: random.Random
    number: int = 0
    holds: list[tuple[str, str, int]] = field(default_factory=list)

    def batch(self) -> list[Settlement]:
        return [self._order() for _ in range(self.chance.randint(1, 6))]

    def remember(self, batches: list[list[Settlement]]) -> None:
        """Only these batches are still there."""
        transfers = [t for batch in batches for s in batch for t in s.transfers]
        resolved = {t.pending for t in transfers}
        self.holds = [
            (t.id, t.debit, t.amount_minor)
            for t in transfers
            if t.kind is TransferKind.HOLD and t.id not in resolved
        ]

    def _order(self) -> Settlement:
        self.number += 1
        name = f"order-0000-{self.number:06}"
        kind = self.chance.choice(("pay", "pay", "pay", "hold", "resolve", "refuse"))
        payer, payee = self.chance.sample(HOLDERS, 2)
        marks = [Mark(NOTES, payer, name)]
        minor = self.chance.randint(1, 20)
        if kind == "refuse":
            return settle(name, code="funds.insufficient", marks=marks)
        if kind == "hold":
            held = move(
                name, payer, TRUST, minor, kind=TransferKind.HOLD, purpose="banking.transfer"
            )
            self.holds.append((held.id, payer, minor))
            return settle(name, transfer=held, marks=marks, data=b'{"held":true}')
        if kind == "resolve" and self.holds:
            pending, holder, held_minor = self.holds.pop(0)
            how = self.chance.choice((TransferKind.POST, TransferKind.VOID))
            resolved = move(
                name, holder, TRUST, held_minor, kind=how, pending=pending, purpose="emoney.settle"
            )
            return settle(name, transfer=resolved, marks=marks)
        return settle(name, transfer=move(name, payer, payee, minor), marks=marks)


@dataclass(slots=True)
class Life:
    """Books from one power cut to the next: what was handed to them, and the notes of their disk.

    `born` are the files that they begin with, in which `kept` batches are durable.
    """

    work: Work
    batches: list[list[Settlement]] = field(default_factory=list)
    born: dict[str, bytes] = field(default_factory=dict)
    kept: int = 0
    disk: Disk = field(default_factory=Disk)

    def live(self, *, commits: int, pragmas: tuple[str, ...] = ()) -> None:
        """Open the books, commit so many batches, say each one that is durable, close."""
        self.disk = Disk.of(self.born)
        with folder() as home:
            books = open_on(self.disk, home, NOTARY.sign, *pragmas)
            if not self.batches:
                self._commit(books, [*opening(*HOLDERS), *funded()])
            for _ in range(commits):
                self._commit(books, self.work.batch())
            books.close()

    def heir(self, files: dict[str, bytes], kept: int) -> Life:
        """The life that begins with what a cut left."""
        batches = self.batches[:kept]
        self.work.remember(batches)
        return Life(self.work, batches=batches, born=files, kept=kept)

    def _commit(self, books: SqliteBooks, batch: list[Settlement]) -> None:
        self.batches.append(batch)
        books.commit(batch)
        self.disk.say(str(len(self.batches)))


def cuts(
    life: Life, chance: random.Random, *, count: int
) -> Iterator[tuple[dict[str, bytes], int]]:
    """So many power cuts at random moments of a life: the files that are left, the batches said."""
    wanted = sorted(chance.randrange(len(life.disk.notes) + 1) for _ in range(count))
    replay, said = Replay.of(life.born), life.kept
    for step, note in enumerate(life.disk.notes):
        while wanted and wanted[0] == step:
            wanted.pop(0)
            yield replay.cut(chance), said
        if note.kind == "said":
            said = int(note.name)
        replay.take(note)
    for _ in wanted:
        yield replay.cut(chance), said


def survivors(files: dict[str, bytes], life: Life, *, said: int) -> int:
    """Open what a cut left with the stock SQLite and audit it; gives how many batches are there.

    AssertionError when something acknowledged is gone, half a batch is there, or nothing adds up.
    """
    with folder() as home:
        lay_out(files, home)
        books = SqliteBooks(home, sign_checkpoint=NOTARY.sign)
        reader = open_reader(home)
        try:
            assert list(audit_books(SqliteReader(reader), SqliteReader(reader).evidence)) == []
            assert audit_log(books.evidence, vkey=NOTARY.verifier_key) == []
            leaves = [entry.leaf for entry in books.evidence.leaves(0, 10**6)]
            ids = [row.id for row in books.transfers()]
        finally:
            reader.close()
            books.close()
    there = _whole_batches(leaves, life)
    assert there >= said, f"{said} batches were said to be durable, {there} are"
    kept = [s for batch in life.batches[:there] for s in batch]
    assert ids == [t.id for s in kept for t in s.transfers], "every transfer once and in its order"
    return there


def _whole_batches(leaves: list[bytes], life: Life) -> int:
    """How many batches these leaves are. AssertionError when they are not the first so many."""
    rest, there = list(leaves), 0
    while rest:
        assert there < len(life.batches), "something is there that nobody wrote"
        expected = [s.leaf for s in life.batches[there]]
        assert rest[: len(expected)] == expected, f"batch {there} is there in part"
        del rest[: len(expected)]
        there += 1
    return there


@contextmanager
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="tallystick-cut-"))
    try:
        yield made
    finally:
        shutil.rmtree(made)
