"""Control plane: keys and certificates that come in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tallystick.crypto.key_blocks import KeyAlgorithm
from tallystick.crypto.keys import LifeState
from tallystick.crypto.mechanisms import HashName
from tallystick.crypto.payment import (
    Call,
    ChangeState,
    ImportAgreedBlock,
    ImportCertificate,
    ImportCryptogram,
    ImportKeyBlock,
    ImportTr34,
    KeyView,
)
from tallystick.serve.payment_crypto.agreements import agreement_of
from tallystick.serve.payment_crypto.certificates import IMPORT_TOKEN, certificate_octets
from tallystick.serve.payment_crypto.desk import Asked, Desk
from tallystick.serve.payment_crypto.errors import not_served, unfit
from tallystick.serve.payment_crypto.keys import exportability_of, keep_tags
from tallystick.serve.payment_crypto.names import USAGES, mode_of
from tallystick.serve.payment_crypto.regions import demand_here
from tallystick.serve.payment_crypto.values import octets_of, only_member

_Told = Mapping[str, Any]


async def import_key(desk: Desk, asked: Asked) -> dict[str, Any]:
    """Take a key in, whichever way it comes; one that shall not be used yet is stopped at once."""
    members = asked.members
    demand_here(desk, members.get("ReplicationRegions"))
    name, told = only_member(members["KeyMaterial"])
    view = await desk.ask(asked, _WAYS[name](desk, asked, told), KeyView)
    keep_tags(desk, view, members)
    if members.get("Enabled") is False and view.state is LifeState.ACTIVE:
        stop = ChangeState(key=view.key, to=LifeState.SUSPENDED, reason="imported so")
        view = await desk.ask(asked, stop, KeyView)
    return {"Key": desk.names.key(view)}


def token_of(desk: Desk, asked: Asked, told: _Told, prefix: str, members: tuple[str, str]) -> str:
    """The pair that a token or an identifier names. Refuses: WireRefused for neither."""
    token, key = members
    if told.get(token):  # a token is a name of the pair too, and its policy holds
        return desk.named(asked, desk.names.arn(str(told[token]).removeprefix(prefix)))
    if told.get(key):
        return desk.named(asked, told[key])
    raise unfit(f"{token} or {key} must be there", path=token)


def hash_of(spec: str | None) -> HashName:
    """The hash of RSA-OAEP; 256 bits when a request does not say."""
    return HashName((spec or "RSA_OAEP_SHA_256").removeprefix("RSA_OAEP_"))


def _root(desk: Desk, asked: Asked, told: _Told) -> Call:
    return _certificate(desk, told, issuer="")


def _trusted(desk: Desk, asked: Asked, told: _Told) -> Call:
    issuer = desk.named(asked, told["CertificateAuthorityPublicKeyIdentifier"])
    return _certificate(desk, told, issuer=issuer)


def _certificate(desk: Desk, told: _Told, *, issuer: str) -> Call:
    wanted = told["KeyAttributes"]
    if wanted["KeyClass"] != "PUBLIC_KEY":
        raise unfit("a certificate holds a PUBLIC_KEY", path="KeyAttributes.KeyClass")
    return ImportCertificate(
        certificate=certificate_octets(told["PublicKeyCertificate"]),
        usage=USAGES[wanted["KeyUsage"]],
        mode=mode_of(wanted["KeyModesOfUse"]),
        issuer=issuer,
        domain=desk.domain,
    )


def _tr31(desk: Desk, asked: Asked, told: _Told) -> Call:
    under = desk.named(asked, told["WrappingKeyIdentifier"])
    return ImportKeyBlock(under=under, block=told["WrappedKeyBlock"])


def _tr34(desk: Desk, asked: Asked, told: _Told) -> Call:
    return ImportTr34(
        block=octets_of(told["WrappedKeyBlock"], "WrappedKeyBlock"),
        token=token_of(desk, asked, told, IMPORT_TOKEN, ("ImportToken", "WrappingKeyIdentifier")),
        authority=desk.named(asked, told["CertificateAuthorityPublicKeyIdentifier"]),
        certificate=certificate_octets(told["SigningKeyCertificate"]),
        nonce=bytes.fromhex(told.get("RandomNonce", "")),
    )


def _cryptogram(desk: Desk, asked: Asked, told: _Told) -> Call:
    wanted = told["KeyAttributes"]
    return ImportCryptogram(
        cryptogram=octets_of(told["WrappedKeyCryptogram"], "WrappedKeyCryptogram"),
        token=token_of(desk, asked, told, IMPORT_TOKEN, ("ImportToken", "ImportToken")),
        hashed=hash_of(told.get("WrappingSpec")),
        usage=USAGES[wanted["KeyUsage"]],
        algorithm=KeyAlgorithm(wanted["KeyAlgorithm"]),
        mode=mode_of(wanted["KeyModesOfUse"]),
        exportability=exportability_of(told["Exportable"]),
    )


def _agreed(desk: Desk, asked: Asked, told: _Told) -> Call:
    return ImportAgreedBlock(
        agreement=agreement_of(desk, asked, told), block=told["WrappedKeyBlock"]
    )


def _as2805(desk: Desk, asked: Asked, told: _Told) -> Call:
    raise not_served("keys are not exchanged as AS 2805 has it")


_WAYS: Mapping[str, Callable[[Desk, Asked, _Told], Call]] = {
    "RootCertificatePublicKey": _root,
    "TrustedCertificatePublicKey": _trusted,
    "Tr31KeyBlock": _tr31,
    "Tr34KeyBlock": _tr34,
    "KeyCryptogram": _cryptogram,
    "DiffieHellmanTr31KeyBlock": _agreed,
    "As2805KeyCryptogram": _as2805,
}
