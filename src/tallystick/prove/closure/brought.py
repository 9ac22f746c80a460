"""What people bring: certificates that others issued, and statements that somebody signs for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tallystick.crypto.mechanisms import KeyRefused, SignatureRefused, ed25519_verify
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url, to_base64url
from tallystick.prove.evidence import (
    Malformed,
    NoteRefused,
    parse_verifier_key,
    read_list,
    read_object,
)

_DOMAIN = b"tallystick-attestation\n"


class BroughtRefused(Refused):
    """A brought certificate or attestation is malformed, or not signed by whom it names."""

    code, clause = "brought.refused", "9"


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtCertificate:
    """A certificate that somebody else issued. `document` is the digest of the paper itself.

    Nobody here can check the paper: whoever reads the dossier asks `issuer` about `reference`.
    """

    kind: str
    issuer: str
    reference: str
    document: str
    valid_from_ms: int
    valid_to_ms: int

    def plain(self) -> dict[str, Any]:
        """Canonical JSON material."""
        return {name: getattr(self, name) for name in _CERTIFICATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """A person's signed statement that a requirement is met under one policy.

    `person` is the person's verifier key: it says whose word this is, not that the word is good.
    """

    requirement: str
    policy: str
    statement: str
    at_ms: int
    person: str
    signature: bytes

    def signed(self) -> bytes:
        """The octets under the signature."""
        return _DOMAIN + canonical_json({k: v for k, v in self.plain().items() if k != "signature"})

    def plain(self) -> dict[str, Any]:
        """Canonical JSON material."""
        return {
            "requirement": self.requirement,
            "policy": self.policy,
            "statement": self.statement,
            "at_ms": self.at_ms,
            "person": self.person,
            "signature": to_base64url(self.signature),
        }

    def check(self) -> None:
        """Verify that the named person signed. Refuses: BroughtRefused."""
        try:
            ed25519_verify(parse_verifier_key(self.person).public, self.signed(), self.signature)
        except (NoteRefused, KeyRefused, SignatureRefused):
            raise BroughtRefused(f"the attestation of {self.requirement} does not verify") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Everything that people bring to one dossier; nothing, unless somebody does."""

    certificates: tuple[BroughtCertificate, ...] = ()
    attestations: tuple[Attestation, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Canonical JSON material."""
        return {
            "certificates": [certificate.plain() for certificate in self.certificates],
            "attestations": [attestation.plain() for attestation in self.attestations],
        }


def attest(
    *, requirement: str, policy: str, statement: str, at_ms: int, person: str,
    sign: Callable[[bytes], bytes],
) -> Attestation:  # fmt: skip
    """Sign a statement with the key whose verifier key is `person`. Refuses: BroughtRefused."""
    draft = Attestation(
        requirement=requirement, policy=policy, statement=statement, at_ms=at_ms, person=person,
        signature=b"",
    )  # fmt: skip
    signed = replace(draft, signature=sign(draft.signed()))
    signed.check()
    return signed


def read_brought(value: Any) -> Brought:
    """Read what `Brought.plain` gives. Refuses: Malformed; signatures are not looked at."""
    members = read_object(value, {"certificates": list, "attestations": list})
    return Brought(
        certificates=tuple(
            BroughtCertificate(**read_object(one, _CERTIFICATE))
            for one in read_list(members["certificates"], dict)
        ),
        attestations=tuple(
            _read_attestation(one) for one in read_list(members["attestations"], dict)
        ),
    )


def _read_attestation(value: dict[str, Any]) -> Attestation:
    members = dict(read_object(value, _ATTESTATION))
    try:
        members["signature"] = from_base64url(members["signature"])
    except NotAnIdentifier:
        raise Malformed("an attestation's signature is base64url") from None
    return Attestation(**members)


_CERTIFICATE: dict[str, Any] = {
    "kind": str, "issuer": str, "reference": str, "document": str,
    "valid_from_ms": int, "valid_to_ms": int,
}  # fmt: skip
_ATTESTATION: dict[str, Any] = {
    "requirement": str, "policy": str, "statement": str, "at_ms": int, "person": str,
    "signature": str,
}  # fmt: skip
