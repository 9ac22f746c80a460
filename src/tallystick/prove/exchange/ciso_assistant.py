"""The catalogue and a risk matrix as a library of CISO Assistant, in YAML."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from tallystick.ground.errors import Misconfigured
from tallystick.prove.exchange.material import Material, check_date
from tallystick.standard import PROVIDER, Catalogue, Countermeasure, Layer, Nature, Requirement

LIBRARY = "tallystick-mfs"
URN = "urn:tallystick:risk"
_COPYRIGHT = "The Tallystick maintainers. Apache License 2.0. Our own words; no text of a standard."
_IMPORTANCE = {Nature.REQUIREMENT: "mandatory", Nature.RECOMMENDATION: "recommended"}

Table = dict[str, Any]

# A 5x5 matrix of likelihood and impact. Rows are likelihoods, columns impacts; a step in either
# direction never lowers the rating.
_LIKELIHOODS = ("rare", "unlikely", "possible", "likely", "frequent")
_IMPACTS = ("negligible", "minor", "noticeable", "serious", "severe")
_RATINGS = ("low", "moderate", "elevated", "high", "critical")
_COLORS = ("#BBF7D0", "#D9F99D", "#FEF08A", "#FDBA74", "#FCA5A5")
GRID = (
    (0, 0, 0, 1, 2),
    (0, 0, 1, 2, 3),
    (0, 1, 2, 3, 3),
    (1, 2, 3, 3, 4),
    (2, 3, 3, 4, 4),
)


def ciso_assistant_library(material: Material) -> bytes:
    """Framework, threats, reference controls and matrix as one library file.

    Refuses: Misconfigured when the extra `exchange` is not installed.
    """
    yaml = _yaml()
    text = yaml.safe_dump(library(material), sort_keys=False, allow_unicode=True, width=100)
    return str(text).encode()


def library(material: Material) -> Table:
    """The library as plain tables. The format is that of CISO Assistant's workbench, version 2."""
    catalogue = material.catalogue
    return {
        "urn": f"{URN}:library:{LIBRARY}",
        "locale": "en",
        "ref_id": LIBRARY,
        "name": "Mobile financial services",
        "description": "Requirements, threats and countermeasures of mobile financial services "
        "after ISO/TS 12812-2:2017, with a matrix of five by five.",
        "copyright": _COPYRIGHT,
        "version": version_of(material.made_at),
        "publication_date": check_date(material.made_at, where="as-of"),
        "provider": "tallystick",
        "packager": "tallystick",
        "objects": {
            "risk_matrices": [_matrix()],
            "threats": [
                {
                    "urn": threat_urn(one.id),
                    "ref_id": one.id,
                    "name": one.title,
                    "description": one.description,
                    "annotation": "; ".join(one.sources),
                }
                for one in catalogue.threats.values()
            ],
            "reference_controls": [_control(one) for one in catalogue.countermeasures.values()],
            "framework": _framework(catalogue),
        },
    }


def version_of(made_at: str) -> int:
    """A whole number that grows with the date: a library replaces one of a lower version only.

    >>> version_of("2026-06-30")
    20260630
    """
    return int(made_at.replace("-", ""))


def threat_urn(name: str) -> str:
    """The name of a threat in libraries. URNs are in small letters."""
    return f"{URN}:threat:{LIBRARY}:{name.lower()}"


def control_urn(name: str) -> str:
    """The name of a countermeasure in libraries; every version reads the word `function`."""
    return f"{URN}:function:{LIBRARY}:{name.lower()}"


def node_urn(name: str) -> str:
    """The name of a clause or a requirement in libraries."""
    return f"{URN}:req_node:{LIBRARY}:{name.lower()}"


