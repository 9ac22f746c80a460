"""AES and TDEA as block ciphers, for the formats of payment cryptography that are built on them.

ECB here is a step inside of a format (one PIN block, one derivation block), never a way to encipher
data. TDEA is legacy: SP 800-131A rev. 2 disallows enciphering with it after 2023, and the payment
world still runs on it; who may use it is decided above.
"""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

from tallystick.ground.errors import Defect

_AES_OCTETS = (16, 24, 32)
_Plain = CBC | ECB
_ECB = ECB()  # noqa: S305 - a step inside of a format


class KnownCipher(Cipher[_Plain]):
    """The library's cipher without its own look at whether algorithm and mode go together.

    For ECB, and for CBC from an initial value that is ours; never for one that somebody sent. The
    look is a seventh of what a cipher costs that lives for one block.
    """

    def __init__(self, algorithm: AES | TripleDES, mode: _Plain) -> None:
        self.algorithm = algorithm
        self.mode = mode


class BlockCipher:
    """One key of a block cipher, with its schedule made once.

    Not for two threads at a time. Takes and gives whole blocks: 8 octets with TDEA, 16 with AES.
    """

    __slots__ = ("_algorithm", "_backwards", "_forwards", "octets")

    octets: int
    """Length of a block."""

    def __init__(self, algorithm: AES | TripleDES) -> None:
        self._algorithm = algorithm
        self.octets = algorithm.block_size // 8
        self._forwards: CipherContext | None = None
        self._backwards: CipherContext | None = None

    @classmethod
    def aes(cls, key: bytes) -> BlockCipher:
        """AES (FIPS 197). Takes: 16, 24 or 32 octets."""
        if len(key) not in _AES_OCTETS:
            raise Defect("an AES key is 16, 24 or 32 octets")
        return cls(AES(key))

    @classmethod
    def tdes(cls, key: bytes) -> BlockCipher:
        """TDEA (SP 800-67 rev. 2). Takes: 8 (single DES), 16 (K1 K2 K1) or 24 octets.

        Parity bits are ignored.
        """
        return cls(TripleDES(tdes_whole(key)))

    def encrypt(self, blocks: bytes) -> bytes:
        """Each block by itself (ECB)."""
        if self._forwards is None:
            self._forwards = KnownCipher(self._algorithm, _ECB).encryptor()
        if len(blocks) % self.octets:
            raise _not_whole()
        return self._forwards.update(blocks)

    def decrypt(self, blocks: bytes) -> bytes:
        """Each block by itself (ECB)."""
        if self._backwards is None:
            self._backwards = KnownCipher(self._algorithm, _ECB).decryptor()
        if len(blocks) % self.octets:
            raise _not_whole()
        return self._backwards.update(blocks)

    def encrypt_cbc(self, blocks: bytes, *, iv: bytes | None = None) -> bytes:
        """Chained (CBC, SP 800-38A); iv is one block, all zero when left out. No padding."""
        self._demand_whole(blocks)
        return Cipher(self._algorithm, CBC(iv or bytes(self.octets))).encryptor().update(blocks)

    def decrypt_cbc(self, blocks: bytes, *, iv: bytes | None = None) -> bytes:
        """The inverse of `encrypt_cbc`."""
        self._demand_whole(blocks)
        return Cipher(self._algorithm, CBC(iv or bytes(self.octets))).decryptor().update(blocks)

    def _demand_whole(self, blocks: bytes) -> None:
        if len(blocks) % self.octets:
            raise _not_whole()

    def __repr__(self) -> str:
        return f"BlockCipher({self._algorithm.name}, hidden)"


def _not_whole() -> Defect:
    return Defect("a block cipher takes whole blocks")


def aes_once(key: bytes) -> Callable[[bytes], bytes]:
    """AES under a key that lives for a derivation or two: enciphers whole blocks (ECB).

    Takes 16, 24 or 32 octets; does not look at lengths, so only for blocks that we lay out.
    """
    return KnownCipher(AES(key), _ECB).encryptor().update


def tdes_once(key: bytes) -> Callable[[bytes], bytes]:
    """TDEA in the same way. Takes: 24 octets (see `tdes_whole`)."""
    return KnownCipher(TripleDES(key), _ECB).encryptor().update


def tdes_whole(key: bytes) -> bytes:
    """A TDEA key as K1 K2 K3: 24 octets from 8, 16 or 24.

    >>> tdes_whole(bytes.fromhex("0123456789abcdeffedcba9876543210")).hex()
    '0123456789abcdeffedcba98765432100123456789abcdef'
    """
    match len(key):
        case 8:
            return key * 3
        case 16:
            return key + key[:8]
        case 24:
            return key
        case _:
            raise Defect("a TDEA key is 8, 16 or 24 octets")
