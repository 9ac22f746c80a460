"""What two people sign: which policy, what it replaces, what is weaker and why, until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from tallystick.decide.assurance import CHECKS, check_policy
from tallystick.decide.policy import SecurityPolicy, diff_policies, policy_plain, weaker_changes
from tallystick.decide.policy.tables import Counterexample, Span, stricter_than
from tallystick.ground.canonical import digest_of
from tallystick.ground.days import is_day
from tallystick.ground.errors import Misconfigured
from tallystick.prove.release.explained import unexplained
from tallystick.prove.release.refusals import ReleaseRefused

_MARK = {"artefact": "policy release", "version": 1}
REASON_MIN, REASON_MAX = 10, 500
VALID_DAYS = 365
_STANDING = {"acceptances": "threat", "exceptions": "requirement"}
"""What holds until a day, and what each is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakness:
    """One change by which the policy protects less than the one before, and why it is wanted."""

    path: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseStatement:
    """The canonical statement. Days are `YYYY-MM-DD`; both are still part of the release.

    `previous` is the digest of the policy before; empty says that there is none, so that nothing
    was compared. `counterexamples` are the questions that get a weaker answer, each as the table
    tells it. `acceptances` and `exceptions` are those of the policy, with who approved them and
    until when.
    """

    service_id: str
    currency: str
    policy: str
    tables: str
    previous: str
    reason: str
    checks: tuple[str, ...]
    weaker: tuple[Weakness, ...]
    counterexamples: tuple[Mapping[str, Any], ...]
    acceptances: tuple[Mapping[str, Any], ...]
    exceptions: tuple[Mapping[str, Any], ...]
    from_day: str
    until_day: str

    def plain(self) -> dict[str, Any]:
        """Canonical JSON material."""
        members = {part.name: getattr(self, part.name) for part in fields(self)}
        weaker = [
            {part.name: getattr(one, part.name) for part in fields(one)} for one in self.weaker
        ]
        listed = {name: list(v) for name, v in members.items() if isinstance(v, tuple)}
        return {**_MARK, **members, **listed, "weaker": weaker}

    def digest(self) -> str:
        """What is signed."""
        return digest_of(self.plain())


def propose_release(
    policy: SecurityPolicy,
    *,
    previous: SecurityPolicy | None,
    reason: str,
    reasons: Mapping[str, str],
    from_day: str,
    until_day: str,
) -> ReleaseStatement:
    """Check a policy and state what its release means. `reasons`: path of a change -> why.

    Refuses: Defect for a policy that does not pass the checks; ReleaseRefused for a weaker change
             without a reason, and for an acceptance or exception that has expired by `from_day`;
             Misconfigured for a reason that is too short or belongs to nothing, for a policy of
             another service, for days in the wrong order, for more days than the policy allows,
             and for an acceptance or exception that ends on no day.
    """
    check_policy(policy)
    _demand_days(from_day, until_day)
    demand_length(policy, from_day, until_day)
    _demand_reason(reason, "the reason of the release")
    standing = {name: _standing(policy, name) for name in _STANDING}
    demand_unexpired(policy, as_of=from_day)
    weaker, examples = _findings(policy, previous)
    return ReleaseStatement(
        service_id=policy.service_id,
        currency=policy.currency,
        policy=policy.digest,
        tables=policy.tables,
        previous="" if previous is None else previous.digest,
        reason=reason,
        checks=CHECKS,
        weaker=_reasoned(weaker, reasons),
        counterexamples=examples,
        acceptances=standing["acceptances"],
        exceptions=standing["exceptions"],
        from_day=from_day,
        until_day=until_day,
    )


def demand_same_findings(
    statement: ReleaseStatement, policy: SecurityPolicy, previous: SecurityPolicy | None
) -> None:
    """Derive the statement again from both policies, with the reasons that it records.

    Refuses: ReleaseRefused when it says anything else than what follows from them.
    """
    before = "" if previous is None else previous.digest
    if (statement.policy, statement.previous) != (policy.digest, before):
        raise ReleaseRefused("the statement is about other policies than these")
    weaker, examples = _findings(policy, previous)
    reasons = {one.path: one.reason for one in statement.weaker}
    again = replace(
        statement,
        service_id=policy.service_id,
        currency=policy.currency,
        tables=policy.tables,
        checks=CHECKS,
        weaker=tuple(replace(one, reason=reasons.get(one.path, "")) for one in weaker),
        counterexamples=examples,
        acceptances=_standing(policy, "acceptances"),
        exceptions=_standing(policy, "exceptions"),
    )
    said, found = statement.plain(), again.plain()
    odd = [name for name in said if said[name] != found[name]]
    if odd:
        raise ReleaseRefused(f"not what follows from the policies: {', '.join(odd)}")
    demand_length(policy, statement.from_day, statement.until_day)
    check_policy(policy)


