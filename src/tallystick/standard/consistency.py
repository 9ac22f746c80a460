"""What holds of a catalogue as a whole: threats are answered, countermeasures do something and
can be put in place."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.ground.errors import Misconfigured
from tallystick.standard.catalogue import Catalogue
from tallystick.standard.model import Countermeasure
from tallystick.standard.taxonomy import taxonomy


def check_consistency(catalogue: Catalogue, places: Mapping[str, str]) -> None:
    """Refuses: Misconfigured for the first entry that does not fit the others.

    Takes:    a catalogue whose references all lead somewhere (standard.references); `places` says
              for each id in which file it stands.
    """
    _check_threats(catalogue, places)
    _check_countermeasures(catalogue, places)
    for control in catalogue.countermeasures.values():
        needed = _needed_by(control, catalogue, places)
        _check_no_exclusion(control, needed, catalogue, places)


def _check_threats(catalogue: Catalogue, places: Mapping[str, str]) -> None:
    answered = {name for control in catalogue.countermeasures.values() for name in control.effects}
    for threat in catalogue.threats.values():
        taxonomy(threat, where=places[threat.id])
        if threat.id not in answered and not threat.accepted:
            raise Misconfigured(
                f"no countermeasure has an effect on {threat.id}",
                where=places[threat.id],
                allowed="an effect of a countermeasure, or accepted = why nothing is done",
            )


def _check_countermeasures(catalogue: Catalogue, places: Mapping[str, str]) -> None:
    asked = {name for one in catalogue.requirements.values() for name in one.controls}
    for control in catalogue.countermeasures.values():
        if not (control.effects or control.why or control.id in asked):
            raise Misconfigured(
                f"{control.id} prevents nothing and answers no requirement",
                where=places[control.id],
                allowed="effects, a requirement that names it, or why = what it is for",
            )


def _needed_by(
    control: Countermeasure, catalogue: Catalogue, places: Mapping[str, str]
) -> frozenset[str]:
    """All that must be in place before a countermeasure, step by step.

    Refuses: Misconfigured when the way comes back to where it began, with the whole way.
    """
    ways = [(name, f"{control.id} requires {name}") for name in control.requires]
    needed: set[str] = set()
    while ways:
        name, way = ways.pop(0)
        if name == control.id:
            raise Misconfigured(
                f"prerequisites go in a circle: {way}",
                where=places[control.id],
                allowed="requires that leads to a countermeasure which requires nothing",
            )
        if name not in needed:
            needed.add(name)
            after = catalogue.countermeasures[name].requires
            ways += [(other, f"{way}, which requires {other}") for other in after]
    return frozenset(needed)


def _check_no_exclusion(
    control: Countermeasure,
    needed: frozenset[str],
    catalogue: Catalogue,
    places: Mapping[str, str],
) -> None:
    together = sorted(needed | {control.id})
    for name in together:
        for other in catalogue.countermeasures[name].excludes:
            if other in together:
                raise Misconfigured(
                    f"{control.id} needs {name} and {other}, which exclude each other",
                    where=places[control.id],
                    allowed="requires that can be in place together",
                )
