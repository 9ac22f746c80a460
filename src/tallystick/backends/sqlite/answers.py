"""First answers, for those who ask again: one question for many."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from tallystick.backends.sqlite.evidence import SqliteEvidence
from tallystick.protect.enforcement import Committed, Recorded
from tallystick.prove.evidence import inclusion_path, right_border

ASKED_MAX = 256

_ASKED = (
    "WITH asked (device, request) AS (VALUES {}) SELECT o.request, n.text, ordered, o.leaf, data,"
    " e.leaf FROM asked CROSS JOIN name n ON n.text = asked.device"
    " CROSS JOIN outcome o ON o.request = asked.request AND o.device = n.no"
    " CROSS JOIN evidence e ON e.position = o.leaf"
)


def read_answers(
    connection: sqlite3.Connection, asked: Sequence[tuple[str, str]]
) -> list[Recorded | None]:
    """One per (device, request), with proofs against the newest checkpoint."""
    found: dict[tuple[str, str], tuple[str, int, bytes | None, bytes]] = {}
    for start in range(0, len(asked), ASKED_MAX):
        part = asked[start : start + ASKED_MAX]
        slots = 1 << (len(part) - 1).bit_length()  # few texts of the statement, so that they stay
        flat = [text for pair in part for text in pair]
        flat += flat[:2] * (slots - len(part))
        statement = _ASKED.format(", ".join(["(?, ?)"] * slots))
        for request, device, *rest in connection.execute(statement, flat):
            found[device, request] = tuple(rest)
    if not found:
        return [None] * len(asked)
    evidence = SqliteEvidence(connection)
    size, note = evidence.newest()
    border = right_border(size, evidence.node)

    def proven(order: str, index: int, data: bytes | None, leaf: bytes) -> Recorded:
        path = inclusion_path(index, size, evidence.node, border=border)
        committed = Committed(
            leaf=leaf, data=data, index=index, size=size, path=tuple(path), checkpoint=note
        )
        return Recorded(order=order, committed=committed)

    return [proven(*found[pair]) if pair in found else None for pair in asked]
