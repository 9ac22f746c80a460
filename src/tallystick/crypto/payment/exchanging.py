"""What exchanging keys with others shares: pairs, certificates that are held to a root, taking in.

A pair has a role beside its usage, so that nothing which signs on request can sign a certificate or
a key token: `authority` issues the module's own certificates, `distribution` signs key tokens,
`transport` opens what others send; every other pair has none.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from tallystick.crypto.key_blocks import (
    OURS,
    Exportability,
    KeyAction,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import KeyId, LifeState, ManagedKey, new_key_id, state_allows
from tallystick.crypto.mechanisms import (
    CheckMethod,
    KeyPair,
    KeyRefused,
    LocalAuthority,
    PublicHalf,
    Purpose,
    X509Certificate,
    X509Refused,
    check_chain,
)
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.key_calls import KeyView, view
from tallystick.crypto.payment.making import demand_known, keep_new, symmetric_check_value
from tallystick.crypto.payment.refusals import (
    ApprovalMissing,
    CallMalformed,
    CiphertextRefused,
    KeyUnusable,
)
from tallystick.ground.clock import DAY_MS

AUTHORITY, DISTRIBUTION, TRANSPORT = "authority", "distribution", "transport"
CERTIFICATE_OCTETS_MAX = 3000
"""A certificate is kept with its key, in base64, within what a record holds."""
_AUTHORITY_DAYS = 3650
_ABOVE_MAX = 4
PURPOSES: Mapping[KeyUsage, Purpose] = {
    KeyUsage.SIGNATURE: Purpose.SIGNATURE,
    KeyUsage.KEY_TRANSPORT: Purpose.KEY_TRANSPORT,
    KeyUsage.ASYMMETRIC_DATA_ENCRYPTION: Purpose.DATA,
    KeyUsage.KEY_AGREEMENT: Purpose.KEY_AGREEMENT,
}


def pair_of(key: OpenKey) -> KeyPair:
    """The pair of an opened key, read once. Refuses: KeyUnusable when there is no private half."""
    pair: KeyPair | None = key.memo.get("pair")
    if pair is None:
        if key.record.kind != "pair":
            raise KeyUnusable("the key has no private half", where="key", reason="kind")
        pair = key.memo["pair"] = KeyPair.from_pkcs8(key.octets)
    return pair


def public_of(key: OpenKey) -> PublicHalf:
    """The public half of an opened key, read once. Refuses: KeyUnusable for a symmetric key."""
    public: PublicHalf | None = key.memo.get("public")
    if public is None:
        if not key.record.public:
            raise KeyUnusable("the key has no public half", where="key", reason="kind")
        public = key.memo["public"] = PublicHalf.from_der(key.record.public)
    return public


def open_pair(
    bench: Bench,
    handle: str,
    *,
    usage: KeyUsage,
    action: KeyAction,
    roles: Collection[str],
    where: str,
) -> tuple[OpenKey, KeyPair]:
    """Open a pair through the gate, for one of some roles. Refuses: KeyUnusable, KeyNotFound.

    A pair whose time is over opens nothing more, unlike a symmetric key: whoever still sends under
    an old token is told so.
    """
    key = bench.key(handle, usages={usage}, action=action, where=where)
    if key.record.pinned.get("role", "") not in roles:
        raise KeyUnusable("the key is for another purpose", where=where, reason="role")
    expires_ms = key.record.expires_ms
    if expires_ms is not None and bench.clock.now_ms() >= expires_ms:
        raise KeyUnusable("the key's time is over", where=where, reason="period")
    return key, pair_of(key)


def make_pair(
    bench: Bench,
    attributes: KeyAttributes,
    *,
    domain: str,
    label: str = "",
    active: bool = True,
    expires_ms: int | None = None,
    uses_max: int | None = None,
    pinned: Mapping[str, str] | None = None,
    by: Mapping[str, object] | None = None,
) -> ManagedKey:
    """Make a pair with a certificate of the module's own authority, and keep both."""
    pair = KeyPair.generate(attributes.algorithm)
    now_ms = bench.clock.now_ms()
    issued = authority(bench, domain).issue(
        pair.public,
        common_name=label or f"{attributes.usage} {pair.public.check_value()}",
        at_ms=now_ms,
        days=max(1, (expires_ms - now_ms) // DAY_MS + 1) if expires_ms else _AUTHORITY_DAYS - 1,
        purpose=PURPOSES[attributes.usage],
    )
    record = _record(bench, attributes, pair.public, kind="pair", domain=domain, label=label)
    record = replace(
        record,
        state=LifeState.ACTIVE if active else LifeState.CREATED,
        expires_ms=expires_ms,
        uses_max=uses_max,
        pinned={"certificate": to_text(issued.der)} | dict(pinned or {}),
    )
    return keep_new(bench, record, pair.pkcs8(), act="create", more=by or {})


def keep_public(
    bench: Bench,
    certificate: X509Certificate,
    attributes: KeyAttributes,
    *,
    domain: str,
    label: str,
    issuer: str,
    by: Mapping[str, object],
) -> ManagedKey:
    """Keep the public key of somebody else's certificate, whose chain has been checked."""
    record = _record(
        bench, attributes, certificate.public, kind="public", domain=domain, label=label
    )
    pinned = {"certificate": to_text(certificate.der)} | ({"issuer": issuer} if issuer else {})
    record = replace(record, origin="imported", pinned=pinned)
    kept = keep_new(bench, record, certificate.public.der(), act="import", more=by)
    if attributes.usage is KeyUsage.KEY_AGREEMENT:
        name = peer_setting(certificate, domain)
        bench.set(name, kept.id.encode("ascii"), act="peer", more={"key": kept.id})
    return kept


def authority(bench: Bench, domain: str) -> LocalAuthority:
    """The module's own authority for a domain; made when it is first asked for."""
    setting = f"authority.{domain}"
    handle = bench.journal.settings.get(setting)
    if handle is not None:
        key, pair = open_pair(
            bench,
            handle.decode("ascii"),
            usage=KeyUsage.SIGNATURE,
            action=KeyAction.SIGN,
            roles={AUTHORITY},
            where="authority",
        )
        return LocalAuthority(pair, certificate_of(key.record))
    made = LocalAuthority.create(
        common_name=f"Crypto module {bench.master.fingerprint[:16]} {domain}",
        at_ms=bench.clock.now_ms(),
        days=_AUTHORITY_DAYS,
        algorithm=KeyAlgorithm.RSA_3072,
    )
    attributes = KeyAttributes(
        usage=KeyUsage.SIGNATURE,
        algorithm=KeyAlgorithm.RSA_3072,
        mode=KeyMode.SIGN,
        exportability=Exportability.NOT_EXPORTABLE,
    )
    record = _record(
        bench, attributes, made.pair.public, kind="pair", domain=domain, label="authority"
    )
    pinned = {"role": AUTHORITY, "certificate": to_text(made.certificate.der)}
    kept = bench.keep(replace(record, pinned=pinned), made.pair.pkcs8(), act="create")
    bench.set(setting, kept.id.encode("ascii"), act="authority", more={"key": kept.id})
    return made


def certificate_of(record: ManagedKey) -> X509Certificate:
    """The certificate that is kept with a key. Refuses: KeyUnusable when there is none."""
    text = record.pinned.get("certificate")
    if text is None:
        raise KeyUnusable("the key has no certificate", where="key", reason="certificate")
    return X509Certificate.from_der(base64.b64decode(text))


def read_certificate(octets: bytes, *, where: str) -> X509Certificate:
    """Read a stranger's certificate, DER or PEM. Refuses: CallMalformed."""
    try:
        if octets.lstrip().startswith(b"-----"):
            return X509Certificate.from_pem(octets)
        return X509Certificate.from_der(octets)
    except (X509Refused, KeyRefused) as refusal:
        raise CallMalformed(str(refusal), where=where) from None


def peer_setting(certificate: X509Certificate, domain: str) -> str:
    """The setting that names the key which a certificate for agreement was taken in as."""
    return f"peer.{domain}.{hashlib.sha256(certificate.der).hexdigest()}"


def demand_peer(bench: Bench, certificate: X509Certificate, *, domain: str) -> None:
    """In production a peer is one whose certificate custodians took in (ImportCertificate).

    Refuses: ApprovalMissing for another one; KeyUnusable when that key was suspended, or has ended.
    """
    if domain == "test":
        return
    handle = bench.journal.settings.get(peer_setting(certificate, domain))
    if handle is None:
        text = "custodians have not taken in the certificate of this peer"
        raise ApprovalMissing(text, where="certificate")
    bench.key(
        handle.decode("ascii"),
        usages={KeyUsage.KEY_AGREEMENT},
        action=KeyAction.DERIVE,
        where="certificate",
    )


def hold(
    bench: Bench, octets: bytes, *, by: str, purpose: Purpose, domain: str, where: str
) -> tuple[X509Certificate, X509Certificate]:
    """Read a certificate and hold it to an authority that was imported before.

    Gives:   the certificate and that of its authority.
    Refuses: CallMalformed for a certificate that does not hang from it now and for this purpose;
             KeyUnusable for an authority of the other domain, or one that may not be used.
    """
    certificate = read_certificate(octets, where=where)
    above = _above(bench, by, domain)
    try:
        check_chain(
            certificate,
            through=[] if certificate == above[-1] else above[:-1],
            root=above[-1],
            at_ms=bench.clock.now_ms(),
            purpose=purpose,
        )
    except X509Refused as refusal:
        raise CallMalformed(str(refusal), where=where) from None
    return certificate, above[0]


def take_in(
    bench: Bench,
    key: bytes,
    attributes: KeyAttributes,
    *,
    under: KeyId,
    domain: str,
    label: str,
    origin: str = "imported",
    by: Mapping[str, object],
) -> KeyView:
    """Keep a symmetric key that came from somebody else, and say what it is.

    Refuses: CallMalformed for a usage of ours, which to another may mean something else.
    """
    demand_known(attributes.usage)
    value, method = symmetric_check_value(attributes.algorithm, key)
    record = ManagedKey(
        id=new_key_id(bench.random(24)),
        revision=1,
        attributes=attributes,
        kind="symmetric",
        state=LifeState.ACTIVE,
        domain=domain,
        label=label,
        origin=origin,
        created_ms=bench.clock.now_ms(),
        check_value=value,
        check_method=method,
        under=under,
    )
    return view(bench, keep_new(bench, record, key, act="import", more=by))


def demand_openings(bench: Bench, key: OpenKey) -> None:
    """Whether a pair may open one more thing of a stranger. Refuses: BudgetSpent."""
    bench.demand_budget(_failures(key), bench.policy.key_failures_max)


def not_opened(bench: Bench, key: OpenKey, reason: str) -> CiphertextRefused:
    """Count something that did not open against the pair; gives what to raise."""
    bench.count_failures(_failures(key))
    return CiphertextRefused(reason=reason)


def exportable(bench: Bench, handle: str, *, domain: str) -> tuple[ManagedKey, bytes]:
    """A symmetric key that may leave, with its octets. Refuses: KeyNotFound, KeyUnusable."""
    record = bench.record(handle)
    attributes = record.attributes
    if record.kind != "symmetric" or attributes.usage in OURS:
        raise KeyUnusable("the key does not leave", where="key", reason="kind")
    if attributes.exportability is Exportability.NOT_EXPORTABLE:
        raise KeyUnusable("the key is not exportable", where="key", reason="exportability")
    if not state_allows(record.state, KeyAction.WRAP):
        raise KeyUnusable(f"the key is {record.state}", where="key", reason="state")
    if record.expires_ms is not None and bench.clock.now_ms() >= record.expires_ms:
        raise KeyUnusable("the key's cryptoperiod is over", where="key", reason="period")
    demand_domain(record, domain, where="key")
    return record, bench.material(record)


def demand_domain(record: ManagedKey, domain: str, *, where: str) -> None:
    """Test and production never meet. Refuses: KeyUnusable."""
    if record.domain != domain:
        raise KeyUnusable("the key is of another domain", where=where, reason="domain")


def attributes_of(
    usage: KeyUsage, algorithm: KeyAlgorithm, mode: KeyMode, exportability: Exportability
) -> KeyAttributes:
    """Attributes as a call gives them. Refuses: CallMalformed for what does not go together."""
    try:
        return KeyAttributes(
            usage=usage, algorithm=algorithm, mode=mode, exportability=exportability
        )
    except KeyRefused as error:
        raise CallMalformed(str(error), where="usage") from None


def to_text(octets: bytes) -> str:
    """A certificate as a record keeps it. Refuses: CallMalformed for one that is too long."""
    if len(octets) > CERTIFICATE_OCTETS_MAX:
        raise CallMalformed("the certificate is too long", where="certificate")
    return base64.b64encode(octets).decode("ascii")


def _failures(key: OpenKey) -> str:
    return f"opens:{key.id}"


def _above(bench: Bench, handle: str, domain: str) -> Sequence[X509Certificate]:
    """The certificates from an imported authority up to its root."""
    found: list[X509Certificate] = []
    while handle and len(found) <= _ABOVE_MAX:
        key = bench.key(
            handle, usages={KeyUsage.SIGNATURE}, action=KeyAction.VERIFY, where="authority"
        )
        demand_domain(key.record, domain, where="authority")
        if key.record.kind != "public":
            raise KeyUnusable("not an authority of somebody else", where="authority", reason="kind")
        found.append(certificate_of(key.record))
        handle = key.record.pinned.get("issuer", "")
    return found


def _record(
    bench: Bench,
    attributes: KeyAttributes,
    public: PublicHalf,
    *,
    kind: str,
    domain: str,
    label: str,
) -> ManagedKey:
    return ManagedKey(
        id=new_key_id(bench.random(24)),
        revision=1,
        attributes=attributes,
        kind=kind,
        state=LifeState.ACTIVE,
        domain=domain,
        label=label,
        origin="created",
        created_ms=bench.clock.now_ms(),
        check_value=public.check_value(),
        check_method=str(CheckMethod.SHA_1),
        public=public.der(),
    )
