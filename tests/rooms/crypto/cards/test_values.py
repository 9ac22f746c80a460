"""Card verification values against another implementation, and what makes them different."""

from __future__ import annotations

import psec
import pyemv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.cards import (
    CHIP,
    PRINTED,
    CardDataMalformed,
    CardValueRefused,
    CardVerificationKey,
    demand_value,
    dynamic_code,
    dynamic_value,
)
from tests.rooms.crypto.cards.oracles import (
    QUIET,
    counters,
    expiries,
    keys,
    numbers,
    pans,
    service_codes,
)

pytestmark = QUIET
KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
PAN, EXPIRY = "4123456789012345", "8701"


@given(key=keys, pan=pans, expiry=expiries, service_code=service_codes)
def test_they_are_those_of_another_tool(
    key: bytes, pan: str, expiry: str, service_code: str
) -> None:
    theirs = psec.cvv.generate_cvv(key, pan, expiry, service_code)
    ours = CardVerificationKey(key).value(pan, expiry, service_code)
    # Where fewer than three digits come out of the cipher, psec stops; the letters follow here.
    assert ours[: len(theirs)] == theirs


@given(key=keys, track=st.binary(min_size=1, max_size=40), number=numbers, atc=counters)
def test_the_code_of_mastercard_is_that_of_another_tool(
    key: bytes, track: bytes, number: bytes, atc: bytes
) -> None:
    theirs = pyemv.cvv.generate_cvc3(key, track, atc, number)
    ours = dynamic_code(key, track=track, number=number, atc=atc)
    assert ours == theirs.zfill(5)
    assert dynamic_code(key, track=track, number=number, atc=atc, digits=3) == ours[-3:]


def test_one_key_makes_three_different_values_of_one_card() -> None:
    key = CardVerificationKey(KEY)
    values = {key.value(PAN, EXPIRY, code) for code in ("101", PRINTED, CHIP)}
    assert (PRINTED, CHIP) == ("000", "999")
    assert len(values) == 3


def test_the_order_of_the_expiry_is_the_callers() -> None:
    key = CardVerificationKey(KEY)
    assert key.value(PAN, "8701", "101") != key.value(PAN, "0187", "101")


def test_the_authentication_value_is_the_same_computation() -> None:
    key = CardVerificationKey(KEY)
    made = key.authentication_value(
        PAN, transaction_number="1234", result_code="0", factor_code="00"
    )
    assert made == key.value(PAN, "1234", "000")


def test_a_dynamic_value_changes_with_the_counter_alone() -> None:
    made = [
        dynamic_value(KEY, pan=PAN, expiry=EXPIRY, service_code="101", atc=atc.to_bytes(2, "big"))
        for atc in range(50)
    ]
    assert len(set(made)) > 40


@pytest.mark.parametrize("given_value", ["561", "5610", "56", "", "562", "٥٦١"])
def test_what_is_not_the_value_gets_one_answer(given_value: str) -> None:
    right = CardVerificationKey(KEY).value(PAN, EXPIRY, "101")
    if given_value == right:
        demand_value(given=given_value, right=right)
        return
    with pytest.raises(CardValueRefused, match=r"^the card verification value was refused$"):
        demand_value(given=given_value, right=right)


@pytest.mark.parametrize(
    ("pan", "expiry", "service_code", "digits"),
    [
        ("41234567890", EXPIRY, "101", 3),
        ("4" * 20, EXPIRY, "101", 3),
        (PAN, "870", "101", 3),
        (PAN, "87o1", "101", 3),
        (PAN, EXPIRY, "1", 3),
        (PAN, EXPIRY, "101", 2),
        (PAN, EXPIRY, "101", 6),
    ],
)
def test_what_cannot_be_is_refused_without_showing_it(
    pan: str, expiry: str, service_code: str, digits: int
) -> None:
    with pytest.raises(CardDataMalformed) as refused:
        CardVerificationKey(KEY).value(pan, expiry, service_code, digits=digits)
    assert pan not in str(refused.value)


@pytest.mark.parametrize(
    ("pan", "digits"), [("3412345678901234", 4), ("341234567890123", 2), ("341234567890123", 6)]
)
def test_a_security_code_wants_fifteen_digits_and_a_known_length(pan: str, digits: int) -> None:
    with pytest.raises(CardDataMalformed):
        CardVerificationKey(KEY).security_code(pan, "9912", digits=digits)


def test_keys_hide() -> None:
    assert repr(CardVerificationKey(KEY)) == "CardVerificationKey(hidden)"
