"""The signed release: one statement, one note, a signature line for each person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tallystick.decide.policy import SecurityPolicy
from tallystick.decide.policy.tables import SIGNATURES_MIN
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.prove.evidence import (
    Malformed,
    NoteRefused,
    add_signature,
    key_id,
    open_note,
    parse_verifier_key,
    read_canonical,
    read_object,
    sign_note,
    signers_of,
    unverified_text,
    verifier_key,
)
from tallystick.prove.release.refusals import ReleaseRefused
from tallystick.prove.release.statement import (
    ReleaseStatement,
    demand_day,
    demand_length,
    demand_unexpired,
    statement_from_plain,
)

_MARK = {"artefact": "signed policy release", "version": 1}
RELEASE_OCTETS_MAX = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningPerson:
    """Who signs: the name, the public key, and a function that signs with its private half."""

    name: str
    public: bytes
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A statement and the signed note over its digest (C2SP signed note)."""

    statement: ReleaseStatement
    note: str

    def octets(self) -> bytes:
        """The file, canonical."""
        plain: dict[str, Any] = {**_MARK, "statement": self.statement.plain(), "note": self.note}
        return canonical_json(plain)

    def names(self) -> list[str]:
        """Who claims to have signed."""
        return [name for name, _ in signers_of(self.note)]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRelease:
    """A release that holds on a day: what was signed, and by whom."""

    statement: ReleaseStatement
    names: tuple[str, ...]


def sign_release(statement: ReleaseStatement, person: SigningPerson) -> Release:
    """The first signature. Refuses: Misconfigured for a name that cannot stand in a note."""
    short = _short_id(person)
    note = sign_note(_body(statement), name=person.name, key_id=short, sign=person.sign)
    return Release(statement=statement, note=note)


def approve_release(release: Release, person: SigningPerson) -> Release:
    """One more signature over the same statement.

    Refuses: ReleaseRefused for somebody who signed already, under this or another name, and for a
             note that is not over this statement.
    """
    _demand_own_note(release)
    for name, short in signers_of(release.note):
        if name == person.name:
            raise ReleaseRefused(f"{name} signed already: it takes two people")
        if short == key_id(name, person.public):
            raise ReleaseRefused(f"this key signed already, as {name}: it takes two people")
    note = add_signature(release.note, name=person.name, key_id=_short_id(person), sign=person.sign)
    return Release(statement=release.statement, note=note)


def verify_release(
    release: Release, *, policy: SecurityPolicy, signers: Iterable[str], as_of: str
) -> VerifiedRelease:
    """Whether a policy may be served on a day.

    Takes:   `signers`, the verifier keys of the people whose signatures count.
    Refuses: ReleaseRefused for another policy or an altered one, for fewer than two different
             people with keys of their own, for a signature that does not verify, for a day outside
             the release, and for an accepted risk or exception that ended; Misconfigured for a
             release that holds longer than the policy allows.
    """
    demand_day(as_of, "as of")
    statement = release.statement
    _demand_own_note(release)
    _demand_this_policy(statement, policy)
    names = _who_signed(release.note, signers)
    if len(names) < SIGNATURES_MIN:
        by = ", ".join(names) or "nobody who counts"
        raise ReleaseRefused(f"signed by {by}; it takes {SIGNATURES_MIN} different people")
    if not statement.from_day <= as_of <= statement.until_day:
        days = f"from {statement.from_day} to {statement.until_day}"
        raise ReleaseRefused(f"the release holds {days}, not on {as_of}")
    demand_length(policy, statement.from_day, statement.until_day)
    demand_unexpired(policy, as_of=as_of)
    return VerifiedRelease(statement=statement, names=names)


def demand_succession(statement: ReleaseStatement, *, in_force: str) -> None:
    """Only what was compared with the policy in force may take its place; it may replace itself.

    Takes:   the digest of the policy in force.
    Refuses: ReleaseRefused for a release that replaces another policy, or none.
    """
    if in_force in (statement.policy, statement.previous):
        return
    compared = statement.previous[:19] or "nothing"
    raise ReleaseRefused(
        f"policy {in_force[:19]} is in force here, and policy {statement.policy[:19]} was "
        f"compared with {compared}"
    )


def read_release(octets: bytes, *, where: str = "release") -> Release:
    """Read a release file; exactly one spelling. Refuses: Misconfigured."""
    if len(octets) > RELEASE_OCTETS_MAX:
        raise Misconfigured("too long for a release", where=where)
    shape: dict[str, type] = {"artefact": str, "version": int, "statement": dict, "note": str}
    try:
        plain = read_object(read_canonical(octets), shape)
        if {name: plain[name] for name in _MARK} != _MARK:
            raise Malformed("another artefact or version")
        unverified_text(plain["note"])
    except (Malformed, NoteRefused) as wrong:
        raise Misconfigured(f"not a release: {wrong}", where=where) from None
    return Release(statement=statement_from_plain(plain["statement"]), note=plain["note"])


def _body(statement: ReleaseStatement) -> str:
    return f"tallystick/policy-release\n{statement.service_id}\n{statement.digest()}\n"


def _demand_own_note(release: Release) -> None:
    if unverified_text(release.note) != _body(release.statement):
        raise ReleaseRefused("the statement was altered: what was signed is another")


def _demand_this_policy(statement: ReleaseStatement, policy: SecurityPolicy) -> None:
    if (statement.policy, statement.tables) != (policy.digest, policy.tables):
        released, given = statement.policy[:19], policy.digest[:19]
        raise ReleaseRefused(f"policy {released} was released, this one is {given}")


def _who_signed(note: str, signers: Iterable[str]) -> tuple[str, ...]:
    """The people of the list who signed; each name and each key counts once.

    Refuses: ReleaseRefused for a signature by one of them that does not verify.
    """
    claimed = set(signers_of(note))
    found: dict[bytes, str] = {}
    for vkey in signers:
        key = parse_verifier_key(vkey)
        if (key.name, key.key_id) not in claimed:
            continue
        try:
            open_note(note, vkey)
        except NoteRefused as wrong:
            raise ReleaseRefused(str(wrong)) from None
        if key.name not in found.values():
            found.setdefault(key.public, key.name)
    return tuple(found.values())


def _short_id(person: SigningPerson) -> bytes:
    try:
        return parse_verifier_key(verifier_key(person.name, person.public)).key_id
    except (Defect, NoteRefused):
        raise Misconfigured(
            "not a name for a signature",
            where=person.name[:40],
            allowed="a short word without spaces and plus signs",
        ) from None
