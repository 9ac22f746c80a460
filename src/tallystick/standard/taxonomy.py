"""Public taxonomies that threats are known by: ATT&CK for Mobile, CAPEC and MASWE.

An id means something in an edition only: MASWE gave its ids anew in edition 1.0, and CAPEC and
ATT&CK retire theirs. A source that names no edition is of the one in `EDITIONS`; another one stands
behind the id in brackets: `MASWE-0007 (beta)`. MASWE may stand with its house: `OWASP MASWE-0007`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.ground.errors import Misconfigured
from tallystick.standard.catalogue import Catalogue
from tallystick.standard.model import Threat

ATTACK_MOBILE, CAPEC, MASWE = "attack-mobile", "capec", "maswe"

EDITIONS: Mapping[str, str] = {ATTACK_MOBILE: "18.1", CAPEC: "3.9", MASWE: "1.0"}
"""Scheme -> the edition in which the ids of this catalogue were looked up."""

NAMES: Mapping[str, str] = {ATTACK_MOBILE: "ATT&CK Mobile", CAPEC: "CAPEC", MASWE: "MASWE"}
"""Scheme -> its own name, and the word with which its sources begin."""

_EDITION = r"(?: \((?P<edition>[0-9A-Za-z.]{1,12})\))?"
_SHAPES: Mapping[str, re.Pattern[str]] = {
    ATTACK_MOBILE: re.compile(r"ATT&CK Mobile (?P<id>T1[0-9]{3}(?:\.[0-9]{3})?)" + _EDITION),
    CAPEC: re.compile(r"(?P<id>CAPEC-[1-9][0-9]{0,3})" + _EDITION),
    MASWE: re.compile(r"(?:OWASP )?(?P<id>MASWE-[0-9]{4})" + _EDITION),
}
_BEGINS = re.compile(r"ATT&?C?K|MITRE|CAPEC|(?:OWASP )?MASWE", re.IGNORECASE)
_TECHNIQUE = re.compile(r"T1[0-9]")
_SHOWN = "ATT&CK Mobile T1417 or T1417.002, CAPEC-98, MASWE-0039; an edition behind it in brackets"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Reference:
    """One entry of a public taxonomy. Compare all three: an id alone says nothing."""

    scheme: str
    edition: str
    id: str

    @property
    def name(self) -> str:
        """As people write it: `ATT&CK Mobile T1417.002 (18.1)`."""
        words = f"{NAMES[self.scheme]} {self.id}" if self.scheme == ATTACK_MOBILE else self.id
        return f"{words} ({self.edition})"

    @property
    def url(self) -> str:
        """Where the taxonomy's publisher explains it, in its current edition."""
        if self.scheme == ATTACK_MOBILE:
            return f"https://attack.mitre.org/techniques/{self.id.replace('.', '/')}/"
        if self.scheme == CAPEC:
            number = self.id.partition("-")[2]
            return f"https://capec.mitre.org/data/definitions/{number}.html"
        return "https://mas.owasp.org/MASWE/"


def parse_source(source: str, *, where: str = "") -> Reference | None:
    """The entry of a taxonomy that a source names; none when it names a document instead.

    Refuses:  Misconfigured for what begins like a taxonomy and is no id of it.

    >>> parse_source("CAPEC-98")
    Reference(scheme='capec', edition='3.9', id='CAPEC-98')
    >>> parse_source("MASWE-0007 (beta)").edition
    'beta'
    >>> parse_source("FATF Recommendation 10") is None
    True
    """
    for scheme, shape in _SHAPES.items():
        if found := shape.fullmatch(source):
            edition = found["edition"] or EDITIONS[scheme]
            return Reference(scheme=scheme, edition=edition, id=found["id"])
    if _BEGINS.match(source):
        raise Misconfigured(f"{source!r} is no id", where=where, allowed=_SHOWN)
    return None


def parse_name(name: str, *, where: str = "") -> Reference | None:
    """As `parse_source`, and a technique of ATT&CK Mobile may stand alone.

    >>> parse_name("T1417.002").name
    'ATT&CK Mobile T1417.002 (18.1)'
    """
    return parse_source(f"ATT&CK Mobile {name}" if _TECHNIQUE.match(name) else name, where=where)


def taxonomy(threat: Threat, *, where: str = "") -> tuple[Reference, ...]:
    """The entries of public taxonomies that a threat cites, in the order of its sources.

    Refuses:  Misconfigured for a source that begins like a taxonomy and is no id of it; `where`
              says which entry, when it is known.
    """
    place = where or threat.id
    found = (parse_source(source, where=place) for source in threat.sources)
    return tuple(reference for reference in found if reference is not None)


def threats_for(
    scheme: str, name: str, *, catalogue: Catalogue, edition: str | None = None
) -> tuple[str, ...]:
    """The ids of the threats that cite one entry of a taxonomy, sorted.

    Takes:    the scheme as in `EDITIONS`, the entry's id (`T1417.002`, `CAPEC-98`, `MASWE-0039`),
              and an edition when it is another one than there.
    Refuses:  Misconfigured for a scheme that nobody knows and for an id of another shape.
    """
    if scheme not in EDITIONS:
        raise Misconfigured(f"no taxonomy is called {scheme!r}", allowed=", ".join(EDITIONS))
    wanted = parse_name(f"{name} ({edition})" if edition else name)
    if wanted is None or wanted.scheme != scheme:
        raise Misconfigured(f"{name!r} is no id of {NAMES[scheme]}", allowed=_SHOWN)
    return threats_citing(wanted, catalogue)


def threats_citing(reference: Reference, catalogue: Catalogue) -> tuple[str, ...]:
    """The ids of the threats that cite an entry in that edition, sorted."""
    return tuple(name for name, one in catalogue.threats.items() if reference in taxonomy(one))
