"""Resource policies: statements about who may do what with one key, read and held to.

Only what is held to is taken in. A statement names access keys by id as principals and operations
of the service as actions; a denial wins over everything, and where a policy allows somebody it
denies whoever it does not name. It never gives more than an access key's roles do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from tallystick.serve.payment_crypto.errors import WireRefused, unfit

_MEMBERS = {"Sid", "Effect", "Principal", "Action", "Resource"}
_PREFIX = "payment-cryptography:"
STATEMENTS_MAX = 50


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: whether it allows, whom, what."""

    allows: bool
    principals: tuple[str, ...]
    actions: tuple[str, ...]

    def covers(self, caller: str, operation: str) -> bool:
        told = "*" in self.principals or any(
            name == caller or name.endswith(f"/{caller}") for name in self.principals
        )
        return told and any(fnmatchcase(_PREFIX + operation, action) for action in self.actions)


@lru_cache(maxsize=1024)
def read_policy(text: str) -> tuple[Statement, ...]:
    """The statements of a policy. Refuses: WireRefused for what this service would not hold to."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise unfit("the policy is not JSON", path="Policy") from None
    statements = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not 1 <= len(statements) <= STATEMENTS_MAX:
        raise unfit(f"a policy has 1 to {STATEMENTS_MAX} statements", path="Policy")
    return tuple(_statement(one) for one in statements)


def demand_private(statements: Sequence[Statement]) -> None:
    """Refuses: WireRefused (PublicPolicyException) when everybody is allowed something."""
    if any(one.allows and "*" in one.principals for one in statements):
        raise WireRefused("PublicPolicyException", "The policy allows access to everybody.")


def allows(text: str, caller: str, operation: str) -> bool:
    """Whether a policy lets an access key, by its id, do an operation.

    >>> only = '''{"Statement": {"Effect": "Allow", "Principal": {"AWS": "TSAKTILL"},
    ... "Action": "payment-cryptography:Encrypt*", "Resource": "*"}}'''
    >>> allows(only, "TSAKTILL", "EncryptData"), allows(only, "TSAKOTHER", "EncryptData")
    (True, False)
    """
    statements = read_policy(text)
    if any(not one.allows and one.covers(caller, operation) for one in statements):
        return False
    granting = [one for one in statements if one.allows]
    return not granting or any(one.covers(caller, operation) for one in granting)


def _statement(one: object) -> Statement:
    if not isinstance(one, dict) or one.keys() - _MEMBERS:
        told = ", ".join(sorted(_MEMBERS))
        raise unfit(f"a statement has the members {told}, and no others here", path="Policy")
    if one.get("Effect") not in ("Allow", "Deny") or one.get("Resource", "*") != "*":
        raise unfit("a statement allows or denies, on the resource *", path="Policy")
    principal = one.get("Principal")
    named = (
        principal.get("AWS") if isinstance(principal, dict) and len(principal) == 1 else principal
    )
    return Statement(one["Effect"] == "Allow", _texts(named), _texts(one.get("Action")))


def _texts(value: object) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if (
        not isinstance(values, list)
        or not values
        or not all(isinstance(one, str) for one in values)
    ):
        raise unfit("principals and actions are texts, one or more", path="Policy")
    return tuple(values)
