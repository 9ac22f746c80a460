"""Attestation: what vouches for a handset's secure environment, and what does not.

Clauses: 7.2, 10.
Enters:  the platform and environment that a handset claims, and the kind of evidence with it.
Leaves:  the label under which the claim is kept.
Refuses: AttestationRefused for kinds of evidence that cannot be verified here.
Proof:   tests/rooms/protect/devices.
"""

from __future__ import annotations

from tallystick.ground.errors import Refused

__all__ = ["AttestationRefused", "judge_attestation"]


class AttestationRefused(Refused):
    """The handset brought evidence that we cannot verify."""

    code, clause, public_code = "attestation.refused", "7.2", "enrolment.refused"


def judge_attestation(*, evidence: str) -> str:
    """Say who vouches for a handset's claim besides the handset itself.

    Only `software` evidence can be judged in this version: nobody vouches, and the label says so.
    Refuses: AttestationRefused for any other kind, rather than believe what was not verified.
    """
    if evidence != "software":
        raise AttestationRefused("only software attestation can be verified here")
    return "software"
