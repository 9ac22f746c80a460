"""CFB and OFB against SP 800-38A and another library."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.mechanisms import BlockCipher, apply_ofb, decrypt_cfb, encrypt_cfb
from tallystick.ground.errors import Defect

h = bytes.fromhex
KEY, IV = h("2b7e151628aed2a6abf7158809cf4f3c"), bytes(range(16))
PLAIN = h(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
CFB = [  # segment bits, ciphertext: SP 800-38A F.3.1, F.3.7, F.3.13
    (1, "68b3"),
    (8, "3b79424c9c0dd436bace9e0ed4586a4f32b9"),
    (
        128,
        "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"
        "26751f67a3cbb140b1808cf187a4f4dfc04b05357c5d1c0eeac4c66f9ff7f2e6",
    ),
]
OFB = (  # SP 800-38A F.4.1
    "3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed825"
    "9740051e9c5fecf64344f7a82260edcc304c6528f659c77866a510d9c1d6ae5e"
)


@pytest.mark.parametrize(("bits", "ciphertext"), CFB)
def test_cfb(bits: int, ciphertext: str) -> None:
    cipher, plain = BlockCipher.aes(KEY), PLAIN[: len(ciphertext) // 2]
    assert encrypt_cfb(cipher, plain, iv=IV, segment_bits=bits).hex() == ciphertext
    assert decrypt_cfb(cipher, h(ciphertext), iv=IV, segment_bits=bits) == plain


def test_ofb() -> None:
    assert apply_ofb(BlockCipher.aes(KEY), PLAIN, iv=IV).hex() == OFB


@given(data=st.binary(max_size=40), key=st.binary(min_size=16, max_size=16))
def test_both_ways(data: bytes, key: bytes) -> None:
    for make, bits in product((BlockCipher.aes, BlockCipher.tdes), (1, 8, 64)):
        cipher = make(key)
        iv = key[: cipher.octets]
        enciphered = encrypt_cfb(cipher, data, iv=iv, segment_bits=bits)
        assert decrypt_cfb(cipher, enciphered, iv=iv, segment_bits=bits) == data
        assert apply_ofb(cipher, apply_ofb(cipher, data, iv=iv), iv=iv) == data


@given(data=st.binary(max_size=10), key=st.binary(min_size=32, max_size=32))
def test_another_library_agrees_on_segments_of_64_bits(data: bytes, key: bytes) -> None:
    aes = pytest.importorskip("Crypto.Cipher.AES")
    data *= 8  # it takes whole segments
    theirs = aes.new(key, aes.MODE_CFB, iv=IV, segment_size=64).encrypt(data)
    assert encrypt_cfb(BlockCipher.aes(key), data, iv=IV, segment_bits=64) == theirs


def test_what_is_no_segment_and_no_initial_value() -> None:
    cipher = BlockCipher.aes(KEY)
    for bits in (0, 7, 136):
        with pytest.raises(Defect):
            encrypt_cfb(cipher, PLAIN, iv=IV, segment_bits=bits)
    with pytest.raises(Defect):
        apply_ofb(cipher, PLAIN, iv=IV[:8])
