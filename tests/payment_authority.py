"""A certificate authority outside of the crypto module, whose root the module takes in."""

from __future__ import annotations

import base64
import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """A certificate authority outside of the module, and what it issues."""

    def __init__(self, at_ms: int) -> None:
        self.now = datetime.datetime.fromtimestamp(at_ms / 1000, tz=datetime.UTC)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority")])
        self.pem = self.issue(self.key.public_key(), self.name, authority=True)

    def issue(self, public: Any, name: Any = None, *, authority: bool = False) -> str:
        subject = name or x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A peer")])
        day = datetime.timedelta(days=1)
        usage = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False,
        )  # fmt: skip
        if authority:
            usage |= {"key_cert_sign": True, "crl_sign": True}
        elif isinstance(public, ec.EllipticCurvePublicKey):
            usage |= {"key_agreement": True, "digital_signature": True}
        else:
            usage |= {"key_encipherment": True, "digital_signature": True}
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - day)
            .not_valid_after(self.now + 300 * day)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .sign(self.key, hashes.SHA256())
        )
        pem = made.public_bytes(serialization.Encoding.PEM)
        return base64.b64encode(pem).decode()


def trusted(control: Any, authority: Authority) -> str:
    """Take the authority's root in; gives its resource name."""
    attributes = {
        "KeyUsage": "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE", "KeyClass": "PUBLIC_KEY",
        "KeyAlgorithm": "ECC_NIST_P256", "KeyModesOfUse": {"Verify": True},
    }  # fmt: skip
    root = {"KeyAttributes": attributes, "PublicKeyCertificate": authority.pem}
    told = control.import_key(KeyMaterial={"RootCertificatePublicKey": root})["Key"]
    assert (told["KeyAttributes"]["KeyClass"], told["KeyOrigin"]) == ("PUBLIC_KEY", "EXTERNAL")
    return str(told["KeyArn"])
