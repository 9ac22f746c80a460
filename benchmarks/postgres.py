"""Transfers per second into books on PostgreSQL, beside bare SQL that writes the very same rows.

Two shapes, each uniform over all accounts and with one hot payee: a thousand linked transfers in
one order (the ledger alone), and a thousand orders of one transfer each (evidence, answers, all).
The yardstick is a second database with the same tables, keys and checks but without our guards: it
gets the rows of each batch by COPY as they stand in the first, then one UPDATE of the accounts.
Prints a table; nothing here is a test of time.

    python benchmarks/postgres.py                  a cluster of its own, removed afterwards
    python benchmarks/postgres.py --server URL     databases made on a server of yours
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
from load import cpu_seconds

from tallystick.backends.postgres import PostgresBooks, without_password
from tallystick.backends.postgres.schema import TABLES
from tallystick.ground.identifiers import AccountId
from tallystick.protect.emoney import TRUST, UNISSUED
from tallystick.protect.enforcement import NewAccount, Settlement, Transfer, TransferKind
from tallystick.testing import Notary, move, opening, settle

SIZE = 1000
FUNDS = 10**9
COPIED = ("evidence", "outcome", "transfer")
DELTAS = """
SELECT account, sum(d)::bigint, sum(c)::bigint, max(seq) FROM (
    SELECT debit AS account, amount_minor AS d, 0 AS c, seq FROM transfer WHERE leaf >= %(a)s AND leaf < %(b)s
    UNION ALL SELECT credit, 0, amount_minor, seq FROM transfer WHERE leaf >= %(a)s AND leaf < %(b)s
) side GROUP BY account ORDER BY account
"""  # noqa: E501
UPDATE = (
    "UPDATE account a SET debits = a.debits + c.d, credits = a.credits + c.c, last_seq = c.s"
    " FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[]) AS c (no, d, c, s)"
    " WHERE a.no = c.no"
)


@dataclass(frozen=True)
class Speed:
    """So many transfers, and what they took: processor seconds here and in the server, wall."""

    transfers: int
    here_s: float
    server_s: float
    wall_s: float

    @property
    def per_second(self) -> float:
        """Per second of one processor after another: we and the server take turns."""
        return self.transfers / (self.here_s + self.server_s)

    @property
    def per_wall_s(self) -> float:
        return self.transfers / self.wall_s


def main() -> None:
    asked = _arguments()
    with _server(asked.server) as (make, drop):
        for shape, orders in (("1 order x 1,000", False), ("1,000 orders x 1", True)):
            for hot in (False, True):
                ours, bare = make(), make()
                try:
                    _show(shape, hot, *compare(ours, bare, asked, orders=orders, hot=hot))
                finally:
                    drop(ours)
                    drop(bare)


def compare(
    ours: str, bare: str, asked: argparse.Namespace, *, orders: bool, hot: bool
) -> tuple[Speed, Speed]:
    """Our books, then the same rows by bare SQL."""
    books = PostgresBooks(ours, sign_checkpoint=Notary().sign)
    names = _accounts(books, asked.accounts)
    chance = random.Random(7)
    batches = [
        _batch(n, names, chance, orders=orders, hot=hot)
        for n in range(asked.warming + asked.batches)
    ]
    writer = books._lease.connection
    edges = [books.evidence.size()]
    _prepare_bare(ours, bare)
    for batch in batches[: asked.warming]:
        books.commit(batch)
        edges.append(books.evidence.size())
    gc.collect()
    gc.freeze()  # batches that wait in memory are not the books' to look through
    with _measured(writer, asked.batches * SIZE) as speed:
        for batch in batches[asked.warming :]:
            books.commit(batch)
            edges.append(edges[-1] + len(batch))
    books.close()
    return speed[0], _replay(ours, bare, edges, asked)


def _replay(ours: str, bare: str, edges: list[int], asked: argparse.Namespace) -> Speed:
    """Write each batch as it stands in our books, its rows at hand as octets."""
    with _session(ours) as source, _session(bare) as target:
        source.execute("SET search_path = tallystick")
        payloads = [_payload(source, a, b) for a, b in pairwise(edges)]
        for payload in payloads[: asked.warming]:
            _write(target, payload)
        with _measured(target, asked.batches * SIZE) as speed:
            for payload in payloads[asked.warming :]:
                _write(target, payload)
        said = "SELECT sum(debits), sum(credits), sum(last_seq), count(*) FROM account"
        if source.execute(said).fetchone() != target.execute(said).fetchone():
            raise SystemExit("the yardstick did not write what we wrote")
    return speed[0]


def _payload(source: Any, first: int, last: int) -> tuple[dict[str, bytes], list[list[int]]]:
    octets = {}
    for table in COPIED:
        place = "position" if table == "evidence" else "leaf"
        query = (
            f"COPY (SELECT * FROM {table} WHERE {place} >= {first} AND {place} < {last}"
            " ORDER BY 1) TO STDOUT (FORMAT BINARY)"
        )
        with source.cursor() as cursor, cursor.copy(query) as copy:
            octets[table] = b"".join(bytes(part) for part in copy)
    rows = source.execute(DELTAS, {"a": first, "b": last}).fetchall()
    return octets, [list(column) for column in zip(*rows, strict=True)]


def _write(target: Any, payload: tuple[dict[str, bytes], list[list[int]]]) -> None:
    octets, deltas = payload
    target.execute("BEGIN")
    for table in COPIED:
        with (
            target.cursor() as cursor,
            cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy,
        ):
            copy.write(octets[table])
    target.execute(UPDATE, deltas, prepare=True)
    target.execute("COMMIT")


def _prepare_bare(ours: str, bare: str) -> None:
    """The same tables without guards, and the accounts as they stand before the batches."""
    with _session(ours) as source, _session(bare) as target:
        target.execute(TABLES)
        out = source.cursor().copy("COPY tallystick.account TO STDOUT (FORMAT BINARY)")
        into = target.cursor().copy("COPY account FROM STDIN (FORMAT BINARY)")
        with out as rows, into as copy:
            for part in rows:
                copy.write(part)
        for connection in (source, target):
            connection.execute("VACUUM ANALYZE")


def _session(address: str) -> Any:
    return psycopg.connect(address, autocommit=True)


def _accounts(books: PostgresBooks, count: int) -> list[str]:
    """So many holders with money, opened and funded in large orders."""
    books.commit(opening())
    names = [f"acc-{number:012x}" for number in range(count)]
    funds = move("funds-0000-00001", TRUST, UNISSUED, FUNDS * count, purpose="funds.confirm")
    books.commit([settle("funds-0000-00001", transfer=funds)])
    for start in range(0, count, 5000):
        part = names[start : start + 5000]
        new = [NewAccount(id=AccountId(n), owner="cus-0", currency="KES") for n in part]
        also = [_move(f"issue.{n}", UNISSUED, n, FUNDS) for n in part]
        request = f"open-0000-{start:08}"
        books.commit([settle(request, accounts=new), settle(f"fund-0000-{start:08}", also=also)])
    return names


def _batch(
    number: int, names: list[str], chance: random.Random, *, orders: bool, hot: bool
) -> list[Settlement]:
    pairs = [_pair(names, chance, hot=hot) for _ in range(SIZE)]
    moves = [
        _move(f"dev-{number:06}.{n:010}", payer, payee, 1 + n % 97)
        for n, (payer, payee) in enumerate(pairs)
    ]
    if not orders:
        return [settle(f"bulk-0000-{number:08}", also=moves)]
    return [
        settle(f"{number:06}-{n:010}", device=f"dev-{chance.getrandbits(40):010x}", transfer=one)
        for n, one in enumerate(moves)
    ]


def _pair(names: list[str], chance: random.Random, *, hot: bool) -> tuple[str, str]:
    payer = chance.randrange(1, len(names))
    payee = 0 if hot else chance.randrange(len(names) - 1)
    return names[payer], names[payee if payee < payer else payee + 1]


def _move(name: str, debit: str, credit: str, minor: int) -> Transfer:
    return Transfer(
        id=name, kind=TransferKind.MOVE, debit=AccountId(debit), credit=AccountId(credit),
        amount_minor=minor, purpose="remote.pay",
    )  # fmt: skip


@contextmanager
def _measured(connection: Any, transfers: int) -> Iterator[list[Speed]]:
    """Processor time of this process and of the session's server process, if it runs here."""
    found: list[Speed] = []
    process = connection.info.backend_pid
    here, server, wall = time.process_time(), _cpu_s(process), time.perf_counter()
    yield found
    found.append(
        Speed(transfers, time.process_time() - here, _cpu_s(process) - server,
              time.perf_counter() - wall)
    )  # fmt: skip


