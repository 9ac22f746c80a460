"""The documents are valid CycloneDX 1.6, and claim no more than the dossier does."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tallystick.crypto.keys import MECHANISM_OF
from tallystick.crypto.mechanisms import MECHANISMS
from tallystick.prove.closure import State
from tallystick.prove.exchange import Material
from tallystick.prove.exchange.cyclonedx import cyclonedx_files
from tests.rooms.prove.exchange.schemas import CYCLONEDX, errors

CBOM, ATTESTATIONS = "cbom.cdx.json", "attestations.cdx.json"


def documents(material: Material) -> dict[str, Any]:
    files = cyclonedx_files(material)
    files.pop("dossier.json", None)
    return {name: json.loads(octets) for name, octets in files.items()}


def declarations(material: Material) -> Any:
    return documents(material)[ATTESTATIONS]["declarations"]


def refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "bom-ref" in value:
            yield value["bom-ref"]
        for inner in value.values():
            yield from refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from refs(inner)


def test_both_documents_are_valid(material: Material) -> None:
    for name, document in documents(material).items():
        assert errors(CYCLONEDX, document) == [], name


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.update(bomFormat="other"),
        lambda d: d.update(serialNumber="urn:uuid:1"),
        lambda d: d["metadata"].update(timestamp="yesterday"),
        lambda d: d["components"][0].update(type="other"),
        lambda d: d["components"][0]["cryptoProperties"].update(assetType="other"),
    ],
)
def test_the_validator_can_say_no(wallet: Material, spoil: Any) -> None:
    document = copy.deepcopy(documents(wallet)[CBOM])
    spoil(document)
    assert errors(CYCLONEDX, document)


def test_references_are_unique_and_lead_somewhere(material: Material) -> None:
    for name, document in documents(material).items():
        known = list(refs(document))
        assert len(set(known)) == len(known), name
        for one in document.get("dependencies", []):
            assert {one["ref"], *one["dependsOn"]} <= set(known)
    known = set(refs(documents(material)[ATTESTATIONS]))
    made = declarations(material)
    (attestation,) = made["attestations"]
    assert attestation["assessor"] in known
    for one in attestation["map"]:
        assert {one["requirement"], *one["claims"]} <= known
    for claim in made["claims"]:
        assert {claim["target"], *claim.get("evidence", [])} <= known


def test_every_mechanism_and_key_purpose_is_an_asset(wallet: Material) -> None:
    assets = {one["bom-ref"]: one for one in documents(wallet)[CBOM]["components"]}
    for name, mechanism in MECHANISMS.items():
        told = assets[f"mechanism:{name}"]["cryptoProperties"]["algorithmProperties"]
        assert told["classicalSecurityLevel"] == mechanism.strength_bits
        assert told["primitive"] != "other", f"say what kind of mechanism {name} is"
    for purpose, mechanism in MECHANISM_OF.items():
        told = assets[f"key:provider:{purpose.value}"]["cryptoProperties"]
        key = told["relatedCryptoMaterialProperties"]
        assert key["algorithmRef"] == f"mechanism:{mechanism}"
        assert "value" not in key


def test_only_what_a_quantum_computer_breaks_is_level_0(wallet: Material) -> None:
    levels = {
        one["name"]: one["cryptoProperties"]["algorithmProperties"].get("nistQuantumSecurityLevel")
        for one in documents(wallet)[CBOM]["components"]
        if one.get("cryptoProperties", {}).get("assetType") == "algorithm"
    }
    broken = {name for name, level in levels.items() if level == 0}
    assert broken == {name for name, one in MECHANISMS.items() if one.not_after is not None}


def test_an_hsm_is_a_device_with_its_certificate(wallet: Material) -> None:
    module = replace(wallet.service.modules[0], kind="hsm", certificate="FIPS 140-3 #1")
    service = replace(wallet.service, modules=(module,))
    analysis = replace(wallet.analysis, service=service.digest)
    policy = replace(wallet.policy, analysis=analysis.digest)
    material = replace(wallet, service=service, analysis=analysis, policy=policy)
    document = documents(material)[CBOM]
    assert errors(CYCLONEDX, document) == []
    (device,) = [one for one in document["components"] if one["type"] == "device"]
    assert {"name": "tallystick:certificate", "value": "FIPS 140-3 #1"} in device["properties"]
    secured = {
        one["cryptoProperties"]["relatedCryptoMaterialProperties"]["securedBy"]["mechanism"]
        for one in document["components"] if one["bom-ref"].startswith("key:provider")
    }  # fmt: skip
    assert secured == {"hardware security module"}


def test_without_a_dossier_nothing_is_scored(wallet: Material) -> None:
    (attestation,) = declarations(wallet)["attestations"]
    assert all("conformance" not in one for one in attestation["map"])
    assert declarations(wallet)["evidence"] == []


def test_scores_follow_the_states(certified: Material) -> None:
    assert certified.dossier is not None
    (attestation,) = declarations(certified)["attestations"]
    full = {
        one["requirement"].partition(":")[2] for one in attestation["map"]
        if one["conformance"]["score"] == 1
    }  # fmt: skip
    assert full == set(certified.dossier.ids(State.CLOSED))
    assert full
    assert {one["conformance"]["score"] for one in attestation["map"]} == {0, 1}


def test_the_provider_is_no_third_party(certified: Material) -> None:
    (assessor,) = declarations(certified)["assessors"]
    assert assessor["thirdParty"] is False


def test_evidence_points_into_the_dossier(certified: Material) -> None:
    dossier = json.loads(cyclonedx_files(certified)["dossier.json"])
    for one in declarations(certified)["evidence"]:
        place = int(one["data"][0]["contents"]["url"].rpartition("/")[2])
        assert one["bom-ref"] == f"evidence:{dossier['evidence'][place]['index']}"


def test_the_same_material_gives_the_same_octets(certified: Material) -> None:
    assert cyclonedx_files(certified) == cyclonedx_files(replace(certified))
