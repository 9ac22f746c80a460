"""Encoding and reading are inverse, altered blocks are refused, and all refusals are alike."""

from __future__ import annotations

import os
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.pins import (
    PinFormat,
    PinRefused,
    PinRuleRefused,
    PinSide,
    decipher_pin,
    decode_block,
    encipher_pin,
    encode_block,
    encode_field_4,
    read_block,
    read_field_4,
    read_pin,
)
from tests.rooms.crypto.pins.drawn import accounts, any_accounts, cipher_for, pins, sides

CLEAR = st.sampled_from([form for form in PinFormat if form is not PinFormat.ISO_4])


@given(pin=pins, account=any_accounts, form=CLEAR)
def test_a_clear_block_gives_its_pin_back(pin: str, account: str, form: PinFormat) -> None:
    block = encode_block(pin, form=form, account=account, random=os.urandom)
    assert len(block) == 8
    assert decode_block(block, form=form, account=account) == pin


@given(pin=pins, side=sides())
def test_an_enciphered_block_gives_its_pin_back(pin: str, side: PinSide) -> None:
    block = encipher_pin(pin, side, random=os.urandom)
    assert len(block) == side.form.octets
    assert decipher_pin(block, side) == pin


@pytest.mark.parametrize("form", [PinFormat.ISO_0, PinFormat.ISO_3, PinFormat.ISO_4])
@pytest.mark.parametrize("pin", ["1234", "580137", "123456789012"])
def test_any_flipped_bit_is_refused(form: PinFormat, pin: str) -> None:
    # Nothing is drawn here: by chance one in 16 million altered blocks of formats 0 and 4 passes,
    # and one in 200 thousand of format 3, whose fill has six values.
    side = PinSide(form, cipher_for(form, bytes(range(16))), "4111111111111111")
    block = int.from_bytes(encipher_pin(pin, side, random=bytes), "big")
    for bit in range(8 * form.octets):
        altered = (block ^ 1 << bit).to_bytes(form.octets, "big")
        with pytest.raises(PinRefused, match=r"^the PIN was refused$"):
            decipher_pin(altered, side)


@given(pin=pins, side=sides(PinFormat.ISO_4), other=accounts)
def test_format_4_is_bound_to_every_digit_of_the_account(pin: str, side: PinSide, other: str) -> None:  # fmt: skip
    block = encipher_pin(pin, side, random=os.urandom)
    if other == side.account:
        return
    moved = side._replace(account=other)
    if side.field.value == "whole" or other[-13:-1] != side.account[-13:-1]:
        with pytest.raises(PinRefused):
            decipher_pin(block, moved)


@pytest.mark.parametrize("form", [PinFormat.ISO_1, PinFormat.ISO_3, PinFormat.ISO_4])
def test_chance_is_fresh_each_time(form: PinFormat) -> None:
    # The fill of format 3 has 6^10 values: of 200 blocks two are alike once in 3 000 runs, of 10
    # blocks more than one pair once in 10^12.
    side = PinSide(form, cipher_for(form), "4111111111111111")
    assert len({encipher_pin("1234", side, random=os.urandom) for _ in range(10)}) >= 9


def test_fill_of_format_3_uses_every_letter_evenly() -> None:
    seen: dict[str, int] = dict.fromkeys("abcdef", 0)
    for _ in range(3_000):
        block = encode_block("1234", form=PinFormat.ISO_3, account="0" * 13, random=os.urandom)
        for sign in block.hex()[6:]:
            seen[sign] += 1
    # 30 000 letters, 5 000 each; ten standard deviations are 650.
    assert all(4_350 < count < 5_650 for count in seen.values()), seen


@given(block=st.binary(max_size=40), form=CLEAR, account=any_accounts)
def test_strangers_clear_block(block: bytes, form: PinFormat, account: str) -> None:
    pin, wrong = read_block(block, form=form, account=account)
    assert 4 <= len(pin) <= 12
    assert pin.isdecimal()
    assert wrong in {"", "block", "head", "digits", "fill"}
    if wrong:
        assert set(pin) == {"0"}
        return
    made = encode_block(pin, form=form, account=account, random=os.urandom)
    assert made[:1] == block[:1]
    assert form in (PinFormat.ISO_1, PinFormat.ISO_3) or made == block


@pytest.mark.parametrize("form", PinFormat)
def test_a_block_of_another_format_or_length_is_none(form: PinFormat) -> None:
    account = "4111111111111111"
    if form is PinFormat.ISO_4:
        rest = encode_field_4("1234", random=bytes)[1:]
    else:
        rest = encode_block("1234", form=form, account=account, random=bytes)[1:]
    for head in range(256):
        block = bytes([head]) + rest
        if form is PinFormat.ISO_4:
            _, wrong = read_field_4(block)
        else:
            _, wrong = read_block(block, form=form, account=account)
        named = head >> 4 == form and 4 <= head & 15 <= 12
        assert (wrong != "head") == named, (head, wrong)


@given(field=st.binary(max_size=40))
def test_strangers_field_of_format_4(field: bytes) -> None:
    pin, wrong = read_field_4(field)
    assert pin.isdecimal()
    assert wrong or (len(field) == 16 and field.hex()[2:].startswith(pin))


@given(block=st.binary(max_size=40), side=sides())
def test_strangers_enciphered_block(block: bytes, side: PinSide) -> None:
    pin, wrong = read_pin(block, side)
    assert 4 <= len(pin) <= 12
    if wrong:
        with pytest.raises(PinRefused, match=r"^the PIN was refused$"):
            decipher_pin(block, side)
    else:
        assert decipher_pin(block, side) == pin


NO_PINS = ["", "123", "1234567890123", "12a4", "１２３４", "12 4", "-123"]


@pytest.mark.parametrize("pin", NO_PINS)
@pytest.mark.parametrize("form", PinFormat)
def test_what_is_no_pin(form: PinFormat, pin: str) -> None:
    with pytest.raises(PinRefused, match=r"^the PIN was refused$"):
        encipher_pin(pin, PinSide(form, cipher_for(form), "4111111111111111"), random=os.urandom)


@pytest.mark.parametrize(
    "account", ["", "1234567", "1" * 20, "41111111x1111111", "４１１１１１１１"]
)
@pytest.mark.parametrize("form", [PinFormat.ISO_0, PinFormat.ISO_3, PinFormat.ISO_4])
def test_what_is_no_account(form: PinFormat, account: str) -> None:
    with pytest.raises(PinRuleRefused) as refused:
        encipher_pin("1234", PinSide(form, cipher_for(form), account), random=os.urandom)
    assert not account or account not in str(refused.value)


def test_formats_keep_to_their_algorithm() -> None:
    aes, tdes = cipher_for(PinFormat.ISO_4), cipher_for(PinFormat.ISO_0)
    for side in (PinSide(PinFormat.ISO_0, aes, "1" * 16), PinSide(PinFormat.ISO_4, tdes, "1" * 16)):
        with pytest.raises(PinRuleRefused, match="key"):
            encipher_pin("1234", side, random=os.urandom)
        with pytest.raises(PinRuleRefused, match="key"):
            read_pin(bytes(16), side)


def test_nothing_shows_a_pin_or_an_account() -> None:
    side = PinSide(PinFormat.ISO_0, cipher_for(PinFormat.ISO_0), "4111111111111111")
    assert "4111" not in repr(side)
    refused = pickle.loads(pickle.dumps(PinRefused("fill")))  # noqa: S301 - our own
    assert (str(refused), refused.reason, refused.outside) == (
        "the PIN was refused",
        "fill",
        "pin.refused",
    )