def _cpu_s(process: int) -> float:
    """Of the server's process; 0 when the server is not on this machine."""
    try:
        return cpu_seconds(process)
    except OSError:
        return 0.0


@contextmanager
def _server(address: str | None) -> Iterator[tuple[Callable[[], str], Callable[[str], None]]]:
    if address is None:
        sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]
        from tests.postgres import make_cluster, remove_cluster

        cluster = make_cluster(shared_buffers="512MB", max_wal_size="4GB")
        try:
            yield lambda: cluster.url(cluster.make_database()), lambda _: None
        finally:
            remove_cluster(cluster)
        return
    made: list[str] = []

    def make() -> str:
        with psycopg.connect(address, autocommit=True) as owner:
            made.append(f"tallystick_bench_{len(made)}")
            owner.execute(f"CREATE DATABASE {made[-1]}")
        return psycopg.conninfo.make_conninfo(address, dbname=made[-1])

    def drop(database: str) -> None:
        name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
        with psycopg.connect(address, autocommit=True) as owner:
            owner.execute(f"DROP DATABASE {name}")

    print(f"server {without_password(address)}")
    yield make, drop


def _show(shape: str, hot: bool, ours: Speed, bare: Speed) -> None:
    print(
        f"{shape:17} {'one hot payee' if hot else 'uniform':14}"
        f" ours {ours.per_second:8,.0f}/s  bare SQL {bare.per_second:8,.0f}/s"
        f"  ratio {ours.per_second / bare.per_second:4.2f}"
        f"   (wall {ours.per_wall_s:,.0f}/s and {bare.per_wall_s:,.0f}/s; per 1,000:"
        f" {1000 * ours.here_s * SIZE / ours.transfers:.1f} ms here,"
        f" {1000 * ours.server_s * SIZE / ours.transfers:.1f} ms server;"
        f" bare {1000 * (bare.here_s + bare.server_s) * SIZE / bare.transfers:.1f} ms)"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--server", help="a server of yours: postgresql://user@host/database")
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--batches", type=int, default=60)
    parser.add_argument("--warming", type=int, default=10)
    return parser.parse_args()


if __name__ == "__main__":
    main()
