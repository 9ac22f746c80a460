"""Cash at an agent's: float, fee and commission, and what neither side can do to the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tallystick.assembly import verify_ledger
from tallystick.decide.policy import FeeRule, SecurityPolicy, Terms
from tallystick.testing import example_policy
from tests.stage import Person, Stage, facts_of, kes, secret

FLOAT = 5_000_000


def fee(operation: str, paid_by: str, **changes: Any) -> FeeRule:
    usual: dict[str, Any] = {
        "flat_minor": 0,
        "permille": 0,
        "minimum_minor": 0,
        "maximum_minor": None,
        "agent_permille": 0,
    }
    return FeeRule(operation=operation, paid_by=paid_by, **usual | changes)


def policy() -> SecurityPolicy:
    fees = (
        fee("agent.cash_in", "provider", permille=5, agent_permille=1000),
        fee("agent.cash_out", "payer", flat_minor=1000, permille=10, agent_permille=400),
        fee("merchant.pay", "payee", permille=20, maximum_minor=5_000),
        fee("banking.transfer", "payer", flat_minor=3_000),
    )
    return example_policy(
        terms=Terms(fees={one.operation: one for one in fees}, agent_float_minor=FLOAT)
    )


class Cast:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.agent = stage.person("Corner Kiosk", role="agent", minor=1_000_000)
        self.zawadi = stage.person("Zawadi Mwangi", minor=500_000)
        self.fees = Person(stage.staff("treasury").handset, "fees")

    def of_provider(self) -> int:
        row = self.stage.platform._books.account("emoney.fees")  # type: ignore[arg-type]
        assert row is not None
        return row.credits - row.debits

    def fund_fees(self, minor: int) -> None:
        treasury = self.stage.staff("treasury").handset
        assert treasury.confirm_funds(kes(minor), "own-money").accepted
        assert treasury.issue("emoney.fees", kes(minor)).accepted


@pytest.fixture
def cast(tmp_path: Path) -> Iterator[Cast]:
    with Stage(tmp_path / "home", policy=policy()) as stage:
        yield Cast(stage)


def test_cash_in_fills_the_wallet_from_the_float_and_earns_a_commission(cast: Cast) -> None:
    cast.fund_fees(10_000)
    answer = cast.agent.handset.cash_in(
        cast.zawadi.account, cast.zawadi.name, kes(200_000), secret()
    )
    assert answer.accepted, answer.code
    assert (answer.leaf["amount_minor"], answer.leaf["fee_minor"]) == (200_000, None)
    assert cast.stage.balance(cast.agent) == (1_000_000 - 200_000 + 1_000, 0)
    assert cast.stage.balance(cast.zawadi) == (700_000, 0)
    assert cast.of_provider() == 9_000
    assert facts_of(cast.stage.tally(answer), "transfer.posted")["linked"] == 1
    assert cast.stage.findings() == []


def test_a_commission_that_nobody_funded_moves_nothing(cast: Cast) -> None:
    answer = cast.agent.handset.cash_in(
        cast.zawadi.account, cast.zawadi.name, kes(200_000), secret()
    )
    assert answer.code == "funds.insufficient"
    assert cast.stage.balance(cast.zawadi) == (500_000, 0)


def test_cash_out_pays_the_agent_and_splits_the_fee(cast: Cast) -> None:
    handset = cast.zawadi.handset
    said = handset.quote("agent.cash_out", kes(100_000)).data
    assert said == {
        "currency": "KES",
        "amount": "1000.00",
        "fee": "20.00",
        "total": "1020.00",
        "receives": {"currency": "KES", "amount": "1000.00"},
    }
    shown: list[str] = []
    handset.confirm = lambda text: bool(shown.append(text)) or True
    answer = handset.cash_out(cast.agent.account, cast.agent.name, kes(100_000), secret())
    assert answer.accepted, answer.code
    assert shown[0].splitlines()[:3] == [
        "Pay      1000.00 KES",
        "Fee      20.00 KES",
        "Total    1020.00 KES",
    ]
    assert (answer.leaf["amount_minor"], answer.leaf["fee_minor"]) == (100_000, 2_000)
    assert cast.stage.balance(cast.zawadi) == (500_000 - 102_000, 0)
    assert cast.stage.balance(cast.agent) == (1_000_000 + 100_000 + 800, 0)
    assert cast.of_provider() == 1_200
    assert cast.stage.findings() == []
    assert [one.code for one in verify_ledger(cast.stage.home) if not one.holds] == []


@pytest.mark.parametrize("signed", [0, 1, 1_999, 2_001, 100_000])
def test_another_fee_than_the_terms_say_is_refused(cast: Cast, signed: int) -> None:
    handset = cast.zawadi.handset
    order = handset.order_payment(
        "agent.cash_out",
        cast.agent.account,
        cast.agent.name,
        kes(100_000),
        pin=secret(),
        fee=kes(signed),
    )
    answer = handset.send(order)
    assert answer.code == "fee.mismatch"
    assert cast.stage.balance(cast.zawadi) == (500_000, 0)
    assert cast.stage.kinds(answer)[-1] == "order.refused"


def test_a_fee_where_there_is_none_is_refused(cast: Cast) -> None:
    handset = cast.zawadi.handset
    order = handset.order_payment(
        "remote.pay", cast.agent.account, cast.agent.name, kes(100), fee=kes(1)
    )
    assert handset.send(order).code == "fee.mismatch"


def test_the_float_neither_falls_below_zero_nor_rises_above_its_cap(cast: Cast) -> None:
    cast.fund_fees(100_000)
    agent, other = cast.agent, cast.stage.person("Omar Ali", minor=1_000_000)
    answer = agent.handset.cash_in(cast.zawadi.account, "Zawadi Mwangi", kes(1_010_000), secret())
    assert answer.code == "funds.insufficient"
    cast.stage.fund(agent, FLOAT - 1_500_000)
    answer = other.handset.cash_out(agent.account, agent.name, kes(500_001), secret())
    assert answer.code == "tier.exceeded"
    assert cast.stage.balance(agent) == (FLOAT - 500_000, 0)


def test_only_an_agent_gives_and_takes_cash(cast: Cast) -> None:
    other = cast.stage.person("Omar Ali", minor=100_000)
    answer = other.handset.cash_in(cast.zawadi.account, cast.zawadi.name, kes(100))
    assert answer.code == "operation.forbidden"
    answer = other.handset.cash_out(cast.zawadi.account, cast.zawadi.name, kes(100))
    assert answer.code == "payee.mismatch"
    second = cast.stage.person("Second Kiosk", role="agent")
    answer = cast.agent.handset.cash_in(second.account, second.name, kes(100))
    assert answer.code == "payee.mismatch"
    answer = cast.agent.handset.cash_out(second.account, second.name, kes(100))
    assert answer.code == "operation.forbidden"


def test_a_merchant_pays_the_fee_of_its_takings(cast: Cast) -> None:
    shop = cast.stage.person("Mama Njeri Shop", role="merchant")
    answer = cast.zawadi.handset.pay_merchant(str(shop.qr), kes(10_000))
    assert answer.accepted, answer.code
    assert (answer.leaf["amount_minor"], answer.leaf["fee_minor"]) == (10_000, None)
    assert cast.stage.balance(shop) == (9_800, 0)
    assert cast.stage.balance(cast.zawadi) == (490_000, 0)
    assert cast.of_provider() == 200


def test_a_bank_transfer_holds_its_fee_and_gives_it_back(cast: Cast) -> None:
    handset, treasury = cast.zawadi.handset, cast.stage.staff("treasury").handset
    for verdict, kept in (("failed", 0), ("paid", 3_000)):
        held = handset.transfer_to_bank("KE610080012345678901", "Zawadi", kes(50_000), secret())
        assert held.accepted, held.code
        assert held.leaf["fee_minor"] == 3_000
        assert cast.stage.balance(cast.zawadi) == (500_000, 53_000)
        hold = f"{held.leaf['device']}.{held.leaf['request']}"
        assert treasury.settle(hold, verdict).accepted
        assert treasury.settle(hold, "paid").code == "hold.unknown"
        assert cast.of_provider() == kept
    assert cast.stage.balance(cast.zawadi) == (447_000, 0)
    assert cast.stage.findings() == []
    assert [one.code for one in verify_ledger(cast.stage.home) if not one.holds] == []


def test_a_hold_expires_by_the_clock_and_once(cast: Cast) -> None:
    handset, treasury = cast.zawadi.handset, cast.stage.staff("treasury").handset
    held = handset.transfer_to_bank("KE610080012345678901", "Zawadi", kes(50_000), secret())
    hold = f"{held.leaf['device']}.{held.leaf['request']}"
    assert treasury.expire(hold).code == "hold.unknown"
    cast.stage.clock.advance(ms=14 * 86_400_000)
    assert treasury.expire(hold).accepted
    assert cast.stage.balance(cast.zawadi) == (500_000, 0)
    assert treasury.expire(hold).code == "hold.unknown"
    assert treasury.settle(hold, "paid").code == "hold.unknown"
    assert cast.stage.findings() == []


def test_agents_and_merchants_redeem_and_read_their_statements(cast: Cast) -> None:
    handset = cast.agent.handset
    held = handset.transfer_to_bank("KE610080012345678901", "Kiosk", kes(100_000), secret())
    assert held.accepted, held.code
    assert cast.zawadi.handset.cash_out(
        cast.agent.account, cast.agent.name, kes(1_000), secret()
    ).accepted
    said = handset.statement(10).data
    assert said is not None
    lines = said["lines"]
    assert isinstance(lines, list)
    assert [(line["kind"], line["amount"]) for line in lines] == [
        ("commission", "4.04"),
        ("agent.cash_out", "10.00"),
        ("emoney.issue", "10000.00"),
    ]
    assert lines[0]["payment"] == lines[1]["payment"]
    assert said["next"] is None
