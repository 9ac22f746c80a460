"""CMAC and check values against published numbers and a second implementation."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psec import des

from tallystick.crypto.mechanisms import (
    OCTETS_MAX,
    BlockCipher,
    CheckMethod,
    Cmac,
    cmac_check_value,
    hmac_check_value,
    legacy_check_value,
    public_check_value,
)
from tallystick.ground.errors import Defect

h = bytes.fromhex
MESSAGE = h(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
AES_128 = "2b7e151628aed2a6abf7158809cf4f3c"
AES_256 = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
TDES_3 = "8aa83bf8cbda10620bc1bf19fbb6cd58bc313d4a371ca8b5"
TDES_2 = "4cf15134a2850dd58a3d10ba80570d38"
CMACS = [  # made with, key, octets of the message, MAC, source
    (Cmac.aes, AES_128, 0, "bb1d6929e95937287fa37d129b756746", "RFC 4493 example 1"),
    (Cmac.aes, AES_128, 16, "070a16b46b4d4144f79bdd9dd04a287c", "RFC 4493 example 2"),
    (Cmac.aes, AES_128, 40, "dfa66747de9ae63030ca32611497c827", "RFC 4493 example 3"),
    (Cmac.aes, AES_128, 64, "51f0bebf7e3b9d92fc49741779363cfe", "RFC 4493 example 4"),
    (Cmac.aes, AES_256, 0, "028962f61b7bf89efc6b551f4667d983", "SP 800-38B D.3 example 9"),
    (Cmac.aes, AES_256, 64, "e1992190549f6ed5696a2c056c315410", "SP 800-38B D.3 example 12"),
    (Cmac.tdes, TDES_3, 0, "b7a688e122ffaf95", "SP 800-38B D.4 example 13"),
    (Cmac.tdes, TDES_3, 8, "8e8f293136283797", "SP 800-38B D.4 example 14"),
    (Cmac.tdes, TDES_3, 20, "743ddbe0ce2dc2ed", "SP 800-38B D.4 example 15"),
    (Cmac.tdes, TDES_3, 32, "33e6b1092400eae5", "SP 800-38B D.4 example 16"),
    (Cmac.tdes, TDES_2, 0, "bd2ebf9a3ba00361", "SP 800-38B D.5 example 17"),
    (Cmac.tdes, TDES_2, 32, "31b1e431dabc4eb8", "SP 800-38B D.5 example 20"),
]


@pytest.mark.parametrize(("make", "key", "octets", "mac", "source"), CMACS)
def test_published_cmac(make, key: str, octets: int, mac: str, source: str) -> None:
    once = make(h(key))
    assert once.tag(MESSAGE[:octets]).hex() == mac
    assert once.tag(MESSAGE[:octets]).hex() == mac, "a key serves more than one message"


LEGACY = [  # TDEA key, check value; from examples of X9 TR-31:2018, as openemv/tr31 repeats them
    ("f039121bec83d26b169bdcd5b22aaf8f", "CB9DEA", "A.7.2.1"),
    ("3f419e1cb7079442aa37474c2efbf8b8", "57C409", "A.7.2.2"),
    ("edb380dd340bc2620247d445f5b8d678", "F4B08D", "A.7.3.1"),
    ("e8bc63e5479455e26577f715d587fe68", "9A4212", "A.7.3.2"),
]
BY_CMAC = [
    ("3f419e1cb7079442aa37474c2efbf8b8", "08793E25AB", "X9.143:2021 8.1"),
    ("88e1ab2a2e3dd38c1fa039a536500cc8a87ab9d62dc92c01058fa79f44657de6", "2331550BC9",
     "X9.143:2021 8.6, check value of the protection key in block KP"),
    ("fa36e44278db3ab5f298f9f7da8f1f88", "D77F007724", "X9.143:2021 8.5, block KP"),
    ("be19e6a07a760f10ef8e83a226b63aad141f463fddd4f47db244b4023ec3cacc", "0A00E3",
     "payShield 10k example in openemv/tr31"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "source"), LEGACY)
def test_published_legacy_check_values(key: str, value: str, source: str) -> None:
    assert legacy_check_value(BlockCipher.tdes(h(key))) == value


@pytest.mark.parametrize(("key", "value", "source"), BY_CMAC)
def test_published_cmac_check_values(key: str, value: str, source: str) -> None:
    assert cmac_check_value(Cmac.aes(h(key)), octets=len(value) // 2) == value


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@given(st.binary(min_size=16, max_size=16) | st.binary(min_size=24, max_size=24))
def test_psec_makes_the_same_legacy_check_value(key: bytes) -> None:
    theirs = des.generate_kcv(key, 3)
    assert legacy_check_value(BlockCipher.tdes(key)) == theirs.hex().upper()
    odd = des.adjust_key_parity(key)
    assert legacy_check_value(BlockCipher.tdes(odd)) == theirs.hex().upper(), "parity counts not"


def test_an_hmac_key_is_checked_by_the_mac_of_nothing() -> None:
    assert hmac_check_value(b"k" * 32, hash_name="sha256") == (
        hmac.new(b"k" * 32, b"", "sha256").hexdigest()[:6].upper()
    )


def test_a_public_key_is_checked_by_its_hash() -> None:
    # FIPS 180 examples, as the function is a hash of whatever it is given.
    assert public_check_value(b"abc", CheckMethod.SHA_1, octets=20) == (
        "A9993E364706816ABA3E25717850C26C9CD0D89D"
    )
    assert public_check_value(b"abc", CheckMethod.SHA_256) == "BA7816BF"


@pytest.mark.parametrize("octets", [1, 4, 8])
def test_no_legacy_check_value_is_longer_than_its_method_allows(octets: int) -> None:
    with pytest.raises(Defect):
        legacy_check_value(BlockCipher.tdes(h(TDES_2)), octets=octets)


def test_no_cmac_check_value_is_longer_than_its_method_allows() -> None:
    assert OCTETS_MAX[CheckMethod.CMAC] == 5
    with pytest.raises(Defect):
        cmac_check_value(Cmac.aes(h(AES_128)), octets=6)
    with pytest.raises(Defect):
        public_check_value(b"abc", CheckMethod.CMAC)


def test_a_cmac_key_hides() -> None:
    assert repr(Cmac.aes(h(AES_128))) == "Cmac(16 octets, hidden)"
    with pytest.raises(Defect):
        Cmac.aes(bytes(15))
