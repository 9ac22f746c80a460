"""Version E of ISO 20038: the payload is enciphered in counter mode, so it needs no padding.

The MAC is the first counter block, and the counter is all of its 128 bits. The keys are derived as
those of version D are, with a purpose of their own. ISO 20038 also has a version D: it is the one
of X9.143.
"""

from __future__ import annotations

from tallystick.crypto.mechanisms import BlockCipher

_BLOCK = 16
_WRAP = 1 << 128


class Counting:
    """CTR, for payloads of a few blocks (SP 800-38A 6.5; ISO 20038:2017, 6)."""

    __slots__ = ("_cipher",)

    def __init__(self, cipher: BlockCipher) -> None:
        self._cipher = cipher

    def encipher(self, iv: bytes, payload: bytes) -> bytes:
        octets = len(payload)
        first = int.from_bytes(iv)
        counters = b"".join(
            ((first + n) % _WRAP).to_bytes(_BLOCK) for n in range(-(-octets // _BLOCK))
        )
        stream = self._cipher.encrypt(counters)[:octets]
        return (int.from_bytes(payload) ^ int.from_bytes(stream)).to_bytes(octets)

    decipher = encipher
