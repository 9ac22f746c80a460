"""The requirements: how far each clause is covered, what is open and who can close it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.prove.closure import Assessment, Basis, State
from tallystick.prove.dossier import Dossier
from tallystick.prove.report.charts import stacked_bar
from tallystick.prove.report.words import date, round_amounts
from tallystick.standard import Catalogue

_UNANSWERED = "no countermeasure in force answers it"
_HARDWARE = ("hsm-", "se-", "tee-")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseRow:
    """One clause: its counts, and the same as a bar."""

    clause: str
    title: str
    counts: Mapping[str, int]
    total: int
    bar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementRow:
    """One requirement or recommendation as it stands."""

    id: str
    title: str
    text: str
    must: bool
    layer: str
    reason: str
    basis: str
    evidence: tuple[int, ...]
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementGroup:
    """Requirements in the same state for the same kind of reason.

    `reason` is said once when it is the same for all.
    """

    name: str
    title: str
    means: str
    reason: str
    rows: tuple[RequirementRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Every requirement of the dossier, each exactly once in one of the groups."""

    clauses: tuple[ClauseRow, ...]
    totals: Mapping[str, int]
    requirements: int
    recommendations: int
    open: tuple[RequirementGroup, ...]
    others: tuple[RequirementGroup, ...]
    own: int
    """Open ones that the running service itself has to close."""


_OPEN: Mapping[str, tuple[str, str]] = {
    "own": (
        "The running service has to show it",
        "A record or an attack is still missing in the evidence. Nobody else is needed.",
    ),
    "hardware": (
        "Certified hardware has to show it",
        "Somebody else must have certified the module or the device in which keys live. No "
        "program can take its place.",
    ),
    "independent": (
        "Somebody independent has to show it",
        "A laboratory, a tester, an auditor, a bank or a witness must issue a proof that the "
        "provider then brings.",
    ),
    "provider": (
        "Only the provider can show it",
        "Work of people: a named person has to attest it with a signature.",
    ),
    "nobody": (
        "Nothing closes it yet",
        "No countermeasure in force answers it, or the catalogue knows nothing that closes it.",
    ),
}


_OTHERS: Mapping[State, tuple[str, str]] = {
    State.STALE: (
        "Stale",
        "Closed once, but the evidence is too old or of another policy. New evidence closes them "
        "again.",
    ),
    State.DECLINED: (
        "Recommendations not followed",
        "A recommendation may be declined when the reason is given. What the countermeasures left "
        "out would take and prevent stands under countermeasures.",
    ),
    State.CLOSED: (
        "Closed by evidence",
        "Everything that the requirement asks for stands in the evidence log, fresh and under "
        "this policy.",
    ),
}


def cover_requirements(dossier: Dossier, catalogue: Catalogue, *, currency: str) -> Coverage:
    """Lay out the assessments of a dossier; amounts in reasons are of this currency."""
    grouping = _Grouping(catalogue=catalogue, currency=currency)
    in_state = {
        state: [one for one in dossier.assessments if one.state is state] for state in State
    }
    open_ones = {name: list[Assessment]() for name in _OPEN}
    for one in in_state[State.OPEN]:
        open_ones[_closer(one, catalogue)].append(one)
    return Coverage(
        clauses=_clauses(dossier),
        totals={state.value: len(found) for state, found in in_state.items()},
        requirements=sum(one.nature == "requirement" for one in dossier.assessments),
        recommendations=sum(one.nature != "requirement" for one in dossier.assessments),
        open=tuple(grouping.group(name, _OPEN[name], open_ones[name]) for name in _OPEN),
        others=tuple(
            grouping.group(state.value, told, in_state[state]) for state, told in _OTHERS.items()
        ),
        own=len(open_ones["own"]),
    )


def _clauses(dossier: Dossier) -> tuple[ClauseRow, ...]:
    whole = max((_total(one.plain()) for one in dossier.coverage), default=0)
    rows = []
    for one in dossier.coverage:
        counts = {
            "closed": one.closed - one.by_person,
            "person": one.by_person,
            "stale": one.stale,
            "open": one.open,
            "declined": one.declined,
        }
        rows.append(
            ClauseRow(
                clause=one.clause,
                title=one.title,
                counts=counts,
                total=_total(one.plain()),
                bar=stacked_bar(list(counts.items()), whole=whole),
            )
        )
    return tuple(rows)


def _total(counts: Mapping[str, int]) -> int:
    return sum(counts[state.value] for state in State)


def _closer(one: Assessment, catalogue: Catalogue) -> str:
    """Who can close an open one; the running service first, because that can be done today."""
    closing = catalogue.requirements[one.id].closing
    if one.reason == _UNANSWERED:
        return "nobody"
    if any(_is_own(part) for part in one.reason.split("; ")):
        return "own"
    if closing.certificates:
        hardware = all(kind.startswith(_HARDWARE) for kind in closing.certificates)
        return "hardware" if hardware else "independent"
    return "provider" if closing.attested else "nobody"


def _is_own(missing: str) -> bool:
    """Whether a fact or a trial is missing: the words are those of the closing rules."""
    recorded = missing.startswith("no ") and missing.endswith(" was recorded")
    return recorded or missing.startswith("the trial ")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grouping:
    catalogue: Catalogue
    currency: str

    def group(self, name: str, told: tuple[str, str], found: list[Assessment]) -> RequirementGroup:
        rows = tuple(self._row(one) for one in found)
        reasons = {row.reason for row in rows}
        return RequirementGroup(
            name=name,
            title=told[0],
            means=told[1],
            reason=reasons.pop() if len(reasons) == 1 and len(rows) > 1 else "",
            rows=rows,
        )

    def _row(self, one: Assessment) -> RequirementRow:
        return RequirementRow(
            id=one.id,
            title=one.title,
            text=self.catalogue.requirements[one.id].text,
            must=one.nature == "requirement",
            layer=one.layer,
            reason=self._reason(one),
            basis="a person's word" if one.basis is Basis.PERSON else ", ".join(one.labels),
            evidence=one.evidence,
            until=date(one.until_ms) if one.until_ms is not None else "",
        )

    def _reason(self, one: Assessment) -> str:
        """The dossier's own words; for an open one also what the certificates in them are.

        Of a declined one the first: the others tell of countermeasures, which have their own table.
        """
        if one.state is State.DECLINED:
            return one.reason.split("; ")[0]
        kinds = self.catalogue.requirements[one.id].closing.certificates
        if one.state is not State.OPEN or not kinds:
            return round_amounts(one.reason, self.currency)
        told = [self.catalogue.certificates[kind] for kind in kinds]
        return f"{one.reason}: {' or '.join(f'{kind.title} (from {kind.issuer})' for kind in told)}"
