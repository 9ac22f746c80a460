"""Keys in and out in key blocks of X9.143 and ISO 20038, and initial keys for devices of DUKPT."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import msgspec

from tallystick.crypto.key_blocks import (
    OURS,
    BlockVersion,
    Exportability,
    KeyAction,
    KeyAlgorithm,
    KeyAttributes,
    KeyBlockRefused,
    KeyMode,
    KeyUsage,
    OptionalBlock,
    UnwrappedKey,
    WeakerKey,
    check_value_of,
    wrap_key,
)
from tallystick.crypto.keys import LifeState, ManagedKey, new_key_id
from tallystick.crypto.mechanisms import CheckMethod, KeyRefused
from tallystick.crypto.payment.approving import ManagementCall, demand_approved
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Answer, Handle, Instant, KeyUsed, Text
from tallystick.crypto.payment.dukpt import PINNED_DEVICE, Serial
from tallystick.crypto.payment.dynamic import Block
from tallystick.crypto.payment.key_calls import KeyView, view
from tallystick.crypto.payment.making import demand_fit, is_sound, keep_new, symmetric_check_value
from tallystick.crypto.payment.protecting import (
    open_block,
    opening_key,
    protection_of,
    writing_key,
)
from tallystick.crypto.payment.refusals import CallMalformed, Conflict, KeyUnusable
from tallystick.crypto.transaction_keys import (
    AesDukpt,
    AesSerialNumber,
    SerialNumberRefused,
    TdesDukpt,
    TdesSerialNumber,
)

PINNED_PEDIGREE = "wrapping_pedigree"
"""What block WP of an imported key said: whether it was ever under a weaker key."""
_UNDERSTOOD = frozenset({"BI", "HM", "IK", "KC", "KP", "KS", "LB", "PK", "TC", "TS", "WP"})
_LEAVING = frozenset({LifeState.CREATED, LifeState.ACTIVE})
_NARROWER = {
    Exportability.SENSITIVE: frozenset(Exportability),
    Exportability.EXPORTABLE: frozenset({Exportability.EXPORTABLE, Exportability.NOT_EXPORTABLE}),
}
_CHECKED = {"KC", "KP"}


class BlockForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How a key block is written. What the header says may only be narrower than the key.

    `optional` is optional blocks by name; KC and KP with an empty text are filled in.
    """

    version: BlockVersion
    mode: KeyMode | None = None
    exportability: Exportability | None = None
    key_version: Annotated[str, msgspec.Meta(pattern="^[0-9A-Za-z]{2}$")] | None = None
    optional: Annotated[
        dict[
            Annotated[str, msgspec.Meta(pattern="^[0-9A-Z]{2}$")],
            Annotated[str, msgspec.Meta(max_length=1024)],
        ],
        msgspec.Meta(max_length=16),
    ] = msgspec.field(default_factory=dict)


class ImportKeyBlock(ManagementCall, tag="import-key-block", kw_only=True):
    """Take a key in that came in a key block under a key of this module.

    The new key is of the domain of the key that protects it. Refuses: CiphertextRefused for a block
    that does not open, CallMalformed for one that asks for what this module does not hold to,
    KeyUnusable, ApprovalMissing.
    """

    under: Handle
    block: Block
    label: Text = ""
    active: bool = True
    exportability: Exportability | None = None
    expires_ms: Instant | None = None
    uses_max: Instant | None = None


class ExportKeyBlock(ManagementCall, tag="export-key-block", kw_only=True):
    """Give a key away in a key block under another.

    Refuses: Conflict for a key that may not leave or is in no state to, CallMalformed for a header
    that is wider than the key, KeyUnusable, ApprovalMissing.
    """

    key: Handle
    under: Handle
    form: BlockForm


class ExportInitialKey(ManagementCall, tag="export-initial-key", kw_only=True):
    """Derive the initial key of one device of DUKPT and give it away in a key block.

    `serial` is the device's key serial number, whatever its counter says. Refuses: as
    ExportKeyBlock; a base derivation key need not be exportable for that.
    """

    key: Handle
    serial: Serial
    under: Handle
    form: BlockForm


class KeyBlock(Answer, tag="key-block"):
    """A key block, the check value of the key in it, and the keys that were used."""

    block: str
    check_value: str
    check_method: str
    key: KeyUsed
    under: KeyUsed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaving:
    """A key on its way out."""

    octets: bytes
    attributes: KeyAttributes
    domain: str
    optional: tuple[OptionalBlock, ...] = ()


