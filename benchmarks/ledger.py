"""The ledger alone: orders decided by the core and made durable, beside bare SQL of the same rows.

Inside the figure: the core's decision on every order, the rows of transfers, balances and first
answers as `SqliteBooks` writes them, one digest over the batch as a leaf of the log, its checkpoint
signed with Ed25519, and one durable commit (synchronous=FULL) per batch. Outside: what comes before
an order is a Transfer (HTTP, envelopes, signatures, policy, lists), and what a payment leaves
besides: tally, instruction, a leaf and a proof of its own.

The yardstick replays the very statements and rows of the same run into a copy of the same tables.
CPU seconds of the process, all threads; wall clock beside it.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import random
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tallystick.backends.sqlite import SqliteBooks
from tallystick.ground.identifiers import AccountId
from tallystick.protect.banking import read_statement
from tallystick.protect.emoney import State, decide, opened, row_of
from tallystick.protect.enforcement import NewAccount, Settlement, Transfer, TransferKind
from tallystick.testing import Notary, settle

BATCH = 1000
PRAGMAS = (
    "journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=4000", "cache_size=-65536",
)  # fmt: skip
"""As the books set them."""
AT_MS = 1_700_000_000_000
FLOOR = -1_000_000_000
HOT = "account-hot"
LINES = 10_000


@dataclass(slots=True)
class Spent:
    """Seconds of a run, batch by batch."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def rate(self) -> float:
        """Transfers in a second of one core's time."""
        return BATCH * len(self.cpu) / sum(self.cpu)

    def time(self, work: Callable[[], None]) -> None:
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        self.cpu.append(time.process_time() - cpu)
        self.wall.append(time.perf_counter() - wall)


Written = tuple[str, Sequence[Any], bool]
"""A statement, its values, and whether these are many rows."""


class Recorder:
    """Passes everything on to a connection, and keeps what was written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.batches: list[list[Written]] = []

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, statement: str, values: Any = ()) -> sqlite3.Cursor:
        if statement.startswith("INSERT"):
            self.batches[-1].append((statement, values, False))
        return self._connection.execute(statement, values)

    def executemany(self, statement: str, rows: Any) -> sqlite3.Cursor:
        self.batches[-1].append((statement, rows, True))
        return self._connection.executemany(statement, rows)


def names(count: int) -> list[str]:
    return [f"account-{number:08}" for number in range(count)]


def made_home(folder: Path, count: int, notary: Notary) -> Path:
    """A home with so many accounts, and the one that everybody pays."""
    home = folder / f"accounts-{count}"
    home.mkdir()
    books = SqliteBooks(home, sign_checkpoint=notary.sign)
    accounts = [new(name) for name in (*names(count), HOT)]
    for start in range(0, len(accounts), 10_000):
        books.commit([settle(f"open-0000-{start:08}", accounts=accounts[start : start + 10_000])])
    books.close()
    return home


def new(name: str) -> NewAccount:
    return NewAccount(id=AccountId(name), owner=f"cus-{name}", currency="KES", floor=FLOOR)


def orders(count: int, batches: int, *, hot: bool, timely: bool) -> list[list[list[Transfer]]]:
    """Orders that are read already. Ids rise with time as those of servers do, or are random."""
    chance, accounts = random.Random(7), [AccountId(name) for name in names(count)]
    made, number = [], 0
    for _ in range(batches):
        batch = []
        for _ in range(BATCH):
            number += 1
            payer, payee = chance.sample(accounts, 2)
            tail = chance.getrandbits(48)
            name = f"{AT_MS + number:012x}{tail:012x}" if timely else f"{tail:024x}"
            batch.append([
                Transfer(
                    id=f"dev-1.{name}" if timely else f"dev-{tail % 9973}.{name}",
                    kind=TransferKind.MOVE,
                    debit=payer,
                    credit=AccountId(HOT) if hot else payee,
                    amount_minor=1 + tail % 5000,
                    purpose="remote.pay",
                )
            ])  # fmt: skip
        made.append(batch)
    return made


class Core:
    """The core's state and the books behind it: what a sequencer is without its edges."""

    def __init__(self, home: Path, notary: Notary, count: int) -> None:
        self.books = SqliteBooks(home, sign_checkpoint=notary.sign)
        self.state = State.of(opened(new(name)) for name in (*names(count), HOT))
        self._at_ms = AT_MS

    def commit(self, batch: Sequence[Sequence[Transfer]]) -> None:
        """Decide a batch, write it, wait for the disk.

        Memory moves on with the decision, as it does in the corridor; a commit that failed would
        have it read anew.
        """
        self._at_ms += 10
        books, at_ms = self.books, self._at_ms
        decided = decide(self.state, batch, at_ms)
        decided.take_into(self.state)
        with books._transaction():
            frontier = books._frontier or books._stored_frontier()
            books._frontier, leaf = None, frontier.size
            posted = [t for t, refusal in zip(batch, decided.results, strict=True) if not refusal]
            books._posting.post([(leaf, at_ms, "dev-1", t) for t in posted])
            books._posting.answer(answers(batch, decided.results, leaf))
            books._write([sealed(posted, at_ms)], frontier)
        books._frontier = frontier

    def record(self, batches: Sequence[Sequence[Sequence[Transfer]]]) -> list[list[Written]]:
        """Commit batches; gives the statements and rows of each."""
        books, connection = self.books, self.books._writer
        recorder = Recorder(connection)
        books._writer = books._posting._connection = recorder  # type: ignore[assignment]
        for batch in batches:
            recorder.batches.append([])
            self.commit(batch)
        books._writer = books._posting._connection = connection
        return recorder.batches


