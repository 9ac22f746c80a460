"""The statement of applicability: every requirement, whether it applies and what answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.decide.policy import SecurityPolicy
from tallystick.prove.report.charts import stacked_bar
from tallystick.prove.report.words import plainly, round_amounts, spelled
from tallystick.standard import Catalogue, Nature, Requirement

ANSWERED, EXCEPTED, UNANSWERED, DECLINED = "answered", "excepted", "unanswered", "declined"
APPLICABLE = (ANSWERED, EXCEPTED, UNANSWERED, DECLINED)
ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """One requirement or recommendation; `why` is said where nothing answers it."""

    id: str
    title: str
    must: bool
    layer: str
    state: str
    answers: tuple[tuple[str, str], ...]
    """Id and title of each countermeasure in force that answers it."""
    why: str
    closing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseStatement:
    """One clause with its rows; counts by state, and the same as a bar."""

    clause: str
    title: str
    counts: Mapping[str, int]
    bar: str
    rows: tuple[StatementRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Every requirement and recommendation of the catalogue, each exactly once.

    `descriptions` are entries that ask for nothing; they are counted and not listed.
    """

    clauses: tuple[ClauseStatement, ...]
    totals: Mapping[str, int]
    requirements: int
    recommendations: int
    descriptions: int

    def in_state(self, state: str) -> tuple[StatementRow, ...]:
        """The rows in one state, in the order of the clauses."""
        return tuple(row for one in self.clauses for row in one.rows if row.state == state)


def state_applicability(policy: SecurityPolicy, catalogue: Catalogue) -> Statement:
    """Lay out the catalogue's requirements for one policy; nothing is left away."""
    teller = _Teller(policy, catalogue)
    asked = [one for one in catalogue.requirements.values() if one.nature is not Nature.DESCRIPTION]
    rows = {one.id: teller.row(one) for one in asked}
    found = {
        number: tuple(rows[one.id] for one in asked if one.clause == number)
        for number in catalogue.clauses
    }
    whole = max((_applying(_counts(part)) for part in found.values()), default=0)
    applied = [one for one in asked if rows[one.id].state != ELSEWHERE]
    return Statement(
        clauses=tuple(
            _clause(number, catalogue.clauses[number].title, part, whole)
            for number, part in found.items()
            if part
        ),
        totals=_counts(tuple(rows.values())),
        requirements=sum(one.nature is Nature.REQUIREMENT for one in applied),
        recommendations=sum(one.nature is Nature.RECOMMENDATION for one in applied),
        descriptions=len(catalogue.requirements) - len(asked),
    )


def _clause(number: str, title: str, rows: tuple[StatementRow, ...], whole: int) -> ClauseStatement:
    counts = _counts(rows)
    return ClauseStatement(
        clause=number,
        title=title,
        counts=counts,
        bar=stacked_bar([(state, counts[state]) for state in APPLICABLE], whole=whole),
        rows=rows,
    )


def _counts(rows: tuple[StatementRow, ...]) -> dict[str, int]:
    return {state: sum(row.state == state for row in rows) for state in (*APPLICABLE, ELSEWHERE)}


def _applying(counts: Mapping[str, int]) -> int:
    return sum(counts[state] for state in APPLICABLE)


class _Teller:
    def __init__(self, policy: SecurityPolicy, catalogue: Catalogue) -> None:
        self.policy, self.catalogue = policy, catalogue
        self.excepted = {one.requirement: one for one in policy.exceptions}
        self.applied = {one.id: one for one in policy.requirements}

    def row(self, requirement: Requirement) -> StatementRow:
        state = self._state(requirement)
        answers = self.applied[requirement.id].controls if state != ELSEWHERE else ()
        return StatementRow(
            id=requirement.id,
            title=requirement.title,
            must=requirement.nature is Nature.REQUIREMENT,
            layer=requirement.layer.value,
            state=state,
            answers=tuple((name, self._title(name)) for name in answers),
            why=self._why(requirement, state),
            closing=_closing(requirement, self.catalogue) if state == UNANSWERED else "",
        )

    def _state(self, requirement: Requirement) -> str:
        applied = self.applied.get(requirement.id)
        if applied is None:
            return ELSEWHERE
        if applied.controls:
            return ANSWERED
        if requirement.id in self.excepted:
            return EXCEPTED
        return UNANSWERED if requirement.nature is Nature.REQUIREMENT else DECLINED

    def _why(self, requirement: Requirement, state: str) -> str:
        if state == ELSEWHERE:
            return f"does not apply: needs {plainly(requirement.applies)}"
        if state == EXCEPTED:
            found = self.excepted[requirement.id]
            return f"excepted until {spelled(found.until)}: {found.reason}"
        if state == UNANSWERED and not requirement.controls:
            return "no countermeasure of the catalogue answers it"
        if state == UNANSWERED:
            return f"none of {', '.join(requirement.controls)} is in force"
        if state == DECLINED and requirement.controls:
            left = [f"{self._title(name)} ({name})" for name in requirement.controls]
            return f"left out: {'; '.join(left)}"
        if state == DECLINED:
            reason = self.policy.declined.get(requirement.id, "not followed")
            return round_amounts(reason, self.policy.currency)
        return ""

    def _title(self, name: str) -> str:
        return self.catalogue.countermeasures[name].title


def _closing(requirement: Requirement, catalogue: Catalogue) -> str:
    """Who or what can close it instead, in words."""
    closing = requirement.closing
    kinds = [catalogue.certificates[kind] for kind in closing.certificates]
    parts = [f"{kind.title} from {kind.issuer}" for kind in kinds]
    if closing.attested:
        parts.append("a named person's signed statement")
    return " or ".join(parts)
