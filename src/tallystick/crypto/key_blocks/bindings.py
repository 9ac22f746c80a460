"""How the parts of a key block hold together: what is derived of the key that protects it.

B, D and E derive two keys with CMAC, MAC the header with the clear payload, and encipher the
payload with that MAC as initial vector. A and C use two variants of the protection key and MAC what
they enciphered; we read them when asked to and never write them.
"""

from __future__ import annotations

import hmac
from typing import Protocol

from tallystick.crypto.key_blocks.attributes import KeyAlgorithm
from tallystick.crypto.key_blocks.header import BlockVersion
from tallystick.crypto.key_blocks.iso20038 import Counting
from tallystick.crypto.key_blocks.material import check_value_of, demand_length
from tallystick.crypto.key_blocks.refusals import KeyBlockRefused
from tallystick.crypto.mechanisms import BlockCipher, CheckMethod, Cmac, KeyRefused
from tallystick.ground.errors import Defect

_CBC, _MAC, _CTR = 0, 1, 2
_DERIVED = {
    KeyAlgorithm.TDES_2KEY: 0,
    KeyAlgorithm.TDES_3KEY: 1,
    KeyAlgorithm.AES_128: 2,
    KeyAlgorithm.AES_192: 3,
    KeyAlgorithm.AES_256: 4,
}
_ENCRYPTION_VARIANT, _MAC_VARIANT = 0x45, 0x4D
_VARIANT_MAC_OCTETS = 4


class Binding(Protocol):
    """One way of protecting a payload under one key."""

    def seal(self, header: bytes, payload: bytes) -> tuple[bytes, bytes]:
        """Encipher a payload. Gives: what is enciphered, and the MAC."""
        ...

    def open(self, header: bytes, enciphered: bytes, mac: bytes) -> bytes:
        """Decipher a payload and give it only when the MAC holds. Refuses: KeyBlockRefused."""
        ...


class Cipher(Protocol):
    """How B, D and E encipher."""

    def encipher(self, iv: bytes, payload: bytes) -> bytes: ...
    def decipher(self, iv: bytes, enciphered: bytes) -> bytes: ...


class Chaining:
    """CBC, for payloads of a few blocks: B and D."""

    __slots__ = ("_cipher",)

    def __init__(self, cipher: BlockCipher) -> None:
        self._cipher = cipher

    def encipher(self, iv: bytes, payload: bytes) -> bytes:
        return self._cipher.encrypt_cbc(payload, iv=iv)

    def decipher(self, iv: bytes, enciphered: bytes) -> bytes:
        """All blocks at once by the schedule that is there already, then the chain."""
        octets = len(enciphered)
        if not octets or octets % self._cipher.octets:
            raise KeyBlockRefused("payload")
        chain = (iv + enciphered)[:octets]
        clear = int.from_bytes(self._cipher.decrypt(enciphered)) ^ int.from_bytes(chain)
        return clear.to_bytes(octets)


class Derived:
    """B, D and E: MAC the clear payload, then encipher it."""

    __slots__ = ("_cipher", "_mac")

    def __init__(self, cipher: Cipher, mac: Cmac) -> None:
        self._cipher, self._mac = cipher, mac

    def seal(self, header: bytes, payload: bytes) -> tuple[bytes, bytes]:
        mac = self._mac.tag(header + payload)
        return self._cipher.encipher(mac, payload), mac

    def open(self, header: bytes, enciphered: bytes, mac: bytes) -> bytes:
        payload = self._cipher.decipher(mac, enciphered)
        if not hmac.compare_digest(self._mac.tag(header + payload), mac):
            raise KeyBlockRefused("mac")
        return payload


class Variant:
    """A and C, for reading: the MAC is four octets and covers what is enciphered."""

    __slots__ = ("_chain", "_mac")

    def __init__(self, key: bytes) -> None:
        self._chain = Chaining(BlockCipher.tdes(bytes(o ^ _ENCRYPTION_VARIANT for o in key)))
        self._mac = BlockCipher.tdes(bytes(o ^ _MAC_VARIANT for o in key))

    def seal(self, header: bytes, payload: bytes) -> tuple[bytes, bytes]:
        raise KeyBlockRefused("version")

    def open(self, header: bytes, enciphered: bytes, mac: bytes) -> bytes:
        if len(enciphered) % self._mac.octets:
            raise KeyBlockRefused("payload")
        whole = self._mac.encrypt_cbc(header + enciphered)
        last = whole[-self._mac.octets :]
        if not hmac.compare_digest(last[:_VARIANT_MAC_OCTETS], mac):
            raise KeyBlockRefused("mac")
        return self._chain.decipher(header[: self._mac.octets], enciphered)


class ProtectionKey:
    """A key that protects key blocks, with what is derived of it made once and kept.

    Keep it as long as the key may be used: deriving costs more than a key block. Not for two
    threads at a time. Takes: TDEA of two or three parts (for A, B and C) or AES (for D and E).
    """

    __slots__ = ("_bindings", "_key", "algorithm")

    algorithm: KeyAlgorithm

    def __init__(self, key: bytes, algorithm: KeyAlgorithm) -> None:
        if algorithm not in _DERIVED:
            raise KeyRefused(f"{algorithm} protects no key block")
        demand_length(key, algorithm)
        self._key, self.algorithm = bytes(key), algorithm
        self._bindings: dict[BlockVersion, Binding] = {}

    def binding(self, version: BlockVersion) -> Binding:
        """How blocks of this version are protected under this key.

        Refuses: KeyBlockRefused when the version is for the other cipher.
        """
        found = self._bindings.get(version)
        if found is None:
            if version.is_aes != self.algorithm.startswith("AES"):
                raise KeyBlockRefused("protection-key")
            found = self._bindings[version] = self._bind(version)
        return found

    def check_value(self, method: CheckMethod, *, octets: int) -> str:
        """The check value of this key, as block KP holds it."""
        return check_value_of(self._key, self.algorithm, method=method, octets=octets)

    def _bind(self, version: BlockVersion) -> Binding:
        match version:
            case BlockVersion.A | BlockVersion.C:
                return Variant(self._key)
            case BlockVersion.B:
                tdes = BlockCipher.tdes(self._derive(_CBC))
                return Derived(Chaining(tdes), Cmac.tdes(self._derive(_MAC)))
            case BlockVersion.D:
                aes = BlockCipher.aes(self._derive(_CBC))
                return Derived(Chaining(aes), Cmac.aes(self._derive(_MAC)))
            case BlockVersion.E:
                aes = BlockCipher.aes(self._derive(_CTR))
                return Derived(Counting(aes), Cmac.aes(self._derive(_MAC)))
            case _:
                raise Defect(f"no binding for {version}")

    def _derive(self, purpose: int) -> bytes:
        """X9.143:2021, 7.2 and ISO 20038:2017, 6.3: CMAC of counter, purpose, algorithm, bits."""
        mac = Cmac.aes(self._key) if self.algorithm.startswith("AES") else Cmac.tdes(self._key)
        octets = len(self._key)
        told = purpose.to_bytes(2) + b"\0" + _DERIVED[self.algorithm].to_bytes(2)
        told += (8 * octets).to_bytes(2)
        count = -(-octets // mac.octets)
        return b"".join(mac.tag(bytes([n]) + told) for n in range(1, count + 1))[:octets]

    def __repr__(self) -> str:
        return f"ProtectionKey({self.algorithm}, hidden)"
