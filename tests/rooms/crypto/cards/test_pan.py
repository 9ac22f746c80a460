"""Account numbers hide, and their check digits are right."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.cards import CardDataMalformed, Pan, luhn_digit, mask_pan
from tallystick.ground.errors import Defect
from tests.rooms.crypto.cards.oracles import pans


@pytest.mark.parametrize("digits", ["378282246310005", "4111111111111111", "6011000990139424"])
def test_well_known_test_numbers_have_their_check_digit(digits: str) -> None:
    assert Pan(digits).luhn_valid
    assert not Pan(digits[:-1] + str((int(digits[-1]) + 1) % 10)).luhn_valid


@given(
    digits=st.text("0123456789", min_size=11, max_size=18), at=st.integers(0), by=st.integers(1, 9)
)
def test_any_one_wrong_digit_is_noticed(digits: str, at: int, by: int) -> None:
    right = digits + luhn_digit(digits)
    place = at % len(right)
    wrong = right[:place] + str((int(right[place]) + by) % 10) + right[place + 1 :]
    assert Pan(right).luhn_valid
    assert not Pan(wrong).luhn_valid


@given(digits=pans)
def test_a_mask_shows_no_more_than_is_allowed(digits: str) -> None:
    shown = mask_pan(digits)
    first = 8 if len(digits) >= 16 else 6
    assert len(shown) == len(digits)
    assert set(shown[first:-4]) == {"*"}
    assert shown.count("*") >= 4


@given(digits=pans)
def test_an_account_number_shows_only_its_mask(digits: str) -> None:
    pan = Pan(digits)
    for shown in (repr(pan), str(pan), f"{pan}", f"{pan:>30}", repr([pan]), repr({pan: pan})):
        assert digits not in shown
    assert pan.reveal() == digits


def test_an_account_number_is_not_serialised() -> None:
    pan = Pan("4111111111111111")
    with pytest.raises(Defect):
        pickle.dumps(pan)
    assert copy.copy(pan) is pan
    assert copy.deepcopy([pan])[0] is pan


@pytest.mark.parametrize(
    "digits", ["", "41111111111", "4" * 20, "4111 1111 1111 1111", "٤" * 16, "411111111111111a"]
)
def test_what_is_no_account_number_is_refused_without_showing_it(digits: str) -> None:
    with pytest.raises(CardDataMalformed) as refused:
        Pan(digits)
    assert digits == "" or digits not in str(refused.value)
