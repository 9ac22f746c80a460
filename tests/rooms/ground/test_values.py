"""The values that every floor speaks in: valid once made, and hard to misuse."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.clock import DAY_MS, ManualClock, SystemClock, day_of, iso_instant, month_of
from tallystick.ground.errors import Defect, Misconfigured, Refused
from tallystick.ground.facts import FACT_KINDS, PAYMENT_FACTS
from tallystick.ground.identifiers import (
    NotAnIdentifier,
    account_id,
    from_base64url,
    request_id,
    to_base64url,
)
from tallystick.ground.money import (
    AMOUNT_MINOR_MAX,
    EXPONENTS,
    NUMERIC_CODES,
    Amount,
    format_minor,
    parse_amount,
)
from tallystick.ground.secret import Secret

currencies = st.sampled_from(sorted(EXPONENTS))


def kes(minor: int) -> Amount:
    return Amount(minor=minor, currency="KES")


# ---- money --------------------------------------------------------------------------------------


@given(st.integers(0, AMOUNT_MINOR_MAX), currencies)
def test_an_amount_is_read_as_it_was_written(minor: int, currency: str) -> None:
    assert parse_amount(format_minor(minor, currency), currency).minor == minor


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "-1", "+1", "1e3", "1.234", "1,00", ".", "1..2", "٣"]
)
def test_other_spellings_of_amounts_are_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="is not an amount"):
        parse_amount(text, "KES")


def test_an_amount_that_is_too_much_is_told_the_most() -> None:
    most = Amount(minor=AMOUNT_MINOR_MAX, currency="KES")
    assert parse_amount("90071992547409.91", "KES") == most
    for text in ("90071992547409.92", "9" * 40):
        with pytest.raises(Misconfigured, match=r"too much; allowed: at most 90071992547409\.91"):
            parse_amount(text, "KES")


def test_currencies_do_not_mix() -> None:
    euro = Amount(minor=1, currency="EUR")
    for mixing in (lambda: kes(1) + euro, lambda: kes(1) - euro, lambda: kes(1) < euro):
        with pytest.raises(Defect, match="mix"):
            mixing()
    assert (kes(3) - kes(1)) + kes(1) == kes(3)
    assert kes(1) < kes(2) <= kes(2)
    with pytest.raises(Defect):
        Amount(minor=1, currency="kes")
    with pytest.raises(Defect):
        kes(AMOUNT_MINOR_MAX) + kes(1)


def test_every_currency_has_one_numeric_code() -> None:
    assert NUMERIC_CODES.keys() == EXPONENTS.keys()
    assert len(set(NUMERIC_CODES.values())) == len(NUMERIC_CODES)


# ---- names --------------------------------------------------------------------------------------


@given(st.binary(max_size=80))
def test_base64url_has_one_spelling(octets: bytes) -> None:
    text = to_base64url(octets)
    assert from_base64url(text) == octets
    for other in (text + "=", text + " ", " " + text, text + "\n"):
        with pytest.raises(NotAnIdentifier):
            from_base64url(other)


@pytest.mark.parametrize("text", ["-_9", "+/8", "A", "AB", "é", "AA==", "A A"])
def test_other_spellings_of_base64url_are_refused(text: str) -> None:
    with pytest.raises(NotAnIdentifier):
        from_base64url(text)


@pytest.mark.parametrize(
    "text", ["", "a" * 15, "a" * 65, "a" * 16 + "\n", "a" * 16 + ".", "é" * 16]
)
def test_request_ids_have_one_shape(text: str) -> None:
    with pytest.raises(NotAnIdentifier):
        request_id(text)
    assert request_id("a" * 16) == "a" * 16


@pytest.mark.parametrize("text", ["", "A", "-a", "a" * 65, "a b", "a\n", "ä"])
def test_account_ids_have_one_shape(text: str) -> None:
    with pytest.raises(NotAnIdentifier):
        account_id(text)
    assert account_id("trust.float") == "trust.float"


# ---- secrets ------------------------------------------------------------------------------------


def test_a_secret_does_not_leak_by_accident() -> None:
    secret = Secret(b"4711-and-more")
    for told in (repr(secret), str(secret), f"{secret}", f"{secret!r:>40}", "%s" % (secret,)):  # noqa: UP031
        assert "4711" not in told
    for leaking in (
        lambda: secret == Secret(b"4711-and-more"),
        lambda: hash(secret),
        lambda: pickle.dumps(secret),
        lambda: copy.copy(secret),
        lambda: copy.deepcopy({"in": secret}),
        lambda: vars(secret),
    ):
        with pytest.raises((Defect, TypeError)) as raised:
            leaking()
        assert "4711" not in "".join(traceback.format_exception(raised.value)[-1:])
    assert secret.matches(Secret(b"4711-and-more"))
    assert not secret.matches(Secret(b"4711-and-less"))
    assert secret.reveal() == b"4711-and-more"


# ---- time ---------------------------------------------------------------------------------------


def test_days_and_months_are_utc() -> None:
    new_year = 1_767_225_600_000
    assert iso_instant(new_year) == "2026-01-01T00:00:00Z"
    assert (day_of(new_year - 1), month_of(new_year - 1)) == ("2025-12-31", "2025-12")
    assert (day_of(new_year + DAY_MS), month_of(new_year)) == ("2026-01-02", "2026-01")


def test_clocks_count_whole_milliseconds() -> None:
    clock = ManualClock(5)
    clock.advance(ms=-2)
    assert clock.now_ms() == 3
    assert type(SystemClock().now_ms()) is int


# ---- errors and facts ---------------------------------------------------------------------------


def test_outsiders_are_told_the_public_code() -> None:
    class Wrong(Refused):
        code, public_code = "pin.wrong", "customer.not_verified"

    assert (Wrong("x").code, Wrong("x").outside) == ("pin.wrong", "customer.not_verified")
    assert Refused("x").outside == "refused"


def test_a_misconfiguration_says_where_and_what_is_allowed() -> None:
    error = Misconfigured("is missing", where="a.toml:3: service.modes", allowed="remote")
    assert str(error) == "a.toml:3: service.modes: is missing; allowed: remote"
    assert str(Misconfigured("is missing")) == "is missing"


def test_facts_have_one_name_each() -> None:
    assert len(set(FACT_KINDS)) == len(FACT_KINDS)
    assert set(PAYMENT_FACTS) < set(FACT_KINDS)
