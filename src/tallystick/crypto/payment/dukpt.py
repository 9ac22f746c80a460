"""Keys of one transaction for the calls: a base derivation key through the gate, then DUKPT.

What a device sends is accepted once where the policy asks for it. Its number is used up when what
came with it was right, so a stranger who makes numbers up uses none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, TypeVar

import msgspec

from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Handle
from tallystick.crypto.payment.refusals import CallMalformed, KeyUnusable
from tallystick.crypto.payment.serials import SerialUse, no_use, open_window
from tallystick.crypto.transaction_keys import (
    AesDukpt,
    AesInitialKey,
    AesSerialNumber,
    Path,
    SerialNumberRefused,
    TdesDukpt,
    TdesInitialKey,
    TdesSerialNumber,
    TdesVariant,
    WorkingKeyRefused,
    WorkingKind,
    WorkingUsage,
)

Serial = Annotated[bytes, msgspec.Meta(min_length=8, max_length=12)]
PINNED_DEVICE = "dukpt_device"
"""What an initial key is pinned to: its device in hex, 10 octets (TDEA) or 8 (AES)."""
_TDES_OCTETS = 16
_T = TypeVar("_T")
_BASE = frozenset({KeyUsage.BASE_DERIVATION, KeyUsage.INITIAL_DUKPT})


class DukptKind(StrEnum):
    """Algorithm and length of the key that is derived."""

    TDES_2KEY = "TDES_2KEY"
    TDES_3KEY = "TDES_3KEY"
    AES_128 = "AES_128"
    AES_192 = "AES_192"
    AES_256 = "AES_256"
    HMAC_128 = "HMAC_128"
    HMAC_192 = "HMAC_192"
    HMAC_256 = "HMAC_256"

    @property
    def letter(self) -> str:
        return self[0]


class DukptVariant(StrEnum):
    """Which way the key works, as the device sees it."""

    REQUEST = "REQUEST"
    """What the device sends."""
    RESPONSE = "RESPONSE"
    """What the device receives."""
    BIDIRECTIONAL = "BIDIRECTIONAL"
    """One key for both; with TDEA it is that of REQUEST."""


class DukptPurpose(StrEnum):
    """What the key is for; one transaction has a key for each."""

    PIN = "pin"
    MAC = "mac"
    DATA = "data"


class DukptUse(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which key of which transaction: the key serial number (8, 10 or 12 octets) and the key."""

    serial: Serial
    kind: DukptKind
    variant: DukptVariant = DukptVariant.REQUEST

    def __repr__(self) -> str:
        return "DukptUse(hidden)"


class TransactionKey:
    """A derived key in use. `base` is the key that it came from.

    Call `accept` once what the device sent was opened and found right.
    """

    __slots__ = ("_use", "base", "kind", "octets")

    def __init__(self, base: OpenKey, octets: bytes, kind: DukptKind, use: SerialUse) -> None:
        self.base, self.octets, self.kind, self._use = base, octets, kind, use

    @property
    def cipher(self) -> BlockCipher:
        """As a block cipher; TDEA or AES by its kind."""
        make = BlockCipher.aes if self.kind.letter == "A" else BlockCipher.tdes
        return make(self.octets)

    def accept(self) -> None:
        """Use the number up for this purpose; nothing where no window is kept."""
        self._use()

    def __repr__(self) -> str:
        return "TransactionKey(hidden)"


def transaction_key(
    bench: Bench,
    handle: Handle,
    use: DukptUse,
    *,
    purpose: DukptPurpose,
    receiving: bool,
    where: str = "key",
) -> TransactionKey:
    """The key of one transaction.

    Takes:   receiving: that the device sent what this key opens, so that its number is looked at
             in the window of this device and purpose.
    Refuses: KeyNotFound, KeyUnusable; CallMalformed for a number or a kind that does not fit;
             SerialNumberReplayed.
    """
    base = bench.key(handle, usages=_BASE, action=KeyAction.DERIVE, where=where)
    derive = _aes if base.record.attributes.algorithm.letter == "A" else _tdes
    try:
        octets, device, counter = derive(base, use, purpose)
    except (SerialNumberRefused, WorkingKeyRefused) as refusal:
        raise CallMalformed(str(refusal), where=where) from None
    window = open_window(bench, base, device, counter, purpose) if receiving else no_use
    return TransactionKey(base, octets, use.kind, window)


