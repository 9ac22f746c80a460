"""MACs against published values (tests/vectors/SOURCES-dukpt.md), psec, and themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.mechanisms import (
    CbcMac,
    HmacHash,
    MacPadding,
    MacRefused,
    RetailMac,
    demand_tag,
    hmac_tag,
    shorten_tag,
)
from tallystick.crypto.mechanisms.macs import pad_message
from tallystick.ground.errors import Defect

h = bytes.fromhex
TIME = b"Now is the time for all "
KEY = "0123456789ABCDEFFEDCBA9876543210"
ALGORITHM_1 = [  # key, message, padding, tag
    ("0123456789ABCDEF", b"7654321 Now is the time for ", 1, "F1D30F6849312CA4"),
    ("0123456789ABCDEF", TIME, 1, "70A30640CC76DD8B"),
    (KEY, h("1234567890ABCDEF"), 2, "925B1737EF681AD3"),
]
ICAO = "7962D9ECE03D1ACD4C76089DCE131543"
ALGORITHM_3 = [  # key, message, padding, tag
    (KEY, TIME, 1, "A1C72E74EA3FA9B6"),
    ("7CA110454A1A6E570131D9619DC1376E", b"Hello World !!!!", 1, "F09B856213BAB83B"),
    (
        ICAO,
        h("72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2"),
        2,
        "5F1448EEA8AD90A7",
    ),
    (
        ICAO,
        h("46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F"),
        2,
        "2F2D235D074D7449",
    ),
]
JEFE = b"what do ya want for nothing?"
HMAC = [  # RFC 4231, test case 2
    (HmacHash.SHA224, "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"),
    (HmacHash.SHA256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (
        HmacHash.SHA384,
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
        "8e2240ca5e69e2c78b3239ecfab21649",
    ),
    (
        HmacHash.SHA512,
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    ),
]
MESSAGES = st.binary(max_size=70)
PADDINGS = st.sampled_from(list(MacPadding))


@pytest.mark.parametrize(("key", "message", "padding", "tag"), ALGORITHM_1)
def test_algorithm_1(key: str, message: bytes, padding: int, tag: str) -> None:
    assert CbcMac.tdes(h(key)).tag(message, padding=MacPadding(padding)) == h(tag)


@pytest.mark.parametrize(("key", "message", "padding", "tag"), ALGORITHM_3)
def test_algorithm_3(key: str, message: bytes, padding: int, tag: str) -> None:
    assert RetailMac(h(key)).tag(message, padding=MacPadding(padding)) == h(tag)


@pytest.mark.parametrize(("digest", "tag"), HMAC)
def test_hmac(digest: HmacHash, tag: str) -> None:
    assert hmac_tag(b"Jefe", JEFE, digest=digest) == h(tag)


@pytest.mark.filterwarnings("ignore")
@given(key=st.binary(min_size=16, max_size=16), messages=st.lists(MESSAGES, min_size=1, max_size=4),
       padding=PADDINGS)  # fmt: skip
def test_psec_agrees_message_after_message(
    key: bytes, messages: list[bytes], padding: MacPadding
) -> None:
    psec = pytest.importorskip("psec")
    retail, cbc, aes = RetailMac(key), CbcMac.tdes(key), CbcMac.aes(key)
    for message in messages:
        if not message:
            continue  # psec pads an empty message to nothing
        mac = psec.mac
        theirs = mac.generate_retail_mac(key[:8], key[8:], message, int(padding))
        assert retail.tag(message, padding=padding) == theirs
        assert cbc.tag(message, padding=padding) == mac.generate_cbc_mac(key, message, int(padding))
        theirs = mac.generate_cbc_mac(key, message, int(padding), algorithm=mac.Algorithm.AES)
        assert aes.tag(message, padding=padding) == theirs


@given(message=MESSAGES, padding=PADDINGS, octets=st.sampled_from([8, 16]))
def test_padding_gives_whole_blocks_that_hold_the_message(
    message: bytes, padding: MacPadding, octets: int
) -> None:
    padded = pad_message(message, octets, padding)
    assert padded
    assert len(padded) % octets == 0
    assert message in padded


@given(one=MESSAGES, other=MESSAGES)
def test_padding_with_a_mark_tells_messages_apart(one: bytes, other: bytes) -> None:
    for padding in (MacPadding.ONE_AND_ZEROS, MacPadding.LENGTH_FIRST):
        same = pad_message(one, 8, padding) == pad_message(other, 8, padding)
        assert same == (one == other)


def test_padding_with_zeros_does_not_tell_trailing_zeros_apart() -> None:
    retail = RetailMac(h(KEY))
    zeros = MacPadding.ZEROS
    assert retail.tag(b"1", padding=zeros) == retail.tag(b"1\x00", padding=zeros)


def test_an_empty_message_is_one_block() -> None:
    assert pad_message(b"", 8, MacPadding.ZEROS) == bytes(8)
    assert pad_message(b"", 8, MacPadding.LENGTH_FIRST) == bytes(8)


@given(
    message=MESSAGES,
    octets=st.integers(4, 8),
    bit=st.integers(0, 63),
    padding=PADDINGS,
)
def test_a_shortened_tag_is_accepted_and_a_flipped_bit_is_not(
    message: bytes, octets: int, bit: int, padding: MacPadding
) -> None:
    whole = RetailMac(h(KEY)).tag(message, padding=padding)
    received = shorten_tag(whole, octets)
    demand_tag(whole, received)
    flipped = bytearray(received)
    flipped[bit // 8 % octets] ^= 1 << bit % 8
    with pytest.raises(MacRefused, match="the MAC was refused"):
        demand_tag(whole, bytes(flipped))


@pytest.mark.parametrize("received", [b"", b"\x00", h("A1C72E"), h("A1C72E74EA3FA9B600")])
def test_every_wrong_mac_is_refused_in_one_way(received: bytes) -> None:
    whole = RetailMac(h(KEY)).tag(TIME, padding=MacPadding.ZEROS)
    with pytest.raises(MacRefused, match=r"^the MAC was refused$"):
        demand_tag(whole, received)


@pytest.mark.parametrize("octets", [0, 3, 9])
def test_a_tag_is_not_cut_to_nothing(octets: int) -> None:
    with pytest.raises(MacRefused):
        shorten_tag(bytes(8), octets)


def test_lengths_are_demanded_and_keys_not_shown() -> None:
    with pytest.raises(Defect):
        RetailMac(bytes(8))
    assert "0123" not in repr(RetailMac(h(KEY))) + repr(CbcMac.tdes(h(KEY)))
