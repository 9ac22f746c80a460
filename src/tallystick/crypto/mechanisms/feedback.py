"""Cipher feedback and output feedback, for data of those who still have them.

Neither tells an altered ciphertext from a true one, and an initial value that is used twice under
one key gives the difference of two plaintexts away. New data are sealed with GCM.

Source: SP 800-38A, 6.3 and 6.4.
"""

from __future__ import annotations

from tallystick.crypto.mechanisms.block_ciphers import BlockCipher
from tallystick.ground.errors import Defect


def encrypt_cfb(cipher: BlockCipher, data: bytes, *, iv: bytes, segment_bits: int) -> bytes:
    """Cipher feedback with segments of 1 bit, or of whole octets up to a block.

    Takes: data of any length; iv one block.
    """
    return _cfb(cipher, data, iv, segment_bits, decrypting=False)


def decrypt_cfb(cipher: BlockCipher, data: bytes, *, iv: bytes, segment_bits: int) -> bytes:
    """The inverse of `encrypt_cfb`."""
    return _cfb(cipher, data, iv, segment_bits, decrypting=True)


def apply_ofb(cipher: BlockCipher, data: bytes, *, iv: bytes) -> bytes:
    """Output feedback; its own inverse. Takes: data of any length; iv one block."""
    _demand_iv(cipher, iv)
    stream, block = [], iv
    for _ in range(-(-len(data) // cipher.octets)):
        block = cipher.encrypt(block)
        stream.append(block)
    return _xor(data, b"".join(stream))


def _cfb(cipher: BlockCipher, data: bytes, iv: bytes, bits: int, *, decrypting: bool) -> bytes:
    _demand_iv(cipher, iv)
    if bits == 1:
        return _by_bits(cipher, data, iv, decrypting=decrypting)
    octets = bits // 8
    if bits % 8 or not 1 <= octets <= cipher.octets:
        raise Defect("a segment is 1 bit, or whole octets up to a block")
    register, given = iv, []
    for start in range(0, len(data), octets):
        segment = data[start : start + octets]
        result = _xor(segment, cipher.encrypt(register))
        given.append(result)
        register = (register + (segment if decrypting else result))[-cipher.octets :]
    return b"".join(given)


def _by_bits(cipher: BlockCipher, data: bytes, iv: bytes, *, decrypting: bool) -> bytes:
    size = cipher.octets
    mask = (1 << 8 * size) - 1
    register, given, left = int.from_bytes(iv), 0, int.from_bytes(data)
    for place in reversed(range(8 * len(data))):
        bit = left >> place & 1
        result = bit ^ cipher.encrypt(register.to_bytes(size))[0] >> 7
        given = given << 1 | result
        register = (register << 1 | (bit if decrypting else result)) & mask
    return given.to_bytes(len(data))


def _xor(data: bytes, stream: bytes) -> bytes:
    return (int.from_bytes(data) ^ int.from_bytes(stream[: len(data)])).to_bytes(len(data))


def _demand_iv(cipher: BlockCipher, iv: bytes) -> None:
    if len(iv) != cipher.octets:
        raise Defect("an initial value is one block")
