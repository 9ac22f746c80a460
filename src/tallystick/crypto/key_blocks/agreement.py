"""A key that two parties agree on: ECDH, then a derivation, for one usage and no other."""

from __future__ import annotations

from tallystick.crypto.key_blocks.attributes import KeyAlgorithm
from tallystick.crypto.key_blocks.exchange_refusals import KeyTokenRefused
from tallystick.crypto.mechanisms import (
    Derivation,
    HashName,
    KeyPair,
    KeyRefused,
    PublicHalf,
    derive_agreed,
)

INFORMATION_OCTETS_MAX = 1024


def agree_key(
    pair: KeyPair,
    peer: PublicHalf,
    *,
    algorithm: KeyAlgorithm,
    derivation: Derivation,
    hashed: HashName,
    information: bytes,
) -> bytes:
    """Derive a TDEA or AES key from our pair and the peer's public key.

    Takes:   `information` of at most 1024 octets, which both sides hash; the peer's certificate
             must have been checked. The caller gives the key the one usage that the pair has.
    Gives:   the key; both sides have it, and nobody has confirmed that: what is wrapped under it
             shows it by its MAC.
    Refuses: KeyTokenRefused for another curve, and for a key stronger than the curve or the hash.
    Source:  SP 800-56A rev. 3 §5.7.1.2, §5.8.2, C(0e, 2s); ANSI X9.63-2001; strengths of
             SP 800-57 part 1 rev. 5, table 2.
    """
    if algorithm.letter not in ("T", "A") or len(information) > INFORMATION_OCTETS_MAX:
        raise KeyTokenRefused("key")
    if algorithm.strength_bits > min(peer.strength_bits, 8 * hashed.octets):
        raise KeyTokenRefused("strength")
    try:
        shared = pair.agree(peer)
    except KeyRefused as inner:
        raise KeyTokenRefused(inner.code) from None
    return derive_agreed(
        shared,
        derivation=derivation,
        hashed=hashed,
        information=information,
        octets=algorithm.octets,
    )