def answers(batch: Any, results: Any, leaf: int) -> list[tuple[str, str, str, str, int, None]]:
    """First answers, refusals included: the digest of the order stands for its octets."""
    return [
        (t.id, "dev-1", ORDERED, "ok" if refusal is None else refusal.code, leaf, None)
        for (t, *_), refusal in zip(batch, results, strict=True)
    ]


ORDERED = "sha256:" + "0" * 64


def sealed(posted: Sequence[Sequence[Transfer]], at_ms: int) -> Settlement:
    """One leaf for the batch: a digest over all of its transfers."""
    hashed = hashlib.sha256()
    for order in posted:
        for t in order:
            hashed.update(f"{t.id} {t.debit} {t.credit} {t.amount_minor}\n".encode())
    return Settlement(
        device=None, request=None, order="", code="ok", at_ms=at_ms,
        leaf=hashed.digest(), tally=None,
    )  # fmt: skip


def measure(home: Path, count: int, batches: int, **kind: bool) -> tuple[Spent, Spent]:
    """The core on a copy of a home, then the yardstick on another copy.

    What the yardstick replays is recorded on a third one, so that recording is in no figure.
    """
    notary = Notary()
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as folder:
        own, again, bare = (Path(folder) / name for name in ("own", "again", "bare"))
        for copy in (own, again, bare):
            shutil.copytree(home, copy)
        given = orders(count, batches + 2, **kind)
        core, spent = Core(own, notary, count), Spent()
        gc.collect()
        gc.freeze()
        for number, batch in enumerate(given):
            if number < 2:
                core.commit(batch)  # caches fill
            else:
                spent.time(partial(core.commit, batch))
        check(core, batches + 2)
        core.books.close()
        recorded = Core(again, notary, count)
        written = recorded.record(given)
        recorded.books.close()
        return spent, replay(bare, written)


