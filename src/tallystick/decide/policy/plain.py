"""The policy as canonical JSON material, and strictly back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import msgspec

from tallystick.decide.policy.model import SecurityPolicy
from tallystick.decide.policy.soundness import demand_sound
from tallystick.decide.policy.tables import decision_tables, tables_digest
from tallystick.ground.canonical import digest_of
from tallystick.ground.errors import Defect, Misconfigured

_MARK = {"artefact": "security policy", "version": 3}


def policy_plain(policy: SecurityPolicy) -> dict[str, Any]:
    """The canonical artefact: whole numbers, strings, lists and tables; `digest` among them."""
    return {**_MARK, **_plain(policy)}


def sealed_policy(policy: SecurityPolicy) -> SecurityPolicy:
    """The same policy with the digest of its tables, and its own over everything else."""
    tabled = replace(policy, tables=tables_digest(decision_tables(policy)))
    return replace(tabled, digest=_digest(policy_plain(tabled)))


def policy_from_plain(plain: Mapping[str, Any]) -> SecurityPolicy:
    """Read a policy back.

    Refuses: Misconfigured for missing, unknown or ill-typed members, for a version that we do not
    know, when the digest is not that of the content, and when other decision tables follow from it
    here than where it was made.
    """
    if {name: plain.get(name) for name in _MARK} != _MARK:
        raise Misconfigured(f"not a security policy of version {_MARK['version']}", where="policy")
    content = {name: value for name, value in plain.items() if name not in _MARK}
    try:
        policy = msgspec.convert(content, SecurityPolicy, strict=True)
    except msgspec.ValidationError as error:
        raise Misconfigured(f"not a security policy: {error}", where="policy") from None
    if policy_plain(policy) != dict(plain):
        raise Misconfigured("a security policy with members that we do not know", where="policy")
    if policy.digest != _digest(plain):
        raise Misconfigured("the policy was altered: its digest is another", where="policy")
    demand_sound(policy)
    _demand_same_tables(policy)
    return policy


def _demand_same_tables(policy: SecurityPolicy) -> None:
    try:
        found = tables_digest(decision_tables(policy))
    except Defect as gap:
        raise Misconfigured(f"no decision tables follow from it: {gap}", where="policy") from None
    if policy.tables != found:
        raise Misconfigured(
            "other decision tables follow from the policy in this version",
            where="policy",
            allowed="a policy made anew from its service file",
        )


def _digest(plain: Mapping[str, Any]) -> str:
    return digest_of({name: value for name, value in plain.items() if name != "digest"})


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(member) for member in value]
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in sorted(value)}
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    return value
