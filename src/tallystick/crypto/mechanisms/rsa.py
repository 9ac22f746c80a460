"""RSA signatures (RS256) and public keys as other providers send them: PEM files."""

from __future__ import annotations

from typing import NoReturn

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_public_key,
)

from tallystick.crypto.mechanisms.nist_curve import PublicKey, es256_verify
from tallystick.crypto.mechanisms.refusals import KeyRefused, SignatureRefused
from tallystick.ground.errors import Defect
from tallystick.ground.secret import Secret

RSA_BITS = 3072
"""What we make: 128 bits of strength (SP 800-57 part 1 rev. 5, table 2)."""
RSA_BITS_MIN, RSA_BITS_MAX = 2048, 8192
"""What we take from others; beyond the upper end a key is made to keep us busy."""
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


class RsaPublicKey:
    """An RSA public key of 2048 to 8192 bits. It verifies RS256 and nothing else."""

    __slots__ = ("_native",)

    def __init__(self, native: rsa.RSAPublicKey) -> None:
        if not RSA_BITS_MIN <= native.key_size <= RSA_BITS_MAX:
            raise KeyRefused(f"an RSA key has {RSA_BITS_MIN} to {RSA_BITS_MAX} bits")
        self._native = native

    def verify(self, *, octets: bytes, signature: bytes) -> None:
        """Verify RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3). Refuses: SignatureRefused."""
        try:
            self._native.verify(signature, octets, padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            raise SignatureRefused("the signature was refused") from None

    def pem(self) -> str:
        """The key as a PEM file (SubjectPublicKeyInfo)."""
        info = PublicFormat.SubjectPublicKeyInfo
        return self._native.public_bytes(Encoding.PEM, info).decode("ascii")


class RsaSigningKey:
    """An RSA private key for RS256. It signs; it has no other use."""

    __slots__ = ("_native", "public")

    def __init__(self, native: rsa.RSAPrivateKey) -> None:
        self._native = native
        self.public = RsaPublicKey(native.public_key())

    @classmethod
    def generate(cls) -> RsaSigningKey:
        """A fresh key of 3072 bits from the operating system's generator; takes a moment."""
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS))

    @classmethod
    def from_secret(cls, der: Secret) -> RsaSigningKey:
        """Read a PKCS #8 key. Refuses: KeyRefused for anything else."""
        try:
            native = load_der_private_key(der.reveal(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyRefused("not a PKCS #8 key") from None
        if not isinstance(native, rsa.RSAPrivateKey):
            raise KeyRefused("not an RSA key")
        return cls(native)

    def secret(self) -> Secret:
        """The key as PKCS #8; only for a sealed key file."""
        return Secret(self._native.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))

    def sign(self, octets: bytes) -> bytes:
        """Sign octets with RS256; the same for the same octets."""
        return self._native.sign(octets, padding.PKCS1v15(), SHA256())

    def __repr__(self) -> str:
        return "RsaSigningKey(hidden)"

    def __reduce__(self) -> NoReturn:
        raise Defect("a signing key is not serialised")


PeerKey = RsaPublicKey | PublicKey
"""What another provider may sign with: RSA (RS256) or P-256 (ES256)."""


def read_public_pem(octets: bytes) -> PeerKey:
    """Read the public key or the certificate of another provider from a PEM file.

    Of a certificate only the key is taken: that the file is the other's is for the operator to
    know, who was given it.
    Refuses: KeyRefused for anything but one RSA key of 2048 to 8192 bits or one P-256 key.
    """
    try:
        if _CERTIFICATE in octets:
            native: object = x509.load_pem_x509_certificate(octets).public_key()
        else:
            native = load_pem_public_key(octets)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyRefused("not a public key in PEM") from None
    if isinstance(native, rsa.RSAPublicKey):
        return RsaPublicKey(native)
    if isinstance(native, ec.EllipticCurvePublicKey) and native.curve.name == "secp256r1":
        return PublicKey.from_native(native)
    raise KeyRefused("neither an RSA nor a P-256 key")


def verify_as(algorithm: object, *, key: PeerKey, octets: bytes, signature: bytes) -> None:
    """Verify with the one algorithm that this key is for; a header cannot choose another.

    Refuses: SignatureRefused, whatever was wrong.
    """
    if isinstance(key, RsaPublicKey) and algorithm == "RS256":
        key.verify(octets=octets, signature=signature)
    elif isinstance(key, PublicKey) and algorithm == "ES256":
        es256_verify(public=key, octets=octets, signature=signature)
    else:
        raise SignatureRefused("the signature was refused")
