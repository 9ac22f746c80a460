"""Key exchange: TR-34, agreed keys and the hybrid transport, beside their bare cryptography.

The yardstick is the same public-key operations done directly with pyca/cryptography, with nothing
read, checked or bound; for reading a certificate it is asn1crypto. One core, in turns.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from turns import rates

from tallystick.crypto.key_blocks import (
    Exportability,
    HybridSigner,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
    Tr34Form,
    TwoPass,
    agree_key,
    make_key_token,
    make_transport,
    open_key_token,
    open_transport,
)
from tallystick.crypto.mechanisms import (
    Derivation,
    HashName,
    HybridKeyPair,
    KeyPair,
    LatticeSigningKey,
    LocalAuthority,
    Purpose,
    SignatureScheme,
    X509Certificate,
    check_chain,
)

NOW_MS, KEY, NONCE = 1_790_000_000_000, bytes(range(16)), bytes(16)
KEK = KeyAttributes(
    usage=KeyUsage.KEY_ENCRYPTION,
    algorithm=KeyAlgorithm.AES_128,
    mode=KeyMode.BOTH,
    exportability=Exportability.EXPORTABLE,
)
OAEP = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
Work = Callable[[], object]


def rows() -> Iterator[tuple[str, float, str]]:
    """What was measured, how many a second, and a remark."""
    for name, ours, theirs, tool in (*_tokens(), *_agreements(), *_hybrids()):
        found = rates({"ours": ours, "theirs": theirs})
        yield f"{name}, {tool}", found["theirs"], "yardstick"
        yield name, found["ours"], f"{found['ours'] / found['theirs']:.2f} x {tool}"


def _tokens() -> Iterator[tuple[str, Work, Work, str]]:
    authority = LocalAuthority.create(common_name="a", at_ms=NOW_MS, days=9, algorithm="RSA_2048")
    host, device = KeyPair.generate("RSA_2048"), KeyPair.generate("RSA_3072")
    named = {
        purpose: authority.issue(
            pair.public, common_name="b", at_ms=NOW_MS, days=9, purpose=purpose
        )
        for pair, purpose in ((host, Purpose.SIGNATURE), (device, Purpose.KEY_TRANSPORT))
    }
    signer, recipient = named[Purpose.SIGNATURE], named[Purpose.KEY_TRANSPORT]

    def make() -> bytes:
        return make_key_token(
            KEY, KEK, distributor=host, certificate=signer, recipient=recipient,
            fresh=TwoPass(NONCE), form=Tr34Form.X9_2012,
        )  # fmt: skip

    token = make()

    def take() -> object:
        return open_key_token(
            token, distributor=signer, authority=authority.certificate, recipient=device,
            certificate=recipient, fresh=TwoPass(NONCE), at_ms=NOW_MS, form=Tr34Form.X9_2012,
        )  # fmt: skip

    signature = host.sign(token, scheme=SignatureScheme.RSA_PKCS1)
    wrapped = device.public.encrypt(KEY, hashed=HashName.SHA_256)
    natives: Any = (host.native, host.public.native, device.native, device.public.native)
    ours, ours_public, theirs, theirs_public = natives

    def bare_make() -> None:
        theirs_public.encrypt(KEY, OAEP)
        ours.sign(token, padding.PKCS1v15(), SHA256())

    def bare_take() -> None:
        ours_public.verify(signature, token, padding.PKCS1v15(), SHA256())
        signer.native.verify_directly_issued_by(authority.certificate.native)
        theirs.decrypt(wrapped, OAEP)

    yield "TR-34 make", make, bare_make, "bare RSA"
    yield "TR-34 open, chain checked", take, bare_take, "bare RSA"
    yield (
        "check a chain",
        lambda: check_chain(
            signer, root=authority.certificate, at_ms=NOW_MS, purpose=Purpose.SIGNATURE
        ),
        lambda: signer.native.verify_directly_issued_by(authority.certificate.native),
        "bare RSA",
    )
    parser: Any = importlib.import_module("asn1crypto.x509")
    yield (
        "read a certificate",
        lambda: X509Certificate.from_der(signer.der),
        lambda: parser.Certificate.load(signer.der).native,
        "asn1crypto",
    )


def _agreements() -> Iterator[tuple[str, Work, Work, str]]:
    for curve in ("ECC_NIST_P256", "ECC_NIST_P521"):
        pair, peer = KeyPair.generate(curve), KeyPair.generate(curve)
        native: Any = pair.native
        yield (
            f"agree on a key, {curve[-4:]}",
            lambda pair=pair, peer=peer: agree_key(  # type: ignore[misc]
                pair, peer.public, algorithm=KeyAlgorithm.AES_128,
                derivation=Derivation.NIST_SP800, hashed=HashName.SHA_256, information=b"both",
            ),
            lambda native=native, peer=peer: ConcatKDFHash(SHA256(), 16, b"both").derive(  # type: ignore[misc]
                native.exchange(ec.ECDH(), peer.public.native)
            ),
            "bare ECDH",
        )  # fmt: skip


def _hybrids() -> Iterator[tuple[str, Work, Work, str]]:
    signer = HybridSigner(
        pair=KeyPair.generate("ECC_NIST_P256"), lattice=LatticeSigningKey.generate()
    )
    pair = HybridKeyPair.generate()
    verifier = signer.verifier()

    def make() -> bytes:
        return make_transport(KEY, KEK, recipient=pair.public, signer=signer, nonce=NONCE)

    transport, sealed = make(), pair.public.seal(KEY, info=b"")
    yield (
        "hybrid transport, make (two signatures)",
        make,
        lambda: pair.public.seal(KEY, info=b""),
        "HPKE alone",
    )
    yield (
        "hybrid transport, open (two signatures)",
        lambda: open_transport(transport, recipient=pair, signer=verifier, nonce=NONCE),
        lambda: pair.open(sealed, info=b""),
        "HPKE alone",
    )


if __name__ == "__main__":
    for name, rate, remark in rows():
        print(f"{name:<52} {rate:>10,.0f} /s  {remark}")
