"""X.509: certificates, chains at an instant, revocation lists."""

from __future__ import annotations

import base64
import binascii
import datetime
import itertools
import warnings
from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from tallystick.crypto.mechanisms.key_pairs import PublicHalf
from tallystick.crypto.mechanisms.refusals import X509Refused

CERTIFICATE_OCTETS_MAX = 16 * 1024
REVOCATION_OCTETS_MAX = 256 * 1024
CHAIN_MAX = 4
"""Certificates between a root and a leaf."""
_KNOWN_CRITICAL = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.SubjectKeyIdentifier.oid,
        x509.AuthorityKeyIdentifier.oid,
    }
)
_STRONG = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_Kind = TypeVar("_Kind", bound=x509.ExtensionType)


class Purpose(StrEnum):
    """What the key of a leaf is wanted for (RFC 5280 §4.2.1.3)."""

    SIGNATURE = "digital_signature"
    KEY_TRANSPORT = "key_encipherment"
    DATA = "data_encipherment"
    """Enciphering data. Many authorities write `digital_signature` and `key_encipherment` for every
    RSA key, so that does too; a certificate for key transport alone does not."""
    KEY_AGREEMENT = "key_agreement"
    AUTHORITY = "key_cert_sign"
    """Issuing others; the certificate must also be that of an authority."""


class X509Certificate:
    """One certificate, read whole; what it says is believed only through `check_chain`."""

    __slots__ = ("_native", "der", "public")

    def __init__(self, native: x509.Certificate, der: bytes) -> None:
        self._native = native
        self.der = der
        try:
            self.public = PublicHalf.of(native.public_key())
        except _UNREADABLE:
            raise X509Refused("the certificate was refused") from None

    @classmethod
    def from_der(cls, octets: bytes) -> X509Certificate:
        """Read one DER certificate of at most 16 KiB. Refuses: X509Refused, KeyRefused."""
        if len(octets) > CERTIFICATE_OCTETS_MAX:
            raise X509Refused("the certificate was refused")
        try:
            with _without_warnings():
                native = x509.load_der_x509_certificate(octets)
                serial = native.serial_number
                _ = native.extensions, native.issuer, native.subject
        except _UNREADABLE:
            raise X509Refused("the certificate was refused") from None
        if serial <= 0:  # what pyca/cryptography warns of
            raise X509Refused("the certificate was refused")
        if not _is_whole_octets(octets, native.signature):
            raise X509Refused("the certificate was refused")
        return cls(native, octets)

    @classmethod
    def from_pem(cls, octets: bytes) -> X509Certificate:
        """Read exactly one certificate in PEM. Refuses: X509Refused, KeyRefused."""
        return cls.from_der(_from_pem(octets, b"CERTIFICATE"))

    @property
    def native(self) -> x509.Certificate:
        """The object of pyca/cryptography; for mechanisms/ only."""
        return self._native

    @property
    def serial(self) -> int:
        return self._native.serial_number

    @property
    def issuer_der(self) -> bytes:
        """The issuer's name in DER, as CMS names a certificate with it."""
        return self._native.issuer.public_bytes()

    @property
    def subject(self) -> str:
        """The subject's name (RFC 4514), for people."""
        return self._native.subject.rfc4514_string()

    @property
    def not_before_ms(self) -> int:
        return _to_ms(self._native.not_valid_before_utc)

    @property
    def not_after_ms(self) -> int:
        return _to_ms(self._native.not_valid_after_utc)

    @property
    def is_authority(self) -> bool:
        """Whether basic constraints say that it may issue others."""
        basic = _extension(self._native, x509.BasicConstraints)
        return basic is not None and basic.ca

    def pem(self) -> str:
        return self._native.public_bytes(Encoding.PEM).decode("ascii")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, X509Certificate) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.der)

    def __repr__(self) -> str:
        return f"X509Certificate({self.subject}, serial {self.serial:x})"


def check_chain(
    leaf: X509Certificate,
    *,
    through: Sequence[X509Certificate] = (),
    root: X509Certificate,
    at_ms: int,
    purpose: Purpose,
) -> None:
    """Hold a leaf to a root that is trusted, through the certificates between, at an instant.

    Takes:   `through` from the leaf's issuer upwards, at most four; a leaf may be the root itself.
    Refuses: X509Refused, with one text: outside of validity, not issued by the next, an issuer that
             is no authority or too far down, a hash weaker than SHA-256, a critical extension that
             we do not know, a leaf whose key usage says something else.
    Source:  RFC 5280 §6.1, without policies and name constraints (critical ones are refused).
    """
    if len(through) > CHAIN_MAX:
        raise X509Refused("the certificate was refused")
    path = [leaf] if leaf == root else [leaf, *through, root]
    for certificate in path:
        _check_itself(certificate, at_ms)
    for below, (issued, issuer) in enumerate(itertools.pairwise(path)):
        _check_issued(issued, issuer, below)
    _check_purpose(leaf, purpose)


def check_authority(root: X509Certificate, *, at_ms: int) -> None:
    """Whether a certificate may stand as a root: its own issuer, an authority, valid now.

    Refuses: X509Refused.
    """
    _check_itself(root, at_ms)
    _check_issued(root, root, 0)


