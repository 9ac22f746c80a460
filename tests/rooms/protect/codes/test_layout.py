"""Merchant codes: the EMV layout, the check sum, and a signature that covers all of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.mechanisms import SigningKey
from tallystick.ground.identifiers import AccountId, to_base64url
from tallystick.ground.money import NUMERIC_CODES
from tallystick.protect.codes import CodeRefused, MerchantCode, layout, read_code, write_code

KEY = SigningKey.generate()
SHOP = MerchantCode(account=AccountId("acc-njeri"), name="Mama Njeri", currency="KES", country="KE")
WRITTEN = write_code(SHOP, sign=KEY.sign)
SIGNED = WRITTEN[: -(4 + 99 + 8)]

CHECK_SUMS = [  # text, CRC-16 as four digits, source
    ("123456789", "29B1", "CRC catalogue (reveng), CRC-16/IBM-3740: poly 1021, init FFFF"),
    ("", "FFFF", "the same: the start value, not reflected, no final XOR"),
]


def field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"


def finished(signed: str, *, name: str = "tally", signature: bytes | str | None = None) -> str:
    """A code around a signed part, its own check sum right."""
    if signature is None:
        signature = KEY.sign(b"tallystick-qr\n" + signed.encode())
    written = signature if isinstance(signature, str) else to_base64url(signature)
    text = signed + field("80", field("00", name) + field("01", written)) + "6304"
    return text + layout._crc(text)


def refused(text: str, key: bytes = KEY.public) -> None:
    with pytest.raises(CodeRefused):
        read_code(text, key=key)


@pytest.mark.parametrize(("text", "digits", "source"), CHECK_SUMS)
def test_the_check_sum_is_the_published_one(text: str, digits: str, source: str) -> None:
    assert layout._crc(text) == digits, source


def test_a_code_has_exactly_the_fields_of_the_wire_page() -> None:
    expected = (
        "000201" "010211" + field("26", field("00", "tallystick") + field("01", "acc-njeri"))
        + "52040000" "5303404" "5802KE" "5910Mama Njeri" "6003n/a"
    )  # fmt: skip
    assert expected == SIGNED
    assert finished(expected) == WRITTEN
    assert WRITTEN.isascii()


def test_a_code_reads_back() -> None:
    assert read_code(WRITTEN, key=KEY.public) == SHOP


@given(
    name=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=25),
    account=st.from_regex(r"[a-z0-9][a-z0-9._:-]{0,63}", fullmatch=True),
    currency=st.sampled_from(sorted(NUMERIC_CODES)),
)
def test_every_code_that_is_written_reads_back(name: str, account: str, currency: str) -> None:
    shop = MerchantCode(account=AccountId(account), name=name, currency=currency, country="KE")
    assert read_code(write_code(shop, sign=KEY.sign), key=KEY.public) == shop


def test_the_longest_name_fits() -> None:
    longest = MerchantCode(account=SHOP.account, name="x" * 25, currency="KES", country="KE")
    assert read_code(write_code(longest, sign=KEY.sign), key=KEY.public) == longest


@pytest.mark.parametrize("name", ["", "x" * 26, "Café", "two\nlines", "tab\t", "\x7f"])
def test_a_name_that_a_code_cannot_carry_is_refused(name: str) -> None:
    shop = MerchantCode(account=AccountId("acc-1"), name=name, currency="KES", country="KE")
    with pytest.raises(CodeRefused):
        write_code(shop, sign=KEY.sign)


@pytest.mark.parametrize("place", range(len(WRITTEN)))
def test_no_character_can_be_another(place: int) -> None:
    other = "1" if WRITTEN[place] != "1" else "2"
    altered = WRITTEN[:place] + other + WRITTEN[place + 1 :]
    refused(altered)
    body = altered[:-4]
    if place < len(body):  # and with a check sum that fits
        refused(body + layout._crc(body))


ALTERED = [
    SIGNED.replace("acc-njeri", "acc-other"),
    SIGNED.replace("Mama Njeri", "Mama Other"),
    SIGNED.replace("5303404", "5303840"),
    SIGNED.replace("5802KE", "5802UG"),
    SIGNED.replace("010211", "010212"),
    SIGNED.replace("52040000", "52045411"),
    SIGNED.replace("6003n/a", "6003xxx"),
    SIGNED.replace("000201", "000202"),
]


@pytest.mark.parametrize("signed", ALTERED)
def test_an_altered_field_is_refused_although_the_check_sum_fits(signed: str) -> None:
    assert signed != SIGNED
    own = KEY.sign(b"tallystick-qr\n" + SIGNED.encode())
    refused(finished(signed, signature=own))


SHAPES = [
    SIGNED + field("54", "10.00"),  # one more field
    SIGNED.replace("52040000", ""),  # one less
    SIGNED + "6003n/a",  # one twice
    SIGNED.replace("5802KE5910Mama Njeri", "5910Mama Njeri5802KE"),  # another order
    SIGNED.replace(field("00", "tallystick"), field("00", "tallystock")),
    SIGNED.replace(field("00", "tallystick"), ""),
    SIGNED.replace("acc-njeri", "ACC-NJERI"),
    "",
]


@pytest.mark.parametrize("signed", SHAPES)
def test_another_layout_is_refused_although_it_is_signed(signed: str) -> None:
    refused(finished(signed))


def test_nothing_beside_the_signature_fits_into_its_template() -> None:
    """The signature cannot cover its own template, so that has one form only."""
    own = KEY.sign(b"tallystick-qr\n" + SIGNED.encode())
    read_code(finished(SIGNED, signature=own), key=KEY.public)
    refused(finished(SIGNED, name="telly", signature=own))
    swapped = field("80", field("01", to_base64url(own)) + field("00", "tally"))
    text = SIGNED + swapped + "6304"
    refused(text + layout._crc(text))


@pytest.mark.parametrize(
    "signature", [bytes(64), bytes(63), b"", "A" * 86, "!" * 86, "A" * 85, "A" * 87]
)
def test_another_signature_is_refused(signature: bytes | str) -> None:
    refused(finished(SIGNED, signature=signature))


def test_a_code_of_another_provider_is_refused() -> None:
    refused(WRITTEN, SigningKey.generate().public)


def test_a_key_that_is_none_verifies_nothing() -> None:
    refused(WRITTEN, bytes(32))
    refused(WRITTEN, b"short")


@pytest.mark.parametrize(
    "text", ["", "6304", "0" * 7, "é" * 40, WRITTEN[:-1], WRITTEN + "0", " " + WRITTEN, "00" * 200]
)
def test_what_is_no_code_is_refused(text: str) -> None:
    refused(text)
    refused(text + layout._crc(text) if text.isascii() else text)


@given(st.text(st.characters(max_codepoint=127), max_size=300))
def test_random_text_is_refused(text: str) -> None:
    refused(text)
    refused(text + layout._crc(text))


def test_nobody_outside_hears_why() -> None:
    with pytest.raises(CodeRefused) as damaged:
        read_code(WRITTEN[:-1] + "x", key=KEY.public)
    with pytest.raises(CodeRefused) as forged:
        read_code(finished(SIGNED, signature=bytes(64)), key=KEY.public)
    assert damaged.value.outside == forged.value.outside == "payee.mismatch"
