"""PVV and IBM 3624: right PINs pass, all else gets one answer; drawing PINs; psec agrees."""

from __future__ import annotations

import os
from collections import Counter

import psec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.pins import (
    USUAL_TABLE,
    AccountField,
    DecimalisationTable,
    PinFormat,
    PinRefused,
    PinRuleRefused,
    PinSide,
    decipher_pin,
    decode_block,
    demand_wanted,
    draw_pin,
    easily_guessed,
    encipher_pin,
    encode_block,
    natural_pin,
    nothing_unwanted,
    offset_of,
    pin_from_offset,
    pvv_of,
    unwanted,
    validation_block,
    verify_offset,
    verify_pvv,
)
from tallystick.ground.errors import Defect
from tests.rooms.crypto.pins.drawn import accounts, aes_keys, pins, sides, tdes_keys

tables = st.permutations("0123456789012345").map("".join).map(DecimalisationTable)
fours = st.text("0123456789", min_size=4, max_size=4)


@given(pin=pins, side=sides(PinFormat.ISO_0), key=tdes_keys, index=st.integers(0, 6), wrong=fours)
def test_pvv_verifies_its_pin(pin: str, side: PinSide, key: bytes, index: int, wrong: str) -> None:
    cipher, account = BlockCipher.tdes(key), side.account
    pvv = pvv_of(pin, cipher=cipher, account=account, key_index=index)
    block = encipher_pin(pin, side, random=os.urandom)
    verify_pvv(block, side, cipher=cipher, account=account, key_index=index, pvv=pvv)
    for presented, value in (
        (block, wrong if wrong != pvv else "none"),
        (bytes(8), pvv),
        (b"", pvv),
    ):
        with pytest.raises(PinRefused, match=r"^the PIN was refused$"):
            verify_pvv(presented, side, cipher=cipher, account=account, key_index=index, pvv=value)


@given(pin=pins, side=sides(PinFormat.ISO_4), key=tdes_keys, table=tables, data=st.data())
def test_offset_verifies_its_pin(pin: str, side: PinSide, key: bytes, table: DecimalisationTable, data: st.DataObject) -> None:  # fmt: skip
    cipher = BlockCipher.tdes(key)
    validation = validation_block(side.account[:12], pad="F")
    natural = natural_pin(len(pin), cipher=cipher, validation=validation, table=table)
    offset = offset_of(pin, natural)
    assert pin_from_offset(natural, offset) == pin
    block = encipher_pin(pin, side, random=os.urandom)

    def verify(presented: bytes, value: str) -> None:
        verify_offset(
            presented, side, cipher=cipher, validation=validation, table=table, offset=value
        )

    verify(block, offset)
    other = data.draw(st.text("0123456789", min_size=0, max_size=14).filter(lambda o: o != offset))
    for presented, value in ((block, other), (block, "12x4"), (bytes(16), offset), (b"", offset)):
        with pytest.raises(PinRefused, match=r"^the PIN was refused$"):
            verify(presented, value)


@pytest.mark.parametrize(
    "digits",
    ["", "0123456789", "012345678901234x", "0" * 16, "0000011234567890"[:16], "0123012301230123"],
)
def test_a_table_that_makes_guesses_easy(digits: str) -> None:
    with pytest.raises(PinRuleRefused):
        DecimalisationTable(digits)


def test_a_table_is_not_shown() -> None:
    assert "0123" not in repr(USUAL_TABLE)


@pytest.mark.parametrize(
    ("index", "account"), [(-1, "1" * 16), (7, "1" * 16), (1, "1" * 11), (1, "")]
)
def test_pvv_of_nothing(index: int, account: str) -> None:
    cipher = BlockCipher.tdes(os.urandom(16))
    with pytest.raises(PinRuleRefused):
        pvv_of("1234", cipher=cipher, account=account, key_index=index)


def test_methods_keep_to_tdea() -> None:
    aes = BlockCipher.aes(os.urandom(16))
    with pytest.raises(PinRuleRefused):
        pvv_of("1234", cipher=aes, account="1" * 16, key_index=1)
    with pytest.raises(PinRuleRefused):
        natural_pin(4, cipher=aes, validation=bytes(8), table=USUAL_TABLE)


@pytest.mark.parametrize(
    ("data", "pad"),
    [("123", "F"), ("1" * 17, "F"), ("12a4", "F"), ("1234", ""), ("1234", "FF"), ("1234", "g")],
)
def test_validation_data_of_nothing(data: str, pad: str) -> None:
    with pytest.raises(PinRuleRefused):
        validation_block(data, pad=pad)


