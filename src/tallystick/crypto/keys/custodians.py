"""Custodians: who may ask for and approve what is done to keys, and what their signatures say.

Dual control (ISO 11568): no single person can make, move or end a key of the production domain.
Whoever asks signs the request, and does not count among those who approve it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from tallystick.crypto.mechanisms import KeyRefused, SignatureRefused, ed25519_verify
from tallystick.ground.errors import Refused

APPROVAL_MS = 86_400_000
"""An approval holds for a day."""
_EARLY_MS = 300_000
_PREFIX = "tallystick-approval 1"
OFFICER, CUSTODIAN, AUDITOR = "officer", "custodian", "auditor"
ROLES = (OFFICER, CUSTODIAN, AUDITOR)
"""An officer asks; a custodian asks and approves, and holds components; an auditor reads."""

_Name = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9._-]{0,31}$")]


class ApprovalRefused(Refused):
    """Signatures that do not add up to what is asked; the text says which."""

    code, clause = "approval.missing", "8"


class Custodian(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One person: a short name, a role, and the Ed25519 public key (32 octets) they sign with."""

    name: _Name
    role: Annotated[str, msgspec.Meta(pattern="^(officer|custodian|auditor)$")]
    public: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class Approval(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One signature over a request, at an instant in ms."""

    name: _Name
    at_ms: Annotated[int, msgspec.Meta(ge=0, le=2**52)]
    signature: Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]


@dataclass(frozen=True, slots=True)
class Approved:
    """Who asked, and who approved, in order of name."""

    requested_by: str
    approved_by: tuple[str, ...]


def approval_octets(statement: bytes, *, name: str, at_ms: int) -> bytes:
    """What a person signs of a statement: who, when, and the SHA-256 of what."""
    told = hashlib.sha256(statement).hexdigest()
    return f"{_PREFIX}\n{name}\n{at_ms}\n{told}\n".encode("ascii")


def demand_people(people: Sequence[Custodian]) -> None:
    """Refuses: ApprovalRefused for a name or a key that stands twice: one person would be two."""
    names, keys = {one.name for one in people}, {one.public for one in people}
    if len(names) != len(people) or len(keys) != len(people):
        raise ApprovalRefused("each person stands once, with a key of their own")


def demand_approvals(
    statement: bytes,
    approvals: Collection[Approval],
    *,
    requested_by: str,
    people: Mapping[str, Custodian],
    quorum: int,
    now_ms: int,
) -> Approved:
    """Return who approved when `quorum` custodians besides the requester did, in due time.

    Refuses: ApprovalRefused for a person who is unknown or signs twice, a signature that does not
             verify or is old, a request that its requester has not signed, and for too few.
    """
    if len({one.name for one in approvals}) != len(approvals):
        raise ApprovalRefused("one person signs once")
    for one in approvals:
        _demand_signed(statement, one, people, now_ms)
    names = {one.name for one in approvals}
    if requested_by not in names:
        raise ApprovalRefused("whoever asks signs the request")
    others = sorted(name for name in names - {requested_by} if people[name].role == CUSTODIAN)
    if people[requested_by].role == AUDITOR:
        raise ApprovalRefused("an auditor asks for nothing")
    if len(others) < quorum:
        raise ApprovalRefused(
            f"approved by {len(others)} of {quorum} custodians; nobody approves their own request"
        )
    return Approved(requested_by, tuple(others))


def _demand_signed(
    statement: bytes, one: Approval, people: Mapping[str, Custodian], now_ms: int
) -> None:
    person = people.get(one.name)
    if person is None:
        raise ApprovalRefused(f"{one.name} is no custodian of this module")
    if not now_ms - APPROVAL_MS <= one.at_ms <= now_ms + _EARLY_MS:
        raise ApprovalRefused(f"the signature of {one.name} is older than a day, or early")
    octets = approval_octets(statement, name=one.name, at_ms=one.at_ms)
    try:
        ed25519_verify(person.public, octets, one.signature)
    except (SignatureRefused, KeyRefused):
        raise ApprovalRefused(f"the signature of {one.name} is not over this request") from None