def import_key_block(bench: Bench, call: ImportKeyBlock) -> KeyView:
    under = opening_key(bench, call.under, call.block, where="under")
    found = open_block(bench, under, call.block)
    told = {block.id: block.data for block in found.optional}
    if not told.keys() <= _UNDERSTOOD:
        raise CallMalformed("the block asks for what this module does not hold to", where="block")
    attributes = _imported(found, call.exportability)
    domain = under.record.domain
    demand_fit(bench, found.key, attributes.algorithm, domain=domain, where="block")
    by = demand_approved(bench, call, act="import", domain=domain)
    value, method = symmetric_check_value(attributes.algorithm, found.key)
    record = ManagedKey(
        id=new_key_id(bench.random(24)),
        revision=1,
        attributes=attributes,
        kind="symmetric",
        state=LifeState.ACTIVE if call.active else LifeState.CREATED,
        domain=domain,
        label=call.label or told.get("LB", "")[:256],
        origin="imported",
        created_ms=bench.clock.now_ms(),
        expires_ms=call.expires_ms,
        uses_max=call.uses_max,
        check_value=value,
        check_method=method,
        under=under.record.id,
        pinned=_pinned(told),
    )
    more = {**by, "under": under.id, "form": f"X9.143 {found.version}"}
    if not is_sound(found.key, attributes.algorithm):
        more["warning"] = "a degenerate key; production refuses it"
    return view(bench, keep_new(bench, record, found.key, act="import", more=more))


def export_key_block(bench: Bench, call: ExportKeyBlock) -> KeyBlock:
    record = bench.record(call.key)
    if record.kind != "symmetric" or record.attributes.usage in OURS:
        raise Conflict("keys of this kind do not leave in a key block", where="key")
    if record.attributes.exportability not in _NARROWER:
        raise Conflict("the key is not exportable", where="key")
    _demand_leaving(bench, record)
    if call.under == call.key:
        raise CallMalformed("no key protects itself", where="under")
    leaving = _Leaving(
        octets=bench.material(record),
        attributes=record.attributes,
        domain=record.domain,
        optional=_device_block(record),
    )
    return _give_away(bench, call, record, leaving, call.form)


def export_initial_key(bench: Bench, call: ExportInitialKey) -> KeyBlock:
    base = bench.key(
        call.key, usages={KeyUsage.BASE_DERIVATION}, action=KeyAction.DERIVE, where="key"
    )
    try:
        octets, optional = _initial(base, call.serial)
    except SerialNumberRefused as refusal:
        raise CallMalformed(str(refusal), where="serial") from None
    attributes = KeyAttributes(
        usage=KeyUsage.INITIAL_DUKPT,
        algorithm=base.record.attributes.algorithm,
        mode=KeyMode.DERIVE,
        exportability=Exportability.EXPORTABLE,
    )
    leaving = _Leaving(
        octets=octets, attributes=attributes, domain=base.record.domain, optional=(optional,)
    )
    return _give_away(bench, call, base.record, leaving, call.form)


def _give_away(
    bench: Bench,
    call: ExportKeyBlock | ExportInitialKey,
    source: ManagedKey,
    leaving: _Leaving,
    form: BlockForm,
) -> KeyBlock:
    """Wrap what leaves, once everybody who has to agree has; what is written is what was asked."""
    under = writing_key(bench, call.under, form.version, where="under")
    if under.record.domain != leaving.domain:
        raise Conflict("keys of test and production never meet", where="under")
    attributes = _narrowed(leaving.attributes, form)
    block = _wrapped(bench, under, leaving, attributes, form)
    by = demand_approved(bench, call, act="export", domain=leaving.domain)
    value, method = symmetric_check_value(attributes.algorithm, leaving.octets)
    more = {
        **by, "under": under.id, "form": f"X9.143 {form.version}",
        "usage_out": str(attributes.usage), "check_value_out": value,
    }  # fmt: skip
    bench.note("export", source, more)
    return KeyBlock(
        block=block,
        check_value=value,
        check_method=method,
        key=KeyUsed(source.id, source.check_value),
        under=under.used,
    )


