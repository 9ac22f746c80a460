"""Key pairs and certificates: make a pair, show its certificate, ask for one, take in another's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from tallystick.crypto.key_blocks import (
    OURS,
    Exportability,
    KeyAction,
    KeyAlgorithm,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import LifeState
from tallystick.crypto.mechanisms import (
    Purpose,
    Subject,
    X509Certificate,
    X509Refused,
    check_authority,
    make_request,
)
from tallystick.crypto.payment.approving import ManagementCall, demand_approved
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.calls import Answer, Call, Handle, Instant, Text
from tallystick.crypto.payment.exchanging import (
    AUTHORITY,
    PURPOSES,
    attributes_of,
    authority,
    certificate_of,
    hold,
    keep_public,
    make_pair,
    pair_of,
    read_certificate,
)
from tallystick.crypto.payment.key_calls import KeyView, view
from tallystick.crypto.payment.refusals import CallMalformed, KeyUnusable

Domain = Annotated[str, msgspec.Meta(pattern="^(test|production)$")]
CertificateOctets = Annotated[bytes, msgspec.Meta(min_length=1, max_length=16 * 1024)]
"""One certificate, DER or PEM."""
_Part = Annotated[str, msgspec.Meta(max_length=64)]
_NO_AGREED = frozenset({KeyUsage.KEY_TRANSPORT, KeyUsage.KEY_AGREEMENT, KeyUsage.SIGNATURE})


class CreateKeyPair(ManagementCall, tag="create-key-pair", kw_only=True):
    """Make an RSA or elliptic-curve pair inside of the module.

    `derives` is the one usage of keys that are agreed under a pair of usage K3; others have none.
    Refuses: CallMalformed for what does not go together, ApprovalMissing.
    """

    usage: KeyUsage
    algorithm: KeyAlgorithm
    mode: KeyMode
    domain: Domain = "test"
    label: _Part = ""
    active: bool = True
    expires_ms: Instant | None = None
    uses_max: Instant | None = None
    derives: KeyUsage | None = None


class ReadCertificate(Call, tag="read-certificate"):
    """The certificate of a pair, or the one that a public key came with."""

    key: Handle


class MakeRequest(Call, tag="make-request", kw_only=True):
    """A request for a certificate, signed by the pair (PKCS #10)."""

    key: Handle
    common_name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    organisation: _Part = ""
    unit: _Part = ""
    city: _Part = ""
    province: _Part = ""
    country: Annotated[str, msgspec.Meta(pattern="^([A-Z]{2})?$")] = ""
    email: Annotated[str, msgspec.Meta(max_length=128)] = ""


class ImportCertificate(ManagementCall, tag="import-certificate", kw_only=True):
    """Take in somebody else's public key with its certificate.

    Without `issuer` it is a root, which must be its own issuer and sign only (S0, V). With one it
    must hang from that root or authority, and be for the usage.
    Refuses: CallMalformed, KeyUnusable, ApprovalMissing.
    """

    certificate: CertificateOctets
    usage: KeyUsage = KeyUsage.SIGNATURE
    mode: KeyMode = KeyMode.VERIFY
    issuer: Annotated[str, msgspec.Meta(pattern="^([a-z2-7]{24})?$")] = ""
    domain: Domain = "test"
    label: Text = ""


class Certificates(Answer, tag="certificates"):
    """A certificate in DER, and those above it, its issuer first."""

    certificate: bytes
    chain: list[bytes]


class Request(Answer, tag="request"):
    """A request for a certificate, DER."""

    request: bytes


def create_key_pair(bench: Bench, call: CreateKeyPair) -> KeyView:
    attributes = attributes_of(call.usage, call.algorithm, call.mode, Exportability.NOT_EXPORTABLE)
    if call.algorithm.is_symmetric:
        raise CallMalformed("not the algorithm of a pair", where="algorithm")
    if call.mode not in _PAIR_MODES[call.usage]:
        raise CallMalformed("not what a pair is for", where="mode")
    agreeing = call.usage is KeyUsage.KEY_AGREEMENT
    if agreeing != (call.derives is not None):
        raise CallMalformed("a pair that agrees on keys names their one usage", where="derives")
    if call.derives is not None and call.derives in OURS | _NO_AGREED:
        raise CallMalformed("no key of this usage is agreed on", where="derives")
    by = demand_approved(bench, call, act="create", domain=call.domain)
    record = make_pair(
        bench,
        attributes,
        domain=call.domain,
        label=call.label,
        active=call.active,
        expires_ms=call.expires_ms,
        uses_max=call.uses_max,
        pinned={} if call.derives is None else {"derives": str(call.derives)},
        by=by,
    )
    return view(bench, record)


def read_key_certificate(bench: Bench, call: ReadCertificate) -> Certificates:
    record = bench.record(call.key)
    chain: list[bytes] = []
    if record.kind == "pair" and record.pinned.get("role") != AUTHORITY:
        chain = [authority(bench, record.domain).certificate.der]
    above = record.pinned.get("issuer", "")
    while above:
        issuer = bench.record(above)
        chain.append(certificate_of(issuer).der)
        above = issuer.pinned.get("issuer", "")
    return Certificates(certificate=certificate_of(record).der, chain=chain)


def make_certificate_request(bench: Bench, call: MakeRequest) -> Request:
    """Proof of possession is a signature; a pair that never signs makes this one and no other."""
    record = bench.record(call.key)
    if record.state is not LifeState.ACTIVE or record.kind != "pair":
        raise KeyUnusable("the key cannot ask for a certificate", where="key", reason="state")
    if record.pinned.get("role"):
        raise KeyUnusable("the key is for another purpose", where="key", reason="role")
    usage = record.attributes.usage
    pair = pair_of(bench.key(call.key, usages={usage}, action=_ACTIONS[usage]))
    subject = Subject(
        common_name=call.common_name,
        organisation=call.organisation,
        unit=call.unit,
        city=call.city,
        province=call.province,
        country=call.country,
        email=call.email,
    )
    try:
        return Request(request=make_request(pair, subject))
    except X509Refused as refusal:
        raise CallMalformed(str(refusal), where="common_name") from None


def import_certificate(bench: Bench, call: ImportCertificate) -> KeyView:
    certificate = read_certificate(call.certificate, where="certificate")
    algorithm = KeyAlgorithm(certificate.public.algorithm)
    attributes = attributes_of(call.usage, algorithm, call.mode, Exportability.EXPORTABLE)
    if call.mode not in _PUBLIC_MODES[call.usage]:
        raise CallMalformed("not what a public key is for", where="mode")
    if call.issuer:
        purpose = Purpose.AUTHORITY if certificate.is_authority else PURPOSES[call.usage]
        hold(
            bench,
            call.certificate,
            by=call.issuer,
            purpose=purpose,
            domain=call.domain,
            where="certificate",
        )
    else:
        _demand_root(bench, certificate, call.usage)
    by = demand_approved(bench, call, act="import", domain=call.domain)
    record = keep_public(
        bench,
        certificate,
        attributes,
        domain=call.domain,
        label=call.label,
        issuer=call.issuer,
        by=by,
    )
    return view(bench, record)


def _demand_root(bench: Bench, certificate: X509Certificate, usage: KeyUsage) -> None:
    if usage is not KeyUsage.SIGNATURE:
        raise CallMalformed("a root signs and does nothing else", where="usage")
    try:
        check_authority(certificate, at_ms=bench.clock.now_ms())
    except X509Refused as refusal:
        raise CallMalformed(str(refusal), where="certificate") from None


_CIPHERING = {KeyMode.BOTH, KeyMode.DECRYPT, KeyMode.ANY}
_ENCIPHERING = {KeyMode.BOTH, KeyMode.ENCRYPT, KeyMode.ANY}
_AGREEING = {KeyMode.DERIVE, KeyMode.ANY}
_PAIR_MODES: Mapping[KeyUsage, set[KeyMode]] = {
    KeyUsage.SIGNATURE: {KeyMode.SIGN, KeyMode.ANY},
    KeyUsage.KEY_TRANSPORT: _CIPHERING,
    KeyUsage.ASYMMETRIC_DATA_ENCRYPTION: _CIPHERING,
    KeyUsage.KEY_AGREEMENT: _AGREEING,
}
_PUBLIC_MODES: Mapping[KeyUsage, set[KeyMode]] = {
    KeyUsage.SIGNATURE: {KeyMode.VERIFY, KeyMode.ANY},
    KeyUsage.KEY_TRANSPORT: _ENCIPHERING,
    KeyUsage.ASYMMETRIC_DATA_ENCRYPTION: _ENCIPHERING,
    KeyUsage.KEY_AGREEMENT: _AGREEING,
}
_ACTIONS: Mapping[KeyUsage, KeyAction] = {
    KeyUsage.SIGNATURE: KeyAction.SIGN,
    KeyUsage.KEY_TRANSPORT: KeyAction.UNWRAP,
    KeyUsage.ASYMMETRIC_DATA_ENCRYPTION: KeyAction.DECRYPT,
    KeyUsage.KEY_AGREEMENT: KeyAction.DERIVE,
}
