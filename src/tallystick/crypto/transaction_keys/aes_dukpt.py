"""AES DUKPT: from a base derivation key to the working keys of one transaction.

Source: ANSI X9.24-3:2017, 6.3 (derivation data, tables 2 and 3), 6.4 and 6.5, as its published
test vectors and reference code show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, IntEnum
from types import MappingProxyType

from tallystick.crypto.mechanisms import aes_once
from tallystick.crypto.transaction_keys.paths import Path, Paths
from tallystick.crypto.transaction_keys.refusals import SerialNumberRefused, WorkingKeyRefused
from tallystick.crypto.transaction_keys.serial_numbers import AesSerialNumber
from tallystick.ground.errors import Defect

DEVICES_MAX = 4096
"""Devices whose intermediate keys a host keeps; about 1 kB each."""
_INITIAL_KEY = 0x8001
_INTERMEDIATE_KEY = 0x8000
_UPDATE_COUNTER = 0xFFFFFFFF
"""The counter that no transaction has: all of its 32 bits are ones."""
_ID_OCTETS = 8
_BLOCK_OCTETS = 16
_STRENGTH_BITS = {16: 128, 24: 192, 32: 256}


class WorkingUsage(IntEnum):
    """What a working key is for, as the device sees it (X9.24-3:2017, table 3).

    GENERATE, ENCRYPT: what the device sends (request). VERIFY, DECRYPT: what it receives
    (response). BOTH: one key for both ways.
    """

    KEY_ENCRYPTION = 0x0002
    PIN_ENCRYPTION = 0x1000
    MAC_GENERATE = 0x2000
    MAC_VERIFY = 0x2001
    MAC_BOTH = 0x2002
    DATA_ENCRYPT = 0x3000
    DATA_DECRYPT = 0x3001
    DATA_BOTH = 0x3002
    KEY_DERIVATION = 0x8000


def _heads(usage: int, algorithm: int, bits: int) -> tuple[bytes, ...]:
    rest = b"".join(number.to_bytes(2, "big") for number in (usage, algorithm, bits))
    return tuple(bytes((1, block)) + rest for block in range(1, -(-bits // 128) + 1))


class WorkingKind(Enum):
    """Algorithm and length of a working key, and the strength that its base key must have.

    Source: X9.24-3:2017, table 3; SP 800-57 part 1 rev. 5 for the strengths.
    """

    TDES_2KEY = (0, 128, 80)
    TDES_3KEY = (1, 192, 112)
    AES_128 = (2, 128, 128)
    AES_192 = (3, 192, 192)
    AES_256 = (4, 256, 256)
    HMAC_128 = (5, 128, 128)
    HMAC_192 = (5, 192, 192)
    HMAC_256 = (5, 256, 256)

    octets: int
    strength_bits: int
    heads: Mapping[int, tuple[bytes, ...]]
    """Per usage, the first 8 octets of the derivation data of each block."""
    intermediate: tuple[bytes, ...]
    """Those of an intermediate key of this kind."""

    def __init__(self, algorithm: int, bits: int, strength_bits: int) -> None:
        self.octets = bits // 8
        self.strength_bits = strength_bits
        usages = (*WorkingUsage, _INITIAL_KEY)
        self.heads = MappingProxyType({use: _heads(use, algorithm, bits) for use in usages})
        self.intermediate = self.heads[_INTERMEDIATE_KEY]


_OF_LENGTH: Mapping[int, WorkingKind] = MappingProxyType(
    {16: WorkingKind.AES_128, 24: WorkingKind.AES_192, 32: WorkingKind.AES_256}
)


def derivation_path(
    number: AesSerialNumber, usage: WorkingUsage, kind: WorkingKind, *, base: WorkingKind
) -> tuple[bytes, ...]:
    """What is enciphered (ECB) on the way from a base derivation key to a working key.

    For a back end that derives inside a token: each step is one or two blocks, enciphered under the
    key that the step before it gave, which is cut to its length (`base.octets`, at the end
    `kind.octets`). The first step gives the initial key.

    >>> number = AesSerialNumber(bytes.fromhex("1234567890123456"), 1)
    >>> aes = WorkingKind.AES_128
    >>> [step.hex() for step in derivation_path(number, WorkingUsage.PIN_ENCRYPTION, aes, base=aes)]
    ... # doctest: +NORMALIZE_WHITESPACE
    ['01018001000200801234567890123456', '01018000000200809012345600000001',
     '01011000000200809012345600000001']
    """
    if kind.strength_bits > base.strength_bits:
        raise WorkingKeyRefused("a working key is not stronger than its base derivation key")
    steps = [(base.heads[_INITIAL_KEY], number.device)]
    passed = 0
    for bit in reversed(range(number.counter.bit_length())):
        if number.counter >> bit & 1:
            passed |= 1 << bit
            tail = number.device[4:] + passed.to_bytes(4)
            steps.append((base.heads[_INTERMEDIATE_KEY], tail))
    steps.append((kind.heads[usage], number.device[4:] + number.counter.to_bytes(4)))
    return tuple(b"".join(head + tail for head in heads) for heads, tail in steps)


class AesNode:
    """The intermediate key of one counter of one device.

    Its schedule is made each time: kept ones would cost more to let go than they save.
    """

    __slots__ = ("_device", "_kind", "counter", "key")

    def __init__(self, key: bytes, kind: WorkingKind, device: bytes, counter: int) -> None:
        self.key = key
        self.counter = counter
        self._kind = kind
        self._device = device

    def child(self, counter: int) -> AesNode:
        """The node of a counter that has one more one, below all of ours."""
        kind = self._kind
        key = _derive(self.key, kind.intermediate, kind.octets, self._device, counter)
        return AesNode(key, kind, self._device, counter)

    def working_key(self, usage: WorkingUsage, kind: WorkingKind) -> bytes:
        """A working key of this transaction. Refuses: WorkingKeyRefused when stronger than ours."""
        if kind.strength_bits > self._kind.strength_bits:
            raise WorkingKeyRefused("a working key is not stronger than its base derivation key")
        return _derive(self.key, kind.heads[usage], kind.octets, self._device, self.counter)

    def __repr__(self) -> str:
        return f"AesNode({self.counter:#x}, hidden)"


def _derive(
    key: bytes, heads: tuple[bytes, ...], octets: int, device: bytes, counter: int
) -> bytes:
    tail = device + counter.to_bytes(4)
    if octets == _BLOCK_OCTETS:
        return aes_once(key)(heads[0] + tail)
    return aes_once(key)(heads[0] + tail + heads[1] + tail)[:octets]


class AesInitialKey:
    """The initial key of one device, as a device is loaded with it or a host derives it.

    Refuses: SerialNumberRefused for an identifier of another length than 8 octets.
    """

    __slots__ = ("_root", "key")

    def __init__(self, key: bytes, device: bytes) -> None:
        if len(key) not in _OF_LENGTH:
            raise Defect("an initial key of AES DUKPT is 16, 24 or 32 octets")
        if len(device) != _ID_OCTETS:
            raise SerialNumberRefused("an initial key identifier is 8 octets")
        self.key = key
        self._root = AesNode(key, _OF_LENGTH[len(key)], device[4:], 0)

    @property
    def root(self) -> AesNode:
        """Where the paths of the device start."""
        return self._root

    def update_key(self, kind: WorkingKind) -> bytes:
        """The key under which a new initial key is sent to the device (X9.24-3:2017, 6.6).

        Refuses: WorkingKeyRefused when it would be stronger than the initial key.
        """
        return Path(self._root).to(_UPDATE_COUNTER).working_key(WorkingUsage.KEY_ENCRYPTION, kind)

    def __repr__(self) -> str:
        return "AesInitialKey(hidden)"


class AesDukpt:
    """The host's side of AES DUKPT for one base derivation key.

    It keeps the intermediate keys of the devices that were heard lately. Not for two threads.
    """

    __slots__ = ("_base", "_encrypt", "_kind", "_paths")

    def __init__(self, base_key: bytes, *, devices_max: int = DEVICES_MAX) -> None:
        if len(base_key) not in _OF_LENGTH:
            raise Defect("a base derivation key of AES DUKPT is 16, 24 or 32 octets")
        self._kind = _OF_LENGTH[len(base_key)]
        self._encrypt = aes_once(base_key)
        self._paths = Paths(self._start, devices_max=devices_max)

    def initial_key(self, device: bytes) -> bytes:
        """The initial key of a device, as long as the base derivation key.

        Takes:   device, the initial key identifier, 8 octets.
        Refuses: SerialNumberRefused for another length.

        >>> base = bytes.fromhex("fedcba9876543210f1f1f1f1f1f1f1f1")
        >>> AesDukpt(base).initial_key(bytes.fromhex("1234567890123456")).hex()
        '1273671ea26ac29afa4d1084127652a1'
        """
        if len(device) != _ID_OCTETS:
            raise SerialNumberRefused("an initial key identifier is 8 octets")
        blocks = b"".join(head + device for head in self._kind.heads[_INITIAL_KEY])
        return self._encrypt(blocks)[: self._kind.octets]

    def working_key(self, number: AesSerialNumber, usage: WorkingUsage, kind: WorkingKind) -> bytes:
        """A working key of the transaction that a key serial number names.

        Refuses: WorkingKeyRefused when it would be stronger than the base derivation key.
        """
        return self._paths.to(number.device, number.counter).working_key(usage, kind)

    def update_key(self, device: bytes, kind: WorkingKind) -> bytes:
        """The key under which a new initial key is sent to the device."""
        return AesInitialKey(self.initial_key(device), device).update_key(kind)

    def _start(self, device: bytes) -> AesNode:
        return AesInitialKey(self.initial_key(device), device).root

    def __repr__(self) -> str:
        return "AesDukpt(hidden)"
