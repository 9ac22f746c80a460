"""Key serial numbers: which device, and which of its transaction keys."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.crypto.transaction_keys.counters import AES_COUNTERS, TDES_COUNTERS
from tallystick.crypto.transaction_keys.refusals import SerialNumberRefused

_TDES_OCTETS = 10
_TDES_SHORT_OCTETS = 8
_TDES_COUNTER = (1 << TDES_COUNTERS.bits) - 1
_AES_OCTETS = 12
_AES_ID_OCTETS = 8


@dataclass(frozen=True, slots=True)
class TdesSerialNumber:
    """A key serial number of TDES DUKPT.

    `device` is its 10 octets with the counter's 21 bits zero: key set, device, as the initial key
    is derived from it. `counter` is 0 when the number stands for the initial key itself.
    Source: ANSI X9.24-1:2009 A.1 and 7.1.2 (59 bits of identifiers, 21 bits of counter).
    """

    device: bytes
    counter: int

    @classmethod
    def read(cls, octets: bytes) -> TdesSerialNumber:
        """Read a number of a transaction.

        Takes:   10 octets, or 8 when its left end was dropped, which is filled with FF again.
        Refuses: SerialNumberRefused for another length and for a counter that no device uses.

        >>> TdesSerialNumber.read(bytes.fromhex("9876543210E00001")).octets.hex()
        'ffff9876543210e00001'
        """
        number = cls.read_initial(octets)
        if not TDES_COUNTERS.allows(number.counter):
            raise SerialNumberRefused("no device uses a counter with that many ones, or zero")
        return number

    @classmethod
    def read_initial(cls, octets: bytes) -> TdesSerialNumber:
        """Read a number whose counter may be anything, for the initial key of its device.

        Refuses: SerialNumberRefused for another length than 8 or 10 octets.
        """
        if len(octets) == _TDES_SHORT_OCTETS:
            octets = b"\xff\xff" + octets
        if len(octets) != _TDES_OCTETS:
            raise SerialNumberRefused("a key serial number of TDES DUKPT is 8 or 10 octets")
        value = int.from_bytes(octets)
        counter = value & _TDES_COUNTER
        return cls((value ^ counter).to_bytes(_TDES_OCTETS), counter)

    @property
    def octets(self) -> bytes:
        """As it is sent, 10 octets."""
        return (int.from_bytes(self.device) | self.counter).to_bytes(_TDES_OCTETS)


@dataclass(frozen=True, slots=True)
class AesSerialNumber:
    """A key serial number of AES DUKPT.

    `device` is the initial key identifier, 8 octets: base derivation key (4), device (4).
    Source: ANSI X9.24-3:2017, 6.2.
    """

    device: bytes
    counter: int

    @classmethod
    def read(cls, octets: bytes) -> AesSerialNumber:
        """Read a number of a transaction: 12 octets.

        Refuses: SerialNumberRefused for another length and for a counter that no device uses.

        >>> AesSerialNumber.read(bytes.fromhex("123456789012345600000001")).counter
        1
        """
        number = cls.read_initial(octets)
        if not AES_COUNTERS.allows(number.counter):
            raise SerialNumberRefused("no device uses a counter with that many ones, or zero")
        return number

    @classmethod
    def read_initial(cls, octets: bytes) -> AesSerialNumber:
        """Read a number whose counter may be anything or missing (8 octets), for the initial key.

        Refuses: SerialNumberRefused for another length than 8 or 12 octets.
        """
        if len(octets) == _AES_ID_OCTETS:
            return cls(octets, 0)
        if len(octets) != _AES_OCTETS:
            raise SerialNumberRefused("a key serial number of AES DUKPT is 12 octets")
        return cls(octets[:_AES_ID_OCTETS], int.from_bytes(octets[_AES_ID_OCTETS:]))

    @property
    def octets(self) -> bytes:
        """As it is sent, 12 octets."""
        return self.device + self.counter.to_bytes(4)