def _wrapped(
    bench: Bench, under: OpenKey, leaving: _Leaving, attributes: KeyAttributes, form: BlockForm
) -> str:
    protection = protection_of(under)
    try:
        asked = [
            OptionalBlock(name, text or _filled(name, leaving, under))
            for name, text in form.optional.items()
        ]
        own = tuple(block for block in leaving.optional if block.id not in form.optional)
        return wrap_key(
            leaving.octets,
            attributes,
            protection_key=protection,
            version=form.version,
            optional=(*own, *asked),
            random=bench.random,
        )
    except KeyBlockRefused as refusal:
        text = f"no key block can be written so: {refusal.reason}"
        raise CallMalformed(text, where="form") from None
    except WeakerKey as refusal:
        raise KeyUnusable(str(refusal), where="under", reason="strength") from None


def _filled(name: str, leaving: _Leaving, under: OpenKey) -> str:
    """The data of a check value block that the caller leaves to us."""
    if name not in _CHECKED:
        return ""
    of_key = name == "KC"
    key = leaving.octets if of_key else under.octets
    algorithm = leaving.attributes.algorithm if of_key else under.record.attributes.algorithm
    method = CheckMethod.LEGACY if algorithm.letter == "T" else CheckMethod.CMAC
    if algorithm.letter == "H":
        raise KeyBlockRefused("check-value")
    return OptionalBlock.check(name, method, check_value_of(key, algorithm, method=method)).data


def _imported(found: UnwrappedKey, wanted: Exportability | None) -> KeyAttributes:
    """The attributes that the block says, with no more exportability than was asked for."""
    told = found.attributes
    if wanted is None or wanted is told.exportability:
        return told
    if wanted not in _NARROWER.get(told.exportability, frozenset()):
        raise CallMalformed("the block allows less than that", where="exportability")
    return replace(told, exportability=wanted)


def _narrowed(attributes: KeyAttributes, form: BlockForm) -> KeyAttributes:
    """What the header will say. Refuses: CallMalformed for anything wider than the key."""
    mode = form.mode or attributes.mode
    exportability = form.exportability or attributes.exportability
    if any(mode.allows(act) and not attributes.mode.allows(act) for act in KeyAction):
        raise CallMalformed("the key's mode allows less than that", where="form")
    if exportability not in _NARROWER[attributes.exportability]:
        raise CallMalformed("the key's exportability is less than that", where="form")
    try:
        return replace(
            attributes,
            mode=mode,
            exportability=exportability,
            version=form.key_version or attributes.version,
        )
    except KeyRefused as refusal:
        raise CallMalformed(str(refusal), where="form") from None


def _demand_leaving(bench: Bench, record: ManagedKey) -> None:
    if record.state not in _LEAVING:
        raise Conflict(f"the key is {record.state}", where="key")
    if record.expires_ms is not None and bench.clock.now_ms() >= record.expires_ms:
        raise Conflict("the key's cryptoperiod is over", where="key")


def _pinned(told: dict[str, str]) -> dict[str, str]:
    """What optional blocks bind to an imported key, beyond its attributes."""
    pinned = {}
    if "KS" in told:
        number = TdesSerialNumber.read_initial(bytes.fromhex(told["KS"]))
        pinned[PINNED_DEVICE] = number.device.hex()
    if "IK" in told:
        pinned[PINNED_DEVICE] = told["IK"].lower()
    if "WP" in told:
        pinned[PINNED_PEDIGREE] = told["WP"]
    return pinned


def _device_block(record: ManagedKey) -> tuple[OptionalBlock, ...]:
    """What an initial key says of its device; nothing for other keys."""
    device = bytes.fromhex(record.pinned.get(PINNED_DEVICE, ""))
    if not device or record.attributes.usage is not KeyUsage.INITIAL_DUKPT:
        return ()
    if record.attributes.algorithm.letter == "T":
        return (OptionalBlock.key_serial_number(device),)
    return (OptionalBlock.initial_key_id(device),)


def _initial(base: OpenKey, serial: bytes) -> tuple[bytes, OptionalBlock]:
    """The initial key of a device, and the block that names the device."""
    algorithm = base.record.attributes.algorithm
    if algorithm.letter == "A":
        aes = AesSerialNumber.read_initial(serial)
        octets = AesDukpt(base.octets).initial_key(aes.device)
        return octets, OptionalBlock.initial_key_id(aes.device)
    if algorithm is not KeyAlgorithm.TDES_2KEY:
        raise KeyUnusable("TDES DUKPT takes a double-length key", where="key", reason="length")
    tdes = TdesSerialNumber.read_initial(serial)
    octets = TdesDukpt(base.octets).initial_key(tdes)
    return octets, OptionalBlock.key_serial_number(tdes.device)
