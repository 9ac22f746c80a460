"""First answers to requests, with proofs against the newest checkpoint: three questions for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tallystick.backends.postgres.connection import Connection
from tallystick.backends.postgres.evidence import newest_checkpoint, read_nodes
from tallystick.backends.postgres.looking import storable
from tallystick.ground.identifiers import DeviceId, RequestId
from tallystick.protect.enforcement import Committed, Recorded
from tallystick.prove.evidence import inclusion_path, right_border

_ANSWERS = (
    "SELECT w.place::int, o.ordered, o.leaf, o.data, e.leaf"
    " FROM unnest(%b::text[], %b::text[]) WITH ORDINALITY AS w (device, request, place)"
    " JOIN outcome o ON o.device = w.device AND o.request = w.request"
    " JOIN evidence e ON e.position = o.leaf"
)

Row = tuple[int, str, int, bytes | None, bytes]


def read_answers(
    connection: Connection, requests: Sequence[tuple[DeviceId, RequestId]]
) -> list[Recorded | None]:
    """One for each request, None where there was none."""
    answers: list[Recorded | None] = [None] * len(requests)
    if not requests:
        return answers
    pairs = [
        [str(part) if storable(part) else "" for part in column]
        for column in zip(*requests, strict=True)
    ]
    rows: list[Any] = connection.execute(_ANSWERS, pairs, binary=True).fetchall()
    if rows:
        for place, answer in _prove(connection, rows):
            answers[place] = answer
    return answers


def _prove(connection: Connection, rows: Sequence[Row]) -> list[tuple[int, Recorded]]:
    size, note = newest_checkpoint(connection)
    needed = _Needed()
    border = right_border(size, needed)
    for _, _, index, *_ in rows:
        inclusion_path(index, size, needed, border=border)
    nodes = read_nodes(connection, list(needed.places))
    known = _Known(nodes)
    border = right_border(size, known)
    proven = []
    for place, ordered, index, data, leaf in rows:
        path = inclusion_path(index, size, known, border=border)
        committed = Committed(
            leaf=leaf, data=data, index=index, size=size, path=path, checkpoint=note
        )
        proven.append((place - 1, Recorded(order=ordered, committed=committed)))
    return proven


class _Needed:
    """Stands in for the tree and remembers which nodes were asked for."""

    def __init__(self) -> None:
        self.places: dict[tuple[int, int], None] = {}

    def __call__(self, level: int, index: int) -> bytes:
        self.places[level, index] = None
        return bytes(32)


class _Known:
    """The nodes that were fetched; KeyError for one that the books do not have."""

    def __init__(self, nodes: dict[tuple[int, int], bytes]) -> None:
        self._nodes = nodes

    def __call__(self, level: int, index: int) -> bytes:
        return self._nodes[level, index]
