"""Techniques of ATT&CK for Mobile that the catalogue does not have, as threats for an owner."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tallystick.describe.imports.entries import (
    OwnEntries,
    commented,
    one_line,
    quoted,
    quoted_list,
    sized,
)
from tallystick.describe.imports.json_text import list_of, read_json, table_of
from tallystick.describe.problems import nearest
from tallystick.ground.errors import Misconfigured
from tallystick.ground.shown import shown_text
from tallystick.standard import ATTACK_MOBILE, Catalogue, Threat, taxonomy

_TECHNIQUE = re.compile(r"T1[0-9]{3}(?:\.[0-9]{3})?")
_NAMES = ("mitre-attack", "mitre-mobile-attack")
_DOMAIN, _CHAIN = "mobile-attack", "mitre-mobile-attack"
_HANDSETS = {"android": "android", "ios": "ios"}
_FIGURES = ("hits", "frequency", "scale", "severity", "base")

_HEAD = """\
Threats from a bundle of MITRE ATT&CK for Mobile, as own entries: name this file in the service
file with [catalogue] extend. Identifiers and names of techniques: (c) The MITRE Corporation, used
under the terms of use of ATT&CK, attack.mitre.org/resources/legal-and-branding/terms-of-use/.
How often reports name a technique is no rate of events, so the bundle gives no figure for any."""
_UNSTATED = """\
The figures of each entry are yours to state: take the number signs away and put your own in. Until
then the file is refused."""
_STATED = """\
The figures of each entry are those of {like}, as you asked, and not of the technique: put your own
in their place. No countermeasure acts on a new threat before one says so in its effects; until then
`accepted` says why nothing is done, which is yours to say."""
_UNANSWERED = "imported: nothing acts on it yet, and nobody has said why"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Technique:
    id: str
    name: str
    platforms: tuple[str, ...]
    tactics: tuple[str, ...]


def import_attack(
    octets: bytes, *, catalogue: Catalogue, like: str = "", where: str = "bundle"
) -> OwnEntries:
    """Threats for the techniques of a bundle that the catalogue does not cite.

    Takes:    a STIX 2.0 or 2.1 bundle; `like`, a threat of the catalogue that gives the new ones
              their figures. Without it the figures stay comments, for the owner to state.
    Refuses:  Misconfigured for what is no bundle, has no technique for mobile devices, or names a
              threat that the catalogue does not have.
    """
    pattern = _pattern(like, catalogue)
    found, left_out = _techniques(read_json(octets, where=where), where)
    cited = _cited(catalogue.threats.values())
    fresh, covered = [], []
    for one in found:
        by = _covered_by(one.id, cited)
        if by:
            covered.append(f"{one.id} {one.name}: {by}")
        else:
            fresh.append(one)
    head = f"{_HEAD}\n{_STATED.format(like=like) if pattern else _UNSTATED}"
    blocks = ["\n".join(_entry(one, pattern)) for one in fresh]
    text = "\n\n".join(["\n".join(commented(head.split("\n"))), *blocks]) + "\n"
    return OwnEntries(
        text=sized(text, where=where, hint=""),
        written=tuple(_threat_id(one.id) for one in fresh),
        covered=tuple(covered),
        left_out=tuple(left_out),
        to_state=() if pattern or not fresh else tuple(f"{name} of each" for name in _FIGURES),
    )


def _pattern(like: str, catalogue: Catalogue) -> Threat | None:
    if not like:
        return None
    if like not in catalogue.threats:
        hint = nearest(like, list(catalogue.threats))
        raise Misconfigured(
            f"nothing is called {shown_text(like)}{hint}", where="like", allowed="a threat's id"
        )
    return catalogue.threats[like]


def _techniques(bundle: Any, where: str) -> tuple[list[_Technique], list[str]]:
    content = table_of(bundle)
    if content.get("type") != "bundle" or not isinstance(content.get("objects"), list):
        raise Misconfigured("not a STIX bundle", where=where, allowed="type bundle, with objects")
    found: dict[str, _Technique] = {}
    left_out: list[str] = []
    for place, one in enumerate(content["objects"]):
        if table_of(one).get("type") != "attack-pattern":
            continue
        name, reason = _technique_id(one), ""
        if not name:
            reason = "no identifier of ATT&CK"
        elif one.get("revoked") is True or one.get("x_mitre_deprecated") is True:
            reason = "revoked or deprecated"
        elif not _is_mobile(one):
            reason = "not of the matrix for mobile devices"
        elif name in found:
            reason = "stands twice; the first was taken"
        if reason:
            left_out.append(f"{name or f'object {place + 1}'}: {reason}")
        else:
            found[name] = _technique(name, one)
    if not found:
        raise Misconfigured("no technique for mobile devices in it", where=where)
    return [found[name] for name in sorted(found)], left_out


def _technique_id(one: dict[str, Any]) -> str:
    for reference in map(table_of, list_of(one.get("external_references"))):
        name = reference.get("external_id")
        if reference.get("source_name") in _NAMES and isinstance(name, str):
            return name if _TECHNIQUE.fullmatch(name) else ""
    return ""


def _is_mobile(one: dict[str, Any]) -> bool:
    if _DOMAIN in list_of(one.get("x_mitre_domains")):
        return True
    phases = map(table_of, list_of(one.get("kill_chain_phases")))
    return any(phase.get("kill_chain_name") == _CHAIN for phase in phases)


def _technique(name: str, one: dict[str, Any]) -> _Technique:
    phases = [table_of(phase) for phase in list_of(one.get("kill_chain_phases"))]
    tactics = {
        one_line(phase.get("phase_name"), "")
        for phase in phases
        if phase.get("kill_chain_name") == _CHAIN
    }
    platforms = {
        word.lower()
        for word in list_of(one.get("x_mitre_platforms"))
        if isinstance(word, str) and word.lower() in _HANDSETS
    }
    return _Technique(
        id=name,
        name=one_line(one.get("name"), name),
        platforms=tuple(sorted(platforms)),
        tactics=tuple(sorted(tactics - {""})),
    )


def _cited(threats: Iterable[Threat]) -> dict[str, str]:
    """Technique -> the first threat that cites it."""
    cited: dict[str, str] = {}
    for threat in threats:
        for reference in taxonomy(threat):
            if reference.scheme == ATTACK_MOBILE:
                cited.setdefault(reference.id, threat.id)
    return cited


def _covered_by(name: str, cited: dict[str, str]) -> str:
    """A technique takes its sub-techniques with it; of a cited sub-technique it is covered in part,
    and the other sub-techniques speak for themselves."""
    whole = name.partition(".")[0]
    if name in cited or whole in cited:
        return cited.get(name) or cited[whole]
    inside = sorted({cited[part] for part in cited if part.startswith(f"{name}.")})
    return f"in part by {', '.join(inside)}" if inside else ""


def _threat_id(name: str) -> str:
    return f"T-ATTACK-{name.replace('.', '-')}"


def _entry(one: _Technique, pattern: Threat | None) -> Iterator[str]:
    told = f"Technique {one.id} of ATT&CK for Mobile: {one.name}."
    if one.tactics:
        told += f" It serves: {', '.join(one.tactics)}."
    yield "[[threat]]"
    yield f'id = "{_threat_id(one.id)}"'
    yield f"title = {quoted(one.name)}"
    yield f"description = {quoted(told)}"
    yield 'clause = "D"'
    yield f'layer = "{pattern.layer.value if pattern else "application"}"'
    yield f"needs = '{_needs(one)}'"
    yield f"sources = {quoted_list([f'ATT&CK Mobile {one.id}'])}"
    yield f"accepted = {quoted(_UNANSWERED)}"
    yield from _figures(pattern) if pattern else _UNSTATED_LINES


def _needs(one: _Technique) -> str:
    asked = [f'handsets has "{_HANDSETS[name]}"' for name in one.platforms]
    return " or ".join(asked) or "always"


_UNSTATED_LINES = (
    '# hits = ["money"]            what it reaches: see tallystick describe --format schema',
    "# frequency = [LOW, HIGH]     events a year for one unit of scale, before countermeasures",
    '# scale = "customers_1000"    service, customers_1000, transactions_million, agents_100 ...',
    "# severity = [LOW, HIGH]      5 % and 95 % point of one event's loss, in units of base",
    '# base = "balance"            transaction, balance, day_value or person_day',
)


def _figures(pattern: Threat) -> Iterator[str]:
    frequency, severity = pattern.frequency, pattern.severity
    yield f"hits = {quoted_list(pattern.hits)}"
    yield f"frequency = [{frequency.low!r}, {frequency.high!r}]"
    yield f'scale = "{pattern.scale}"'
    yield f"severity = [{severity.low!r}, {severity.high!r}]"
    yield f'base = "{pattern.base}"'
    if pattern.cap != "none":
        yield f'cap = "{pattern.cap}"'
        yield f"cap_count = {pattern.cap_count}"
