"""Keys that are agreed on, or come with a request: as both planes name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.crypto.key_blocks import KeyAlgorithm
from tallystick.crypto.mechanisms import Derivation, HashName
from tallystick.crypto.payment import Agreement
from tallystick.serve.payment_crypto.certificates import certificate_octets
from tallystick.serve.payment_crypto.desk import Asked, Desk
from tallystick.serve.payment_crypto.values import only_member

_Told = Mapping[str, Any]
Carried = tuple[str, Agreement | None]
"""A key block, or empty; how a key is agreed on, or None."""


def agreement_of(desk: Desk, asked: Asked, told: _Told, *, pair: str = "") -> Agreement:
    """Who agrees on a key, and how. `pair` is the identifier of ours where `told` has none."""
    information = told.get("SharedInformation")
    if information is None:
        _, information = only_member(told["DerivationData"])
    return Agreement(
        pair=desk.named(asked, pair or told["PrivateKeyIdentifier"]),
        authority=desk.named(asked, told["CertificateAuthorityPublicKeyIdentifier"]),
        certificate=certificate_octets(told["PublicKeyCertificate"]),
        algorithm=KeyAlgorithm(told.get("DeriveKeyAlgorithm") or told["KeyAlgorithm"]),
        derivation=Derivation(told["KeyDerivationFunction"]),
        hashed=HashName(told["KeyDerivationHashAlgorithm"]),
        information=bytes.fromhex(information),
    )


def carried_key(desk: Desk, asked: Asked, member: str, *, beside: str) -> Carried:
    """The key that a request carries in a member, if it does.

    The identifier in the member `beside` names what protects the key block, or our pair.
    """
    wrapped = asked.members.get(member)
    if wrapped is None:
        return "", None
    material, told = only_member(wrapped["WrappedKeyMaterial"])
    if material == "Tr31KeyBlock":
        return str(told), None
    return "", agreement_of(desk, asked, told, pair=asked.members[beside])
