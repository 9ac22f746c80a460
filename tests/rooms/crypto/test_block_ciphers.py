"""AES and TDEA against published values, and both ways against themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.mechanisms import BlockCipher, tdes_whole
from tallystick.ground.errors import Defect

h = bytes.fromhex
KNOWN = [  # cipher, key, plain, enciphered, source
    (BlockCipher.aes, "000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
     "69c4e0d86a7b0430d8cdb78070b4c55a", "FIPS 197 C.1"),
    (BlockCipher.aes, "000102030405060708090a0b0c0d0e0f1011121314151617",
     "00112233445566778899aabbccddeeff", "dda97ca4864cdfe06eaf70a0ec0d7191", "FIPS 197 C.2"),
    (BlockCipher.aes, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "00112233445566778899aabbccddeeff", "8ea2b7ca516745bfeafc49904b496089", "FIPS 197 C.3"),
    (BlockCipher.tdes, "0123456789abcdef23456789abcdef01456789abcdef0123",
     "5468652071756663", "a826fd8ce53b855f", "SP 800-67 rev. 1 B.1"),
    (BlockCipher.tdes, "0101010101010101", "8000000000000000", "95f8a5e5dd31d900",
     "SP 800-20 table A.1 (variable plaintext)"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "key", "plain", "enciphered", "source"), KNOWN)
def test_published(make, key: str, plain: str, enciphered: str, source: str) -> None:
    cipher = make(h(key))
    assert cipher.encrypt(h(plain)).hex() == enciphered
    assert cipher.decrypt(h(enciphered)).hex() == plain


@given(
    key=st.binary(min_size=16, max_size=16), iv=st.binary(min_size=16, max_size=16),
    blocks=st.integers(0, 5).flatmap(lambda n: st.binary(min_size=16 * n, max_size=16 * n)),
)  # fmt: skip
def test_both_ways(key: bytes, iv: bytes, blocks: bytes) -> None:
    for cipher, first in ((BlockCipher.aes(key), iv), (BlockCipher.tdes(key), iv[:8])):
        assert cipher.decrypt(cipher.encrypt(blocks)) == blocks
        assert cipher.decrypt_cbc(cipher.encrypt_cbc(blocks, iv=first), iv=first) == blocks
        assert cipher.encrypt_cbc(blocks[:8] * 2)[:8] == cipher.encrypt(blocks[:8] * 2)[:8]


def test_lengths_are_demanded() -> None:
    with pytest.raises(Defect):
        BlockCipher.aes(bytes(15))
    with pytest.raises(Defect):
        tdes_whole(bytes(7))
    with pytest.raises(Defect):
        BlockCipher.aes(bytes(16)).encrypt(bytes(15))
    for short in (bytes(8), bytes(15)):
        with pytest.raises(ValueError, match="IV"):
            BlockCipher.aes(bytes(16)).encrypt_cbc(bytes(16), iv=short)
        with pytest.raises(ValueError, match="IV"):
            BlockCipher.aes(bytes(16)).decrypt_cbc(bytes(16), iv=short)


def test_a_key_is_not_shown() -> None:
    assert "0001" not in repr(BlockCipher.aes(h("000102030405060708090a0b0c0d0e0f")))
