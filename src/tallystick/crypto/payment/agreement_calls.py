"""Keys that are agreed with somebody else (ECDH): kept, or used at once to carry another key.

A pair of usage K3 names the one usage that keys agreed under it have, when it is made; here it is
held to that, whatever a call would like.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.crypto.key_blocks import (
    WRITTEN,
    BlockVersion,
    Exportability,
    KeyAction,
    KeyAlgorithm,
    KeyAttributes,
    KeyBlockRefused,
    KeyMode,
    KeyTokenRefused,
    KeyUsage,
    ProtectionKey,
    UnwrappedKey,
    WeakerKey,
    agree_key,
    unwrap_key,
    wrap_key,
)
from tallystick.crypto.mechanisms import Derivation, HashName, KeyRefused, Purpose
from tallystick.crypto.payment.approving import ManagementCall, demand_approved
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Answer, Call, Handle, KeyUsed, Text
from tallystick.crypto.payment.certificate_calls import CertificateOctets
from tallystick.crypto.payment.exchanging import (
    attributes_of,
    demand_domain,
    demand_openings,
    demand_peer,
    exportable,
    hold,
    not_opened,
    open_pair,
    take_in,
)
from tallystick.crypto.payment.key_calls import KeyView
from tallystick.crypto.payment.making import demand_fit, symmetric_check_value
from tallystick.crypto.payment.refusals import CallMalformed, KeyUnusable

Block = Annotated[str, msgspec.Meta(min_length=16, max_length=9999)]
_HARMLESS = frozenset({"BI", "HM", "KC", "KP", "LB", "PK", "TC", "TS"})
"""Optional blocks that ask for nothing more than the attributes do."""
PROTECTING = frozenset({KeyUsage.KEY_ENCRYPTION, KeyUsage.KEY_BLOCK_PROTECTION})


class Agreement(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """With whom and how a key is agreed: our pair, the other's certificate and its authority.

    Both sides hash `information` and name the same algorithm, derivation and hash.
    """

    pair: Handle
    authority: Handle
    certificate: CertificateOctets
    algorithm: KeyAlgorithm
    derivation: Derivation = Derivation.NIST_SP800
    hashed: HashName = HashName.SHA_256
    information: Annotated[bytes, msgspec.Meta(max_length=1024)] = b""


class AgreeKey(ManagementCall, tag="agree-key", kw_only=True):
    """Agree on a key and keep it; its usage is the one that the pair names.

    Refuses: CallMalformed, KeyUnusable, ApprovalMissing.
    """

    agreement: Agreement
    mode: KeyMode
    label: Text = ""


class ImportAgreedBlock(ManagementCall, tag="import-agreed-block", kw_only=True):
    """Take a key out of a key block that is protected by an agreed key.

    Refuses: CiphertextRefused with one text for whatever is wrong with the block.
    """

    agreement: Agreement
    block: Block
    label: Text = ""


class ExportAgreedBlock(ManagementCall, tag="export-agreed-block", kw_only=True):
    """Put a key into a key block that is protected by an agreed key: D under AES, B under TDEA."""

    key: Handle
    agreement: Agreement


class TranslateAgreedBlock(Call, tag="translate-agreed-block", kw_only=True):
    """Move a key from a block under an agreed key to one under a key of ours; it is not kept.

    Nobody approves a single call. So in the production domain the peer's certificate must be one
    that custodians took in (ImportCertificate, usage K3): they approve the peer.
    Refuses: ApprovalMissing for another peer; CiphertextRefused, CallMalformed, and KeyUnusable for
             a key that may not leave again.
    """

    agreement: Agreement
    block: Block
    under: Handle


class AgreedBlock(Answer, tag="agreed-block"):
    """A key block, the check value of the key in it, and the key that protects it."""

    block: str
    check_value: str
    check_method: str
    used: list[KeyUsed]


class Agreed:
    """A key that was agreed on: the pair that it hangs from, its usage, algorithm and octets."""

    __slots__ = ("algorithm", "octets", "pair", "usage")

    def __init__(
        self, pair: OpenKey, usage: KeyUsage, algorithm: KeyAlgorithm, octets: bytes
    ) -> None:
        self.pair, self.usage, self.algorithm, self.octets = pair, usage, algorithm, octets

    @property
    def domain(self) -> str:
        return self.pair.record.domain

    def protection(self) -> ProtectionKey:
        return ProtectionKey(self.octets, self.algorithm)

    def __repr__(self) -> str:
        return f"Agreed({self.usage}, {self.algorithm}, hidden)"


def agreed_key(
    bench: Bench,
    agreement: Agreement,
    *,
    usages: frozenset[KeyUsage],
    approved: bool = False,
) -> Agreed:
    """Agree on a key for now, of the one usage that the pair names.

    Takes:   `approved`, whether the peer of a production pair must be one that custodians took in.
    Refuses: KeyUnusable for a pair whose usage of agreed keys is not among `usages`; CallMalformed;
             ApprovalMissing for a peer that custodians did not take in.
    """
    key, pair = open_pair(
        bench,
        agreement.pair,
        usage=KeyUsage.KEY_AGREEMENT,
        action=KeyAction.DERIVE,
        roles={""},
        where="agreement",
    )
    derives = KeyUsage(key.record.pinned["derives"])
    if derives not in usages:
        raise KeyUnusable("the pair agrees on keys of another usage", where="agreement")
    peer, _ = hold(
        bench,
        agreement.certificate,
        by=agreement.authority,
        purpose=Purpose.KEY_AGREEMENT,
        domain=key.record.domain,
        where="certificate",
    )
    if approved:
        demand_peer(bench, peer, domain=key.record.domain)
    try:
        octets = agree_key(
            pair,
            peer.public,
            algorithm=agreement.algorithm,
            derivation=agreement.derivation,
            hashed=agreement.hashed,
            information=agreement.information,
        )
    except KeyTokenRefused as refusal:
        text = "no such key is agreed on between these two"
        raise CallMalformed(text, where="agreement") from refusal
    return Agreed(key, derives, agreement.algorithm, octets)


def keep_agreed(bench: Bench, call: AgreeKey) -> KeyView:
    agreed = agreed_key(bench, call.agreement, usages=frozenset(KeyUsage))
    attributes = attributes_of(
        agreed.usage, agreed.algorithm, call.mode, Exportability.NOT_EXPORTABLE
    )
    by = demand_approved(bench, call, act="create", domain=agreed.domain)
    return take_in(
        bench,
        agreed.octets,
        attributes,
        under=agreed.pair.id,
        domain=agreed.domain,
        label=call.label,
        origin="agreed",
        by=by,
    )


def import_agreed_block(bench: Bench, call: ImportAgreedBlock) -> KeyView:
    agreed = agreed_key(bench, call.agreement, usages=PROTECTING)
    unwrapped = _unwrap(bench, call.block, agreed)
    by = demand_approved(bench, call, act="import", domain=agreed.domain)
    return take_in(
        bench,
        unwrapped.key,
        unwrapped.attributes,
        under=agreed.pair.id,
        domain=agreed.domain,
        label=call.label,
        by=by | {"form": "agreed block"},
    )


def export_agreed_block(bench: Bench, call: ExportAgreedBlock) -> AgreedBlock:
    agreed = agreed_key(bench, call.agreement, usages=PROTECTING)
    record, octets = exportable(bench, call.key, domain=agreed.domain)
    block = _wrap(octets, record.attributes, agreed.protection(), bench)
    by = demand_approved(bench, call, act="export", domain=agreed.domain)
    bench.note("export", record, by | {"form": "agreed block"})
    return AgreedBlock(
        block=block,
        check_value=record.check_value,
        check_method=record.check_method,
        used=[agreed.pair.used],
    )


def translate_agreed_block(bench: Bench, call: TranslateAgreedBlock) -> AgreedBlock:
    agreed = agreed_key(bench, call.agreement, usages=PROTECTING, approved=True)
    under = bench.key(call.under, usages=PROTECTING, action=KeyAction.WRAP, where="under")
    demand_domain(under.record, agreed.domain, where="under")
    unwrapped = _unwrap(bench, call.block, agreed)
    attributes, key = unwrapped.attributes, unwrapped.key
    if attributes.exportability is Exportability.NOT_EXPORTABLE:
        raise KeyUnusable("the key is not exportable", where="block", reason="exportability")
    algorithm = under.record.attributes.algorithm
    block = _wrap(key, attributes, ProtectionKey(under.octets, algorithm), bench)
    value, method = symmetric_check_value(attributes.algorithm, key)
    used = [agreed.pair.used, under.used]
    return AgreedBlock(block=block, check_value=value, check_method=method, used=used)


def _unwrap(bench: Bench, block: str, agreed: Agreed) -> UnwrappedKey:
    demand_openings(bench, agreed.pair)
    accept = WRITTEN | {BlockVersion(version) for version in bench.policy.legacy_blocks}
    try:
        found = unwrap_key(block, protection_key=agreed.protection(), accept=accept)
    except KeyBlockRefused as refusal:
        raise not_opened(bench, agreed.pair, refusal.reason) from None
    if not {one.id for one in found.optional} <= _HARMLESS:
        raise CallMalformed("the block asks for what this module does not hold to", where="block")
    algorithm = found.attributes.algorithm
    demand_fit(bench, found.key, algorithm, domain=agreed.domain, where="block")
    return found


def _wrap(key: bytes, attributes: KeyAttributes, protection: ProtectionKey, bench: Bench) -> str:
    version = BlockVersion.D if protection.algorithm.letter == "A" else BlockVersion.B
    try:
        return wrap_key(
            key, attributes, protection_key=protection, version=version, random=bench.random
        )
    except (KeyBlockRefused, WeakerKey, KeyRefused):
        raise CallMalformed("the key cannot go this way", where="agreement") from None
