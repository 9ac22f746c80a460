"""Master and session keys: a fresh key per session under a master key that two parties share.

Both sides derive the session key from the master key and from what each of them drew for this
session, so neither alone decides it and nothing secret is sent. Where a session key is drawn by
one side and sent, it travels in a key block (`crypto/key_blocks`). Sending it enciphered in ECB
mode, half by half, is not done here: halves could be swapped and repeated.
"""

from __future__ import annotations

from tallystick.crypto.mechanisms import Cmac
from tallystick.crypto.transaction_keys.aes_dukpt import WorkingKind
from tallystick.crypto.transaction_keys.refusals import WorkingKeyRefused
from tallystick.ground.errors import Defect

DRAWN_OCTETS_MIN = 16
_TDES_STRENGTH_BITS = {16: 80, 24: 112}
_COUNTER_OCTETS = 4


class SessionMaster:
    """A master key from which the keys of sessions are derived. Not for two threads at a time."""

    __slots__ = ("_mac", "_strength_bits")

    def __init__(self, mac: Cmac, strength_bits: int) -> None:
        self._mac = mac
        self._strength_bits = strength_bits

    @classmethod
    def aes(cls, key: bytes) -> SessionMaster:
        """Takes: an AES key, 16, 24 or 32 octets."""
        return cls(Cmac.aes(key), 8 * len(key))

    @classmethod
    def tdes(cls, key: bytes) -> SessionMaster:
        """Takes: a TDEA key, 16 or 24 octets; legacy, for TDEA session keys only."""
        if len(key) not in _TDES_STRENGTH_BITS:
            raise Defect("a TDEA master key is 16 or 24 octets")
        return cls(Cmac.tdes(key), _TDES_STRENGTH_BITS[len(key)])

    def session_key(
        self, purpose: str, kind: WorkingKind, *, initiator: bytes, responder: bytes
    ) -> bytes:
        """The key of one session for one purpose.

        Takes:   purpose, a short name that both sides use for nothing else; what each side drew
                 for this session, at least 16 octets, never drawn before.
        Refuses: WorkingKeyRefused when the session key would be stronger than the master key, or
                 when a side drew too little.
        Source:  SP 800-108 rev. 1, 4.1 (counter mode, CMAC); label and context with their lengths.
        """
        if kind.strength_bits > self._strength_bits:
            raise WorkingKeyRefused("a session key is not stronger than its master key")
        if min(len(initiator), len(responder)) < DRAWN_OCTETS_MIN:
            raise WorkingKeyRefused(f"each side draws at least {DRAWN_OCTETS_MIN} octets")
        parts = (purpose.encode(), kind.name.encode(), initiator, responder)
        fixed = b"".join(len(part).to_bytes(2, "big") + part for part in parts)
        bits = (8 * kind.octets).to_bytes(4, "big")
        return counter_mode(self._mac, fixed + b"\x00" + bits, octets=kind.octets)

    def __repr__(self) -> str:
        return "SessionMaster(hidden)"


def counter_mode(mac: Cmac, fixed: bytes, *, octets: int) -> bytes:
    """Derive octets from a key and fixed data: CMAC of a 32-bit counter and the data, repeated.

    Source: SP 800-108 rev. 1, 4.1, counter before the fixed data.
    """
    rounds = range(1, -(-octets // mac.octets) + 1)
    return b"".join(mac.tag(number.to_bytes(_COUNTER_OCTETS, "big") + fixed) for number in rounds)[
        :octets
    ]
