"""The certificate: what was proven, what was not, from when until when, under whose signature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tallystick.crypto.mechanisms import KeyRefused, SignatureRefused, ed25519_verify
from tallystick.ground.canonical import canonical_json, digest
from tallystick.ground.clock import DAY_MS
from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import to_base64url
from tallystick.prove.closure import State
from tallystick.prove.dossier import CHAIN, DEVELOPMENT, Chain, Dossier, OwnKeys, say_keys
from tallystick.prove.evidence import VerifierKey, parse_verifier_key

DOMAIN = b"tallystick-certificate\n"
VALID_DAYS_MAX = 3660

_DEVELOPMENT = (
    "Development grade: keys are held in software, or nobody but the provider vouches for the "
    "evidence log. It shows how this service is secured; do not rely on it where money is at risk."
)
_OPERATIONAL = (
    "Operational grade: keys are held in hardware, and a witness vouches for the evidence log."
)


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A signed statement about one dossier.

    `key` names the signing key (`name+id`). `source` is the digest of the service file, when it
    goes along. `open`, `stale` and `declined` are what was not proven; `by_person` is what was
    closed on a person's word. Times in milliseconds since 1970 UTC, both ends included.
    """

    key: str
    chain: Chain
    dossier: str
    checkpoint: str
    source: str | None
    valid_from_ms: int
    valid_to_ms: int
    module: str
    keys: str
    keys_said: str
    own: OwnKeys
    witness: str
    grade: str
    closed: int
    by_person: tuple[str, ...]
    open: tuple[str, ...]
    stale: tuple[str, ...]
    declined: tuple[str, ...]
    signature: bytes = b""

    def body(self) -> dict[str, Any]:
        """What is signed, as canonical JSON material."""
        return {
            "artefact": "certificate",
            "version": 3,
            "key": self.key,
            **self.chain.plain(),
            "dossier": self.dossier,
            "checkpoint": self.checkpoint,
            "source": self.source,
            "valid_from_ms": self.valid_from_ms,
            "valid_to_ms": self.valid_to_ms,
            "module": self.module,
            "keys": self.keys,
            "keys_statement": say_keys(self.keys, self.keys_said),
            "own": self.own.plain(),
            "own_statement": self.own.statement,
            "witness": self.witness,
            "grade": self.grade,
            "statement": _DEVELOPMENT if self.grade == DEVELOPMENT else _OPERATIONAL,
            "closed": self.closed,
            "by_person": list(self.by_person),
            "not_proven": {
                "open": list(self.open),
                "stale": list(self.stale),
                "declined": list(self.declined),
            },
        }

    @property
    def signed(self) -> bytes:
        """The octets under the signature: a domain of their own, then the canonical body."""
        return DOMAIN + canonical_json(self.body())

    @cached_property
    def octets(self) -> bytes:
        """The certificate as it stands in its file."""
        return canonical_json({"body": self.body(), "signature": to_base64url(self.signature)})


BODY: dict[str, Any] = {
    "artefact": str, "version": int, "key": str, **CHAIN, "dossier": str, "checkpoint": str,
    "source": (str, type(None)), "valid_from_ms": int, "valid_to_ms": int, "module": str,
    "keys": str, "keys_statement": str, "own": dict, "own_statement": str, "witness": str,
    "grade": str, "statement": str, "closed": int, "by_person": list, "not_proven": dict,
}  # fmt: skip


def certify(
    dossier: Dossier,
    *,
    vkey: str,
    sign: Callable[[bytes], bytes],
    valid_days: int,
    service_toml: bytes | None = None,
) -> Certificate:
    """Sign what a dossier says.

    Takes:   the verifier key of the signing key; `sign`, which signs octets with it; for how many
             days at most it shall hold; the service file, when it is to go along.
    Gives:   a certificate from the dossier's instant on, that ends when the first requirement in it
             becomes stale. Its grade follows from the dossier by rule: nobody can ask for another.
    Refuses: Defect for a signature that is not by that key, and for a validity that is not 1 to
             3660 days.
    """
    if not 1 <= valid_days <= VALID_DAYS_MAX:
        raise Defect(f"a certificate is valid for 1 to {VALID_DAYS_MAX} days")
    key = parse_verifier_key(vkey)
    latest = dossier.at_ms + valid_days * DAY_MS
    until = min(latest, dossier.until_ms) if dossier.until_ms is not None else latest
    source = digest(service_toml) if service_toml is not None else None
    draft = describe_dossier(dossier, key=key, valid_to_ms=until, source=source, signature=b"")
    signature = sign(draft.signed)
    try:
        ed25519_verify(key.public, draft.signed, signature)
    except (KeyRefused, SignatureRefused):
        raise Defect("the certificate was signed with another key than the one named") from None
    return describe_dossier(dossier, key=key, valid_to_ms=until, source=source, signature=signature)


def describe_dossier(
    dossier: Dossier, *, key: VerifierKey, valid_to_ms: int, source: str | None, signature: bytes
) -> Certificate:
    """The only certificate that there can be of a dossier, but for its end and its source."""
    return Certificate(
        key=f"{key.name}+{key.key_id.hex()}",
        chain=dossier.chain,
        dossier=dossier.digest,
        checkpoint=digest(dossier.checkpoint.encode()),
        source=source,
        valid_from_ms=dossier.at_ms,
        valid_to_ms=valid_to_ms,
        module=dossier.module,
        keys=dossier.keys,
        keys_said=dossier.keys_said,
        own=dossier.own,
        witness=dossier.witness,
        grade=dossier.grade,
        closed=len(dossier.ids(State.CLOSED)),
        by_person=dossier.by_person,
        open=dossier.ids(State.OPEN),
        stale=dossier.ids(State.STALE),
        declined=dossier.ids(State.DECLINED),
        signature=signature,
    )
