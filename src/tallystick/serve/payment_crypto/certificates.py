"""Control plane: key pairs, their certificates, and requests for certificates.

Certificates go over this wire as PEM in base64, once more encoded than they are.
"""

from __future__ import annotations

import base64
import binascii
import ssl
from collections.abc import Sequence
from typing import Any

from tallystick.crypto.key_blocks import KeyAlgorithm
from tallystick.crypto.payment import (
    Certificates,
    CreateKeyPair,
    ExportParameters,
    ImportParameters,
    KeyView,
    MakeRequest,
    Parameters,
    ReadCertificate,
    Request,
)
from tallystick.serve.payment_crypto.desk import Asked, Desk
from tallystick.serve.payment_crypto.errors import unfit
from tallystick.serve.payment_crypto.names import USAGES, mode_of

_AGREEING = "TR31_K3_ASYMMETRIC_KEY_FOR_KEY_AGREEMENT"
_SIGNED_WITH = "SHA256"
_SUBJECT = {
    "CommonName": "common_name",
    "Organization": "organisation",
    "OrganizationUnit": "unit",
    "City": "city",
    "StateOrProvince": "province",
    "Country": "country",
    "EmailAddress": "email",
}
IMPORT_TOKEN, EXPORT_TOKEN = "import-token-", "export-token-"
_MATERIALS = ("TR34_KEY_BLOCK", "KEY_CRYPTOGRAM")


async def create_pair(desk: Desk, asked: Asked) -> KeyView:
    """Make a key pair; see `keys.create_key`.

    Its private half never leaves, whatever the request says; the answer says so. A pair that agrees
    on keys and names no usage for them agrees on keys for PINs, as clients that do not say mean it.
    """
    members = asked.members
    wanted = members["KeyAttributes"]
    derives = members.get("DeriveKeyUsage")
    if derives is None and wanted["KeyUsage"] == _AGREEING:
        derives = "TR31_P0_PIN_ENCRYPTION_KEY"
    call = CreateKeyPair(
        usage=USAGES[wanted["KeyUsage"]],
        algorithm=KeyAlgorithm(wanted["KeyAlgorithm"]),
        mode=mode_of(wanted["KeyModesOfUse"]),
        domain=desk.domain,
        active=members.get("Enabled") is not False,
        derives=None if derives is None else USAGES[derives],
    )
    return await desk.ask(asked, call, KeyView, places={"derives": "DeriveKeyUsage"})


async def get_certificate(desk: Desk, asked: Asked) -> dict[str, Any]:
    call = ReadCertificate(key=desk.handle(asked, "KeyIdentifier"))
    found = await desk.ask(asked, call, Certificates)
    return {
        "KeyCertificate": pem_of([found.certificate]),
        "KeyCertificateChain": pem_of(found.chain or [found.certificate]),
    }


async def get_request(desk: Desk, asked: Asked) -> dict[str, Any]:
    members = asked.members
    if members["SigningAlgorithm"] != _SIGNED_WITH:
        raise unfit(f"requests are signed with {_SIGNED_WITH} here", path="SigningAlgorithm")
    subject = {_SUBJECT[name]: text for name, text in members["CertificateSubject"].items()}
    if "country" in subject:
        subject["country"] = subject["country"].upper()
    call = MakeRequest(key=desk.handle(asked, "KeyIdentifier"), **subject)
    made = await desk.ask(asked, call, Request)
    return {"CertificateSigningRequest": _encoded(_request_pem(made.request))}


async def get_import_parameters(desk: Desk, asked: Asked) -> dict[str, Any]:
    members = asked.members
    _demand_material(members["KeyMaterialType"])
    algorithm = _rsa(members["WrappingKeyAlgorithm"], "WrappingKeyAlgorithm")
    call = ImportParameters(algorithm=algorithm, domain=desk.domain)
    made = await desk.ask(asked, call, Parameters)
    return {
        "WrappingKeyCertificate": pem_of([made.certificate]),
        "WrappingKeyCertificateChain": pem_of(made.chain),
        "WrappingKeyAlgorithm": algorithm,
        "ImportToken": IMPORT_TOKEN + made.token,
        "ParametersValidUntilTimestamp": made.expires_ms / 1000,
    }


async def get_export_parameters(desk: Desk, asked: Asked) -> dict[str, Any]:
    members = asked.members
    _demand_material(members["KeyMaterialType"])
    algorithm = _rsa(members["SigningKeyAlgorithm"], "SigningKeyAlgorithm")
    call = ExportParameters(algorithm=algorithm, domain=desk.domain)
    made = await desk.ask(asked, call, Parameters)
    return {
        "SigningKeyCertificate": pem_of([made.certificate]),
        "SigningKeyCertificateChain": pem_of(made.chain),
        "SigningKeyAlgorithm": algorithm,
        "ExportToken": EXPORT_TOKEN + made.token,
        "ParametersValidUntilTimestamp": made.expires_ms / 1000,
    }


def certificate_octets(text: str) -> bytes:
    """A certificate of a request: PEM, or PEM in base64, as clients send either."""
    if text.lstrip().startswith("-----"):
        return text.encode("utf-8")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise unfit("a certificate is PEM in base64", path="Certificate") from None


def pem_of(certificates: Sequence[bytes]) -> str:
    """Certificates in DER as the service tells them."""
    return _encoded("".join(map(ssl.DER_cert_to_PEM_cert, certificates)))


def _request_pem(request: bytes) -> str:
    return ssl.DER_cert_to_PEM_cert(request).replace(" CERTIFICATE", " CERTIFICATE REQUEST")


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode("ascii")).decode("ascii")


def _demand_material(material: str) -> None:
    if material not in _MATERIALS:
        told = f"parameters are for {' and '.join(_MATERIALS)}"
        raise unfit(told, path="KeyMaterialType")


def _rsa(algorithm: str, path: str) -> Any:
    if not algorithm.startswith("RSA_"):
        raise unfit("keys are sent and signed with RSA", path=path)
    return algorithm
