"""Key pairs for exchanging keys with others: RSA of 2048, 3072 and 4096 bits, P-256, P-384, P-521.

One pair has one use, and its use is not written here: who may do what with it is decided where its
attributes are. Signatures are those of the schemes below and no others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NoReturn

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from tallystick.crypto.mechanisms.check_values import CheckMethod, public_check_value
from tallystick.crypto.mechanisms.refusals import KeyRefused, SignatureRefused, Undecipherable
from tallystick.ground.errors import Defect

NativePrivate = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
NativePublic = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

KEY_OCTETS_MAX = 4096
"""Nothing longer is read as a key: a private RSA key of 4096 bits has about 2,400 octets."""
_EXPONENT = 65537
_CURVES: Mapping[str, ec.EllipticCurve] = MappingProxyType(
    {
        "ECC_NIST_P256": ec.SECP256R1(),
        "ECC_NIST_P384": ec.SECP384R1(),
        "ECC_NIST_P521": ec.SECP521R1(),
    }
)
_CURVE_NAMES = {curve.name: name for name, curve in _CURVES.items()}
_RSA_BITS: Mapping[str, int] = MappingProxyType(
    {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}
)
_RSA_NAMES = {bits: name for name, bits in _RSA_BITS.items()}
_STRENGTHS: Mapping[str, int] = MappingProxyType(
    {
        "RSA_2048": 112,
        "RSA_3072": 128,
        "RSA_4096": 152,
        "ECC_NIST_P256": 128,
        "ECC_NIST_P384": 192,
        "ECC_NIST_P521": 256,
    }
)


class HashName(StrEnum):
    """The hashes that key exchange and signatures use."""

    SHA_256 = "SHA_256"
    SHA_384 = "SHA_384"
    SHA_512 = "SHA_512"

    @property
    def native(self) -> hashes.HashAlgorithm:
        """The hash of pyca/cryptography; for mechanisms/ only."""
        return _HASHES[self]

    @property
    def octets(self) -> int:
        """Length of a digest."""
        return _HASHES[self].digest_size


_HASHES: Mapping[str, hashes.HashAlgorithm] = MappingProxyType(
    {
        HashName.SHA_256: hashes.SHA256(),
        HashName.SHA_384: hashes.SHA384(),
        HashName.SHA_512: hashes.SHA512(),
    }
)


class SignatureScheme(StrEnum):
    """How a pair signs. ECDSA signatures are DER (r, s), as certificates and CMS have them."""

    RSA_PKCS1 = "RSASSA-PKCS1-v1_5"
    RSA_PSS = "RSASSA-PSS"
    ECDSA = "ECDSA"


class PublicHalf:
    """The public half of a pair, known to be of a kind and size that we take."""

    __slots__ = ("_native", "algorithm")

    def __init__(self, native: NativePublic) -> None:
        self._native = native
        self.algorithm = _name_of(native)

    @classmethod
    def from_der(cls, octets: bytes) -> PublicHalf:
        """Read a SubjectPublicKeyInfo (RFC 5280 §4.1). Refuses: KeyRefused."""
        if len(octets) > KEY_OCTETS_MAX:
            raise KeyRefused("not a public key")
        try:
            native = load_der_public_key(octets)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyRefused("not a public key") from None
        return cls.of(native)

    @classmethod
    def of(cls, native: object) -> PublicHalf:
        """Take over a key that pyca/cryptography has checked. Refuses: KeyRefused."""
        if not isinstance(native, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            raise KeyRefused("neither an RSA nor an elliptic-curve key")
        return cls(native)

    @property
    def native(self) -> NativePublic:
        """The key object of pyca/cryptography; for mechanisms/ only."""
        return self._native

    @property
    def strength_bits(self) -> int:
        """Security strength (SP 800-57 part 1 rev. 5, table 2)."""
        return _STRENGTHS[self.algorithm]

    def der(self) -> bytes:
        """The key as SubjectPublicKeyInfo."""
        return self._native.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def identity(self) -> bytes:
        """SHA-256 over the SubjectPublicKeyInfo, 32 octets: what makes two keys the same."""
        return hashlib.sha256(self.der()).digest()

    def check_value(self) -> str:
        """First four octets of SHA-1 over the SubjectPublicKeyInfo, as payment services show it.

        For people to compare; nothing is decided by it.
        """
        return public_check_value(self.der(), CheckMethod.SHA_1)

    def verify(
        self,
        octets: bytes,
        signature: bytes,
        *,
        scheme: SignatureScheme,
        hashed: HashName = HashName.SHA_256,
    ) -> None:
        """Verify, or raise. Refuses: SignatureRefused, whatever was wrong."""
        native, digest = self._native, hashed.native
        try:
            if isinstance(native, rsa.RSAPublicKey):
                native.verify(signature, octets, _padding(scheme, digest), digest)
            elif scheme is SignatureScheme.ECDSA:
                native.verify(signature, octets, ec.ECDSA(digest))
            else:
                raise SignatureRefused("the signature was refused")
        except InvalidSignature:
            raise SignatureRefused("the signature was refused") from None

    def encrypt(self, octets: bytes, *, hashed: HashName) -> bytes:
        """RSAES-OAEP with MGF1 of the same hash and an empty label (RFC 8017 §7.1).

        Refuses: KeyRefused when this is not an RSA key.
        """
        if not isinstance(self._native, rsa.RSAPublicKey):
            raise KeyRefused("only an RSA key takes a key cryptogram")
        return self._native.encrypt(octets, _oaep(hashed))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicHalf) and self.der() == other.der()

    def __hash__(self) -> int:
        return hash(self.der())

    def __repr__(self) -> str:
        return f"PublicHalf({self.algorithm}, {self.check_value()})"


class KeyPair:
    """A private key with its public half; it hides from `repr` and pickles."""

    __slots__ = ("_native", "public")

    def __init__(self, native: NativePrivate) -> None:
        self._native = native
        self.public = PublicHalf(native.public_key())

    @classmethod
    def generate(cls, algorithm: str) -> KeyPair:
        """A fresh pair from the operating system's generator; RSA takes a moment."""
        curve = _CURVES.get(algorithm)
        if curve is not None:
            return cls(ec.generate_private_key(curve))
        bits = _RSA_BITS.get(algorithm)
        if bits is None:
            raise KeyRefused("not a kind of key pair that we make")
        return cls(rsa.generate_private_key(public_exponent=_EXPONENT, key_size=bits))

    @classmethod
    def from_pkcs8(cls, octets: bytes) -> KeyPair:
        """Read a PKCS #8 private key (RFC 5958). Refuses: KeyRefused."""
        if len(octets) > KEY_OCTETS_MAX:
            raise KeyRefused("not a private key")
        try:
            native = load_der_private_key(octets, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyRefused("not a private key") from None
        if not isinstance(native, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise KeyRefused("neither an RSA nor an elliptic-curve key")
        return cls(native)

    @property
    def native(self) -> NativePrivate:
        """The key object of pyca/cryptography; for mechanisms/ only."""
        return self._native

    @property
    def algorithm(self) -> str:
        return self.public.algorithm

    def pkcs8(self) -> bytes:
        """The private key as PKCS #8; only to be sealed at once."""
        return self._native.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def sign(
        self, octets: bytes, *, scheme: SignatureScheme, hashed: HashName = HashName.SHA_256
    ) -> bytes:
        """Sign octets. Refuses: KeyRefused for a scheme of the other kind of key."""
        native, digest = self._native, hashed.native
        if isinstance(native, rsa.RSAPrivateKey) and scheme is not SignatureScheme.ECDSA:
            return native.sign(octets, _padding(scheme, digest), digest)
        if isinstance(native, ec.EllipticCurvePrivateKey) and scheme is SignatureScheme.ECDSA:
            return native.sign(octets, ec.ECDSA(digest))
        raise KeyRefused("this key does not sign in this way")

    def decrypt(self, octets: bytes, *, hashed: HashName) -> bytes:
        """Open RSAES-OAEP (RFC 8017 §7.1.2). Refuses: Undecipherable, whatever was wrong."""
        if not isinstance(self._native, rsa.RSAPrivateKey):
            raise Undecipherable("the ciphertext was refused")
        try:
            return self._native.decrypt(octets, _oaep(hashed))
        except ValueError:
            raise Undecipherable("the ciphertext was refused") from None

    def agree(self, peer: PublicHalf) -> bytes:
        """The shared secret Z of ECDH; always derive from it, never use it as a key.

        Refuses: KeyRefused unless both are on the same curve (SP 800-56A rev. 3 §5.7.1.2).
        """
        ours, theirs = self._native, peer.native
        if not isinstance(ours, ec.EllipticCurvePrivateKey):
            raise KeyRefused("only an elliptic-curve key agrees")
        if not isinstance(theirs, ec.EllipticCurvePublicKey) or self.algorithm != peer.algorithm:
            raise KeyRefused("not a key on our curve")
        return ours.exchange(ec.ECDH(), theirs)

    def __repr__(self) -> str:
        return f"KeyPair({self.algorithm}, hidden)"

    def __reduce__(self) -> NoReturn:
        raise Defect("a private key is not serialised")


def default_scheme(public: PublicHalf) -> SignatureScheme:
    """What certificates and key tokens are signed with: PKCS #1 v1.5 for RSA, or ECDSA."""
    return (
        SignatureScheme.RSA_PKCS1 if public.algorithm.startswith("RSA") else SignatureScheme.ECDSA
    )


def _name_of(native: NativePublic) -> str:
    if isinstance(native, rsa.RSAPublicKey):
        name = _RSA_NAMES.get(native.key_size)
        if native.public_numbers().e < _EXPONENT:
            name = None
    else:
        name = _CURVE_NAMES.get(native.curve.name)
    if name is None:
        raise KeyRefused("not a kind of key that we take")
    return name


def _padding(
    scheme: SignatureScheme, digest: hashes.HashAlgorithm
) -> padding.PKCS1v15 | padding.PSS:
    match scheme:
        case SignatureScheme.RSA_PKCS1:
            return padding.PKCS1v15()
        case SignatureScheme.RSA_PSS:
            return padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
        case _:
            raise SignatureRefused("the signature was refused")


def _oaep(hashed: HashName) -> padding.OAEP:
    digest = hashed.native
    return padding.OAEP(mgf=padding.MGF1(digest), algorithm=digest, label=None)