def _aes(base: OpenKey, use: DukptUse, purpose: DukptPurpose) -> tuple[bytes, bytes, int]:
    number = AesSerialNumber.read(use.serial)
    usage, kind = _AES_USAGES[purpose, use.variant], _AES_KINDS[use.kind]
    if purpose is not DukptPurpose.MAC and use.kind.letter == "H":
        raise CallMalformed("a key of HMAC makes MACs only", where="kind")
    if base.record.attributes.usage is KeyUsage.INITIAL_DUKPT:
        _demand_device(base, number.device)
        path = _kept(base, Path, lambda: Path(AesInitialKey(base.octets, number.device).root))
        octets = path.to(number.counter).working_key(usage, kind)
    else:
        host = _kept(base, AesDukpt, lambda: AesDukpt(base.octets))
        octets = host.working_key(number, usage, kind)
    return octets, number.device, number.counter


def _tdes(base: OpenKey, use: DukptUse, purpose: DukptPurpose) -> tuple[bytes, bytes, int]:
    if use.kind is not DukptKind.TDES_2KEY:
        raise CallMalformed("TDES DUKPT derives two-key TDEA only", where="kind")
    if len(base.octets) != _TDES_OCTETS:
        raise KeyUnusable("TDES DUKPT takes a double-length key", where="key", reason="length")
    number = TdesSerialNumber.read(use.serial)
    variant = _TDES_VARIANTS[purpose, use.variant]
    if base.record.attributes.usage is KeyUsage.INITIAL_DUKPT:
        _demand_device(base, number.device)
        path = _kept(base, Path, lambda: Path(TdesInitialKey(base.octets, number).root))
        octets = path.to(number.counter).working_key(variant)
    else:
        octets = _kept(base, TdesDukpt, lambda: TdesDukpt(base.octets)).working_key(number, variant)
    return octets, number.device, number.counter


def _kept(base: OpenKey, kind: type[_T], make: Callable[[], _T]) -> _T:
    found: _T | None = base.memo.get(kind)
    if found is None:
        found = base.memo[kind] = make()
    return found


def _demand_device(base: OpenKey, device: bytes) -> None:
    """An initial key is that of one device; another's number would give keys of nobody."""
    if base.record.pinned.get(PINNED_DEVICE, "").lower() != device.hex():
        raise KeyUnusable("the key is that of another device", where="serial", reason="device")


_AES_KINDS: Mapping[DukptKind, WorkingKind] = MappingProxyType(
    {kind: WorkingKind[kind.value] for kind in DukptKind}
)
_P, _V, _U, _M = DukptPurpose, DukptVariant, WorkingUsage, TdesVariant
_AES_USAGES: Mapping[tuple[DukptPurpose, DukptVariant], WorkingUsage] = MappingProxyType(
    {
        **{(_P.PIN, variant): _U.PIN_ENCRYPTION for variant in DukptVariant},
        (_P.MAC, _V.REQUEST): _U.MAC_GENERATE,
        (_P.MAC, _V.RESPONSE): _U.MAC_VERIFY,
        (_P.MAC, _V.BIDIRECTIONAL): _U.MAC_BOTH,
        (_P.DATA, _V.REQUEST): _U.DATA_ENCRYPT,
        (_P.DATA, _V.RESPONSE): _U.DATA_DECRYPT,
        (_P.DATA, _V.BIDIRECTIONAL): _U.DATA_BOTH,
    }
)
_TDES_VARIANTS: Mapping[tuple[DukptPurpose, DukptVariant], TdesVariant] = MappingProxyType(
    {
        **{(_P.PIN, variant): _M.PIN for variant in DukptVariant},
        (_P.MAC, _V.REQUEST): _M.MAC_REQUEST,
        (_P.MAC, _V.RESPONSE): _M.MAC_RESPONSE,
        (_P.MAC, _V.BIDIRECTIONAL): _M.MAC_REQUEST,
        (_P.DATA, _V.REQUEST): _M.DATA_REQUEST,
        (_P.DATA, _V.RESPONSE): _M.DATA_RESPONSE,
        (_P.DATA, _V.BIDIRECTIONAL): _M.DATA_REQUEST,
    }
)