def _control(control: Countermeasure) -> Table:
    """Countermeasures of the process layer are processes, the others technical unless people do
    them."""
    manual = control.room == PROVIDER and control.layer is Layer.PROCESS
    return {
        "urn": control_urn(control.id),
        "ref_id": control.id,
        "name": control.title,
        "category": "process" if manual else "technical",
        "description": control.description,
        "annotation": f"{control.layer.value} layer, done by {control.room}; "
        f"{control.cost.build_days} person-days to build, {control.cost.run_days} a year to run",
    }


def _framework(catalogue: Catalogue) -> Table:
    return {
        "urn": f"{URN}:framework:{LIBRARY}",
        "ref_id": LIBRARY,
        "name": "Requirements of mobile financial services",
        "description": "By clause of ISO/TS 12812-2:2017, cited by number and title; requirements "
        "are in our own words.",
        "requirement_nodes": list(_nodes(catalogue)),
    }


def _nodes(catalogue: Catalogue) -> Iterator[Table]:
    """Clauses as groups in the tree that their numbers make; requirements below their clause."""
    for clause in catalogue.clauses.values():
        parent, depth = _parent(clause.number, catalogue)
        node: Table = {
            "urn": node_urn(clause.number), "assessable": False, "depth": depth,
            "ref_id": clause.number, "name": clause.title,
        }  # fmt: skip
        yield node | ({"parent_urn": node_urn(parent)} if parent else {})
        for one in catalogue.requirements.values():
            if one.clause == clause.number:
                yield _requirement(one, catalogue, depth=depth + 1)


def _parent(number: str, catalogue: Catalogue) -> tuple[str, int]:
    """The nearest clause above, and how deep a clause stands; from 1."""
    above, depth, part = "", 1, number
    while "." in part:
        part = part.rpartition(".")[0]
        if part in catalogue.clauses:
            above, depth = above or part, depth + 1
    return above, depth


def _requirement(requirement: Requirement, catalogue: Catalogue, *, depth: int) -> Table:
    node: Table = {
        "urn": node_urn(requirement.id),
        "assessable": requirement.nature is not Nature.DESCRIPTION,
        "depth": depth,
        "parent_urn": node_urn(requirement.clause),
        "ref_id": requirement.id,
        "name": requirement.title,
        "description": requirement.text,
        "annotation": f"{requirement.layer.value} layer. From: {'; '.join(requirement.sources)}",
    }
    if requirement.nature in _IMPORTANCE:
        node["importance"] = _IMPORTANCE[requirement.nature]
    threats = _threats(requirement, catalogue)
    if threats:
        node["threats"] = [threat_urn(name) for name in threats]
    if requirement.controls:
        node["reference_controls"] = [control_urn(name) for name in requirement.controls]
    return node


def _threats(requirement: Requirement, catalogue: Catalogue) -> list[str]:
    """The threats that are tried in the trials which close the requirement."""
    return sorted({catalogue.trials[name].threat for name in requirement.closing.trials})


def _matrix() -> Table:
    return {
        "urn": f"{URN}:matrix:{LIBRARY}-5x5",
        "ref_id": f"{LIBRARY}-5x5",
        "name": "Five by five",
        "description": "A view of the quantitative analysis; the figures in money are what counts.",
        "probability": _levels(_LIKELIHOODS, "How often an event is expected."),
        "impact": _levels(_IMPACTS, "What one event costs."),
        "risk": _levels(_RATINGS, "What the two mean together.", colors=True),
        "grid": [list(row) for row in GRID],
    }


def _levels(names: tuple[str, ...], told: str, *, colors: bool = False) -> list[Table]:
    levels: list[Table] = []
    for place, name in enumerate(names):
        level: Table = {
            "id": place, "abbreviation": str(place + 1), "name": name.capitalize(),
            "description": told,
        }  # fmt: skip
        levels.append(level | ({"hexcolor": _COLORS[place]} if colors else {}))
    return levels


def _yaml() -> Any:
    try:
        return import_module("yaml")
    except ModuleNotFoundError:
        raise Misconfigured(
            "PyYAML is not installed",
            where="this document",
            allowed="pip install 'tallystick[exchange]'",
        ) from None