def check_not_revoked(
    certificate: X509Certificate, *, crl: bytes, issuer: X509Certificate, at_ms: int
) -> None:
    """Refuse a certificate that its issuer's list names, and a list that is not the issuer's.

    Takes:   crl in DER, at most 256 KiB, in force at the instant.
    Refuses: X509Refused.
    Source:  RFC 5280 §5 and §6.3, complete lists only.
    """
    revoked = read_revocations(crl, issuer=issuer, at_ms=at_ms)
    if certificate.issuer_der != issuer.native.subject.public_bytes():
        raise X509Refused("the certificate was refused")
    if revoked.get_revoked_certificate_by_serial_number(certificate.serial) is not None:
        raise X509Refused("the certificate was refused")


def read_revocations(
    crl: bytes, *, issuer: X509Certificate, at_ms: int
) -> x509.CertificateRevocationList:
    """Read a revocation list and hold it to its issuer. Refuses: X509Refused."""
    if len(crl) > REVOCATION_OCTETS_MAX:
        raise X509Refused("the revocation list was refused")
    try:
        with _without_warnings():
            listed = x509.load_der_x509_crl(crl)
            known = all(not extension.critical for extension in listed.extensions)
            issued = listed.issuer == issuer.native.subject
        signed = issued and known and listed.is_signature_valid(issuer.public.native)
        whole = _is_whole_octets(crl, listed.signature)
        strong = isinstance(listed.signature_hash_algorithm, _STRONG)
        usage = _extension(issuer.native, x509.KeyUsage)
        may = usage is None or usage.crl_sign
        begins, ends = listed.last_update_utc, listed.next_update_utc
    except _UNREADABLE:
        raise X509Refused("the revocation list was refused") from None
    if (
        not (signed and whole and strong and may)
        or ends is None
        or not _to_ms(begins) <= at_ms <= _to_ms(ends)
    ):
        raise X509Refused("the revocation list was refused")
    return listed


def _check_itself(certificate: X509Certificate, at_ms: int) -> None:
    native = certificate.native
    known = all(e.oid in _KNOWN_CRITICAL for e in native.extensions if e.critical)
    valid = certificate.not_before_ms <= at_ms <= certificate.not_after_ms
    if not (known and valid and _is_strong(native)):
        raise X509Refused("the certificate was refused")


def _is_whole_octets(der: bytes, signature: bytes) -> bool:
    """Whether the signature, which ends the octets, is a bit string without unused bits.

    The count of unused bits stands before it and is not signed. The library reads over it where the
    last bits are zero, so one certificate would have several encodings, each with its own digest.
    """
    return der[-len(signature) - 1] == 0


def _is_strong(native: x509.Certificate) -> bool:
    try:
        return isinstance(native.signature_hash_algorithm, _STRONG)
    except UnsupportedAlgorithm:
        return False


def _check_issued(issued: X509Certificate, issuer: X509Certificate, below: int) -> None:
    """`below` is how many certificates of authorities stand between this issuer and the leaf."""
    basic = _extension(issuer.native, x509.BasicConstraints)
    if basic is None or not basic.ca:
        raise X509Refused("the certificate was refused")
    if basic.path_length is not None and below > basic.path_length:
        raise X509Refused("the certificate was refused")
    usage = _extension(issuer.native, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        raise X509Refused("the certificate was refused")
    try:
        issued.native.verify_directly_issued_by(issuer.native)
    except (*_UNREADABLE, InvalidSignature):
        raise X509Refused("the certificate was refused") from None


def _check_purpose(leaf: X509Certificate, purpose: Purpose) -> None:
    """A leaf without key usage may be for anything (RFC 5280 §4.2.1.3); many HSMs issue such."""
    usage = _extension(leaf.native, x509.KeyUsage)
    if purpose is Purpose.AUTHORITY and not leaf.is_authority:
        raise X509Refused("the certificate was refused")
    if usage is None or getattr(usage, purpose.value):
        return
    if purpose is Purpose.DATA and usage.key_encipherment and usage.digital_signature:
        return
    raise X509Refused("the certificate was refused")


def _extension(native: x509.Certificate, kind: type[_Kind]) -> _Kind | None:
    try:
        return native.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _from_pem(octets: bytes, label: bytes) -> bytes:
    begin, end = b"-----BEGIN " + label + b"-----", b"-----END " + label + b"-----"
    text = octets.strip()
    if len(text) > 2 * CERTIFICATE_OCTETS_MAX or text.count(b"-----BEGIN") != 1:
        raise X509Refused("the certificate was refused")
    if not (text.startswith(begin) and text.endswith(end)):
        raise X509Refused("the certificate was refused")
    body = b"".join(text[len(begin) : -len(end)].split())
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise X509Refused("the certificate was refused") from None


def _without_warnings() -> warnings.catch_warnings[None]:
    """What pyca/cryptography says of strangers' names and serial numbers is theirs to mend.

    A name of another length than X.520 allows is compared octet for octet like any other.
    """
    return warnings.catch_warnings(action="ignore")


def _to_ms(instant: datetime.datetime) -> int:
    return int(instant.timestamp()) * 1000
