"""How data are enciphered: the modes of the calls, and what each demands of lengths and values."""

from __future__ import annotations

from enum import StrEnum

from tallystick.crypto.mechanisms import BlockCipher, apply_ofb, decrypt_cfb, encrypt_cfb
from tallystick.crypto.payment.refusals import CallMalformed


class DataMode(StrEnum):
    """Modes of a block cipher without proof of integrity (SP 800-38A); all are legacy here."""

    ECB = "ECB"
    CBC = "CBC"
    CFB = "CFB"
    """Segments as long as a block."""
    CFB1 = "CFB1"
    CFB8 = "CFB8"
    CFB64 = "CFB64"
    CFB128 = "CFB128"
    OFB = "OFB"


_WHOLE = frozenset({DataMode.ECB, DataMode.CBC})
_SEGMENT_BITS = {DataMode.CFB1: 1, DataMode.CFB8: 8, DataMode.CFB64: 64, DataMode.CFB128: 128}


def encipher(cipher: BlockCipher, mode: DataMode, iv: bytes | None, data: bytes) -> bytes:
    """Encipher data. Takes: iv one block, or nothing for zeros; nothing with ECB.

    Refuses: CallMalformed for data that are not whole blocks in ECB and CBC, for an initial value
             of another length, and for segments longer than a block.
    """
    start = _demand(cipher, mode, iv, data, where="plaintext")
    match mode:
        case DataMode.ECB:
            return cipher.encrypt(data)
        case DataMode.CBC:
            return cipher.encrypt_cbc(data, iv=start)
        case DataMode.OFB:
            return apply_ofb(cipher, data, iv=start)
        case _:
            return encrypt_cfb(cipher, data, iv=start, segment_bits=_bits(cipher, mode))


def decipher(cipher: BlockCipher, mode: DataMode, iv: bytes | None, data: bytes) -> bytes:
    """The inverse. What it refuses depends on lengths alone, never on what the data hold."""
    start = _demand(cipher, mode, iv, data, where="ciphertext")
    match mode:
        case DataMode.ECB:
            return cipher.decrypt(data)
        case DataMode.CBC:
            return cipher.decrypt_cbc(data, iv=start)
        case DataMode.OFB:
            return apply_ofb(cipher, data, iv=start)
        case _:
            return decrypt_cfb(cipher, data, iv=start, segment_bits=_bits(cipher, mode))


def _demand(
    cipher: BlockCipher, mode: DataMode, iv: bytes | None, data: bytes, *, where: str
) -> bytes:
    if mode in _WHOLE and len(data) % cipher.octets:
        raise CallMalformed(f"{mode} takes whole blocks of {cipher.octets} octets", where=where)
    if mode is DataMode.ECB and iv is not None:
        raise CallMalformed("ECB has no initial value", where="iv")
    if iv is not None and len(iv) != cipher.octets:
        raise CallMalformed(f"an initial value has {cipher.octets} octets", where="iv")
    return bytes(cipher.octets) if iv is None else iv


def _bits(cipher: BlockCipher, mode: DataMode) -> int:
    bits = _SEGMENT_BITS.get(mode, 8 * cipher.octets)
    if bits > 8 * cipher.octets:
        raise CallMalformed("a segment is not longer than a block", where="mode")
    return bits
