"""The single things that a closing asks for, and whether each one is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from tallystick.ground.clock import DAY_MS
from tallystick.ground.facts import CONTRADICTS, PLATFORM_OPENED, TRIAL_WITHSTOOD
from tallystick.prove.closure.brought import Attestation, Brought, BroughtCertificate
from tallystick.prove.closure.model import PERSON
from tallystick.prove.closure.sightings import Sighting, Sightings
from tallystick.prove.evidence import parse_verifier_key
from tallystick.standard import Requirement


class Found(Enum):
    """Whether what is asked for is there."""

    YES = auto()
    OUTDATED = auto()
    NO = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that was asked for: is it there, in which words, where, until when."""

    found: Found
    words: str
    label: str = ""
    index: int | None = None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What lies on the desk of whoever closes requirements."""

    policy: str
    now_ms: int
    sightings: Sightings
    brought: Brought
    level_min: str = ""
    """What the policy asks of the service's own keys, for what answers to it; else empty."""


def items_of(requirement: Requirement, desk: Desk) -> list[Item]:
    """Everything that closes this requirement, found or not: all of it must be there."""
    return list(_items(requirement, desk))


def _items(requirement: Requirement, desk: Desk) -> Iterator[Item]:
    closing = requirement.closing
    lifetime_ms = closing.freshness_days * DAY_MS
    for kind in closing.facts:
        yield _fact_item(kind, lifetime_ms, desk)
    for trial in closing.trials:
        yield _trial_item(trial, lifetime_ms, desk)
    if closing.instead:
        shown = [_fact_item(kind, lifetime_ms, desk) for kind in closing.instead_facts]
        shown += [_trial_item(name, lifetime_ms, desk) for name in closing.instead_trials]
        if all(item.found is Found.YES for item in shown):
            yield from shown
            return
    if closing.certificates:
        yield _certificate_item(closing.certificates, desk)
    if closing.attested:
        yield _attested_item(requirement.id, lifetime_ms, desk)


def _fact_item(kind: str, lifetime_ms: int, desk: Desk) -> Item:
    """A fresh record of the service before a fresh word of a person, else the newest old one."""
    ours = desk.sightings.of_kind(kind)
    fresh = [seen for seen in ours if desk.now_ms - seen.at_ms <= lifetime_ms]
    against = desk.sightings.last_of(CONTRADICTS.get(kind, ""))
    if against is not None and all(seen.index < against.index for seen in fresh):
        words = f"{against.fact.kind} was recorded (entry {against.index})"
        return Item(found=Found.NO, words=words, index=against.index)
    if fresh and kind == PLATFORM_OPENED and _level(fresh[0]) < desk.level_min:
        return _too_low(fresh[0], desk.level_min)
    if fresh:
        return _seen(kind, fresh[0], lifetime_ms)
    if ours:
        return _too_old(kind, ours[0], desk)
    elsewhere = desk.sightings.of_kind_elsewhere(kind)
    return _only_elsewhere(kind, elsewhere) if elsewhere else _missing(f"no {kind} was recorded")


def _level(opened: Sighting) -> str:
    return str(opened.fact.detail.get("keys_level", ""))


def _too_low(opened: Sighting, level_min: str) -> Item:
    """Opened with keys that are kept at less than the policy asks for: its control is not there."""
    said = _level(opened) or "no level"
    words = f"keys at {said} where the policy asks for {level_min} (entry {opened.index})"
    return Item(found=Found.NO, words=words, index=opened.index)


def _trial_item(trial: str, lifetime_ms: int, desk: Desk) -> Item:
    """The last outcome counts: a trial that failed since is not withstood."""
    name = f"the trial {trial}"
    last = desk.sightings.of_trial(trial)
    if last is None:
        elsewhere = desk.sightings.of_trial_elsewhere(trial)
        return _only_elsewhere(name, elsewhere) if elsewhere else _missing(f"{name} was not run")
    if last.fact.kind != TRIAL_WITHSTOOD:
        words = f"{name} was not withstood (entry {last.index})"
        return Item(found=Found.NO, words=words, index=last.index)
    if desk.now_ms - last.at_ms > lifetime_ms:
        return _too_old(name, last, desk)
    return _seen(name, last, lifetime_ms)


def _certificate_item(kinds: tuple[str, ...], desk: Desk) -> Item:
    """One of these kinds; the one that is valid for longest."""
    brought = [one for one in desk.brought.certificates if one.kind in kinds]
    valid = [one for one in brought if one.valid_from_ms <= desk.now_ms <= one.valid_to_ms]
    if valid:
        best = max(valid, key=_by_validity)
        words = f"the certificate {best.kind} of {best.issuer}, which nobody here can check"
        return Item(found=Found.YES, words=words, label=PERSON, until_ms=best.valid_to_ms)
    if any(one.valid_to_ms < desk.now_ms for one in brought):
        return Item(found=Found.OUTDATED, words=f"the certificate {_either(kinds)} has expired")
    return _missing(f"no certificate {_either(kinds)} was brought")


def _attested_item(requirement: str, lifetime_ms: int, desk: Desk) -> Item:
    """A statement under this policy that is fresh; the newest."""
    stated = [
        one
        for one in desk.brought.attestations
        if one.requirement == requirement and one.at_ms <= desk.now_ms
    ]
    ours = [one for one in stated if one.policy == desk.policy]
    if not stated:
        return _missing("no person has attested it")
    if not ours:
        return Item(found=Found.OUTDATED, words="attested only under another policy")
    newest = max(ours, key=_by_time)
    if desk.now_ms - newest.at_ms > lifetime_ms:
        return Item(found=Found.OUTDATED, words="the attestation is too old")
    words = f"the word of {parse_verifier_key(newest.person).name}"
    return Item(found=Found.YES, words=words, label=PERSON, until_ms=newest.at_ms + lifetime_ms)


def _seen(name: str, sighting: Sighting, lifetime_ms: int) -> Item:
    return Item(
        found=Found.YES,
        words=name,
        label=sighting.fact.label,
        index=sighting.index,
        until_ms=sighting.at_ms + lifetime_ms,
    )


def _too_old(name: str, sighting: Sighting, desk: Desk) -> Item:
    days = (desk.now_ms - sighting.at_ms) // DAY_MS
    words = f"{name} was last recorded {days} days ago"
    return Item(found=Found.OUTDATED, words=words, index=sighting.index)


def _only_elsewhere(name: str, sighting: Sighting) -> Item:
    words = f"{name} was recorded only under another policy"
    return Item(found=Found.OUTDATED, words=words, index=sighting.index)


def _missing(words: str) -> Item:
    return Item(found=Found.NO, words=words)


def _either(kinds: Sequence[str]) -> str:
    return " or ".join(kinds)


def _by_validity(certificate: BroughtCertificate) -> tuple[int, str, str]:
    return certificate.valid_to_ms, certificate.kind, certificate.reference


def _by_time(attestation: Attestation) -> tuple[int, bytes]:
    return attestation.at_ms, attestation.signature
