"""Release: two people sign what changes in a policy, why, and until when, before it is served.

Clauses: 6.2.1 (process layer), 6.1 (security management).
Enters:  a policy and the one before it, reasons, two people's signing keys; or a release to check.
Leaves:  Release, ReleaseStatement; VerifiedRelease.
Refuses: ReleaseRefused: a weaker change without a reason, one person twice, too few signatures,
         another policy, one in force that was not compared, an expired acceptance;
         Misconfigured for files that are none and for policies that are not sound.
Proof:   tests/rooms/prove/release, tests/properties/test_release.py.
"""

from tallystick.prove.release.refusals import ReleaseRefused
from tallystick.prove.release.signers import SIGNERS_HEADER, parse_signers, read_signers
from tallystick.prove.release.signing import (
    RELEASE_OCTETS_MAX,
    Release,
    SigningPerson,
    VerifiedRelease,
    approve_release,
    demand_succession,
    read_release,
    sign_release,
    verify_release,
)
from tallystick.prove.release.statement import (
    ReleaseStatement,
    Weakness,
    demand_same_findings,
    example_from_plain,
    last_day,
    propose_release,
)

__all__ = [
    "propose_release",
    "ReleaseStatement",
    "Weakness",
    "demand_same_findings",
    "example_from_plain",
    "last_day",
    "sign_release",
    "approve_release",
    "read_release",
    "verify_release",
    "demand_succession",
    "Release",
    "SigningPerson",
    "VerifiedRelease",
    "parse_signers",
    "read_signers",
    "SIGNERS_HEADER",
    "RELEASE_OCTETS_MAX",
    "ReleaseRefused",
]
