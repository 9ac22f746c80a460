"""What no entry can see alone: that every name in the catalogue leads somewhere, and both ways."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from tallystick.ground.errors import Misconfigured
from tallystick.standard.catalogue import Catalogue
from tallystick.standard.model import Countermeasure, Nature, Requirement, Threat
from tallystick.standard.registers import PROVIDER


def check_references(catalogue: Catalogue, places: Mapping[str, str]) -> None:
    """Refuses: Misconfigured for the first name that leads nowhere, with the entry that uses it.

    `places` says for each id in which file it stands.
    """
    for threat in catalogue.threats.values():
        _known([threat.clause], catalogue.clauses, "clause", places[threat.id])
        _check_shock(threat, catalogue, places[threat.id])
    for trial in catalogue.trials.values():
        _known([trial.threat], catalogue.threats, "threat", places[trial.id])
        _known([trial.clause], catalogue.clauses, "clause", places[trial.id])
    for control in catalogue.countermeasures.values():
        _check_control(control, catalogue, places[control.id])
    for requirement in catalogue.requirements.values():
        _check_requirement(requirement, catalogue, places[requirement.id])
    _check_parameters(catalogue, places)
    for mapping in catalogue.mappings:
        place = f"mappings, {mapping.framework} {mapping.reference}"
        _known([mapping.requirement], catalogue.requirements, "requirement", place)


def _check_shock(threat: Threat, catalogue: Catalogue, place: str) -> None:
    """A shock brings events of other threats, and of none that is a shock itself."""
    _known(threat.shock, catalogue.threats.keys() - {threat.id}, "threat to bring", place)
    for member in threat.shock:
        if catalogue.threats[member].shock:
            raise Misconfigured(
                f"{member} is a shock itself",
                where=place,
                allowed="threats that bring no others",
            )


def _check_control(control: Countermeasure, catalogue: Catalogue, place: str) -> None:
    controls = catalogue.countermeasures.keys() - {control.id}
    _known(control.effects, catalogue.threats, "threat", place)
    _known(control.requires, controls, "countermeasure to require", place)
    _known(control.excludes, controls, "countermeasure to exclude", place)
    _known([control.room], {PROVIDER, *catalogue.rooms}, "room", place)
    for other in control.excludes:
        if control.id not in catalogue.countermeasures[other].excludes:
            raise Misconfigured(f"{other} does not exclude {control.id} in turn", where=place)


def _check_requirement(requirement: Requirement, catalogue: Catalogue, place: str) -> None:
    closing = requirement.closing
    _known([requirement.clause], catalogue.clauses, "clause", place)
    _known(requirement.controls, catalogue.countermeasures, "countermeasure", place)
    _known(closing.all_trials, catalogue.trials, "trial", place)
    _known(closing.certificates, catalogue.certificates, "kind of certificate", place)
    if closing.instead and not (closing.certificates or closing.attested):
        raise Misconfigured(
            "stands in for nothing", where=place, allowed="instead of certificates or attested"
        )
    closable = bool(closing.facts or closing.trials or closing.certificates or closing.attested)
    if closable == (requirement.nature is Nature.DESCRIPTION):
        raise Misconfigured(
            f"a {requirement.nature} that something closes"
            if closable
            else f"a {requirement.nature} that nothing can close",
            where=place,
            allowed="facts, trials, certificates or attested; none of them for a description",
        )


def _check_parameters(catalogue: Catalogue, places: Mapping[str, str]) -> None:
    """One parameter is set by one countermeasure, or by several that exclude each other."""
    setters: dict[str, Countermeasure] = {}
    for control in catalogue.countermeasures.values():
        for name in control.sets.parameters:
            other = setters.setdefault(name, control)
            if other is not control and other.id not in control.excludes:
                raise Misconfigured(f"{other.id} sets {name} too", where=places[control.id])


def _known(names: Iterable[str], register: Collection[str], kind: str, place: str) -> None:
    for name in names:
        if name not in register:
            raise Misconfigured(f"{name!r} is no {kind} of this catalogue", where=place)
