"""HPKE in base mode: seal to a public key so that only its holder opens (RFC 9180).

One suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Whoever has the public key can
seal: base mode says nothing about who did.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from tallystick.crypto.mechanisms.refusals import KeyRefused, Undecipherable

HPKE_KEY_OCTETS = 32
_ENCAPSULATED_OCTETS = 32
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class HpkeKey:
    """A private X25519 key that opens what was sealed to its public key."""

    __slots__ = ("_private", "public")

    public: bytes
    """The public key, 32 octets."""

    def __init__(self, private: bytes) -> None:
        if len(private) != HPKE_KEY_OCTETS:
            raise KeyRefused("a private X25519 key is 32 octets")
        self._private = X25519PrivateKey.from_private_bytes(private)
        self.public = self._private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> HpkeKey:
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    def private_octets(self) -> bytes:
        """The private key, to be wrapped and kept."""
        return self._private.private_bytes_raw()

    def open(self, sealed: bytes, *, info: bytes) -> bytes:
        """Open what `hpke_seal` made for this key and this info. Refuses: Undecipherable."""
        try:
            return _SUITE.decrypt(sealed, self._private, info=info)
        except (InvalidTag, ValueError):
            raise Undecipherable("the ciphertext was refused") from None

    def __repr__(self) -> str:
        return "HpkeKey(hidden)"


def hpke_seal(public: bytes, plaintext: bytes, *, info: bytes) -> bytes:
    """Seal to a public key; a fresh key share for every call.

    Takes:   32 octets of X25519; `info` binds the purpose and must be the same at opening.
    Gives:   key share (32 octets), ciphertext, tag (16).
    Refuses: KeyRefused for a key that no exchange can be made with.
    """
    try:
        return _SUITE.encrypt(plaintext, X25519PublicKey.from_public_bytes(public), info=info)
    except ValueError:
        raise KeyRefused("not a public X25519 key") from None
