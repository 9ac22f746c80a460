"""Key cryptograms: one symmetric key under somebody's RSA key, and nothing about what it is for.

What such a key is for is told beside it, so nobody but the one who made it can vouch for it: take
one only where both sides compare its check value.
"""

from __future__ import annotations

from tallystick.crypto.key_blocks.attributes import KeyAlgorithm, KeyAttributes
from tallystick.crypto.key_blocks.exchange_refusals import KeyTokenRefused
from tallystick.crypto.key_blocks.material import demand_sound
from tallystick.crypto.mechanisms import (
    HashName,
    KeyPair,
    KeyRefused,
    PublicHalf,
    Undecipherable,
)

_HASHES = (HashName.SHA_256, HashName.SHA_512)


def make_cryptogram(
    key: bytes, attributes: KeyAttributes, *, recipient: PublicHalf, hashed: HashName
) -> bytes:
    """Encipher a key for an RSA key with OAEP, MGF1 of the same hash and an empty label.

    Takes:   a hash of SHA-256 or SHA-512; a recipient whose certificate the caller has checked.
    Refuses: KeyTokenRefused for a key that is stronger than the recipient's, or of another length.
    Source:  RFC 8017 §7.1; SP 800-56B rev. 2 §9.2.
    """
    _demand(attributes.algorithm, recipient, hashed)
    if len(key) != attributes.algorithm.octets:
        raise KeyTokenRefused("key")
    return recipient.encrypt(key, hashed=hashed)


def open_cryptogram(
    cryptogram: bytes, attributes: KeyAttributes, *, recipient: KeyPair, hashed: HashName
) -> bytes:
    """Take a key out of its cryptogram; `attributes` are what the caller was told that it is.

    Refuses: KeyTokenRefused, with one text for everything: a cryptogram that does not open, a key
             of another length, a degenerate one, one that is stronger than the recipient's.
    """
    _demand(attributes.algorithm, recipient.public, hashed)
    try:
        key = recipient.decrypt(cryptogram, hashed=hashed)
        if len(key) != attributes.algorithm.octets:
            raise KeyTokenRefused("key")
        demand_sound(key, attributes.algorithm)
    except (Undecipherable, KeyRefused) as inner:
        raise KeyTokenRefused(inner.code) from None
    return key


def _demand(algorithm: KeyAlgorithm, recipient: PublicHalf, hashed: HashName) -> None:
    if not recipient.algorithm.startswith("RSA") or not algorithm.is_symmetric:
        raise KeyTokenRefused("key")
    if hashed not in _HASHES:
        raise KeyTokenRefused("hash")
    if algorithm.strength_bits > recipient.strength_bits:
        raise KeyTokenRefused("strength")
