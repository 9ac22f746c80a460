"""Account numbers: their check digit, what may be shown of them, and that they hide."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.errors import Defect
from tallystick.protect.tokens import Pan, PanRefused, luhn_digit, luhn_holds, mask_pan
from tests.rooms.protect.tokens.vaults import PANS

_payloads = st.text(alphabet="0123456789", min_size=11, max_size=18)


@pytest.mark.parametrize("digits", [*PANS, "79927398713"])
def test_published_check_digits(digits: str) -> None:
    """Test numbers of the schemes, and the example of ISO/IEC 7812-1's formula in wide use."""
    assert luhn_holds(digits)


@given(payload=_payloads, place=st.integers(0, 18), other=st.integers(1, 9))
def test_a_wrong_digit_is_seen(payload: str, place: int, other: int) -> None:
    number = payload + luhn_digit(payload)
    assert luhn_holds(number)
    place %= len(number)
    wrong = str((int(number[place]) + other) % 10)
    assert not luhn_holds(number[:place] + wrong + number[place + 1 :])


@given(payload=_payloads)
def test_a_mask_hides_six_digits_or_more(payload: str) -> None:
    masked = mask_pan(payload + "0")
    assert len(masked) == len(payload) + 1
    assert masked.count("*") >= 6
    assert masked[-4:] == (payload + "0")[-4:]
    assert len(masked.partition("*")[0]) <= 6


@pytest.mark.parametrize(
    "text",
    ["", "4111", "4111111111111112", "4111 1111 1111 1111", "٤" * 16, "4" * 20, "+411111111111"],
)
def test_what_is_no_account_number_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(PanRefused) as refused:
        Pan(text)
    assert "4111" not in str(refused.value)


def test_an_account_number_hides() -> None:
    pan = Pan(PANS[0])
    assert f"{pan} {pan!r} {[pan]} {pan:>30}".count("4111") == 0
    with pytest.raises(Defect):
        pickle.dumps(pan)
    with pytest.raises(Defect):
        assert pan == pan
