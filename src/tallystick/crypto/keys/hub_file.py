"""The keys of a provider towards an interoperability hub, sealed in one file.

    tallystick-hub-keys 1 <salt> <iv>\\n      the header, authenticated
    AES-256-GCM of the canonical JSON {"fulfilment", "signing"}, tag last

`signing` is an RSA key in PKCS #8 (the scheme wants RS256, which the crypto module does not do),
`fulfilment` 32 octets from which each transfer's fulfilment follows.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from tallystick.crypto.keys.key_file import demand_long_passphrase
from tallystick.crypto.keys.private_file import read_private, write_new_private
from tallystick.crypto.keys.sealed import open_under_passphrase, seal_under_passphrase
from tallystick.crypto.mechanisms import KeyRefused, RsaSigningKey
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url, to_base64url
from tallystick.ground.secret import Secret

HUB_FILE_MAX = 16 * 1024
FULFILMENT_OCTETS = 32
_FORMAT = "tallystick-hub-keys 1"
_UNREADABLE = "the hub keys do not open: wrong passphrase or altered file"


class _Stored(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    fulfilment: Annotated[str, msgspec.Meta(max_length=64)]
    signing: Annotated[str, msgspec.Meta(max_length=8192)]

    def __repr__(self) -> str:
        return "_Stored(hidden)"


_stored = msgspec.json.Decoder(_Stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubKeys:
    """What a provider holds towards a hub: the key that signs, the secret of fulfilments."""

    signing: RsaSigningKey
    fulfilment: Secret


def create_hub_keys() -> HubKeys:
    """Fresh keys from the operating system's generator."""
    return HubKeys(
        signing=RsaSigningKey.generate(), fulfilment=Secret(os.urandom(FULFILMENT_OCTETS))
    )


def create_hub_file(path: Path, passphrase: Secret) -> HubKeys:
    """Make the keys and seal them in a new file of mode 0600.

    Refuses: Misconfigured for a short passphrase, and for a path where something is already.
    """
    demand_long_passphrase(passphrase, path)
    keys = create_hub_keys()
    plain = canonical_json(
        {
            "fulfilment": to_base64url(keys.fulfilment.reveal()),
            "signing": to_base64url(keys.signing.secret().reveal()),
        }
    )
    write_new_private(path, seal_under_passphrase(_FORMAT, plain, passphrase))
    return keys


def read_hub_file(path: Path, passphrase: Secret) -> HubKeys:
    """Open the sealed file.

    Refuses: Misconfigured for a file that is missing, a link, somebody else's, open to others,
             altered, or under another passphrase.
    """
    sealed = read_private(path, octets_max=HUB_FILE_MAX)
    try:
        plain = _stored.decode(open_under_passphrase(_FORMAT, sealed, passphrase))
        return HubKeys(
            signing=RsaSigningKey.from_secret(Secret(from_base64url(plain.signing))),
            fulfilment=Secret(from_base64url(plain.fulfilment)),
        )
    except (Misconfigured, msgspec.MsgspecError, NotAnIdentifier, KeyRefused, ValueError):
        raise Misconfigured(_UNREADABLE, where=str(path)) from None