def check(core: Core, batches: int) -> None:
    """Everything was posted, and memory is what the tables say."""
    (count,) = core.books._reader.execute("SELECT COUNT(*) FROM transfer").fetchone()
    assert count == batches * BATCH, f"{count} transfers of {batches * BATCH}"
    for name in list(core.state.accounts)[:: max(1, len(core.state.accounts) // 100)]:
        assert core.books.account(name) == row_of(core.state.accounts[name])


def replay(home: Path, batches: Sequence[Sequence[Written]]) -> Spent:
    """The same statements with the same rows, nothing else around them."""
    connection = sqlite3.connect(home / "books.sqlite", isolation_level=None, cached_statements=256)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("INSERT OR IGNORE INTO name (text) VALUES ('dev-1'), ('remote.pay')")
    spent = Spent()

    def write(batch: Sequence[Written]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for statement, values, many in batch:
            (connection.executemany if many else connection.execute)(statement, values)
        connection.execute("COMMIT")

    for number, batch in enumerate(batches):
        if number < 2:
            write(batch)
        else:
            spent.time(partial(write, batch))
    connection.close()
    return spent


def memory_per_account(count: int = 200_000) -> tuple[float, float]:
    """Octets of one account in the core, and of its place in the books, by the resident set."""
    from tallystick.backends.sqlite.places import Place

    gc.collect()
    before = resident()
    state = State.of(opened(new(name)) for name in names(count))
    between = resident()
    places = {name: Place(1 << 40, 0, 0) for name in state.accounts}
    after = resident()
    assert len(places) == count
    return (between - before) / count, (after - between) / count


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def statement_ms(home: Path) -> tuple[float, float]:
    """Milliseconds for a statement of 10,000 lines, and for a page of 50 in the middle of it."""
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as folder:
        copy = Path(folder) / "home"
        shutil.copytree(home, copy)
        core = Core(copy, Notary(), 1000)
        for batch in orders(1000, LINES // BATCH, hot=True, timely=True):
            core.commit(batch)
        whole, page = [], []
        for _ in range(5):
            start = time.process_time()
            lines = read_statement(core.books, account=AccountId(HOT), limit=LINES)
            whole.append(time.process_time() - start)
            assert len(lines) == LINES
            start = time.process_time()
            read_statement(
                core.books, account=AccountId(HOT), limit=50, before_seq=lines[LINES // 2].seq
            )
            page.append(time.process_time() - start)
        core.books.close()
    return min(whole) * 1000, min(page) * 1000


def show(what: str, spent: Spent, bare: Spent) -> None:
    wall = BATCH / statistics.median(spent.wall)
    print(
        f"{what:<44} {spent.rate():>9,.0f} {bare.rate():>9,.0f}"
        f" {spent.rate() / bare.rate():>6.2f} {wall:>9,.0f} {1e3 * max(spent.wall):>7.0f}"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--batches", type=int, default=60)
    asked.add_argument("--accounts", type=int, nargs="*", default=[10_000, 100_000])
    options = asked.parse_args()
    notary = Notary()
    print(f"ledger on SQLite {sqlite3.sqlite_version}, batches of {BATCH}, one durable commit each")
    heads = f"{'CPU':>9} {'bare SQL':>9} {'ratio':>6} {'wall':>9} {'max ms':>7}"
    print(f"{'transfers a second':<44} {heads}")
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as folder:
        for count in options.accounts:
            home = made_home(Path(folder), count, notary)
            for what, kind in (
                (f"uniform over {count:,} accounts", {"hot": False, "timely": True}),
                (f"one merchant, {count:,} payers", {"hot": True, "timely": True}),
                (f"uniform over {count:,}, ids at random", {"hot": False, "timely": False}),
            ):
                show(what, *measure(home, count, options.batches, **kind))
        own, place = memory_per_account()
        print(f"memory per million accounts: core {own:.0f} MB, books {place:.0f} MB")
        home = made_home(Path(folder), 1000, notary)
        whole, page = statement_ms(home)
        print(
            f"statement of {LINES:,} lines: {whole:.0f} ms CPU; 50 lines from its middle {page:.1f}"
        )


if __name__ == "__main__":
    main()
