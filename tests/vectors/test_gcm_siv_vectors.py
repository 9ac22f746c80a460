"""AES-256-GCM-SIV as RFC 8452, appendix C.2, has it (tests/vectors/SOURCES-tokens.md)."""

from __future__ import annotations

import pytest

from tallystick.crypto.mechanisms import Undecipherable, decrypt_gcm_siv, encrypt_gcm_siv

KEY, IV = bytes([1]) + bytes(31), bytes([3]) + bytes(11)
EMPTY = ("", "07f5f4169bbf55a8400cd47ea6fd400f")
EIGHT = ("0100000000000000", "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28")


@pytest.mark.parametrize(("plaintext", "sealed"), [EMPTY, EIGHT])
def test_published(plaintext: str, sealed: str) -> None:
    made = encrypt_gcm_siv(KEY, iv=IV, plaintext=bytes.fromhex(plaintext), aad=b"")
    assert made.hex() == sealed
    assert decrypt_gcm_siv(KEY, iv=IV, ciphertext=made, aad=b"").hex() == plaintext
    for key, iv, octets, aad in (
        (bytes(32), IV, made, b""), (KEY, bytes(12), made, b""), (KEY, IV, made[:-1], b""),
        (KEY, IV, made, b"x"), (KEY[:16], IV, made, b""), (KEY, IV, b"", b""),
    ):  # fmt: skip
        with pytest.raises(Undecipherable):
            decrypt_gcm_siv(key, iv=iv, ciphertext=octets, aad=aad)
