"""Keys that live in a token, used through the module: MACs under them, and under keys of DUKPT.

Where the module's master key is in a token, the token may hold working keys too, which never leave
it (level S3). The module asks it and adds what a token has not: who approved the key, a budget for
wrong MACs, and an event. Such a key is named by 32 hex digits; its usage and mode are the token's.
"""

from __future__ import annotations

from typing import Annotated, Protocol

import msgspec

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import (
    AssuranceLevel,
    Step,
    TokenKey,
    TokenKeys,
    TokenWork,
    dukpt_steps,
)
from tallystick.crypto.mechanisms import KeyRefused
from tallystick.crypto.payment.approving import ManagementCall, demand_approved
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.calls import Answer, Call, Text
from tallystick.crypto.payment.refusals import CallMalformed, NotOffered, NotVerified
from tallystick.crypto.transaction_keys import (
    AesSerialNumber,
    SerialNumberRefused,
    WorkingKeyRefused,
    WorkingKind,
    WorkingUsage,
)
from tallystick.ground.errors import Refused

TokenHandle = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
_Message = Annotated[bytes, msgspec.Meta(min_length=1, max_length=8192)]
_Domain = Annotated[str, msgspec.Meta(pattern="^(test|production)$")]
_KINDS = {
    KeyAlgorithm.AES_128: WorkingKind.AES_128,
    KeyAlgorithm.AES_192: WorkingKind.AES_192,
    KeyAlgorithm.AES_256: WorkingKind.AES_256,
}


class _Token(TokenKeys, TokenWork, Protocol):
    """A master key that has a token around it."""


class OfDevice(msgspec.Struct, forbid_unknown_fields=True):
    """The key of one transaction of AES DUKPT: number of 12 octets, and who made the MAC."""

    serial: Annotated[bytes, msgspec.Meta(min_length=12, max_length=12)]
    from_device: bool = True


class CreateTokenKey(ManagementCall, tag="create-token-key", kw_only=True):
    """Draw a key in the token. Refuses: NotOffered without a token, ApprovalMissing, and
    TokenKeyRefused for what a token cannot do."""

    usage: KeyUsage
    algorithm: KeyAlgorithm
    mode: KeyMode
    domain: _Domain = "test"
    label: Annotated[str, msgspec.Meta(max_length=48)] = ""


class ListTokenKeys(Call, tag="list-token-keys"):
    """The keys that live in the token."""


class TokenKeyView(Answer, tag="token-key"):
    """A key in the token."""

    key: str
    usage: KeyUsage
    algorithm: KeyAlgorithm
    mode: KeyMode
    label: Text


class TokenKeyViews(Answer, tag="token-keys"):
    """Keys in order of handle."""

    keys: list[TokenKeyView]


class GenerateTokenMac(Call, tag="generate-token-mac"):
    """Make a MAC in the token: CMAC or HMAC-SHA-256 of the key, or CMAC of a transaction's key."""

    key: TokenHandle
    message: _Message
    device: OfDevice | None = None


class TokenMac(Answer, tag="token-mac"):
    """The MAC, and the level that it was made at: S3 in hardware."""

    mac: bytes
    level: AssuranceLevel


class VerifyTokenMac(Call, tag="verify-token-mac"):
    """Say whether a whole MAC is right. Refuses: NotVerified, BudgetSpent."""

    key: TokenHandle
    message: _Message
    mac: Annotated[bytes, msgspec.Meta(min_length=1, max_length=64)]
    device: OfDevice | None = None


class VerifiedTokenMac(Answer, tag="verified-token-mac"):
    """The MAC is right, and the level that this was found out at."""

    level: AssuranceLevel


INSIDE = frozenset({GenerateTokenMac, VerifyTokenMac})


def level_of(call: type[Call], master: AssuranceLevel) -> AssuranceLevel:
    """The level of an operation: S3 where the key itself works in the hardware of the master key.

    >>> level_of(GenerateTokenMac, AssuranceLevel.S2), level_of(ListTokenKeys, AssuranceLevel.S2)
    (<AssuranceLevel.S3: 'S3'>, <AssuranceLevel.S2: 'S2'>)
    """
    hardware = call in INSIDE and master is AssuranceLevel.S2
    return AssuranceLevel.S3 if hardware else master


def create_token_key(bench: Bench, call: CreateTokenKey) -> TokenKeyView:
    token = _token(bench)
    try:
        attributes = KeyAttributes(
            usage=call.usage,
            algorithm=call.algorithm,
            mode=call.mode,
            exportability=Exportability.NOT_EXPORTABLE,
        )
    except KeyRefused as refusal:
        raise CallMalformed(str(refusal), where="usage") from None
    by = demand_approved(bench, call, act="create", domain=call.domain)
    made = token.create_key(attributes, label=f"{call.domain} {call.label}".strip())
    told = {"token_key": made.id, "usage": str(call.usage), "domain": call.domain}
    bench.note("create", None, {**told, **by})
    return _view(made)


def list_token_keys(bench: Bench, call: ListTokenKeys) -> TokenKeyViews:
    return TokenKeyViews(keys=[_view(key) for key in _token(bench).token_keys()])


def generate_token_mac(bench: Bench, call: GenerateTokenMac) -> TokenMac:
    token = _token(bench)
    steps = _steps(token, call.key, call.device)
    mac = token.token_mac(call.key, call.message, steps=steps)
    return TokenMac(mac=mac, level=level_of(type(call), bench.master.level))


def verify_token_mac(bench: Bench, call: VerifyTokenMac) -> VerifiedTokenMac:
    token, limit = _token(bench), bench.policy.mac_failures_max
    name = f"mac {call.key}"
    if limit:
        bench.demand_budget(name, limit)
    steps = _steps(token, call.key, call.device)
    try:
        token.token_verify(call.key, call.message, call.mac, steps=steps)
    except Refused as refusal:
        if refusal.code != "mac.refused":
            raise
        if limit:
            bench.count_failures(name)
        raise NotVerified("mac", reason="mac") from None
    return VerifiedTokenMac(level=level_of(type(call), bench.master.level))


def _token(bench: Bench) -> _Token:
    master = bench.master
    if not hasattr(master, "token_mac"):
        raise NotOffered("this module's master key is not in a token", reason="no token")
    return master  # type: ignore[return-value]


def _steps(token: _Token, key: str, device: OfDevice | None) -> tuple[Step, ...]:
    if device is None:
        return ()
    base = next((one for one in token.token_keys() if one.id == key), None)
    kind = None if base is None else _KINDS.get(base.attributes.algorithm)
    if base is None or kind is None:
        raise CallMalformed("a device's key comes from a base derivation key of AES", where="key")
    usage = WorkingUsage.MAC_GENERATE if device.from_device else WorkingUsage.MAC_VERIFY
    try:
        number = AesSerialNumber.read(device.serial)
        return dukpt_steps(number, usage, kind, base=base.attributes.algorithm)
    except (SerialNumberRefused, WorkingKeyRefused) as refusal:
        raise CallMalformed(str(refusal), where="device") from None


def _view(key: TokenKey) -> TokenKeyView:
    known = key.attributes
    return TokenKeyView(
        key=key.id,
        usage=known.usage,
        algorithm=known.algorithm,
        mode=known.mode,
        label=key.label,
    )
