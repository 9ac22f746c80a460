"""A dossier's file is taken when its evidence gives it again, and else refused in words."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.decide import Plan, plan_service
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Misconfigured
from tallystick.prove.evidence import unverified_text
from tallystick.prove.exchange import material_of, oscal, read_dossier
from tests.rooms.prove.world import World


@pytest.fixture(scope="module")
def plan(world: World) -> Plan:
    return plan_service(world.service)


def test_a_dossier_is_read_back(world: World, plan: Plan) -> None:
    found = read_dossier(world.dossier.octets, plan, where="dossier.json")
    assert found == world.dossier
    made = oscal.oscal_files(material_of(plan, dossier=found))
    assert made["dossier.json"] == world.dossier.octets


def spoiled(world: World, **changes: Any) -> bytes:
    return canonical_json(json.loads(world.dossier.octets) | changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"grade": "operational"}, "gives another dossier"),
        ({"policy": "sha256:0"}, "not this plan's"),
        ({"analysis": "sha256:0"}, "not this plan's"),
        ({"catalogue": "sha256:0"}, "not this plan's"),
        ({"service_id": "other"}, "not this plan's"),
        ({"evidence": []}, "gives another dossier"),
        ({"checkpoint": "x"}, "allowed: dossier.json"),
        ({"version": 2}, "version 3"),
        ({"at_ms": 2**53 - 1}, "another dossier"),
    ],
)
def test_an_altered_dossier_is_refused(
    world: World, plan: Plan, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(Misconfigured, match=said):
        read_dossier(spoiled(world, **changes), plan, where="dossier.json")


def test_altered_evidence_is_refused(world: World, plan: Plan) -> None:
    evidence = json.loads(world.dossier.octets)["evidence"]
    evidence[0]["leaf"]["code"] = "other"
    with pytest.raises(Misconfigured):
        read_dossier(spoiled(world, evidence=evidence), plan, where="dossier.json")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_changed_octet_is_refused_or_under_the_signature(
    world: World, plan: Plan, data: st.DataObject
) -> None:
    """The signature and the log's own name take a trust anchor; whatever else differs is found."""
    octets = bytearray(world.dossier.octets)
    place = data.draw(st.integers(0, len(octets) - 1))
    octets[place] ^= data.draw(st.integers(1, 255))
    try:
        found = read_dossier(bytes(octets), plan, where="dossier.json")
    except Misconfigured:
        return
    assert replace(found, checkpoint="") == replace(world.dossier, checkpoint="")
    assert _size_and_root(found.checkpoint) == _size_and_root(world.dossier.checkpoint)


def _size_and_root(note: str) -> list[str]:
    return unverified_text(note).split("\n")[1:]


def test_the_name_of_a_log_is_under_the_signature_alone(world: World, plan: Plan) -> None:
    octets = world.dossier.octets
    name = world.dossier.checkpoint.split("\n")[0]
    other = octets.replace(f'"{name}\\n'.encode(), f'"{name[:-1]}x\\n'.encode())
    assert len(other) == len(octets) != 0
    assert other != octets
    assert read_dossier(other, plan, where="dossier.json").checkpoint.startswith(f"{name[:-1]}x\n")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(octets=st.binary(max_size=200))
def test_no_octets_get_anything_but_a_refusal(world: World, plan: Plan, octets: bytes) -> None:
    with pytest.raises(Misconfigured):
        read_dossier(octets, plan, where="dossier.json")