def statement_from_plain(plain: Any) -> ReleaseStatement:
    """Read a statement back.

    Refuses: Misconfigured for anything that we would write otherwise: also for a reason that is
             missing, since whoever signs next, and `serve`, have nothing else to go by.
    """
    if not isinstance(plain, dict) or {name: plain.get(name) for name in _MARK} != _MARK:
        raise Misconfigured("not the statement of a policy release of version 1", where="release")
    content = {name: value for name, value in plain.items() if name not in _MARK}
    try:
        statement = msgspec.convert(content, ReleaseStatement, strict=True)
    except msgspec.ValidationError as error:
        raise Misconfigured(f"not a policy release: {error}", where="release") from None
    if statement.plain() != plain:
        raise Misconfigured("a release with members that we do not know", where="release")
    _demand_days(statement.from_day, statement.until_day)
    _demand_printable(plain)
    _demand_reason(statement.reason, "the reason of the release")
    for weakness in statement.weaker:
        _demand_reason(weakness.reason, weakness.path)
    if not statement.previous and (statement.weaker or statement.counterexamples):
        raise Misconfigured("weaker than nothing: no previous policy is named", where="release")
    for example in statement.counterexamples:
        if _example_plain(example_from_plain(example)) != example:
            raise Misconfigured(
                "a counterexample with members that we do not know", where="release"
            )
    for name, subject in _STANDING.items():
        for one in getattr(statement, name):
            _demand_standing(one, name, subject)
    return statement


def _demand_standing(one: Mapping[str, Any], name: str, subject: str) -> None:
    """What is shown and compared has the types of a policy."""
    told = all(type(one.get(part)) is str for part in (subject, "until", "reason"))
    by = one.get("approved_by")
    if not told or type(by) is not list or not all(type(person) is str for person in by):
        raise Misconfigured(f"{name}: not what a policy holds", where="release")
    demand_day(one["until"], f"{name} {one[subject]}")


def demand_unexpired(policy: SecurityPolicy, *, as_of: str) -> None:
    """What is accepted or excepted must hold on a day.

    Refuses: ReleaseRefused for the first one that ended before; Misconfigured for an end that is
             no day.
    """
    for name, subject in _STANDING.items():
        for one in _standing(policy, name):
            demand_day(str(one["until"]), f"{name} {one[subject]}")
            if str(one["until"]) < as_of:
                kind = "the acceptance of" if name == "acceptances" else "the exception from"
                ended = f"ended on {one['until']}; {as_of} is later"
                raise ReleaseRefused(f"{kind} {one[subject]} {ended}")


def demand_day(day: str, where: str) -> None:
    """Refuses: Misconfigured for anything but a calendar day."""
    if not is_day(day):
        raise Misconfigured(f"{day[:40]!r} is no day", where=where, allowed="YYYY-MM-DD")


def _demand_days(first: str, last: str) -> None:
    demand_day(first, "from")
    demand_day(last, "until")
    if last < first:
        raise Misconfigured(f"ends on {last}, before it starts", where="until", allowed=first)


def _demand_reason(reason: str, where: str) -> None:
    told = reason.strip()
    if not REASON_MIN <= len(told) <= REASON_MAX or not reason.isprintable():
        allowed = f"a sentence of {REASON_MIN} to {REASON_MAX} characters"
        raise Misconfigured("no reason that others can judge", where=where, allowed=allowed)


def _demand_printable(value: Any) -> None:
    """Nothing in a statement may write on a terminal what is not there to be read."""
    if isinstance(value, str) and not value.isprintable():
        raise Misconfigured("holds characters that cannot be shown", where="release")
    if isinstance(value, dict):
        _demand_printable([*value, *value.values()])
    if isinstance(value, list):
        for member in value:
            _demand_printable(member)


