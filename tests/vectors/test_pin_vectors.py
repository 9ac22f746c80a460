"""PIN blocks, PVVs and IBM 3624 PINs against published numbers. Sources: SOURCES-pins.md."""

from __future__ import annotations

import pytest

from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.pins import (
    AccountField,
    DecimalisationTable,
    PinFormat,
    PinSide,
    account_field,
    account_field_4,
    decipher_pin,
    decode_block,
    encipher_pin,
    encode_block,
    encode_field_4,
    natural_pin,
    offset_of,
    pin_from_offset,
    pvv_of,
    read_field_4,
    validation_block,
)

h = bytes.fromhex


def chance(octets: str):
    return lambda count: h(octets)[:count]


BLOCKS = [  # format, PIN, account, clear block, source
    (0, "1234", "5544332211009966", "041277CDDEEFF669", "psec"),
    (0, "1234", "5432101234567891", "041215FEDCBA9876", "moov"),
    (0, "1234", "43219876543210987", "0412AC89ABCDEF67", "ID TECH"),
    (1, "1234", "", "141234FFFFFFFFFF", "moov"),
    (1, "123456789012", "", "1C123456789012FF", "moov"),
    (1, "12345", "", "1512345EDCBA9876", "openemv"),
    (2, "1234", "", "241234FFFFFFFFFF", "psec"),
    (2, "123456789012", "", "2C123456789012FF", "psec"),
    (2, "123456", "", "26123456FFFFFFFF", "IBM 4758 CCA manual, ISO-2"),
    (3, "1234", "5432101234567891", "341215FEDCBA9876", "moov"),
    (
        3,
        "123456",
        "1112223334445550",
        "361216759CFA8889",
        "IBM, ISO Format 3 (a check digit added)",
    ),
]


@pytest.mark.parametrize(("form", "pin", "account", "block", "source"), BLOCKS)
def test_clear_block(form: int, pin: str, account: str, block: str, source: str) -> None:
    assert decode_block(h(block), form=PinFormat(form), account=account) == pin
    if form in (0, 2):
        made = encode_block(pin, form=PinFormat(form), account=account, random=bytes)
        assert made == h(block)
    made = encode_block(pin, form=PinFormat(form), account=account, random=bytes)
    assert made.hex().upper()[:4] == block[:4]


def test_format_1_takes_its_fill_from_chance() -> None:
    made = encode_block("12345", form=PinFormat.ISO_1, random=chance("EDCBA98760"))
    assert made == h("1512345EDCBA9876")


FIELDS_4 = [  # PIN, chance, PIN field, source
    ("1234", "2F69ADDE2E9E7ACE", "441234AAAAAAAAAA2F69ADDE2E9E7ACE", "X9.24-3 supplement"),
    ("12345", "517F9481BA5275FA", "4512345AAAAAAAAA517F9481BA5275FA", "paysec"),
    ("1234567", "CAF92E156B7D4489", "471234567AAAAAAACAF92E156B7D4489", "paysec"),
    ("12345678901", "9B263A096EA64687", "4B12345678901AAA9B263A096EA64687", "paysec"),
    ("123456789012", "8A268C65E92C3B39", "4C123456789012AA8A268C65E92C3B39", "paysec"),
]


@pytest.mark.parametrize(("pin", "drawn", "field", "source"), FIELDS_4)
def test_pin_field_of_format_4(pin: str, drawn: str, field: str, source: str) -> None:
    assert encode_field_4(pin, random=chance(drawn)) == h(field)
    assert read_field_4(h(field)) == (pin, "")


ACCOUNT_FIELDS_4 = [
    ("112233445566778899", "61122334455667788990000000000000", "psec"),
    ("4111111111111111", "44111111111111111000000000000000", "X9.24-3 supplement"),
    ("411111111111111", "34111111111111110000000000000000", "openemv"),
    ("123456789", "00001234567890000000000000000000", "openemv"),
    ("432198765432109870", "64321987654321098700000000000000", "moov"),
]