def test_pins_are_drawn_evenly() -> None:
    seen = Counter(draw_pin(4, random=os.urandom)[0] for _ in range(20_000))
    assert set(seen) == set("0123456789")
    assert all(1_550 < count < 2_450 for count in seen.values()), seen


def test_a_draw_that_would_favour_some_pins_is_drawn_again() -> None:
    octets = iter([b"\xff" * 8, (1234).to_bytes(8, "big")])
    assert draw_pin(4, random=lambda _: next(octets)) == "1234"


def test_unwanted_pins_are_not_drawn() -> None:
    octets = iter(n.to_bytes(8, "big") for n in (1111, 1234, 4321, 2580, 1793))
    assert draw_pin(4, random=lambda _: next(octets), refuse=unwanted({"2580"})) == "1793"
    with pytest.raises(Defect):
        draw_pin(4, random=os.urandom, refuse=lambda _: True)
    with pytest.raises(PinRuleRefused):
        draw_pin(3, random=os.urandom)


def test_a_chosen_pin_is_weighed() -> None:
    assert demand_wanted("1793", refuse=easily_guessed) == "1793"
    assert demand_wanted("1111", refuse=nothing_unwanted) == "1111"
    with pytest.raises(PinRefused, match=r"^the PIN was refused$"):
        demand_wanted("1111", refuse=easily_guessed)


@given(pin=pins, account=accounts)
def test_psec_agrees_on_clear_blocks(pin: str, account: str) -> None:
    for form, encode, decode in (
        (PinFormat.ISO_0, psec.pinblock.encode_pinblock_iso_0, psec.pinblock.decode_pinblock_iso_0),
        (PinFormat.ISO_3, psec.pinblock.encode_pinblock_iso_3, psec.pinblock.decode_pinblock_iso_3),
    ):
        ours = encode_block(pin, form=form, account=account, random=os.urandom)
        assert decode(ours, account) == pin
        assert decode_block(encode(pin, account), form=form, account=account) == pin
    two = encode_block(pin, form=PinFormat.ISO_2, random=os.urandom)
    assert two == psec.pinblock.encode_pinblock_iso_2(pin)


@given(block=st.binary(min_size=8, max_size=8), account=accounts)
def test_psec_refuses_what_we_refuse(block: bytes, account: str) -> None:
    for form, decode in (
        (PinFormat.ISO_0, psec.pinblock.decode_pinblock_iso_0),
        (PinFormat.ISO_3, psec.pinblock.decode_pinblock_iso_3),
    ):
        nearly = bytes([(form << 4) | block[0] & 15]) + block[1:]
        try:
            theirs = decode(nearly, account)
        except ValueError:
            theirs = ""
        try:
            ours = decode_block(nearly, form=form, account=account)
        except PinRefused:
            ours = ""
        assert ours == theirs


@given(pin=pins, account=accounts, key=aes_keys)
def test_psec_agrees_on_format_4(pin: str, account: str, key: bytes) -> None:
    side = PinSide(PinFormat.ISO_4, BlockCipher.aes(key), account, AccountField.WHOLE)
    assert decipher_pin(psec.pinblock.encipher_pinblock_iso_4(key, pin, account), side) == pin
    ours = encipher_pin(pin, side, random=os.urandom)
    assert psec.pinblock.decipher_pinblock_iso_4(key, ours, account) == pin


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@given(pin=fours, account=accounts, key=tdes_keys, index=st.integers(0, 6), table=tables)
def test_psec_agrees_on_pvv_and_3624(pin: str, account: str, key: bytes, index: int, table: DecimalisationTable) -> None:  # fmt: skip
    cipher = BlockCipher.tdes(key)
    ours = pvv_of(pin, cipher=cipher, account=account, key_index=index)
    assert ours == psec.pin.generate_visa_pvv(key, str(index), pin, account)
    validation = validation_block(account[:13], pad="E")
    natural = natural_pin(4, cipher=cipher, validation=validation, table=table)
    rest = (account, 0, 13, "E")
    assert natural == psec.pin.generate_ibm3624_pin(key, table.digits, "0000", *rest)
    theirs = psec.pin.generate_ibm3624_offset(key, table.digits, pin, *rest)
    assert offset_of(pin, natural) == theirs
