"""Fields sealed to a public key: whoever writes them need not be able to read them.

An envelope is

    version (1 octet, 02) | length and octets of the key id | key share | ciphertext and tag (16)

in HPKE base mode (RFC 9180), with the key id and the place of the field as its info. The key share
is 32 octets with X25519, and 1,120 with X25519 and ML-KEM-768 together: what is recorded today and
kept for a quantum computer wants the longer one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tallystick.crypto.envelopes.fields import NAME_MAX, PLAINTEXT_MAX, FieldPlace
from tallystick.crypto.envelopes.refusals import EnvelopeRefused
from tallystick.crypto.mechanisms import HybridPublicKey, Undecipherable, hpke_seal
from tallystick.ground.errors import Defect

_VERSION = 2
_LABEL = b"tallystick.fields.2"
_OVERHEAD_MIN, _OVERHEAD_MAX = 48, 2048


class OpensFields(Protocol):
    """A private key: `HpkeKey`, or `HybridKeyPair`."""

    def open(self, sealed: bytes, *, info: bytes) -> bytes:
        """Refuses: Undecipherable."""
        ...


def seal_field_to(
    public: bytes | HybridPublicKey, *, key_id: str, place: FieldPlace, plaintext: bytes
) -> bytes:
    """Seal a value for one place so that only the holder of the private key opens it.

    Takes:   a public key, of X25519 (32 octets) or a hybrid one, and the id that it is known by; up
             to 64 KiB.
    Gives:   the envelope, 50 octets and the key id longer with X25519.
    Refuses: KeyRefused for what is no public key.
    """
    if not (1 <= len(key_id) <= NAME_MAX and key_id.isascii() and key_id.isprintable()):
        raise Defect("the id of a field key is 1 to 255 printable ASCII characters")
    if len(plaintext) > PLAINTEXT_MAX:
        raise Defect(f"a field is at most {PLAINTEXT_MAX} octets")
    head = bytes((_VERSION, len(key_id))) + key_id.encode("ascii")
    info = _info(head, place)
    if isinstance(public, bytes):
        return head + hpke_seal(public, plaintext, info=info)
    return head + public.seal(plaintext, info=info)


def open_field_with(keys: Mapping[str, OpensFields], place: FieldPlace, envelope: bytes) -> bytes:
    """Open a value that was sealed to one of these keys, by id, for this place.

    Refuses: EnvelopeRefused, the same for a flipped bit, another place and an unknown key.
    """
    if len(envelope) < 2 or envelope[0] != _VERSION:
        raise EnvelopeRefused("field.shape")
    end = 2 + envelope[1]
    head, body = envelope[:end], envelope[end:]
    if not _OVERHEAD_MIN <= len(body) <= PLAINTEXT_MAX + _OVERHEAD_MAX:
        raise EnvelopeRefused("field.shape")
    key = keys.get(head[2:].decode("ascii", "replace"))
    if key is None:
        raise EnvelopeRefused("field.key")
    try:
        return key.open(body, info=_info(head, place))
    except Undecipherable:
        raise EnvelopeRefused("field.tag") from None


def _info(head: bytes, place: FieldPlace) -> bytes:
    return _LABEL + head + place.context
