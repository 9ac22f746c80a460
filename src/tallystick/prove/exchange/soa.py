"""The statement of applicability: one row for each requirement, whether it applies, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from tallystick.prove.exchange.decisions import EXCEPTION, OwnerDecision, decisions_of
from tallystick.prove.exchange.material import Material
from tallystick.prove.exchange.relations import relations_of
from tallystick.standard import Nature, Requirement

PLANNED = "planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One requirement in the statement; every member is a cell.

    `state` is `closed`, `open`, `stale` or `declined` by a dossier, else `planned`.
    """

    id: str
    clause: str
    nature: str
    layer: str
    title: str
    applies: str
    why: str
    controls: str
    declined: str
    exception: str
    state: str
    reason: str
    mappings: str


COLUMNS = tuple(part.name for part in fields(Row))


def statement_rows(material: Material) -> tuple[Row, ...]:
    """A row for each requirement, recommendation and description, in the catalogue's order."""
    related: dict[str, list[str]] = {}
    for one in relations_of(material):
        told = f"{one.framework} {one.reference} ({one.relationship})"
        related.setdefault(one.requirement, []).append(told)
    excepted = {one.about: one for one in decisions_of(material.service) if one.kind == EXCEPTION}
    return tuple(
        _row(material, one, excepted.get(one.id), "; ".join(related.get(one.id, ())))
        for one in material.catalogue.requirements.values()
    )


def _row(
    material: Material, requirement: Requirement, exception: OwnerDecision | None, mappings: str
) -> Row:
    applied = material.applied.get(requirement.id)
    assessment = material.assessments.get(requirement.id)
    state = PLANNED if applied is not None else ""
    return Row(
        id=requirement.id,
        clause=requirement.clause,
        nature=requirement.nature.value,
        layer=requirement.layer.value,
        title=requirement.title,
        applies="yes" if applied is not None else "no",
        why=_why(requirement, applies=applied is not None),
        controls=", ".join(applied.controls) if applied is not None else "",
        declined="; ".join(_declined(material, requirement)) if applied is not None else "",
        exception=_exception(exception),
        state=assessment.state.value if assessment is not None else state,
        reason=assessment.reason if assessment is not None else "",
        mappings=mappings,
    )


def _why(requirement: Requirement, *, applies: bool) -> str:
    if requirement.nature is Nature.DESCRIPTION:
        return "describes, and asks for nothing"
    if requirement.applies == "always":
        return "applies to every service"
    return f"{'holds' if applies else 'does not hold'} here: {requirement.applies}"


def _declined(material: Material, requirement: Requirement) -> Iterator[str]:
    """Why the recommendation is not followed, and each countermeasure that was left out."""
    declined = material.policy.declined
    if requirement.id in declined:
        yield declined[requirement.id]
    for name in requirement.controls:
        if name in declined:
            yield f"{name}: {declined[name]}"


def _exception(decision: OwnerDecision | None) -> str:
    if decision is None:
        return ""
    instead = f"; instead {', '.join(decision.compensation)}" if decision.compensation else ""
    people = ", ".join(decision.approved_by)
    return f"until {decision.until}, {decision.reason} ({people}){instead}"
