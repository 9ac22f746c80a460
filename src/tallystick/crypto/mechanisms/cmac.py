"""CMAC with AES and TDEA, its key schedule made once."""

from __future__ import annotations

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from tallystick.crypto.mechanisms.block_ciphers import tdes_whole
from tallystick.ground.errors import Defect

_AES_OCTETS = (16, 24, 32)


class Cmac:
    """One key for CMAC (SP 800-38B, ISO/IEC 9797-1 algorithm 5). Not for two threads at a time."""

    __slots__ = ("_fresh", "octets")

    octets: int
    """Length of a whole MAC: 8 with TDEA, 16 with AES."""

    def __init__(self, algorithm: AES | TripleDES) -> None:
        self._fresh = CMAC(algorithm)
        self.octets = algorithm.block_size // 8

    @classmethod
    def aes(cls, key: bytes) -> Cmac:
        """CMAC with AES. Takes: 16, 24 or 32 octets.

        >>> key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")  # RFC 4493, example 1
        >>> Cmac.aes(key).tag(b"").hex()
        'bb1d6929e95937287fa37d129b756746'
        """
        if len(key) not in _AES_OCTETS:
            raise Defect("an AES key is 16, 24 or 32 octets")
        return cls(AES(key))

    @classmethod
    def tdes(cls, key: bytes) -> Cmac:
        """CMAC with TDEA. Takes: 16 (K1 K2 K1) or 24 octets; 8 gives single DES, for variants."""
        return cls(TripleDES(tdes_whole(key)))

    def tag(self, octets: bytes) -> bytes:
        """The whole MAC of these octets. Compare two only in constant time."""
        mac = self._fresh.copy()
        mac.update(octets)
        return mac.finalize()

    def __repr__(self) -> str:
        return f"Cmac({self.octets} octets, hidden)"
