"""The service statement: which provider this is, and which keys it opens messages with."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.ground.canonical import canonical_json
from tallystick.ground.money import EXPONENTS
from tallystick.handset.errors import Malformed, StatementRefused, refusing
from tallystick.handset.keys import PeerKey, check_ed25519, read_ed25519_key, read_peer_key
from tallystick.handset.notes import VerifierKey
from tallystick.handset.reading import EcJwk, OkpJwk, Strict, read_json, read_octets

_SIGNED_PREFIX = b"tallystick-statement\n"


class _Envelope(Strict):
    statement: str
    signature: str


class _Keys(Strict):
    message: EcJwk
    pin: EcJwk
    qr: OkpJwk


class _Statement(Strict):
    audience: str
    policy: str
    currency: str
    fees: list[str]
    keys: _Keys
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatement:
    """What the provider says about itself, checked against the verifier key in the application."""

    audience: str
    policy: str
    currency: str
    fees: frozenset[str]
    """The operations that cost the payer something."""
    message_key: PeerKey
    pin_key: PeerKey
    qr_key: bytes
    """Raw Ed25519 public key."""


def read_statement(octets: bytes, *, verifier: VerifierKey) -> ServiceStatement:
    """Read the answer of /v1/service. Refuses: StatementRefused unless the pinned key signed it."""
    with refusing(StatementRefused, "service statement"):
        envelope = read_json(octets, _Envelope)
        signed = read_octets(envelope.statement)
        signature = read_octets(envelope.signature)
        check_ed25519(public=verifier.public, octets=_SIGNED_PREFIX + signed, signature=signature)
        said = read_json(signed, _Statement)
        if signed != canonical_json(read_json(signed, dict)):
            raise Malformed("not canonical")
        if said.origin != verifier.name:
            raise Malformed("of another evidence log")
        if said.currency not in EXPONENTS:
            raise Malformed("in a currency that this handset does not know")
        return ServiceStatement(
            audience=said.audience,
            policy=said.policy,
            currency=said.currency,
            fees=frozenset(said.fees),
            message_key=read_peer_key(said.keys.message),
            pin_key=read_peer_key(said.keys.pin),
            qr_key=read_ed25519_key(said.keys.qr),
        )
