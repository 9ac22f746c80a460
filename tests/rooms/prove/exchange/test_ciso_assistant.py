"""The library has the shape that CISO Assistant documents; its own loader is not used here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
import yaml

from tallystick.prove.exchange import Material
from tallystick.prove.exchange.ciso_assistant import GRID, ciso_assistant_library

URN = re.compile(r"urn:([a-z0-9._-]+:)*[a-z0-9._-]+")
REF = re.compile(r"[a-zA-Z0-9._-]{1,100}")
META = {
    "urn", "locale", "ref_id", "name", "description", "copyright", "version", "publication_date",
    "provider", "packager", "objects",
}  # fmt: skip
NEEDED = {
    "threats": {"urn", "ref_id", "name"},
    "reference_controls": {"urn", "ref_id", "name", "category"},
    "risk_matrices": {
        "urn",
        "ref_id",
        "name",
        "description",
        "probability",
        "impact",
        "risk",
        "grid",
    },
}
NODE = {"urn", "assessable", "depth", "ref_id", "name"}


def library(material: Material) -> Any:
    return yaml.safe_load(ciso_assistant_library(material))


def objects(material: Material) -> Any:
    return library(material)["objects"]


def nodes(material: Material) -> list[Any]:
    return list(objects(material)["framework"]["requirement_nodes"])


def urns(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "urn" in value:
            yield value["urn"]
        for inner in value.values():
            yield from urns(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from urns(inner)


def test_the_head_has_every_key(material: Material) -> None:
    head = library(material)
    assert head.keys() == META
    assert isinstance(head["version"], int)
    assert isinstance(head["publication_date"], date)
    assert len(head["packager"]) <= 32
    assert re.fullmatch("[a-z]{2}", head["locale"])


def test_urns_are_well_shaped_short_and_unique(material: Material) -> None:
    found = list(urns(library(material)))
    assert len(set(found)) == len(found)
    for urn in found:
        assert URN.fullmatch(urn)
        assert len(urn) <= 255
        assert urn.startswith("urn:tallystick:risk:")
    words = {urn.split(":")[3] for urn in found}
    assert words == {"library", "framework", "req_node", "threat", "function", "matrix"}


def test_objects_have_the_keys_that_the_loader_asks_for(material: Material) -> None:
    made = objects(material)
    for kind, needed in NEEDED.items():
        assert made[kind]
        for one in made[kind]:
            assert needed <= one.keys(), kind
            assert REF.fullmatch(one["ref_id"])
            assert len(one["name"]) <= 200
    for one in made["reference_controls"]:
        assert one["category"] in {"policy", "process", "technical", "physical", "procedure"}


def test_nodes_make_a_tree_in_which_parents_come_first(material: Material) -> None:
    depths: dict[str, int] = {}
    for node in nodes(material):
        assert node.keys() >= NODE
        assert REF.fullmatch(node["ref_id"])
        assert len(node["name"]) <= 200
        above = node.get("parent_urn")
        assert node["depth"] == (1 if above is None else depths[above] + 1)
        depths[node["urn"]] = node["depth"]


def test_only_what_asks_is_assessable(wallet: Material) -> None:
    told = {node["ref_id"]: node for node in nodes(wallet)}
    for one in wallet.catalogue.requirements.values():
        node = told[one.id]
        assert node["assessable"] is (one.nature.value != "description")
        assert node.get("importance") == {
            "requirement": "mandatory", "recommendation": "recommended",
        }.get(one.nature.value)  # fmt: skip
    assert not any(told[number]["assessable"] for number in wallet.catalogue.clauses)


def test_references_of_nodes_lead_to_objects_of_the_library(material: Material) -> None:
    made = objects(material)
    threats = {one["urn"] for one in made["threats"]}
    controls = {one["urn"] for one in made["reference_controls"]}
    for node in nodes(material):
        assert set(node.get("threats", [])) <= threats
        assert set(node.get("reference_controls", [])) <= controls
    assert any("threats" in node for node in nodes(material))


def test_the_matrix_is_square_and_monotone(wallet: Material) -> None:
    (matrix,) = objects(wallet)["risk_matrices"]
    size = len(matrix["probability"])
    assert size == len(matrix["impact"]) == len(matrix["grid"]) == 5
    for axis in ("probability", "impact", "risk"):
        assert [level["id"] for level in matrix[axis]] == list(range(len(matrix[axis])))
    for level in matrix["risk"]:
        assert re.fullmatch("#[0-9A-F]{6}", level["hexcolor"])
    for row in matrix["grid"]:
        assert list(row) == sorted(row)
        assert set(row) <= {level["id"] for level in matrix["risk"]}
    for one, other in pairwise(GRID):
        assert all(low <= high for low, high in zip(one, other, strict=True))


@pytest.mark.parametrize(
    ("before", "after"), [("2026-06-30", "2026-07-01"), ("2026-12-31", "2027-01-01")]
)
def test_a_later_library_replaces_an_earlier_one(wallet: Material, before: str, after: str) -> None:
    old, new = (library(replace(wallet, made_at=day))["version"] for day in (before, after))
    assert old < new
