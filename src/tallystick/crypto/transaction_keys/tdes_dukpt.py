"""TDES DUKPT: from a base derivation key to the variants of one transaction's key.

Legacy, and single DES inside: every derivation enciphers under one half of a key, so whoever may
read intermediate values has 2^56 work to do, not 2^112. New devices take AES DUKPT.

Source: ANSI X9.24-1:2009 annex A (the same as X9.24-3:2017 annex C).
"""

from __future__ import annotations

from enum import Enum

from tallystick.crypto.mechanisms import tdes_once, tdes_whole
from tallystick.crypto.transaction_keys.paths import Paths
from tallystick.crypto.transaction_keys.serial_numbers import TdesSerialNumber
from tallystick.ground.errors import Defect

DEVICES_MAX = 4096
"""Devices whose intermediate keys a host keeps; about 1 kB each."""
_KEY_OCTETS = 16
_VARIANT = 0xC0C0C0C000000000C0C0C0C000000000


class TdesVariant(Enum):
    """What a transaction's key is for: the mask of its variant (X9.24-1:2009, table A-1).

    REQUEST: what the device sends, and both ways where one key serves both. RESPONSE: what it
    receives.
    """

    PIN = 0x00000000000000FF00000000000000FF
    MAC_REQUEST = 0x000000000000FF00000000000000FF00
    MAC_RESPONSE = 0x00000000FF00000000000000FF000000
    DATA_REQUEST = 0x0000000000FF00000000000000FF0000
    DATA_RESPONSE = 0x000000FF00000000000000FF00000000


_ENCIPHERED = (TdesVariant.DATA_REQUEST, TdesVariant.DATA_RESPONSE)


class TdesNode:
    """The key of one counter of one device. Its schedules are made each time.

    `base` holds the right 64 bits of the serial number, its counter zero.
    """

    __slots__ = ("_base", "counter", "key")

    def __init__(self, key: bytes, base: int, counter: int) -> None:
        self.key = key
        self.counter = counter
        self._base = base

    def child(self, counter: int) -> TdesNode:
        """The node of a counter that has one more one, below all of ours.

        Source: X9.24-1:2009 A.2, the non-reversible key generation process.
        """
        key = self.key
        register = self._base | counter
        low = _one_way(key, register)
        high = _one_way((int.from_bytes(key) ^ _VARIANT).to_bytes(_KEY_OCTETS), register)
        return TdesNode(high + low, self._base, counter)

    def working_key(self, variant: TdesVariant) -> bytes:
        """A key of this transaction, 16 octets, parity bits as they fall.

        A data key is also enciphered under itself, half by half, so that it does not give the
        transaction's key away (X9.24-1:2009 A.4.1).
        """
        key = (int.from_bytes(self.key) ^ variant.value).to_bytes(_KEY_OCTETS)
        if variant in _ENCIPHERED:
            return tdes_once(tdes_whole(key))(key)
        return key

    def __repr__(self) -> str:
        return f"TdesNode({self.counter:#x}, hidden)"


def _one_way(key: bytes, register: int) -> bytes:
    """Half of a key: the register, whitened with the right half and enciphered under the left."""
    right = int.from_bytes(key[8:])
    enciphered = tdes_once(key[:8] * 3)((register ^ right).to_bytes(8))
    return (int.from_bytes(enciphered) ^ right).to_bytes(8)


class TdesInitialKey:
    """The initial key of one device, as a device is loaded with it or a host derives it.

    Takes: a key of 16 octets; any serial number of the device.
    """

    __slots__ = ("key", "root")

    def __init__(self, key: bytes, number: TdesSerialNumber) -> None:
        if len(key) != _KEY_OCTETS:
            raise Defect("an initial key of TDES DUKPT is 16 octets")
        self.key = key
        self.root = TdesNode(key, int.from_bytes(number.device[2:]), 0)

    def __repr__(self) -> str:
        return "TdesInitialKey(hidden)"


class TdesDukpt:
    """The host's side of TDES DUKPT for one base derivation key.

    It keeps the intermediate keys of the devices that were heard lately. Not for two threads.
    Takes: a double-length key, 16 octets.
    """

    __slots__ = ("_left", "_paths", "_right")

    def __init__(self, base_key: bytes, *, devices_max: int = DEVICES_MAX) -> None:
        if len(base_key) != _KEY_OCTETS:
            raise Defect("a base derivation key of TDES DUKPT is 16 octets")
        variant = (int.from_bytes(base_key) ^ _VARIANT).to_bytes(_KEY_OCTETS)
        self._left = tdes_once(tdes_whole(base_key))
        self._right = tdes_once(tdes_whole(variant))
        self._paths = Paths(self._start, devices_max=devices_max)

    def initial_key(self, number: TdesSerialNumber) -> bytes:
        """The initial key of the device that a serial number names, 16 octets.

        Source: X9.24-1:2009 A.6.

        >>> base = bytes.fromhex("0123456789abcdeffedcba9876543210")
        >>> number = TdesSerialNumber.read_initial(bytes.fromhex("ffff9876543210e00000"))
        >>> TdesDukpt(base).initial_key(number).hex()
        '6ac292faa1315b4d858ab3a3d7d5933a'
        """
        return self._initial(number.device)

    def working_key(self, number: TdesSerialNumber, variant: TdesVariant) -> bytes:
        """A key of the transaction that a serial number names, 16 octets."""
        return self._paths.to(number.device, number.counter).working_key(variant)

    def _initial(self, device: bytes) -> bytes:
        return self._left(device[:8]) + self._right(device[:8])

    def _start(self, device: bytes) -> TdesNode:
        return TdesInitialKey(self._initial(device), TdesSerialNumber(device, 0)).root

    def __repr__(self) -> str:
        return "TdesDukpt(hidden)"