def _standing(policy: SecurityPolicy, name: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(policy_plain(policy).get(name, ()))


def _findings(
    policy: SecurityPolicy, previous: SecurityPolicy | None
) -> tuple[list[Weakness], tuple[Mapping[str, Any], ...]]:
    """What is weaker: change by change, and question by question. Reasons are still empty."""
    if previous is None:
        return [], ()
    if previous.service_id != policy.service_id or previous.currency != policy.currency:
        raise Misconfigured(
            f"{previous.service_id} in {previous.currency} is not {policy.service_id} in "
            f"{policy.currency}",
            where="previous",
            allowed="a policy of the same service in the same currency",
        )
    weaker = [
        Weakness(path=one.path, before=one.before, after=one.after, reason="")
        for one in weaker_changes(diff_policies(previous, policy))
    ]
    examples = stricter_than(previous, policy)
    weaker += _by_table(unexplained(examples, {one.path for one in weaker}))
    return sorted(weaker, key=lambda one: one.path), tuple(map(_example_plain, examples))


def _by_table(examples: Iterable[Counterexample]) -> list[Weakness]:
    return [
        Weakness(path=f"tables.{one.table}", before=one.before, after=one.after, reason="")
        for one in examples
    ]


def _reasoned(weaker: Iterable[Weakness], reasons: Mapping[str, str]) -> tuple[Weakness, ...]:
    found = {one.path: one for one in weaker}
    reasons = _spelt_out(found, reasons)
    missing = sorted(found.keys() - reasons.keys())
    if missing:
        raise ReleaseRefused(f"weaker without a recorded reason: {', '.join(missing)}")
    for path, reason in reasons.items():
        _demand_reason(reason, path)
    return tuple(replace(one, reason=reasons[path]) for path, one in found.items())


def _spelt_out(found: Iterable[str], reasons: Mapping[str, str]) -> dict[str, str]:
    """The reason of each path; `*` in a path stands for all that are weaker and fit.

    A path without `*` goes before one with it. Refuses: Misconfigured for one that nothing fits.
    """
    spelt: dict[str, str] = {}
    for path in sorted(reasons, key=lambda path: "*" not in path):
        fitting = [one for one in found if one == path or fnmatchcase(one, path)]
        if not fitting:
            allowed = ", ".join(sorted(found)) or "no reason: nothing is weaker"
            raise Misconfigured("no weaker change is called that", where=path[:80], allowed=allowed)
        spelt.update(dict.fromkeys(fitting, reasons[path]))
    return spelt


def _example_plain(found: Counterexample) -> dict[str, Any]:
    return {
        "table": found.table,
        "inputs": {
            name: {"least": condition.least, "most": condition.most}
            if isinstance(condition, Span)
            else list(condition)
            for name, condition in found.inputs.items()
        },
        "every": list(found.every),
        "units": dict(found.units),
        "smallest": dict(found.smallest),
        "before": found.before,
        "after": found.after,
    }


def example_from_plain(plain: Mapping[str, Any]) -> Counterexample:
    """A counterexample of a statement. Refuses: Misconfigured for what is none."""
    try:
        return msgspec.convert(plain, Counterexample, strict=True)
    except msgspec.ValidationError as error:
        raise Misconfigured(f"not a counterexample: {error}", where="release") from None


def demand_length(policy: SecurityPolicy, first: str, last: str) -> None:
    """Refuses: Misconfigured for a release that holds longer than a certificate would."""
    latest = last_day(policy, first)
    if last > latest:
        allowed = f"from {first} on, {latest} at the latest (policy.validity_days)"
        raise Misconfigured(f"{last} is too late", where="until", allowed=allowed)


def last_day(policy: SecurityPolicy, first: str) -> str:
    """Until when a release holds when nobody says it: as long as a certificate would."""
    demand_day(first, "from")
    days = policy.parameters.get("policy.validity_days", VALID_DAYS)
    try:
        return (date.fromisoformat(first) + timedelta(days=days)).isoformat()
    except OverflowError:
        raise Misconfigured("ends beyond the calendar", where="until", allowed="a day") from None
