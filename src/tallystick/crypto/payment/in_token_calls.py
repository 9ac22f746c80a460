"""Keys that live in a token, used through the module: MACs under them, and under keys of DUKPT.

Where the module's master key is in a token, the token may hold working keys too, which never leave
it (level S3). The module asks it and adds what a token has not: who approved the key, its state,
cryptoperiod and count of operations, a budget for wrong MACs, and events. Such a key is named by 32
hex digits; `ChangeState` and the like know it by the handle of the module's record.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAction,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import (
    AssuranceLevel,
    LifeState,
    Step,
    TokenKey,
    dukpt_steps,
)
from tallystick.crypto.mechanisms import KeyRefused
from tallystick.crypto.payment.approving import ManagementCall, demand_approved
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.calls import Answer, Call, Instant, Text
from tallystick.crypto.payment.making import demand_strong
from tallystick.crypto.payment.refusals import CallMalformed, KeyNotFound, NotVerified
from tallystick.crypto.payment.token_records import (
    demand_free,
    handle_of,
    keep_record,
    open_in_token,
    token_of,
)
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
_Label = Annotated[str, msgspec.Meta(max_length=48)]
_MACS = frozenset({KeyUsage.MAC_CMAC, KeyUsage.MAC_HMAC})
_BASES = frozenset({KeyUsage.BASE_DERIVATION})
_KINDS = {
    KeyAlgorithm.AES_128: WorkingKind.AES_128,
    KeyAlgorithm.AES_192: WorkingKind.AES_192,
    KeyAlgorithm.AES_256: WorkingKind.AES_256,
}


class OfDevice(msgspec.Struct, forbid_unknown_fields=True):
    """The key of one transaction of AES DUKPT: number of 12 octets, and who made the MAC."""

    serial: Annotated[bytes, msgspec.Meta(min_length=12, max_length=12)]
    from_device: bool = True


class CreateTokenKey(ManagementCall, tag="create-token-key", kw_only=True):
    """Draw a key in the token. Refuses: NotOffered without a token, ApprovalMissing, CallMalformed
    for one weaker than the policy wants, and TokenKeyRefused for what a token cannot do."""

    usage: KeyUsage
    algorithm: KeyAlgorithm
    mode: KeyMode
    domain: _Domain = "test"
    label: _Label = ""
    expires_ms: Instant | None = None
    uses_max: Instant | None = None


class AdoptTokenKey(ManagementCall, tag="adopt-token-key", kw_only=True):
    """Give a record to a key that is in the token and has none; from then on it may be used.

    Refuses: NotOffered, KeyNotFound, ApprovalMissing; Conflict for one that has a record,
             KeyUnusable for one of production that is to be one for tests.
    """

    key: TokenHandle
    domain: _Domain = "test"
    label: _Label = ""
    expires_ms: Instant | None = None
    uses_max: Instant | None = None


class ListTokenKeys(Call, tag="list-token-keys"):
    """The keys that live in the token."""


class TokenKeyView(Answer, tag="token-key"):
    """A key in the token. `handle` is that of the module's record, empty where there is none."""

    key: str
    usage: KeyUsage
    algorithm: KeyAlgorithm
    mode: KeyMode
    label: Text
    handle: Text = ""
    state: LifeState | None = None
    expires_ms: int | None = None
    uses_max: int | None = None
    uses_reserved: int = 0


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
    token = token_of(bench)
    try:
        attributes = KeyAttributes(
            usage=call.usage,
            algorithm=call.algorithm,
            mode=call.mode,
            exportability=Exportability.NOT_EXPORTABLE,
        )
    except KeyRefused as refusal:
        raise CallMalformed(str(refusal), where="usage") from None
    demand_strong(bench, attributes)
    by = demand_approved(bench, call, act="create", domain=call.domain)
    made = token.create_key(attributes, label=f"{call.domain} {call.label}".strip())
    return _kept(bench, made, call, origin="created", act="create", by=by)


def adopt_token_key(bench: Bench, call: AdoptTokenKey) -> TokenKeyView:
    found = [key for key in token_of(bench).token_keys() if key.id == call.key]
    if not found:
        raise KeyNotFound("no such key in the token", where="key")
    demand_free(bench, found[0], call.domain)
    demand_strong(bench, found[0].attributes)
    by = demand_approved(bench, call, act="import", domain=call.domain)
    return _kept(bench, found[0], call, origin="imported", act="import", by=by)


def list_token_keys(bench: Bench, call: ListTokenKeys) -> TokenKeyViews:
    return TokenKeyViews(keys=[_view(bench, key) for key in token_of(bench).token_keys()])


def generate_token_mac(bench: Bench, call: GenerateTokenMac) -> TokenMac:
    token = token_of(bench)
    steps = _opened(bench, call, KeyAction.GENERATE)
    mac = token.token_mac(call.key, call.message, steps=steps)
    return TokenMac(mac=mac, level=level_of(type(call), bench.master.level))


def verify_token_mac(bench: Bench, call: VerifyTokenMac) -> VerifiedTokenMac:
    token, limit = token_of(bench), bench.policy.mac_failures_max
    name = f"mac {call.key}"
    if limit:
        bench.demand_budget(name, limit)
    steps = _opened(bench, call, KeyAction.VERIFY)
    try:
        token.token_verify(call.key, call.message, call.mac, steps=steps)
    except Refused as refusal:
        if refusal.code != "mac.refused":
            raise
        if limit:
            bench.count_failures(name)
        raise NotVerified("mac", reason="mac") from None
    return VerifiedTokenMac(level=level_of(type(call), bench.master.level))


def _opened(
    bench: Bench, call: GenerateTokenMac | VerifyTokenMac, action: KeyAction
) -> tuple[Step, ...]:
    """The key of a call through the gate; gives the derivations to a device's key."""
    if call.device is None:
        open_in_token(bench, call.key, usages=_MACS, action=action)
        return ()
    base = open_in_token(bench, call.key, usages=_BASES, action=KeyAction.DERIVE)
    return _steps(base.attributes.algorithm, call.device)


def _steps(base: KeyAlgorithm, device: OfDevice) -> tuple[Step, ...]:
    kind = _KINDS.get(base)
    if kind is None:
        raise CallMalformed("a device's key comes from a base derivation key of AES", where="key")
    usage = WorkingUsage.MAC_GENERATE if device.from_device else WorkingUsage.MAC_VERIFY
    try:
        number = AesSerialNumber.read(device.serial)
        return dukpt_steps(number, usage, kind, base=base)
    except (SerialNumberRefused, WorkingKeyRefused) as refusal:
        raise CallMalformed(str(refusal), where="device") from None


def _kept(
    bench: Bench,
    key: TokenKey,
    call: CreateTokenKey | AdoptTokenKey,
    *,
    origin: str,
    act: str,
    by: dict[str, Any],
) -> TokenKeyView:
    keep_record(
        bench, key, domain=call.domain, label=call.label, origin=origin,
        expires_ms=call.expires_ms, uses_max=call.uses_max, act=act, by=by,
    )  # fmt: skip
    return _view(bench, key)


def _view(bench: Bench, key: TokenKey) -> TokenKeyView:
    known, handle = key.attributes, handle_of(key.id)
    view = TokenKeyView(
        key=key.id, usage=known.usage, algorithm=known.algorithm, mode=known.mode, label=key.label
    )
    if handle not in bench.journal.known:
        return view
    record = bench.record(handle)
    view.handle, view.state = record.id, record.state
    view.expires_ms, view.uses_max = record.expires_ms, record.uses_max
    view.uses_reserved = bench.journal.uses.get(record.id, 0)
    return view
