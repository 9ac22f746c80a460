"""A partner's own side: its keys and secrets are made here, and only digests leave."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tallystick.ground.canonical import digest
from tallystick.ground.identifiers import to_base64url
from tallystick.ground.secret import Secret
from tallystick.handset.keys import HandsetKeys
from tallystick.handset.store import save_state, store_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPartner:
    """Secrets for the partner alone, and the order by which the back office registers it."""

    keys: HandsetKeys
    client_secret: Secret
    api_key: Secret
    order: Mapping[str, object]


def new_partner(
    *,
    name: str,
    registered: str,
    country: str,
    document: str,
    tier: str,
    scopes: Sequence[str],
    role: str = "partner",
    jws_key: str = "",
    fsp: str = "",
) -> NewPartner:
    """Make a partner's keys and secrets; the order holds public keys and digests of secrets."""
    keys = HandsetKeys.create()
    secret, api_key = (to_base64url(secrets.token_bytes(32)) for _ in range(2))
    order = {
        "organisation": {
            "name": name,
            "registered": registered,
            "country": country,
            "document": document,
        },
        "role": role,
        "tier": tier,
        "scopes": list(scopes),
        "keys": keys.jwks(),
        "secret": _digest("secret", secret),
        "api_key": _digest("api-key", api_key),
        "jws_key": jws_key,
        "fsp": fsp,
    }
    return NewPartner(
        keys=keys,
        client_secret=Secret(secret.encode()),
        api_key=Secret(api_key.encode()),
        order=order,
    )


def save_partner_keys(path: Path, keys: HandsetKeys) -> None:
    """Keep a partner's private keys in a file of its owner."""
    save_state(path, Secret(msgspec.json.encode(store_keys(keys))))


def _digest(purpose: str, text: str) -> str:
    octets = f"tallystick-partner-{purpose}.{text}".encode("ascii")
    return digest(octets)
