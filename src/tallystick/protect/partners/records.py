"""A partner as the provider knows it: who, which account, what it may ask for, its credentials."""

from __future__ import annotations

import hmac
import json
from dataclasses import asdict, dataclass

from tallystick.ground.canonical import digest
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId, DeviceId
from tallystick.protect.enforcement import Register, decode_record, encode_record

SCOPES = ("pay", "collect", "refund", "hold", "settle", "request", "names")
"""What a partner may be let do: one word for each operation, `names` for looking payees up."""


_NEEDS = {"batch": "pay", "quote": "pay", "end": "collect"}
"""What moves nothing is part of what it is for."""


class CredentialsRefused(Refused):
    """Not a partner, or not its secret: one answer."""

    code, clause, public_code = "credentials.refused", "7.2", "grant.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """One partner. Secrets are made at the partner; what stands here are digests and public keys.

    `jws_key` is the public key of its signatures on protocols that sign (JWK or PEM), or empty.
    `fsp` is its name in a payment scheme, or empty.
    """

    id: DeviceId
    name: str
    account: AccountId
    scopes: tuple[str, ...]
    secret: str
    api_key: str
    jws_key: str = ""
    fsp: str = ""

    def may(self, operation: str) -> bool:
        """Whether it was registered for an operation such as `partner.pay`."""
        word = operation.partition(".")[2]
        return _NEEDS.get(word, word) in self.scopes


PARTNERS: Register[Partner] = Register(
    "partner",
    lambda partner: encode_record(asdict(partner) | {"scopes": list(partner.scopes)}),
    lambda octets: _partner(decode_record(octets)),
)

DIRECTORY: Register[list[str]] = Register(
    "partner_directory",
    lambda names: json.dumps(names, separators=(",", ":")).encode(),
    lambda octets: list(json.loads(octets)),
)
"""The ids of all partners, under one key: who may have notices that wait."""
DIRECTORY_KEY = "all"


def secret_digest(secret: str) -> str:
    """What is kept of a client secret: 32 octets of chance need no stretching."""
    return _digest("secret", secret)


def api_key_digest(key: str) -> str:
    """What is kept of an API key."""
    return _digest("api-key", key)


def check_secret(partner: Partner | None, secret: str) -> Partner:
    """The partner whose secret this is; the same work for one that does not exist.

    Refuses: CredentialsRefused.
    """
    return _matching(partner, partner.secret if partner else "", secret_digest(secret))


def check_api_key(partner: Partner | None, key: str) -> Partner:
    """The partner whose API key this is. Refuses: CredentialsRefused."""
    return _matching(partner, partner.api_key if partner else "", api_key_digest(key))


def _matching(partner: Partner | None, kept: str, shown: str) -> Partner:
    same = hmac.compare_digest((kept or "x" * len(shown)).encode(), shown.encode())
    if partner is None or not kept or not same:
        raise CredentialsRefused("these are not a partner's credentials")
    return partner


def _digest(purpose: str, text: str) -> str:
    octets = f"tallystick-partner-{purpose}.".encode() + text.encode("utf-8", "surrogatepass")
    return digest(octets)


def _partner(plain: dict[str, object]) -> Partner:
    scopes = plain.pop("scopes")
    return Partner(scopes=tuple(scopes), **plain)  # type: ignore[arg-type]
