"""The evidence log on PostgreSQL: leaves, tallies, packed nodes of the tree, signed checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from tallystick.backends.postgres.connection import Connection, ask
from tallystick.backends.postgres.nodes import HASH_OCTETS, ordinal
from tallystick.prove.evidence import Entry

T = TypeVar("T")

READ_AHEAD = 32
"""How many rows of nodes an audit reads at once; a row is what one batch appended."""
_KEPT = 4


class Reading(Protocol):
    """Asks one question on a connection that reads, whichever that is at the moment."""

    def __call__(self, question: Callable[[Connection], T], /) -> T: ...


_NODES = (
    "SELECT w.place, substring(n.hashes FROM (32 * (w.place - n.first) + 1)::int FOR 32)"
    " FROM unnest(%s::bigint[]) AS w (place) CROSS JOIN LATERAL"
    " (SELECT first, hashes FROM node WHERE first <= w.place ORDER BY first DESC LIMIT 1) n"
)


class PostgresEvidence:
    """Reads the evidence log; see `prove.evidence.EvidenceStore`."""

    def __init__(self, read: Reading) -> None:
        self._read = read
        self._runs: list[tuple[int, bytes]] = []

    def size(self) -> int:
        return self._read(log_size)

    def leaves(self, start: int, count: int) -> list[Entry]:
        query = (
            "SELECT position, leaf, tally FROM evidence"
            " WHERE position >= %s ORDER BY position LIMIT %s"
        )
        rows = self._read(lambda c: c.execute(query, (start, count), binary=True).fetchall())
        return [Entry(index=index, leaf=leaf, tally=tally) for index, leaf, tally in rows]

    def node(self, level: int, index: int) -> bytes:
        place = ordinal(level, index)
        for first, hashes in self._runs:
            offset = (place - first) * HASH_OCTETS
            if 0 <= offset < len(hashes):
                return hashes[offset : offset + HASH_OCTETS]
        return self._read_ahead(place, (level, index))

    def checkpoint(self) -> str | None:
        query = "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1"
        note: str | None = self._read(lambda c: ask(c, query))
        return note

    def checkpoints(self) -> list[str]:
        query = "SELECT note FROM checkpoint ORDER BY size"
        return [note for (note,) in self._read(lambda c: c.execute(query).fetchall())]

    def _read_ahead(self, place: int, node: tuple[int, int]) -> bytes:
        """Read a run of nodes from this one's row on: whoever asks for one asks for its neighbours.

        Nodes never change, so what was read may be kept.
        """
        query = (
            "SELECT first, hashes FROM node WHERE first >= COALESCE("
            "(SELECT first FROM node WHERE first <= %s ORDER BY first DESC LIMIT 1), 0)"
            " ORDER BY first LIMIT %s"
        )
        rows = self._read(lambda c: c.execute(query, (place, READ_AHEAD), binary=True).fetchall())
        run = _first_run(rows)
        if run is None or not 0 <= (place - run[0]) * HASH_OCTETS < len(run[1]):
            raise KeyError(node)
        self._runs = [run, *self._runs[: _KEPT - 1]]
        offset = (place - run[0]) * HASH_OCTETS
        return run[1][offset : offset + HASH_OCTETS]


def log_size(connection: Connection) -> int:
    """How many leaves are stored."""
    return int(ask(connection, "SELECT COALESCE(max(position), -1) + 1 FROM evidence"))


def newest_checkpoint(connection: Connection) -> tuple[int, str]:
    """Size and note of the newest checkpoint of a log that is not empty."""
    row = connection.execute(
        "SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1"
    ).fetchone()
    if row is None:
        raise KeyError("no checkpoint")
    return int(row[0]), str(row[1])


def read_nodes(
    connection: Connection, wanted: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], bytes]:
    """Many nodes by one question; those that are not there are missing."""
    if not wanted:
        return {}
    places = {ordinal(level, index): (level, index) for level, index in wanted}
    rows = connection.execute(_NODES, (list(places),), binary=True).fetchall()
    return {places[place]: hashed for place, hashed in rows if len(hashed) == HASH_OCTETS}


def _first_run(rows: Sequence[tuple[int, bytes]]) -> tuple[int, bytes] | None:
    """Rows joined for as long as each continues the one before."""
    if not rows:
        return None
    first, parts, reached = rows[0][0], [], rows[0][0]
    for start, hashes in rows:
        if start != reached:
            break
        parts.append(hashes)
        reached += len(hashes) // HASH_OCTETS
    return first, b"".join(parts)
