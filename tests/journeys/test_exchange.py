"""Several currencies, sleeping accounts, the PIN by sum, limits of what may be received."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tallystick.assembly import sleeping_accounts, verify_ledger
from tallystick.decide.policy import CurrencyPair, SecurityPolicy, Terms
from tallystick.ground.clock import day_of
from tallystick.ground.money import Amount
from tallystick.testing import example_policy
from tallystick.testing.policies import sealed_again
from tests.stage import Person, Stage, kes, pay, secret

DAY_MS = 86_400_000
PAIR = CurrencyPair(
    base="USD", quote="KES", numerator=2587, denominator=20, spread_permille=10, until="2023-12-31"
)


def usd(minor: int) -> Amount:
    return Amount(minor=minor, currency="USD")


def opened(folder: Path, terms: Terms, **changes: object) -> Stage:
    return Stage(folder / "home", policy=with_tier(example_policy(terms=terms), **changes))


def with_tier(policy: SecurityPolicy, **changes: object) -> SecurityPolicy:
    tier = replace(policy.tiers["tier2"], **changes)  # type: ignore[arg-type]
    return sealed_again(replace(policy, tiers={**policy.tiers, "tier2": tier}))


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Stage]:
    """A service that exchanges, with dollars and shillings in its positions."""
    with opened(tmp_path, Terms(pairs=(PAIR,))) as stage:
        treasury = stage.staff("treasury").handset
        for amount in (usd(100_000), kes(10_000_000)):
            name = f"fx.position.{amount.currency.lower()}"
            assert treasury.confirm_funds(amount, f"own-{amount.currency}").accepted
            assert treasury.issue(name, amount).accepted
        yield stage


@pytest.fixture
def carol(market: Stage) -> Person:
    person = market.person("Carol Achieng", minor=1_000_000)
    assert person.handset.open_account("USD").data == {"account": f"{person.account}.usd"}
    return person


def held(stage: Stage, account: str) -> int:
    row = stage.platform._books.account(account)  # type: ignore[arg-type]
    assert row is not None
    return row.credits - row.debits


def test_an_exchange_moves_both_currencies_or_neither(market: Stage, carol: Person) -> None:
    said = carol.handset.quote("fx.exchange", kes(129_350), receives="USD").data
    assert said is not None
    assert said["receives"] == {"currency": "USD", "amount": "9.90"}
    answer = carol.handset.exchange(kes(129_350), usd(990), carol.name, secret())
    assert answer.accepted, answer.code
    assert (answer.leaf["payer"], answer.leaf["payee"]) == (carol.account, f"{carol.account}.usd")
    assert held(market, f"{carol.account}.usd") == 990
    assert market.balance(carol) == (1_000_000 - 129_350, 0)
    assert held(market, "fx.position.usd") == 100_000 - 990
    assert held(market, "fx.position.kes") == 10_000_000 + 129_350
    back = carol.handset.exchange(usd(990), kes(126_775), carol.name, secret())
    assert back.accepted, back.code
    assert carol.handset.balance("USD").data == {
        "currency": "USD",
        "available": "0.00",
        "reserved": "0.00",
    }
    said = carol.handset.statement(10, currency="USD").data
    assert said is not None
    assert [line["amount"] for line in said["lines"]] == ["-9.90", "9.90"]  # type: ignore[attr-defined]
    assert market.findings() == []
    assert [one.code for one in verify_ledger(market.home) if not one.holds] == []


@pytest.mark.parametrize("got", [989, 991, 1, 10**6])
def test_another_rate_than_the_terms_is_refused(market: Stage, carol: Person, got: int) -> None:
    answer = carol.handset.exchange(kes(129_350), usd(got), carol.name, secret())
    assert answer.code == "rate.mismatch"
    assert market.balance(carol) == (1_000_000, 0)


def test_a_rate_ends_with_its_day(market: Stage, carol: Person) -> None:
    market.clock.advance(ms=60 * DAY_MS)
    answer = carol.handset.exchange(kes(129_350), usd(990), carol.name, secret())
    assert answer.code == "rate.mismatch"


def test_a_position_is_never_overdrawn(market: Stage, carol: Person) -> None:
    market.fund(carol, 15_000_000)
    for _ in range(6):
        assert carol.handset.exchange(kes(2_000_000), usd(15_307), carol.name, secret()).accepted
    limit = carol.handset.exchange(kes(2_000_000), usd(15_307), carol.name, secret())
    assert limit.code == "funds.insufficient"
    assert market.findings() == []


def test_an_exchange_goes_between_own_accounts_only(market: Stage, carol: Person) -> None:
    other = market.person("Dan Mwangi", minor=1_000_000)
    assert other.handset.exchange(kes(129_350), usd(990), other.name).code == "payee.unknown"
    order = carol.handset.order_payment(
        "fx.exchange", other.account, other.name, kes(129_350), pin=secret(), receives=usd(990)
    )
    assert carol.handset.send(order).code == "payee.unknown"
    assert other.handset.open_account("EUR").code == "rate.mismatch"
    assert carol.handset.open_account("USD").code == "account.known"
    assert other.handset.balance("USD").code == "payee.unknown"


def test_a_payment_goes_to_no_account_in_another_currency(market: Stage, carol: Person) -> None:
    other = market.person("Dan Mwangi", minor=1_000_000)
    answer = other.handset.pay(f"{carol.account}.usd", carol.name, kes(100))
    assert answer.code == "payee.unknown"


# ---- the PIN by sum -----------------------------------------------------------------------------


def test_many_small_payments_ask_for_the_pin(tmp_path: Path) -> None:
    with opened(tmp_path, Terms(step_up_sum_minor=100_000)) as stage:
        payer, payee = stage.person("Carol Achieng", minor=1_000_000), stage.person("Dan Mwangi")
        for _ in range(2):
            assert pay(payer, payee, 40_000, pin=None).accepted
        assert pay(payer, payee, 40_000, pin=None).code == "customer.not_verified"
        assert pay(payer, payee, 19_999, pin=None).accepted
        assert pay(payer, payee, 1, pin=None).code == "customer.not_verified"
        assert pay(payer, payee, 40_000).accepted
        assert pay(payer, payee, 40_000, pin=None).accepted
        assert stage.findings() == []


# ---- sleeping accounts --------------------------------------------------------------------------


def test_a_sleeping_account_pays_only_after_it_was_woken(tmp_path: Path) -> None:
    with opened(tmp_path, Terms(dormant_after_days=180)) as stage:
        sleeper, other = stage.person("Carol Achieng", minor=100_000), stage.person("Dan Mwangi")
        stage.fund(other, 100_000)
        stage.clock.advance(ms=100 * DAY_MS)
        assert pay(other, sleeper, 100).accepted
        stage.clock.advance(ms=81 * DAY_MS)
        assert pay(other, sleeper, 100).accepted, "it paid 81 days ago"
        assert pay(sleeper, other, 100).code == "account.dormant"
        assert sleeper.handset.balance().accepted
        assert pay(sleeper, other, 100).code == "account.dormant", "looking wakes nobody"
        assert asleep(stage) == [sleeper.account]
        assert sleeper.handset.reactivate(secret("0000")).code == "customer.not_verified"
        assert pay(sleeper, other, 100).code == "account.dormant"
        assert sleeper.handset.reactivate(secret()).accepted
        assert pay(sleeper, other, 100).accepted
        assert asleep(stage) == []
        assert stage.findings() == []


def asleep(stage: Stage) -> list[str]:
    stage.settled()
    today = day_of(stage.clock.now_ms())
    return [one.account for one in sleeping_accounts(stage.home, today=today)]


# ---- what may be received -----------------------------------------------------------------------


def test_a_tier_limits_what_is_received_in_a_day_and_a_month(tmp_path: Path) -> None:
    limits = {"receive_per_day_minor": 100_000, "receive_per_month_minor": 150_000}
    with opened(tmp_path, Terms(), **limits) as stage:
        payer = stage.person("Carol Achieng", minor=100_000)
        payee = stage.person("Dan Mwangi", tier="tier2")
        stage.clock.advance(ms=DAY_MS)
        stage.fund(payer, 50_000)
        assert pay(payer, payee, 60_000).accepted
        assert pay(payer, payee, 40_001).code == "tier.exceeded"
        assert pay(payer, payee, 40_000).accepted
        stage.clock.advance(ms=DAY_MS)
        assert pay(payer, payee, 50_000).accepted
        treasury = stage.staff("treasury").handset
        assert treasury.confirm_funds(kes(100_000), "more").accepted
        assert treasury.issue(payee.account, kes(1)).code == "tier.exceeded"
        stage.clock.advance(ms=31 * DAY_MS)
        assert treasury.issue(payee.account, kes(100_001)).code == "tier.exceeded"
        assert treasury.issue(payee.account, kes(100_000)).accepted
        assert stage.findings() == []
