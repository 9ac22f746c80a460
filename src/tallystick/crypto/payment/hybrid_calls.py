"""Keys that travel past a quantum computer: hybrid pairs, the other side's public keys, transports.

A recipient draws a nonce first and takes one key for it; nothing else makes a transport fresh.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import msgspec

from tallystick.crypto.key_blocks import (
    Exportability,
    HybridSigner,
    HybridVerifier,
    KeyAction,
    KeyAlgorithm,
    KeyMode,
    KeyTokenRefused,
    KeyUsage,
    make_transport,
    open_transport,
)
from tallystick.crypto.keys import LifeState, ManagedKey, new_key_id
from tallystick.crypto.mechanisms import (
    CheckMethod,
    HybridKeyPair,
    HybridPublicKey,
    HybridSuite,
    KeyRefused,
    public_check_value,
)
from tallystick.crypto.payment.approving import ManagementCall, demand_approved
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Handle, Instant, Text
from tallystick.crypto.payment.certificate_calls import Domain
from tallystick.crypto.payment.exchange_calls import ExportedKey
from tallystick.crypto.payment.exchanging import (
    attributes_of,
    demand_domain,
    demand_openings,
    exportable,
    not_opened,
    take_in,
)
from tallystick.crypto.payment.key_calls import KeyView, view
from tallystick.crypto.payment.making import keep_new
from tallystick.crypto.payment.nonces import NONCE_OCTETS, demand_drawn, spend_nonce
from tallystick.crypto.payment.refusals import (
    CallMalformed,
    KeyUnusable,
)

HYBRID = "hybrid"
"""The role of these keys: none signs on request, opens a cryptogram or has a certificate."""
_Hybrid = Literal["MLKEM768-X25519", "MLKEM1024-P384", "ML-DSA-65-P384"]
_Nonce = Annotated[bytes, msgspec.Meta(min_length=NONCE_OCTETS, max_length=NONCE_OCTETS)]
_Transport = Annotated[bytes, msgspec.Meta(min_length=1, max_length=16 * 1024)]


class CreateHybridPair(ManagementCall, tag="create-hybrid-pair", kw_only=True):
    """Make a pair that receives keys (ML-KEM with a curve) or signs those that leave (ML-DSA-65
    with P-384). Its public half is in `public` of the answer."""

    algorithm: _Hybrid = "MLKEM768-X25519"
    domain: Domain = "test"
    label: Text = ""
    expires_ms: Instant | None = None


class ImportHybridParty(ManagementCall, tag="import-hybrid-party", kw_only=True):
    """Take in the public half of another module's pair. Whose it is, two people have made sure of:
    no certificate says so. Refuses: CallMalformed for anything but a key of the algorithm."""

    algorithm: _Hybrid
    public: Annotated[bytes, msgspec.Meta(min_length=1, max_length=4096)]
    domain: Domain = "test"
    label: Text = ""


class ExportHybrid(ManagementCall, tag="export-hybrid", kw_only=True):
    """Put a key into a hybrid transport. Refuses: KeyUnusable, CallMalformed for a key that is
    stronger than the suite."""

    key: Handle
    signer: Handle
    recipient: Handle
    nonce: _Nonce


class ImportHybrid(ManagementCall, tag="import-hybrid", kw_only=True):
    """Take a key out of a hybrid transport, for a nonce that was drawn here.

    Refuses: CiphertextRefused with one text for whatever is wrong; Conflict for another nonce.
    """

    block: _Transport
    recipient: Handle
    signer: Handle
    nonce: _Nonce
    label: Text = ""


def create_hybrid_pair(bench: Bench, call: CreateHybridPair) -> KeyView:
    algorithm = KeyAlgorithm(call.algorithm)
    by = demand_approved(bench, call, act="create", domain=call.domain)
    if algorithm is KeyAlgorithm.HYBRID_SIGNATURE:
        signer = HybridSigner.generate()
        secret, public, mode = signer.secret(), signer.verifier().octets(), KeyMode.SIGN
    else:
        pair = HybridKeyPair.generate(HybridSuite(call.algorithm))
        secret, public, mode = pair.secret(), pair.public.octets, KeyMode.DECRYPT
    record = _record(bench, algorithm, mode, public, "pair", call.domain, call.label)
    record = replace(record, expires_ms=call.expires_ms)
    return view(bench, keep_new(bench, record, secret, act="create", more=by))


def import_hybrid_party(bench: Bench, call: ImportHybridParty) -> KeyView:
    algorithm = KeyAlgorithm(call.algorithm)
    try:
        if algorithm is KeyAlgorithm.HYBRID_SIGNATURE:
            mode, public = KeyMode.VERIFY, HybridVerifier.read(call.public).octets()
        else:
            suite = HybridSuite(call.algorithm)
            mode, public = KeyMode.ENCRYPT, HybridPublicKey.read(suite, call.public).octets
    except KeyRefused as refusal:
        raise CallMalformed(str(refusal), where="public") from None
    by = demand_approved(bench, call, act="import", domain=call.domain)
    record = _record(bench, algorithm, mode, public, "public", call.domain, call.label)
    return view(bench, keep_new(bench, record, public, act="import", more=by))


def export_hybrid(bench: Bench, call: ExportHybrid) -> ExportedKey:
    signing = _open(bench, call.signer, KeyUsage.SIGNATURE, KeyAction.SIGN, "pair", "signer")
    domain = signing.record.domain
    to = _open(bench, call.recipient, KeyUsage.KEY_TRANSPORT, KeyAction.WRAP, "public", "recipient")
    demand_domain(to.record, domain, where="recipient")
    record, octets = exportable(bench, call.key, domain=domain)
    suite = HybridSuite(to.record.attributes.algorithm)
    try:
        block = make_transport(
            octets,
            record.attributes,
            recipient=HybridPublicKey.read(suite, to.record.public),
            signer=HybridSigner.from_secret(signing.octets),
            nonce=call.nonce,
        )
    except KeyTokenRefused as refusal:
        raise CallMalformed("the key cannot go this way", where=refusal.reason) from None
    by = demand_approved(bench, call, act="export", domain=domain)
    bench.note("export", record, by | {"to": to.id, "form": HYBRID})
    return ExportedKey(
        block=block, check_value=record.check_value, check_method=record.check_method
    )


def import_hybrid(bench: Bench, call: ImportHybrid) -> KeyView:
    own = _open(
        bench, call.recipient, KeyUsage.KEY_TRANSPORT, KeyAction.UNWRAP, "pair", "recipient"
    )
    demand_openings(bench, own)
    domain = own.record.domain
    signer = _open(bench, call.signer, KeyUsage.SIGNATURE, KeyAction.VERIFY, "public", "signer")
    demand_domain(signer.record, domain, where="signer")
    demand_drawn(bench, call.nonce)
    suite = HybridSuite(own.record.attributes.algorithm)
    try:
        key, attributes = open_transport(
            call.block,
            recipient=HybridKeyPair(suite, own.octets),
            signer=HybridVerifier.read(signer.record.public),
            nonce=call.nonce,
        )
    except KeyTokenRefused as refusal:
        raise not_opened(bench, own, refusal.reason) from None
    by = demand_approved(bench, call, act="import", domain=domain)
    spend_nonce(bench, call.nonce)
    return take_in(
        bench,
        key,
        attributes,
        under=own.id,
        domain=domain,
        label=call.label,
        by=by | {"form": HYBRID, "from": signer.id},
    )


def _open(
    bench: Bench, handle: str, usage: KeyUsage, action: KeyAction, kind: str, where: str
) -> OpenKey:
    key = bench.key(handle, usages={usage}, action=action, where=where)
    if key.record.pinned.get("role") != HYBRID or key.record.kind != kind:
        raise KeyUnusable("the key is for another purpose", where=where, reason="role")
    return key


def _record(
    bench: Bench,
    algorithm: KeyAlgorithm,
    mode: KeyMode,
    public: bytes,
    kind: str,
    domain: str,
    label: str,
) -> ManagedKey:
    signing = algorithm is KeyAlgorithm.HYBRID_SIGNATURE
    usage = KeyUsage.SIGNATURE if signing else KeyUsage.KEY_TRANSPORT
    return ManagedKey(
        id=new_key_id(bench.random(24)),
        revision=1,
        attributes=attributes_of(usage, algorithm, mode, Exportability.NOT_EXPORTABLE),
        kind=kind,
        state=LifeState.ACTIVE,
        domain=domain,
        label=label,
        origin="created" if kind == "pair" else "imported",
        created_ms=bench.clock.now_ms(),
        check_value=public_check_value(public, CheckMethod.SHA_256),
        check_method=str(CheckMethod.SHA_256),
        public=public,
        pinned={"role": HYBRID},
    )