@pytest.mark.parametrize(("account", "field", "source"), ACCOUNT_FIELDS_4)
def test_account_field_of_format_4(account: str, field: str, source: str) -> None:
    assert account_field_4(account) == h(field)


def test_legacy_account_field_is_the_twelve_digits_of_format_0() -> None:
    legacy = account_field_4("4111111111111111", field=AccountField.TWELVE)
    assert legacy.hex() == "0" + f"{account_field('4111111111111111'):012x}" + "0" * 19


ENCIPHERED_4 = [  # key, PIN, account, chance, PIN block, source
    ("AF8CB133A78F8DC2D1359F18527593FB", "1234", "4111111111111111", "2F69ADDE2E9E7ACE",
     "A912150391AB65A67E52883D81CE2D15", "X9.24-3 supplement, transaction 1"),
    ("D30BDC73EC9714B000BEC66BDB7B6D09", "1234", "4111111111111111", "2F69ADDE2E9E7ACE",
     "52A00503BD34BA1383F6A7EE9FE2547F", "X9.24-3 supplement, transaction 2"),
    ("00112233445566778899AABBCCDDEEFF", "1234", "432198765432109870", "146C6601F4A8035C",
     "88E33C3ACF404F234F10F889C364E377", "captured calculation"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "pin", "account", "drawn", "block", "source"), ENCIPHERED_4)
def test_enciphered_format_4(key: str, pin: str, account: str, drawn: str, block: str, source: str) -> None:  # fmt: skip
    side = PinSide(PinFormat.ISO_4, BlockCipher.aes(h(key)), account)
    assert encipher_pin(pin, side, random=chance(drawn)) == h(block)
    assert decipher_pin(h(block), side) == pin


def test_deciphered_format_4_of_psec() -> None:
    cipher = BlockCipher.aes(h("00112233445566778899AABBCCDDEEFF"))
    side = PinSide(PinFormat.ISO_4, cipher, "1234567890123456")
    assert decipher_pin(h("E4BE5B623AF7E006AC319E5B93544564"), side) == "1234"


PVK = BlockCipher.tdes(h("0123456789ABCDEFFEDCBA9876543210"))
PVVS = [  # key index, PIN, account, PVV; the last needs the second scan
    (1, "4524", "1122334455667788", "8523"),
    (2, "1912", "1122334455667788", "3244"),
    (3, "4524", "1122334455667788", "4021"),
    (1, "0570", "1122334455667718", "3144"),
    (1, "8299", "1122334455667708", "4422"),
]


@pytest.mark.parametrize(("index", "pin", "account", "pvv"), PVVS)
def test_pvv(index: int, pin: str, account: str, pvv: str) -> None:
    assert pvv_of(pin, cipher=PVK, account=account, key_index=index) == pvv


PINS_3624 = [  # offset, validation data, pad, PIN
    ("0000", "1122334455667788", "F", "4524"),
    ("1111", "1122334455667788", "F", "5635"),
    ("6586", "1122334455667788", "F", "0000"),
    ("7697", "1122334455667788", "F", "1111"),
    ("7710", "1122334455667788", "F", "1234"),
    ("0000", "11223344556677", "F", "5518"),
    ("0000", "11223344556677", "f", "5518"),
    ("0000", "12233445566778", "1", "3675"),
    ("0000", "22334455667788", "1", "5550"),
]


@pytest.mark.parametrize(("offset", "data", "pad", "pin"), PINS_3624)
def test_ibm_3624(offset: str, data: str, pad: str, pin: str) -> None:
    natural = natural_pin(
        4,
        cipher=PVK,
        validation=validation_block(data, pad=pad),
        table=DecimalisationTable("1234567890123456"),
    )
    assert pin_from_offset(natural, offset) == pin
    assert offset_of(pin, natural) == offset
