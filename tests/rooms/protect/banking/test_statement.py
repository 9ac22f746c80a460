"""Statement lines: what moved, with the balance that the books state after each line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.backends.sqlite import SqliteBooks
from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import AccountId
from tallystick.protect.banking import read_statement, statement_lines
from tallystick.protect.emoney import TRUST
from tallystick.protect.enforcement import TransferKind, TransferRow
from tallystick.testing import Notary, move, opening, settle
from tallystick.testing.batches import FUNDED

ALICE = AccountId("alice")


def row(seq: int, kind: str, outgoing: bool, minor: int, balance: int | None) -> TransferRow:
    sides = (ALICE, AccountId("bob")) if outgoing else (AccountId("bob"), ALICE)
    return TransferRow(
        seq=seq,
        id=f"dev-1.request-{seq}",
        at_ms=seq * 1000,
        kind=kind,
        debit=sides[0],
        credit=sides[1],
        amount_minor=minor,
        purpose="remote.pay",
        device="dev-1",
        balance_minor=balance,
    )


def folded(moves: list[tuple[str, bool, int]]) -> list[TransferRow]:
    """Rows as the books give them: each with the balance after it."""
    rows, balance = [], 0
    for seq, (kind, outgoing, minor) in enumerate(moves, 1):
        if kind in ("move", "post"):
            balance += -minor if outgoing else minor
        rows.append(row(seq, kind, outgoing, minor, balance))
    return rows


def test_lines_have_signs_and_balances() -> None:
    rows = folded(
        [
            ("move", False, 1000),
            ("move", True, 300),
            ("hold", True, 200),
            ("post", True, 200),
            ("hold", True, 50),
            ("void", True, 50),
            ("hold", True, 20),
            ("expire", True, 20),
        ]
    )
    lines = statement_lines(rows, account=ALICE)
    assert [(line.amount_minor, line.balance_minor) for line in lines] == [
        (1000, 1000),
        (-300, 700),
        (-200, 500),
    ]
    assert {line.counterparty for line in lines} == {"bob"}
    assert [line.reference for line in lines] == ["request-1", "request-2", "request-4"]


def test_transfers_of_nobody_in_particular_are_no_statement() -> None:
    with pytest.raises(Defect, match="own transfers"):
        statement_lines([row(1, "move", True, 5, None)], account=ALICE)


def test_a_page_looks_past_lines_that_move_nothing(tmp_path: Path) -> None:
    notary = Notary()
    books = SqliteBooks(tmp_path, sign_checkpoint=notary.sign)
    books.commit([*opening("alice", "bob"), *FUNDED])
    for number in range(9):
        name = f"hold-0000-00001{number}"
        hold = move(name, "alice", TRUST, 1, kind=TransferKind.HOLD)
        paid = move(f"pay-0000-0000001{number}", "alice", "bob", 1 + number)
        books.commit([settle(name, transfer=hold)])
        if number % 4 == 0:
            books.commit([settle(f"pay-0000-0000001{number}", transfer=paid)])
    whole = read_statement(books, account=ALICE, limit=100)
    assert [line.amount_minor for line in whole] == [1000, -1, -5, -9]
    newest = read_statement(books, account=ALICE, limit=2)
    assert newest == whole[2:]
    older = read_statement(books, account=ALICE, limit=2, before_seq=newest[0].seq)
    assert older == whole[:2]
    assert read_statement(books, account=ALICE, limit=2, before_seq=older[0].seq) == []
    books.close()


def test_nothing_happened() -> None:
    assert statement_lines([], account=ALICE) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["move", "hold", "post", "void"]),
            st.booleans(),
            st.integers(1, 10**6),
        )
    )
)
def test_the_last_balance_is_the_sum_of_all_lines(moves: list[tuple[str, bool, int]]) -> None:
    lines = statement_lines(folded(moves), account=ALICE)
    expected = sum(
        -minor if outgoing else minor for kind, outgoing, minor in moves if kind in ("move", "post")
    )
    assert sum(line.amount_minor for line in lines) == expected
    assert (lines[-1].balance_minor if lines else 0) == expected
    assert [line.at_ms for line in lines] == sorted(line.at_ms for line in lines)
