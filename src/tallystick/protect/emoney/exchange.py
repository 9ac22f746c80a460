"""Exchange: two currencies of one holder, through positions of the provider that are funded.

Both legs are postings of one order. A position is the provider's own electronic money in one
currency and never falls below zero, so an exchange hands out nothing that is not safeguarded.
What the customer receives is rounded down to whole minor units: a round trip never gains.
"""

from __future__ import annotations

from fractions import Fraction

from tallystick.decide.policy import CurrencyPair
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId
from tallystick.ground.money import EXPONENTS, Amount
from tallystick.protect.emoney.moves import move
from tallystick.protect.enforcement import Transfer

EXCHANGE = "fx.exchange"


class RateMismatch(Refused):
    """The customer did not sign what this exchange gives, or there is no good rate."""

    code, clause = "rate.mismatch", "13"


def own_account(account: AccountId, currency: str, *, home: str) -> AccountId:
    """A holder's account in a currency; the one in the service's currency has the plain name."""
    return account if currency == home else AccountId(f"{account}.{currency.lower()}")


def position(currency: str) -> AccountId:
    """The provider's account from which a currency is handed out, and to which it comes."""
    return AccountId(f"fx.position.{currency.lower()}")


def pair_of(pairs: tuple[CurrencyPair, ...], one: str, other: str, *, today: str) -> CurrencyPair:
    """The pair of two currencies. Refuses: RateMismatch when there is none, or its day is over."""
    for pair in pairs:
        if {pair.base, pair.quote} == {one, other} and today <= pair.until:
            return pair
    raise RateMismatch("no good rate between these currencies")


def exchanged(pair: CurrencyPair, sold: Amount) -> Amount:
    """What an amount of one currency of the pair gives in the other, after the spread.

    >>> pair = CurrencyPair(base="USD", quote="KES", numerator=2587, denominator=20,
    ...                     spread_permille=10, until="2027-01-01")
    >>> str(exchanged(pair, Amount(minor=10_000, currency="USD")))
    '12805.65 KES'
    """
    rate = rate_of(pair, sold.currency)
    other = pair.quote if sold.currency == pair.base else pair.base
    kept = Fraction(1000 - pair.spread_permille, 1000)
    return Amount(minor=int(sold.minor * rate * kept), currency=other)


def worth(pair: CurrencyPair, sold: Amount, *, home: str) -> int:
    """An amount in minor units of the service's currency, rounded up: limits are in that one."""
    if sold.currency == home:
        return sold.minor
    exact = sold.minor * rate_of(pair, sold.currency)
    return -int(-exact // 1)


def rate_of(pair: CurrencyPair, sold: str) -> Fraction:
    """How many minor units of the other currency one minor unit is worth, exactly."""
    rate = Fraction(pair.numerator, pair.denominator)
    digits = EXPONENTS[pair.quote] - EXPONENTS[pair.base]
    scaled = rate * Fraction(10) ** digits
    return scaled if sold == pair.base else 1 / scaled


def exchange(
    *, transfer: str, account: AccountId, sold: Amount, bought: Amount, home: str
) -> tuple[Transfer, Transfer]:
    """The two legs of an exchange, both or none."""
    return (
        move(transfer, own_account(account, sold.currency, home=home),
             position(sold.currency), sold.minor, EXCHANGE),
        move(f"{transfer}.bought", position(bought.currency),
             own_account(account, bought.currency, home=home), bought.minor, EXCHANGE),
    )  # fmt: skip
