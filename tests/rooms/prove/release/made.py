"""Policies, people and releases to test with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tallystick.crypto.mechanisms import SigningKey
from tallystick.decide.policy import SecurityPolicy
from tallystick.ground.secret import Secret
from tallystick.prove.evidence import verifier_key
from tallystick.prove.release import (
    Release,
    ReleaseStatement,
    SigningPerson,
    approve_release,
    propose_release,
    sign_release,
)
from tallystick.testing.policies import STEP_UP_MINOR, example_policy, sealed_again

OLD = example_policy()
FIRST, LAST = "2026-06-01", "2027-05-31"
REASON = "The board asked for fewer PINs"
PATH = "operations.remote.pay.step_up"


def later_pin() -> SecurityPolicy:
    """The example with one weaker change."""
    rule = replace(OLD.operations["remote.pay"], step_up_minor=STEP_UP_MINOR * 2)
    return sealed_again(replace(OLD, operations={**OLD.operations, "remote.pay": rule}))


NEW = later_pin()


def person(name: str, seed: int) -> SigningPerson:
    """Somebody whose key follows from a number, so that tests repeat."""
    key = SigningKey.from_secret(Secret(bytes([seed]) * 32))
    return SigningPerson(name=name, public=key.public, sign=key.sign)


AMINA, BRIAN, CHIKE = person("amina", 1), person("brian", 2), person("chike", 3)
SIGNERS = tuple(verifier_key(one.name, one.public) for one in (AMINA, BRIAN))


def proposed(
    policy: SecurityPolicy = NEW, previous: SecurityPolicy | None = OLD, **changes: Any
) -> ReleaseStatement:
    usual: dict[str, Any] = {
        "reason": REASON,
        "reasons": {PATH: "Losses stayed under appetite"} if policy is NEW else {},
        "from_day": FIRST,
        "until_day": LAST,
    }
    return propose_release(policy, previous=previous, **{**usual, **changes})


def released() -> Release:
    """Signed by two."""
    return approve_release(sign_release(proposed(), AMINA), BRIAN)
