"""Exchange and fees: nobody gains by rounding, in either direction, at any rate."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tallystick.decide.policy import CurrencyPair, FeeRule
from tallystick.ground.money import EXPONENTS, Amount
from tallystick.protect.emoney import (
    FeeExceedsAmount,
    exchanged,
    fee_transfers,
    price_of,
    worth,
)

CURRENCIES = st.sampled_from(sorted(EXPONENTS))


@st.composite
def pairs(draw: st.DrawFn) -> CurrencyPair:
    base, quote = draw(st.lists(CURRENCIES, min_size=2, max_size=2, unique=True))
    return CurrencyPair(
        base=base,
        quote=quote,
        numerator=draw(st.integers(1, 10**6)),
        denominator=draw(st.integers(1, 10**6)),
        spread_permille=draw(st.integers(0, 500)),
        until="2030-01-01",
    )


@given(pair=pairs(), minor=st.integers(1, 10**9), flip=st.booleans())
def test_a_round_trip_never_gains(pair: CurrencyPair, minor: int, flip: bool) -> None:
    start = Amount(minor=minor, currency=pair.quote if flip else pair.base)
    there = exchanged(pair, start)
    back = exchanged(pair, there)
    assert back.currency == start.currency
    assert back.minor <= start.minor


@given(pair=pairs(), minor=st.integers(1, 10**9), cut=st.integers(0, 10**9))
def test_splitting_an_exchange_never_gains(pair: CurrencyPair, minor: int, cut: int) -> None:
    one = min(cut, minor)
    parts = [Amount(minor=part, currency=pair.base) for part in (one, minor - one)]
    whole = exchanged(pair, Amount(minor=minor, currency=pair.base)).minor
    assert sum(exchanged(pair, part).minor for part in parts) <= whole


@given(pair=pairs(), minor=st.integers(1, 10**9))
def test_limits_see_no_less_than_the_amount_is_worth(pair: CurrencyPair, minor: int) -> None:
    rate = Fraction(pair.numerator, pair.denominator)
    scale = Fraction(10) ** (EXPONENTS[pair.quote] - EXPONENTS[pair.base])
    seen = worth(pair, Amount(minor=minor, currency=pair.base), home=pair.quote)
    assert 0 <= seen - minor * rate * scale < 1


RULES = st.builds(
    FeeRule,
    operation=st.just("agent.cash_out"),
    paid_by=st.sampled_from(["payer", "payee", "provider"]),
    flat_minor=st.integers(0, 10**5),
    permille=st.integers(0, 1000),
    minimum_minor=st.integers(0, 10**4),
    maximum_minor=st.one_of(st.none(), st.integers(10**4, 10**6)),
    agent_permille=st.integers(0, 1000),
)


@given(rule=RULES, minor=st.integers(1, 10**9))
def test_what_the_payer_gives_is_what_arrives(rule: FeeRule, minor: int) -> None:
    try:
        price = price_of(rule, minor)
    except FeeExceedsAmount:
        assert rule.paid_by == "payee"
        return
    assert price.received_minor > 0
    assert minor + price.on_top_minor == price.received_minor + price.charged_minor
    moved = fee_transfers(transfer="d.r", payer="p", price=price, agent="a")  # type: ignore[arg-type]
    assert all(transfer.amount_minor > 0 for transfer in moved)
    if rule.paid_by != "provider":
        assert price.commission_minor <= price.charged_minor, "no commission is paid out of nothing"
