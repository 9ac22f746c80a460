"""Symmetric mechanisms: HMAC, HKDF, AES-256-GCM, AES-256-GCM-SIV and passphrase stretching."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from tallystick.crypto.mechanisms.refusals import Undecipherable
from tallystick.ground.errors import Defect
from tallystick.ground.secret import Secret

GCM_IV_OCTETS = 12
GCM_TAG_OCTETS = 16
GCM_KEY_OCTETS = 32
_HASH_OCTETS = 32
_BLOCK_OCTETS = 64
_INNER = bytes(octet ^ 0x36 for octet in range(256))
_OUTER = bytes(octet ^ 0x5C for octet in range(256))
_SCRYPT_MEMORY_MAX = 256 * 1024 * 1024


def hmac_sha256(key: Secret, octets: bytes) -> bytes:
    """HMAC-SHA-256, 32 octets (RFC 2104, FIPS 198-1). Compare two only in constant time."""
    return hmac.digest(key.reveal(), octets, "sha256")


class HmacSha256:
    """HMAC-SHA-256 under one key, prepared once; a third of the time for short messages.

    >>> HmacSha256(b"key").tag(b"octets") == hmac_sha256(Secret(b"key"), b"octets")
    True
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = (hashlib.sha256(key).digest() if len(key) > _BLOCK_OCTETS else key).ljust(
            _BLOCK_OCTETS, b"\x00"
        )
        self._inner = hashlib.sha256(block.translate(_INNER))
        self._outer = hashlib.sha256(block.translate(_OUTER))

    def tag(self, octets: bytes) -> bytes:
        """32 octets. Compare two only in constant time."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(octets)
        outer.update(inner.digest())
        return outer.digest()


def hkdf_sha256(secret: Secret, *, salt: bytes, info: bytes, octets: int) -> Secret:
    """Derive a key of up to 8160 octets for the one purpose that `info` names (RFC 5869)."""
    if not 0 < octets <= 255 * _HASH_OCTETS:
        raise Defect("HKDF-SHA-256 gives 1 to 8160 octets")
    extracted = hmac.digest(salt or bytes(_HASH_OCTETS), secret.reveal(), "sha256")
    block, okm = b"", b""
    for counter in range(1, -(-octets // _HASH_OCTETS) + 1):
        block = hmac.digest(extracted, block + info + bytes([counter]), "sha256")
        okm += block
    return Secret(okm[:octets])


def encrypt_gcm(key: bytes, *, iv: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """AES-256-GCM: ciphertext followed by the 16-octet tag.

    Takes: key 32 octets, iv 12 octets and never twice under one key (SP 800-38D §8.2).
    """
    if len(key) != GCM_KEY_OCTETS or len(iv) != GCM_IV_OCTETS:
        raise Defect("AES-256-GCM takes a key of 32 octets and an iv of 12")
    return AESGCM(key).encrypt(iv, plaintext, aad)


def decrypt_gcm(key: bytes, *, iv: bytes, ciphertext: bytes, aad: bytes) -> bytes:
    """Open AES-256-GCM; `ciphertext` ends with the 16-octet tag. Refuses: Undecipherable."""
    if len(key) != GCM_KEY_OCTETS or len(iv) != GCM_IV_OCTETS or len(ciphertext) < GCM_TAG_OCTETS:
        raise Undecipherable("the ciphertext was refused")
    try:
        return AESGCM(key).decrypt(iv, ciphertext, aad)
    except InvalidTag:
        raise Undecipherable("the ciphertext was refused") from None


class GcmKey:
    """AES-GCM under a key of 16, 24 or 32 octets, its schedule made once (SP 800-38D)."""

    __slots__ = ("_native",)

    def __init__(self, key: bytes) -> None:
        self._native = AESGCM(key)

    def encrypt(self, *, iv: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Ciphertext followed by the 16-octet tag. Takes: iv 12 octets, never twice under a key."""
        if len(iv) != GCM_IV_OCTETS:
            raise Defect("AES-GCM takes an iv of 12 octets")
        return self._native.encrypt(iv, plaintext, aad)

    def decrypt(self, *, iv: bytes, ciphertext: bytes, aad: bytes) -> bytes:
        """The inverse. Refuses: Undecipherable, whatever was wrong."""
        if len(iv) != GCM_IV_OCTETS or len(ciphertext) < GCM_TAG_OCTETS:
            raise Undecipherable("the ciphertext was refused")
        try:
            return self._native.decrypt(iv, ciphertext, aad)
        except InvalidTag:
            raise Undecipherable("the ciphertext was refused") from None

    def __repr__(self) -> str:
        return "GcmKey(hidden)"


def stretch_passphrase(passphrase: Secret, *, salt: bytes, n: int, r: int, p: int) -> bytes:
    """Make a 32-octet key of a passphrase with scrypt (RFC 7914), in 128 * n * r octets."""
    return hashlib.scrypt(
        passphrase.reveal(), salt=salt, n=n, r=r, p=p, maxmem=_SCRYPT_MEMORY_MAX, dklen=32
    )


def stretch_with_argon2id(
    passphrase: Secret, *, salt: bytes, iterations: int, lanes: int, memory_kib: int
) -> bytes:
    """Make a 32-octet key of a passphrase with Argon2id, version 0x13 (RFC 9106)."""
    stretching = Argon2id(
        salt=salt,
        length=GCM_KEY_OCTETS,
        iterations=iterations,
        lanes=lanes,
        memory_cost=memory_kib,
    )
    return stretching.derive(passphrase.reveal())


def encrypt_gcm_siv(key: bytes, *, iv: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """AES-256-GCM-SIV (RFC 8452): ciphertext followed by the 16-octet tag.

    An iv that comes twice tells that two plaintexts are equal, and no more.
    """
    if len(key) != GCM_KEY_OCTETS or len(iv) != GCM_IV_OCTETS:
        raise Defect("AES-256-GCM-SIV takes a key of 32 octets and an iv of 12")
    return AESGCMSIV(key).encrypt(iv, plaintext, aad)


def decrypt_gcm_siv(key: bytes, *, iv: bytes, ciphertext: bytes, aad: bytes) -> bytes:
    """Open AES-256-GCM-SIV; `ciphertext` ends with the 16-octet tag. Refuses: Undecipherable."""
    if len(key) != GCM_KEY_OCTETS or len(iv) != GCM_IV_OCTETS or len(ciphertext) < GCM_TAG_OCTETS:
        raise Undecipherable("the ciphertext was refused")
    try:
        return AESGCMSIV(key).decrypt(iv, ciphertext, aad)
    except InvalidTag:
        raise Undecipherable("the ciphertext was refused") from None
