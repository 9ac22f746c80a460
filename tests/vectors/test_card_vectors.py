"""Card and EMV values that others published (SOURCES-cards.md)."""

from __future__ import annotations

import pytest

from tallystick.crypto.cards import (
    CardVerificationKey,
    CryptogramKey,
    IssuerMasterKey,
    ScriptCipher,
    common_key,
    counter_key,
    dynamic_code,
    dynamic_value,
    encipher_data,
    luhn_digit,
    odd_parity,
    script_key_by_counter,
    tree_key,
    vis_pin_block,
)
from tallystick.crypto.mechanisms import MacPadding

h = bytes.fromhex
KEY = h("0123456789abcdeffedcba9876543210")
VISA = "4111111111111111"


@pytest.mark.parametrize(
    ("key", "pan", "expiry", "service_code", "value"),
    [
        (KEY, "4123456789012345", "8701", "101", "561"),
        (h("d676dcf3afb7350532eaf00ea253d875"), "4123450990122129", "0721", "202", "2410"),
        (KEY, "1234567890123456", "9912", "220", "170"),
    ],
)
def test_card_verification_value(
    key: bytes, pan: str, expiry: str, service_code: str, value: str
) -> None:
    made = CardVerificationKey(key).value(pan, expiry, service_code, digits=len(value))
    assert made == value


@pytest.mark.parametrize("pan", ["341234567890123", "371234567890123"])
def test_american_express_security_code(pan: str) -> None:
    key = CardVerificationKey(h("1234567890abcdef1234567890abcdef"))
    values = [key.security_code(pan, "9912", digits=digits) for digits in (5, 4, 3)]
    assert values == ["70954", "4117", "283"]


@pytest.mark.parametrize(
    ("expiry", "service_code", "atc", "value"),
    [
        ("1225", "001", "0001", "938"),
        ("1225", "001", "0002", "488"),
        ("1225", "001", "0010", "634"),
        ("1225", "101", "0010", "970"),
        ("1226", "101", "0010", "282"),
    ],
)
def test_dynamic_value_of_visa(expiry: str, service_code: str, atc: str, value: str) -> None:
    card = IssuerMasterKey.tdes(KEY[:8] * 2).card_key_a(VISA, "00")
    made = dynamic_value(card, pan=VISA, expiry=expiry, service_code=service_code, atc=h(atc))
    assert made == value


def test_dynamic_code_of_mastercard() -> None:
    card = IssuerMasterKey.tdes(h("01234567899876543210012345678998")).card_key_a(
        "5123456789012345", "00"
    )
    track = h("5123456789012345d35121010000000000000f")
    made = dynamic_code(card, track=track, number=h("00000899"), atc=h("005e"))
    assert made == "29488"


def test_keys_of_cards() -> None:
    issuer = IssuerMasterKey.tdes(KEY)
    assert issuer.card_key_a("99012345678901234", "45") == h("67f8292358083e5ea7ab7fda58d53b6b")
    assert issuer.card_key_a("12345678901234567", "01") == h("73ad54688cef2934b0979857e3c719f1")
    assert issuer.card_key_b("12345678901234567", "01") == h("ad406d7f6d7570916d75e5dcab8cf737")


def test_keys_of_sessions() -> None:
    assert common_key(KEY, h("001c000000000000")) == h("e9fb384af807b940fedcea613461b0c4")
    assert script_key_by_counter(KEY, h("001c")) == h("0123456789abcdf2fedcba987654cdf2")
    assert tree_key(KEY, h("001c")) == h("e5bf6d1067f194b0a89b7f5d83bc64a2")


def test_a_chain_from_issuer_to_answer() -> None:
    card = IssuerMasterKey.tdes(KEY).card_key_a(VISA, "00")
    assert card == odd_parity(h("30089565674d73ed841a6f0637029c18"))  # theirs without parity
    session = counter_key(card, h("0001"))
    assert session == odd_parity(h("38f14068b3ea57c194f8e3a20d51e3e6"))
    data = h("00000000100000000000000007240000000000097825092500123456781800000103a4a000")
    key = CryptogramKey.tdes(session)
    assert key.cryptogram(data, MacPadding.ZEROS) == h("e8499e593250a030")
    cryptogram = key.cryptogram(data, MacPadding.ONE_AND_ZEROS)
    assert cryptogram == h("a8db2b65f9c821f1")
    assert key.response_1(cryptogram, b"00") == h("adcb085b842e0a9d")
    assert key.response_2(cryptogram, h("00820000")) == h("54db2625")


def test_answers() -> None:
    key = CryptogramKey.tdes(h("29b33180e567ce38ea4cbc9d753b0e61"))
    cryptogram = key.cryptogram(h("0123456789abcdef0123456789abcdef"))
    assert cryptogram == h("fa624250b008b59a")
    assert key.response_1(cryptogram, bytes(2)) == h("45d4255eef10c920")
    assert key.response_2(cryptogram, bytes(4)) == h("cb56fa40")


def test_script_parts() -> None:
    key = CryptogramKey.tdes(KEY)
    assert key.script_mac(h("8424000008")) == h("0bfff5df3faa24e1")
    assert key.script_mac(h("8424000008ffff1234567890123456")) == h("e07b8df1b4184282")
    block = h("249999ffffffffff")
    assert encipher_data(KEY, block, ScriptCipher.EMV) == h("5a862d1381ccb94822cfdd706a376178")
    block = h("241234ffffffffff")
    assert encipher_data(KEY, block, ScriptCipher.MASTERCARD) == h("9859240ae52820c3")
    assert vis_pin_block(KEY, "1234") == h("041234ff76543210")


def test_check_digit() -> None:
    assert luhn_digit("7992739871") == "3"
