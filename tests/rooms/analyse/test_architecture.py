"""The architecture of a service: what follows from its facts, what its owner draws, its areas."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tallystick.analyse import analyse_risk, architecture_of
from tallystick.analyse.architecture import Architecture, Element, areas_of
from tallystick.describe import LIKE, Component, Flow, read_service, scaffold_service
from tallystick.describe.model import Handset, Party
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Defect
from tallystick.standard import ZONES
from tallystick.testing.drawings import drawn_service
from tests.rooms.decide.small import catalogue, small_service

each_kind = pytest.mark.parametrize("like", LIKE)


def element(name: str, zone: str, kind: str = "server") -> Element:
    return Element(id=name, kind=kind, zone=zone, holds=(), drawn=True)


def flow(source: str, target: str, carries: tuple[str, ...] = ()) -> Flow:
    return Flow(source=source, target=target, channel="local", carries=carries, protected="none")


@each_kind
def test_every_kind_of_service_has_a_whole_architecture(like: str) -> None:
    service = read_service(scaffold_service(like, "Sample"))
    drawn = architecture_of(service)
    names = {one.id for one in drawn.elements}
    assert {"customer", "gateway", "server", "books", "registers", "module-1"} <= names
    assert {one.source for one in drawn.flows} | {one.target for one in drawn.flows} == names
    for one in service.handsets:
        assert f"handset-{one.kind}-{one.secure_environment}" in names
    assert {"customer", "edge", "inside", "secure"} <= set(drawn.zones)
    assert set(drawn.zones) <= set(ZONES)


@each_kind
def test_no_part_of_it_is_an_island(like: str) -> None:
    drawn = architecture_of(read_service(scaffold_service(like, "Sample")))
    near: dict[str, set[str]] = {one.id: set() for one in drawn.elements}
    for one in drawn.flows:
        near[one.source].add(one.target)
        near[one.target].add(one.source)
    reached, left = set[str](), ["gateway"]
    while left:
        name = left.pop()
        if name not in reached:
            reached.add(name)
            left.extend(near[name])
    assert reached == set(near)


@each_kind
def test_every_asset_lives_somewhere_and_can_be_come_to(like: str) -> None:
    analysis = analyse_risk(read_service(scaffold_service(like, "Sample")))
    for asset in analysis.assets:
        assert asset.elements, asset.id
        assert asset.boundaries is not None, asset.id
        assert asset.steps is not None, asset.id
        assert asset.steps >= 1, asset.id


def test_facts_change_what_follows() -> None:
    service = small_service()
    assert "mobile-network" not in {one.id for one in architecture_of(service).elements}
    by_text = replace(service, channels=(*service.channels, "sms"))
    drawn = architecture_of(by_text)
    assert {"mobile-network", "sim"} <= {one.id for one in drawn.elements}
    ends = {(one.source, one.target, one.channel) for one in drawn.flows}
    assert ("mobile-network", "gateway", "sms") in ends
    processed = replace(service, parties=(Party(role="processor", name="P"),))
    assert ("server", "processor", "line") in {
        (one.source, one.target, one.channel) for one in architecture_of(processed).flows
    }


def test_a_handset_without_applications_has_none() -> None:
    plain = Handset(kind="feature", secure_environment="software", share_permille=1000)
    drawn = architecture_of(replace(small_service(), handsets=(plain,)))
    kinds = {one.kind for one in drawn.elements}
    assert "handset" in kinds
    assert not kinds & {"application", "secure_environment"}


def test_the_owner_refines_and_adds() -> None:
    service = replace(
        small_service(),
        components=(
            Component(id="gateway", kind="gateway", zone="partner", holds=("messages",)),
            Component(id="cache", kind="server", zone="inside", holds=("credentials",)),
        ),
        flows=(
            Flow(source="internet", target="gateway", channel="internet", carries=("messages",),
                 protected="message"),
            flow("server", "cache", ("credentials",)),
        ),
    )  # fmt: skip
    before, after = architecture_of(small_service()), architecture_of(service)
    assert len(after.elements) == len(before.elements) + 1
    assert len(after.flows) == len(before.flows) + 1
    gateway = next(one for one in after.elements if one.id == "gateway")
    assert (gateway.zone, gateway.holds, gateway.drawn) == ("partner", ("messages",), True)
    into = [f for f in after.flows if (f.source, f.target) == ("internet", "gateway")]
    assert [one.protected for one in into] == ["message"]
    credentials = next(
        a for a in analyse_risk(service, catalogue()).assets if a.id == "credentials"
    )
    assert "cache" in credentials.elements
    assert ("server", "cache") in credentials.flows


def test_the_order_in_the_file_changes_nothing() -> None:
    service = drawn_service(small_service(), components=9, flows=12)
    turned = replace(
        service, components=service.components[::-1], flows=tuple(reversed(service.flows))
    )
    assert canonical_json(architecture_of(turned).plain()) == canonical_json(
        architecture_of(service).plain()
    )


def test_what_leads_nowhere_or_stands_twice_is_our_fault_here() -> None:
    with pytest.raises(Defect, match="leads nowhere"):
        Architecture(elements=(element("a", "edge"),), flows=(flow("a", "b"),))
    with pytest.raises(Defect, match="twice"):
        Architecture(elements=(element("a", "edge"), element("a", "edge")), flows=())


def test_areas_join_what_flows_inside_a_zone() -> None:
    drawn = Architecture(
        elements=(
            element("a", "inside"), element("b", "inside"), element("c", "inside"),
            element("d", "secure"), element("e", "edge"), element("f", "public"),
        ),
        flows=(flow("b", "a"), flow("a", "d"), flow("e", "b"), flow("f", "e")),
    )  # fmt: skip
    areas = areas_of(drawn)
    assert areas.of["a"] == areas.of["b"]
    assert len({areas.of[name] for name in "acdef"}) == 5
    count = {name: areas.boundaries[areas.of[name]] for name in "abcdef"}
    assert count == {"f": 0, "e": 1, "a": 2, "b": 2, "d": 3, "c": None}
    assert drawn.crossing() == (flow("a", "d"), flow("e", "b"), flow("f", "e"))


def test_one_reaches_through_a_network_and_not_through_a_server() -> None:
    drawn = Architecture(
        elements=(
            element("app", "customer", "application"), element("net", "public", "network"),
            element("gate", "edge", "gateway"), element("srv", "inside"),
        ),
        flows=(flow("app", "net"), flow("net", "gate"), flow("gate", "srv")),
    )  # fmt: skip
    areas = areas_of(drawn)
    reached = areas.reach(1 << areas.of["app"])
    assert reached >> areas.of["gate"] & 1
    assert not reached >> areas.of["srv"] & 1


def test_more_boundaries_are_never_fewer() -> None:
    drawn = Architecture(
        elements=tuple(
            element(f"x{n}", zone) for n, zone in enumerate(["public", "edge", "inside"])
        ),
        flows=(flow("x0", "x1"), flow("x1", "x2")),
    )
    short = Architecture(elements=drawn.elements, flows=(*drawn.flows, flow("x0", "x2")))
    far, near = areas_of(drawn), areas_of(short)
    assert far.boundaries[far.of["x2"]] == 2
    assert near.boundaries[near.of["x2"]] == 1
