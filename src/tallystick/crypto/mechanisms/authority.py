"""A small authority of X.509: what it issues, what it revokes, and requests for certificates."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from tallystick.crypto.mechanisms.key_pairs import KeyPair, PublicHalf
from tallystick.crypto.mechanisms.refusals import X509Refused
from tallystick.crypto.mechanisms.x509 import Purpose, X509Certificate

_SIGNED_WITH = hashes.SHA256()
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose certificate it shall be; what is empty is left out."""

    common_name: str
    organisation: str = ""
    unit: str = ""
    city: str = ""
    province: str = ""
    country: str = ""
    email: str = ""


def make_request(pair: KeyPair, subject: Subject) -> bytes:
    """A certificate signing request in DER for a pair, signed by it (RFC 2986).

    Refuses: X509Refused for a name that X.509 cannot hold.
    """
    builder = x509.CertificateSigningRequestBuilder(_name(subject))
    return builder.sign(pair.native, _SIGNED_WITH).public_bytes(Encoding.DER)


class LocalAuthority:
    """A root of our own that issues certificates for the pairs of one crypto module, and tests."""

    __slots__ = ("_pair", "certificate")

    def __init__(self, pair: KeyPair, certificate: X509Certificate) -> None:
        if pair.public != certificate.public:
            raise X509Refused("the certificate is not that of the key")
        self._pair = pair
        self.certificate = certificate

    @classmethod
    def create(
        cls, *, common_name: str, at_ms: int, days: int, algorithm: str = "ECC_NIST_P384"
    ) -> LocalAuthority:
        """A fresh root, valid from a day before the instant (clocks differ) for some days."""
        pair = KeyPair.generate(algorithm)
        builder = _builder(
            pair.public,
            _name(Subject(common_name=common_name)),
            _name(Subject(common_name=common_name)),
            at_ms,
            days,
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), True)
        builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), True)
        return cls(pair, _signed(builder, pair))

    @property
    def pair(self) -> KeyPair:
        return self._pair

    def issue(
        self, public: PublicHalf, *, common_name: str, at_ms: int, days: int, purpose: Purpose
    ) -> X509Certificate:
        """Issue a leaf for one purpose and no other."""
        issuer = self.certificate.native.subject
        builder = _builder(public, _name(Subject(common_name=common_name)), issuer, at_ms, days)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        builder = builder.add_extension(_usage(**{purpose.value: True}), True)
        return _signed(builder, self._pair)

    def issue_authority(
        self, public: PublicHalf, *, common_name: str, at_ms: int, days: int
    ) -> X509Certificate:
        """Issue an authority below this one, which issues leaves only."""
        issuer = self.certificate.native.subject
        builder = _builder(public, _name(Subject(common_name=common_name)), issuer, at_ms, days)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), True)
        return _signed(builder, self._pair)

    def revoke(self, serials: Sequence[int], *, at_ms: int, days: int) -> bytes:
        """A revocation list in DER that names these serial numbers (RFC 5280 §5)."""
        at = _to_time(at_ms)
        builder = x509.CertificateRevocationListBuilder(self.certificate.native.subject)
        builder = builder.last_update(at).next_update(at + datetime.timedelta(days=days))
        for serial in serials:
            one = x509.RevokedCertificateBuilder(serial, at)
            builder = builder.add_revoked_certificate(one.build())
        signed = builder.sign(self._pair.native, _SIGNED_WITH)
        return signed.public_bytes(Encoding.DER)


def _builder(
    public: PublicHalf, subject: x509.Name, issuer: x509.Name, at_ms: int, days: int
) -> x509.CertificateBuilder:
    begins = _to_time(at_ms - _DAY_MS)
    builder = x509.CertificateBuilder(issuer, subject, public.native)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(begins).not_valid_after(
        begins + datetime.timedelta(days=days + 1)
    )


def _signed(builder: x509.CertificateBuilder, pair: KeyPair) -> X509Certificate:
    native = builder.sign(pair.native, _SIGNED_WITH)
    return X509Certificate(native, native.public_bytes(Encoding.DER))


def _usage(**wanted: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: wanted.get(name, False) for name in names})


def _name(subject: Subject) -> x509.Name:
    told = (
        (x509.NameOID.COUNTRY_NAME, subject.country),
        (x509.NameOID.STATE_OR_PROVINCE_NAME, subject.province),
        (x509.NameOID.LOCALITY_NAME, subject.city),
        (x509.NameOID.ORGANIZATION_NAME, subject.organisation),
        (x509.NameOID.ORGANIZATIONAL_UNIT_NAME, subject.unit),
        (x509.NameOID.COMMON_NAME, subject.common_name),
        (x509.NameOID.EMAIL_ADDRESS, subject.email),
    )
    try:
        return x509.Name([x509.NameAttribute(kind, text) for kind, text in told if text])
    except ValueError:
        raise X509Refused("not a name for a certificate") from None


def _to_time(at_ms: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at_ms // 1000, datetime.UTC)
