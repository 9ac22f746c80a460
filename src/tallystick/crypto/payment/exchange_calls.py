"""Keys from and to others: TR-34 key tokens and key cryptograms, under pairs of 30 days.

`token` is the handle of a pair that was made for importing (it opens what is sent) or for exporting
(it signs what leaves). The same pair is given until less than a day of it is left.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

import msgspec

from tallystick.crypto.key_blocks import (
    Exportability,
    Freshness,
    KeyAction,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyTokenRefused,
    KeyUsage,
    OnePass,
    Tr34Form,
    TwoPass,
    make_cryptogram,
    make_key_token,
    open_cryptogram,
    open_key_token,
)
from tallystick.crypto.keys import TALLY, ManagedKey
from tallystick.crypto.mechanisms import HashName, Purpose
from tallystick.crypto.payment.approving import ManagementCall, demand_approved
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.calls import Answer, Call, Handle, Text
from tallystick.crypto.payment.certificate_calls import CertificateOctets, Domain
from tallystick.crypto.payment.exchanging import (
    DISTRIBUTION,
    TRANSPORT,
    attributes_of,
    authority,
    certificate_of,
    demand_domain,
    demand_openings,
    exportable,
    hold,
    make_pair,
    not_opened,
    open_pair,
    take_in,
)
from tallystick.crypto.payment.key_calls import KeyView
from tallystick.crypto.payment.nonces import demand_drawn, spend_nonce
from tallystick.crypto.payment.refusals import CallMalformed, Conflict, KeyUnusable
from tallystick.ground.clock import DAY_MS

TOKEN_DAYS = 30
_FOR_EVER_MS = 2**52
_Rsa = Literal["RSA_2048", "RSA_3072", "RSA_4096"]
_Nonce = Annotated[bytes, msgspec.Meta(max_length=16)]
_TokenOctets = Annotated[bytes, msgspec.Meta(min_length=1, max_length=32 * 1024)]


class ImportParameters(Call, tag="import-parameters"):
    """A pair to send keys to: with TR-34 tokens or cryptograms, for 30 days."""

    algorithm: _Rsa = "RSA_3072"
    domain: Domain = "test"


class ExportParameters(Call, tag="export-parameters"):
    """A pair that signs key tokens, for 30 days."""

    algorithm: _Rsa = "RSA_2048"
    domain: Domain = "test"


class ImportTr34(ManagementCall, tag="import-tr34", kw_only=True):
    """Take a key out of a TR-34 key token.

    With `nonce` (8 to 16 octets) two-pass, without it one-pass: then its time of signing lies
    within five minutes. A token is taken once.
    Refuses: CiphertextRefused with one text for whatever is wrong with the token, Conflict,
             CallMalformed for the certificate, KeyUnusable for `token` and `authority`.
    """

    block: _TokenOctets
    token: Handle
    authority: Handle
    certificate: CertificateOctets
    form: Tr34Form = Tr34Form.X9_2012
    nonce: _Nonce = b""
    label: Text = ""


class ExportTr34(ManagementCall, tag="export-tr34", kw_only=True):
    """Put a key into a TR-34 key token for the holder of a certificate.

    Refuses: KeyUnusable for a key that does not leave, CallMalformed for the certificate, or when
             it is weaker than the key.
    """

    key: Handle
    token: Handle
    authority: Handle
    certificate: CertificateOctets
    form: Tr34Form = Tr34Form.X9_2012
    nonce: _Nonce = b""


class ImportCryptogram(ManagementCall, tag="import-cryptogram", kw_only=True):
    """Take a key out of an RSA-OAEP cryptogram; what it is for is what this call says.

    A cryptogram is taken once, so that no key is here under two usages.

    Refuses: CiphertextRefused with one text, CallMalformed, KeyUnusable for `token`.
    """

    cryptogram: Annotated[bytes, msgspec.Meta(min_length=1, max_length=512)]
    token: Handle
    hashed: HashName = HashName.SHA_256
    usage: KeyUsage
    algorithm: KeyAlgorithm
    mode: KeyMode
    exportability: Exportability = Exportability.NOT_EXPORTABLE
    label: Text = ""


class ExportCryptogram(ManagementCall, tag="export-cryptogram", kw_only=True):
    """Encipher a key with RSA-OAEP for the holder of a certificate.

    Refuses: as ExportTr34; KeyUnusable for a production key that is not SENSITIVE, because its
             usage stays behind.
    """

    key: Handle
    authority: Handle
    certificate: CertificateOctets
    hashed: HashName = HashName.SHA_256


class Parameters(Answer, tag="parameters"):
    """The handle that stands for a pair, its certificate, those above it, until when."""

    token: str
    certificate: bytes
    chain: list[bytes]
    expires_ms: int


class ExportedKey(Answer, tag="exported-key"):
    """A key that left, with the check value of the key."""

    block: bytes
    check_value: str
    check_method: str


def import_parameters(bench: Bench, call: ImportParameters) -> Parameters:
    attributes = KeyAttributes(
        usage=KeyUsage.KEY_TRANSPORT,
        algorithm=KeyAlgorithm(call.algorithm),
        mode=KeyMode.DECRYPT,
        exportability=Exportability.NOT_EXPORTABLE,
    )
    return _parameters(bench, attributes, TRANSPORT, call.domain)


def export_parameters(bench: Bench, call: ExportParameters) -> Parameters:
    attributes = KeyAttributes(
        usage=KeyUsage.SIGNATURE,
        algorithm=KeyAlgorithm(call.algorithm),
        mode=KeyMode.SIGN,
        exportability=Exportability.NOT_EXPORTABLE,
    )
    return _parameters(bench, attributes, DISTRIBUTION, call.domain)


def import_tr34(bench: Bench, call: ImportTr34) -> KeyView:
    key, pair = open_pair(
        bench,
        call.token,
        usage=KeyUsage.KEY_TRANSPORT,
        action=KeyAction.UNWRAP,
        roles={TRANSPORT, ""},
        where="token",
    )
    demand_openings(bench, key)
    if bench.policy.nonces_drawn:
        demand_drawn(bench, call.nonce)
    domain = key.record.domain
    distributor, above = hold(
        bench,
        call.certificate,
        by=call.authority,
        purpose=Purpose.SIGNATURE,
        domain=domain,
        where="certificate",
    )
    try:
        opened = open_key_token(
            call.block,
            distributor=distributor,
            authority=above,
            recipient=pair,
            certificate=certificate_of(key.record),
            fresh=_fresh(bench, call.nonce),
            at_ms=bench.clock.now_ms(),
            form=call.form,
        )
    except KeyTokenRefused as refusal:
        raise not_opened(bench, key, refusal.reason) from None
    by = demand_approved(bench, call, act="import", domain=domain)
    _spend(bench, opened.digest, key.record)
    if bench.policy.nonces_drawn:
        spend_nonce(bench, call.nonce)
    return take_in(
        bench,
        opened.key,
        opened.attributes,
        under=key.id,
        domain=domain,
        label=call.label,
        by=by | {"form": str(call.form)},
    )


def export_tr34(bench: Bench, call: ExportTr34) -> ExportedKey:
    signer, pair = open_pair(
        bench,
        call.token,
        usage=KeyUsage.SIGNATURE,
        action=KeyAction.SIGN,
        roles={DISTRIBUTION},
        where="token",
    )
    domain = signer.record.domain
    record, octets = exportable(bench, call.key, domain=domain)
    recipient, _ = hold(
        bench,
        call.certificate,
        by=call.authority,
        purpose=Purpose.KEY_TRANSPORT,
        domain=domain,
        where="certificate",
    )
    try:
        block = make_key_token(
            octets,
            record.attributes,
            distributor=pair,
            certificate=certificate_of(signer.record),
            recipient=recipient,
            fresh=_fresh(bench, call.nonce),
            form=call.form,
            random=bench.random,
        )
    except KeyTokenRefused as refusal:
        raise CallMalformed("the key cannot go this way", where=refusal.reason) from None
    by = demand_approved(bench, call, act="export", domain=domain)
    bench.note("export", record, by | {"to": recipient.subject, "form": str(call.form)})
    return _exported(block, record.check_value, record.check_method)


def import_cryptogram(bench: Bench, call: ImportCryptogram) -> KeyView:
    attributes = attributes_of(call.usage, call.algorithm, call.mode, call.exportability)
    key, pair = open_pair(
        bench,
        call.token,
        usage=KeyUsage.KEY_TRANSPORT,
        action=KeyAction.UNWRAP,
        roles={TRANSPORT, ""},
        where="token",
    )
    demand_openings(bench, key)
    try:
        octets = open_cryptogram(call.cryptogram, attributes, recipient=pair, hashed=call.hashed)
    except KeyTokenRefused as refusal:
        raise not_opened(bench, key, refusal.reason) from None
    by = demand_approved(bench, call, act="import", domain=key.record.domain)
    _spend(bench, hashlib.sha256(call.cryptogram).digest(), key.record)
    return take_in(
        bench,
        octets,
        attributes,
        under=key.id,
        domain=key.record.domain,
        label=call.label,
        by=by | {"form": "cryptogram"},
    )


def export_cryptogram(bench: Bench, call: ExportCryptogram) -> ExportedKey:
    domain = bench.record(call.key).domain
    record, octets = exportable(bench, call.key, domain=domain)
    bound = record.attributes.exportability is not Exportability.SENSITIVE
    if bound and domain == "production":
        text = "the key leaves with its attributes alone"
        raise KeyUnusable(text, where="key", reason="exportability")
    recipient, _ = hold(
        bench,
        call.certificate,
        by=call.authority,
        purpose=Purpose.KEY_TRANSPORT,
        domain=domain,
        where="certificate",
    )
    try:
        block = make_cryptogram(
            octets, record.attributes, recipient=recipient.public, hashed=call.hashed
        )
    except KeyTokenRefused as refusal:
        raise CallMalformed("the key cannot go this way", where=refusal.reason) from None
    by = demand_approved(bench, call, act="export", domain=domain)
    bench.note("export", record, by | {"to": recipient.subject, "form": "cryptogram"})
    return _exported(block, record.check_value, record.check_method)


def _parameters(bench: Bench, attributes: KeyAttributes, role: str, domain: str) -> Parameters:
    setting = f"exchange.{role}.{attributes.algorithm}.{domain}"
    handle = bench.journal.settings.get(setting)
    now_ms = bench.clock.now_ms()
    record = None if handle is None else bench.record(handle.decode("ascii"))
    if record is None or (record.expires_ms or 0) < now_ms + DAY_MS or record.state != "active":
        record = make_pair(
            bench,
            attributes,
            domain=domain,
            label=role,
            expires_ms=now_ms + TOKEN_DAYS * DAY_MS,
            pinned={"role": role},
        )
        bench.set(setting, record.id.encode("ascii"), act="parameters", more={"key": record.id})
    demand_domain(record, domain, where="domain")
    return Parameters(
        token=record.id,
        certificate=certificate_of(record).der,
        chain=[authority(bench, domain).certificate.der],
        expires_ms=record.expires_ms or 0,
    )


def _fresh(bench: Bench, nonce: bytes) -> Freshness:
    if not nonce:
        return OnePass(at_ms=bench.clock.now_ms())
    try:
        return TwoPass(nonce)
    except KeyTokenRefused:
        raise CallMalformed("a nonce has 8 to 16 octets", where="nonce") from None


def _spend(bench: Bench, digest: bytes, pair: ManagedKey) -> None:
    """A key token or cryptogram is taken once, for as long as its pair could open it."""
    name = f"key-token:{digest.hex()}"
    count, until_ms = bench.journal.tallies.get(name, (0, 0))
    if count and bench.clock.now_ms() < until_ms:
        raise Conflict("this key token was taken before", where="block")
    until_ms = _FOR_EVER_MS if pair.expires_ms is None else pair.expires_ms
    bench.journal.commit(notes=[(TALLY, (name, 1, until_ms))])


def _exported(block: bytes, check_value: str, check_method: str) -> ExportedKey:
    return ExportedKey(block=block, check_value=check_value, check_method=check_method)
