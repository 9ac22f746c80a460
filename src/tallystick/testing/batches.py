"""Batches to try a set of books with: those that set the stage, and those that break one rule."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.protect.emoney import TRUST, UNISSUED
from tallystick.protect.enforcement import Settlement, TransferKind
from tallystick.testing.settlements import move, settle, wallet


def resolving(
    request: str, debit: str, minor: int, kind: TransferKind, pending: str, credit: str = TRUST
) -> Settlement:
    resolved = move(
        request, debit, credit, minor, kind=kind, pending=pending, purpose="emoney.settle"
    )
    return settle(request, transfer=resolved)


ACCOUNTS = (TRUST, UNISSUED, "alice", "bob", "carol", "euro")
HOLD = move("hold-0000-000001", "alice", TRUST, 100, kind=TransferKind.HOLD)
FUNDED = (
    settle(
        "funds-0000-00001",
        transfer=move("funds-0000-00001", TRUST, UNISSUED, 5000, purpose="funds.confirm"),
    ),
    settle(
        "issue-0000-00001",
        transfer=move("issue-0000-00001", UNISSUED, "alice", 1000, purpose="emoney.issue"),
    ),
    settle(
        "issue-0000-00002",
        transfer=move("issue-0000-00002", UNISSUED, "bob", 1000, purpose="emoney.issue"),
    ),
    settle("hold-0000-000001", transfer=HOLD),
)


def _paying(debit: str, credit: str, minor: int, name: str = "break-0000-00001") -> Settlement:
    return settle(name, transfer=move(name, debit, credit, minor))


def _post(name: str, pending: str, **changes: object) -> Settlement:
    arguments = {"debit": "alice", "minor": 100, "kind": TransferKind.POST} | changes
    return resolving(name, pending=pending, **arguments)  # type: ignore[arg-type]


BREAKING: dict[str, Sequence[Settlement]] = {
    "debit of an unknown account": [_paying("nobody", "bob", 1)],
    "credit of an unknown account": [_paying("alice", "nobody", 1)],
    "below the floor": [_paying("alice", "bob", 1001)],
    "below the floor because of a hold": [_paying("alice", "bob", 901)],
    "above the cap": [
        settle("small-0000-00001", accounts=[wallet("dan", cap=5)]),
        _paying("alice", "dan", 6),
    ],
    "more issued than confirmed": [_paying(UNISSUED, "alice", 3001)],
    "an amount of zero": [_paying("alice", "bob", 0)],
    "a negative amount": [_paying("alice", "bob", -1)],
    "to itself": [_paying("alice", "alice", 1)],
    "a transfer id of before": [
        settle("break-0000-00001", transfer=move("issue-0000-00001", "alice", "bob", 1))
    ],
    "a transfer id twice in one batch": [
        settle("break-0000-00001", transfer=move("break-0000-00009", "alice", "bob", 1)),
        settle("break-0000-00002", transfer=move("break-0000-00009", "alice", "bob", 1)),
    ],
    "a request of before": [settle("issue-0000-00001")],
    "a request twice in one batch": [settle("break-0000-00001"), settle("break-0000-00001")],
    "a hold posted twice in one batch": [
        _post("break-0000-00001", HOLD.id),
        _post("break-0000-00002", HOLD.id),
    ],
    "a hold posted and given back": [
        _post("break-0000-00001", HOLD.id),
        _post("break-0000-00002", HOLD.id, kind=TransferKind.VOID),
    ],
    "a hold that is not there": [_post("break-0000-00001", "dev-0.nothing-0000-000")],
    "a hold that is none": [_post("break-0000-00001", "dev-0.issue-0000-00001")],
    "a hold of somebody else": [_post("break-0000-00001", HOLD.id, debit="bob")],
    "a hold of another amount": [_post("break-0000-00001", HOLD.id, minor=99)],
    "a post without a hold": [
        settle(
            "break-0000-00001",
            transfer=move("break-0000-00001", "alice", TRUST, 100, kind=TransferKind.POST),
        )
    ],
    "a move that names a hold": [
        settle(
            "break-0000-00001",
            transfer=move("break-0000-00001", "alice", TRUST, 100, pending=HOLD.id),
        )
    ],
    "two currencies": [
        settle("euro-0000-000001", accounts=[wallet("euro", currency="EUR")]),
        _paying("alice", "euro", 1),
    ],
    "an account opened twice": [settle("break-0000-00001", accounts=[wallet("alice")])],
}
"""Batches that break one rule each; every backend refuses each of them whole."""
