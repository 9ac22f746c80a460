"""Statement lines: a running balance over everything that moved, from the first transfer on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.identifiers import AccountId
from tallystick.protect.banking import statement_lines
from tallystick.protect.enforcement import TransferRow

ALICE = AccountId("alice")


def row(seq: int, kind: str, outgoing: bool, minor: int) -> TransferRow:
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
    )


def test_lines_have_signs_and_balances() -> None:
    rows = [
        row(1, "move", False, 1000),
        row(2, "move", True, 300),
        row(3, "hold", True, 200),
        row(4, "post", True, 200),
        row(5, "hold", True, 50),
        row(6, "void", True, 50),
    ]
    lines = statement_lines(rows, account=ALICE)
    assert [(line.amount_minor, line.balance_minor) for line in lines] == [
        (1000, 1000),
        (-300, 700),
        (-200, 500),
    ]
    assert {line.counterparty for line in lines} == {"bob"}
    assert [line.reference for line in lines] == ["request-1", "request-2", "request-4"]


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
    lines = statement_lines([row(n, *move) for n, move in enumerate(moves, 1)], account=ALICE)
    expected = sum(
        -minor if outgoing else minor for kind, outgoing, minor in moves if kind in ("move", "post")
    )
    assert sum(line.amount_minor for line in lines) == expected
    assert (lines[-1].balance_minor if lines else 0) == expected
    assert [line.at_ms for line in lines] == sorted(line.at_ms for line in lines)
