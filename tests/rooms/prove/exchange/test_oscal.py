"""The documents are valid OSCAL 1.2.1, lead to one another, and say what plan and dossier say."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from tallystick.describe import Extension, catalogue_with
from tallystick.describe.imports import import_oscal_catalog
from tallystick.ground.errors import Misconfigured
from tallystick.prove.closure import State
from tallystick.prove.exchange import Material
from tallystick.prove.exchange.oscal import assessment_results, mapping_collection, oscal_files
from tallystick.prove.exchange.relations import relations_of
from tallystick.standard import Nature
from tests.rooms.prove.exchange.schemas import OSCAL, errors, read_schema

RESULTS = "assessment-results.json"


@dataclass(frozen=True)
class Made:
    """A relation, as the catalogue holds them."""

    requirement: str
    framework: str
    reference: str
    relationship: str
    rationale: str
    confidence_percent: int | None = None


@dataclass(frozen=True)
class Described:
    title: str
    edition: str
    address: str


def documents(material: Material) -> dict[str, Any]:
    files = oscal_files(material)
    files.pop("dossier.json", None)
    return {name: json.loads(octets) for name, octets in files.items()}


def members(value: Any, name: str) -> Iterator[Any]:
    """Every member of this name, however deep."""
    if isinstance(value, dict):
        if name in value:
            yield value[name]
        for inner in value.values():
            yield from members(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, name)


def test_the_schema_is_the_one_of_1_2_1() -> None:
    assert read_schema(OSCAL)["$id"].endswith("/1.2.1/oscal-complete-schema.json")


def test_every_model_is_valid(material: Material) -> None:
    made = documents(material)
    assert {name: errors(OSCAL, one) for name, one in made.items()} == {name: [] for name in made}
    roots = {next(iter(one)) for one in made.values()}
    more = {"assessment-results"} if material.dossier else set()
    more |= {"mapping-collection"} if relations_of(material) else set()
    assert roots == more | {
        "catalog", "profile", "component-definition", "system-security-plan", "assessment-plan",
        "plan-of-action-and-milestones",
    }  # fmt: skip


SPOILED: list[Callable[[dict[str, Any]], Any]] = [
    lambda d: d["catalog"].update(unknown=1),
    lambda d: d["catalog"].update(uuid="no uuid"),
    lambda d: d["catalog"]["metadata"].pop("title"),
    lambda d: d["catalog"]["metadata"].update({"last-modified": "2026-06-30"}),
    lambda d: d["catalog"]["groups"][0].update(id="not a token"),
    lambda d: d["catalog"].update(groups=[]),
]


@pytest.mark.parametrize("spoil", SPOILED)
def test_the_validator_can_say_no(wallet: Material, spoil: Any) -> None:
    document = copy.deepcopy(documents(wallet)["catalog.json"])
    spoil(document)
    assert errors(OSCAL, document)


def test_the_same_material_gives_the_same_octets(certified: Material) -> None:
    assert oscal_files(certified) == oscal_files(replace(certified))


def test_only_the_named_date_is_in_the_head(wallet: Material) -> None:
    later = documents(replace(wallet, made_at="2027-01-31"))
    for name, one in documents(wallet).items():
        (root,), (other,) = one.values(), later[name].values()
        assert root["metadata"]["last-modified"] == "2026-06-30T00:00:00Z"
        assert other["metadata"]["last-modified"] == "2027-01-31T00:00:00Z"
        assert root["uuid"] != other["uuid"], "another document has another identifier"


def test_uuids_are_of_version_5_and_name_one_thing(material: Material) -> None:
    for name, document in documents(material).items():
        found = [UUID(one) for one in members(document, "uuid")]
        assert {one.version for one in found} == {5}
        doubled = {one for one in found if found.count(one) > 1}
        tool = UUID(material.uuid("component", "tool"))
        platform = UUID(material.uuid("platform", "trials"))
        assert doubled <= {tool, platform}, name


def test_references_between_documents_lead_somewhere(material: Material) -> None:
    made = documents(material)
    hrefs = {href for one in made.values() for href in members(one, "href")}
    files = {href for href in hrefs if "://" not in href and not href.startswith("#")}
    named = {href.partition("#")[0] for href in files}
    assert named - {"dossier.json"} <= made.keys()
    controls = {
        one["id"] for group in made["catalog.json"]["catalog"]["groups"]
        for one in group.get("controls", [])
    }  # fmt: skip
    for one in made.values():
        assert set(members(one, "control-id")) <= controls
        assert {name for names in members(one, "with-ids") for name in names} <= controls


def test_references_inside_a_document_lead_somewhere(material: Material) -> None:
    made = documents(material)
    plan = made["system-security-plan.json"]
    known = {one["uuid"] for one in members(plan, "components") for one in one}
    assert set(members(plan, "component-uuid")) <= known
    for document in made.values():
        resources = {one["uuid"] for found in members(document, "resources") for one in found}
        inside = {href[1:] for href in members(document, "href") if href.startswith("#")}
        assert inside <= resources
        observed = {one["uuid"] for found in members(document, "observations") for one in found}
        assert set(members(document, "observation-uuid")) <= observed
        risks = {one["uuid"] for found in members(document, "risks") for one in found}
        assert set(members(document, "risk-uuid")) <= risks


def test_profile_selects_what_applies(wallet: Material) -> None:
    (imported,) = documents(wallet)["profile.json"]["profile"]["imports"]
    (chosen,) = imported["include-controls"]
    assert chosen["with-ids"] == [one.id for one in wallet.policy.requirements]


def test_a_plan_without_evidence_claims_nothing(wallet: Material) -> None:
    plan = documents(wallet)["system-security-plan.json"]
    states = {one["state"] for one in members(plan, "implementation-status")}
    assert states == {"planned"}
    assert RESULTS not in documents(wallet)
    with pytest.raises(Misconfigured, match="--dossier"):
        assessment_results(wallet)


def test_results_say_what_the_dossier_says(certified: Material) -> None:
    assert certified.dossier is not None
    (result,) = documents(certified)[RESULTS]["assessment-results"]["results"]
    closed = {f"{name}_smt" for name in certified.dossier.ids(State.CLOSED)}
    satisfied = {
        one["target"]["target-id"] for one in result["findings"]
        if one["target"]["status"]["state"] == "satisfied"
    }  # fmt: skip
    assert satisfied == closed
    assert closed
    assert len(result["findings"]) == len(certified.dossier.assessments)
    assert len(result["observations"]) == len(certified.dossier.evidence)


def test_evidence_is_named_by_place_and_digest(certified: Material) -> None:
    files = oscal_files(certified)
    dossier = json.loads(files["dossier.json"])
    assert certified.dossier is not None
    results = json.loads(files[RESULTS])["assessment-results"]
    (resource,) = results["back-matter"]["resources"]
    (link,) = resource["rlinks"]
    assert link["hashes"][0]["value"] == hashlib.sha256(files[link["href"]]).hexdigest()
    for one in results["results"][0]["observations"]:
        (evidence,) = one["relevant-evidence"]
        place = int(evidence["href"].rpartition("/")[2])
        told = {prop["name"]: prop["value"] for prop in evidence["props"]}
        assert told["log-index"] == str(dossier["evidence"][place]["index"])
        leaf = certified.dossier.evidence[place].leaf
        assert told["leaf-sha-256"] == hashlib.sha256(leaf).hexdigest()


def test_what_is_open_is_an_item_and_what_is_closed_is_not(certified: Material) -> None:
    assert certified.dossier is not None
    document = documents(certified)["plan-of-action-and-milestones.json"]
    items = document["plan-of-action-and-milestones"]["poam-items"]
    named = {one["title"].partition(":")[0] for one in items}
    dossier = certified.dossier
    assert named == {*dossier.ids(State.OPEN), *dossier.ids(State.STALE)}


RELATIONS = [
    Made("R-7-01", "nist-800-53", "IA-3", "subset of", "semantic", 80),
    Made("R-7-01", "nist-800-53", "IA-2", "intersects with", "functional"),
    Made("R-8-01", "iso-27001", "A.8.24", "superset", "syntactic", 0),
    Made("R-8-01", "iso-27001", "A.5.1", "supports", "a word that OSCAL does not have"),
]
FRAMEWORKS = {
    "nist-800-53": Described("Security controls", "revision 5", "https://example.org/800-53"),
    "iso-27001": Described("Management systems", "2022", "none"),
}


def test_mappings_are_valid_and_keep_their_relationship(wallet: Material) -> None:
    document = mapping_collection(wallet, RELATIONS, FRAMEWORKS)
    assert errors(OSCAL, document) == []
    made = document["mapping-collection"]["mappings"]
    assert len(made) == 2
    by_target = {one["targets"][0]["id-ref"]: one for mapping in made for one in mapping["maps"]}
    told = {name: one["relationship"] for name, one in by_target.items()}
    assert told == {
        "IA-3": "subset-of", "IA-2": "intersects-with", "A.8.24": "superset-of", "A.5.1": "supports",
    }  # fmt: skip
    assert [name for name, one in by_target.items() if "ns" in one] == ["A.5.1"]
    assert by_target["IA-3"]["matching-rationale"] == "semantic"
    assert by_target["IA-3"]["confidence-score"] == {"percentage": 0.8}
    assert by_target["A.8.24"]["confidence-score"] == {"percentage": 0.0}
    assert "confidence-score" not in by_target["IA-2"]
    assert by_target["A.5.1"]["remarks"] == "a word that OSCAL does not have"


def test_frameworks_are_named_as_the_catalogue_names_them(wallet: Material) -> None:
    collection = mapping_collection(wallet, RELATIONS, FRAMEWORKS)["mapping-collection"]
    resources = {one["title"]: one for one in collection["back-matter"]["resources"]}
    assert resources.keys() == {"Security controls, revision 5", "Management systems, 2022"}
    assert "rlinks" not in resources["Management systems, 2022"]
    targets = {one["target-resource"]["href"] for one in collection["mappings"]}
    assert targets == {f"#{one['uuid']}" for one in resources.values()}
    assert errors(OSCAL, mapping_collection(wallet, RELATIONS, {})) == []


def test_a_catalogue_that_maps_nothing_gives_no_mapping(wallet: Material) -> None:
    with pytest.raises(Misconfigured, match="maps no requirement"):
        mapping_collection(wallet, [])


def test_our_own_catalog_comes_back_as_entries_that_load(wallet: Material) -> None:
    octets = oscal_files(wallet)["catalog.json"]
    made = import_oscal_catalog(octets, catalogue=wallet.catalogue, clause="9", prefix="BACK")
    asking = [
        one for one in wallet.catalogue.requirements.values()
        if one.nature is not Nature.DESCRIPTION
    ]  # fmt: skip
    found = catalogue_with([Extension(name="back.toml", text=made.text)])
    assert len(made.written) == len(asking)
    assert made.left_out == ()
    told = {(one.title, one.text) for name, one in found.requirements.items() if "-BACK-" in name}
    assert told == {(one.title, one.text) for one in asking}
