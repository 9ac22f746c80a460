"""Self-tests at the start of a module: known answers, then every key against itself.

A module whose arithmetic is wrong must not serve; any difference is a Defect and stops the start.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Protocol

from tallystick.crypto.mechanisms import (
    AgreementKey,
    KeyRefused,
    SignatureRefused,
    SigningKey,
    Undecipherable,
    concat_kdf,
    decrypt_gcm,
    ed25519_verify,
    encrypt_gcm,
    es256_verify,
    hmac_sha256,
    public_key_from_jwk,
    stretch_passphrase,
)
from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import from_base64url
from tallystick.ground.secret import Secret

_h = bytes.fromhex


def run_self_tests() -> None:
    """Compare every mechanism with published numbers. Raises: Defect, naming the mechanism."""
    for name, test in _TESTS:
        try:
            passed = test()
        except (KeyRefused, SignatureRefused, Undecipherable):
            passed = False
        if not passed:
            raise Defect(f"self-test failed: {name}; the crypto module does not start")


class Signs(Protocol):
    """An Ed25519 key, wherever it is."""

    @property
    def public(self) -> bytes: ...

    def sign(self, octets: bytes) -> bytes: ...


def run_pairwise_tests(*, agreement: Iterable[AgreementKey], signing: Iterable[Signs]) -> None:
    """Use every private key once against its public half. Raises: Defect."""
    peer = AgreementKey.generate()
    for key in agreement:
        if key.agree(peer.public) != peer.agree(key.public):
            raise Defect("self-test failed: an agreement key does not match its public key")
    for signer in signing:
        try:
            ed25519_verify(
                signer.public, b"tallystick-self-test", signer.sign(b"tallystick-self-test")
            )
        except SignatureRefused:
            raise Defect("self-test failed: a signing key does not match its public key") from None


def _sha256() -> bool:
    # FIPS 180-4, the example "abc".
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    return hashlib.sha256(b"abc").hexdigest() == expected


def _hmac() -> bool:
    # RFC 4231 §4.3, test case 2.
    computed = hmac_sha256(Secret(b"Jefe"), b"what do ya want for nothing?")
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    return computed.hex() == expected


def _gcm() -> bool:
    # McGrew and Viega, The Galois/Counter Mode of Operation, test case 14.
    key, iv, plaintext = bytes(32), bytes(12), bytes(16)
    expected = _h("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
    sealed = encrypt_gcm(key, iv=iv, plaintext=plaintext, aad=b"")
    return sealed == expected and decrypt_gcm(key, iv=iv, ciphertext=sealed, aad=b"") == plaintext


def _gcm_refuses() -> bool:
    sealed = encrypt_gcm(bytes(32), iv=bytes(12), plaintext=b"x", aad=b"a")
    try:
        decrypt_gcm(bytes(32), iv=bytes(12), ciphertext=sealed, aad=b"b")
    except Undecipherable:
        return True
    return False


def _agreement() -> bool:
    # RFC 7518 appendix C: Alice's ephemeral key, Bob's public key, the derived key.
    alice = AgreementKey.from_secret(
        Secret(from_base64url("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"))
    )
    bob = public_key_from_jwk(
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
            "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
        }
    )
    derived = concat_kdf(alice.agree(bob), algorithm=b"A128GCM", bits=128, apu=b"Alice", apv=b"Bob")
    return derived == from_base64url("VqqN6vgjbSBcIijNcacQGg")


_A3_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
_A3_INPUT = (
    b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
    b"LmNvbS9pc19yb290Ijp0cnVlfQ"
)
_A3_SIGNATURE = (
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)


def _es256() -> bool:
    # RFC 7515 appendix A.3.
    es256_verify(
        public=public_key_from_jwk(_A3_KEY),
        octets=_A3_INPUT,
        signature=from_base64url(_A3_SIGNATURE),
    )
    return True


def _es256_refuses() -> bool:
    try:
        es256_verify(
            public=public_key_from_jwk(_A3_KEY),
            octets=_A3_INPUT + b"A",
            signature=from_base64url(_A3_SIGNATURE),
        )
    except SignatureRefused:
        return True
    return False


def _ed25519() -> bool:
    # RFC 8032 §7.1, test 2.
    seed = _h("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    expected = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    key = SigningKey.from_secret(Secret(seed))
    ed25519_verify(key.public, b"\x72", _h(expected))
    return key.public.hex() == public and key.sign(b"\x72").hex() == expected


def _ed25519_refuses() -> bool:
    key = SigningKey.from_secret(Secret(bytes(32)))
    try:
        ed25519_verify(key.public, b"b", key.sign(b"a"))
    except SignatureRefused:
        return True
    return False


def _scrypt() -> bool:
    # RFC 7914 §12, the first 32 octets of the first vector.
    stretched = stretch_passphrase(Secret(b""), salt=b"", n=16, r=1, p=1)
    expected = "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
    return stretched.hex() == expected


_TESTS: tuple[tuple[str, Callable[[], bool]], ...] = (
    ("SHA-256", _sha256),
    ("HMAC-SHA-256", _hmac),
    ("A256GCM", _gcm),
    ("A256GCM refusal", _gcm_refuses),
    ("ECDH-ES", _agreement),
    ("ES256", _es256),
    ("ES256 refusal", _es256_refuses),
    ("Ed25519", _ed25519),
    ("Ed25519 refusal", _ed25519_refuses),
    ("scrypt", _scrypt),
)
