"""The pictures of a plan: the architecture, the heat map, the frontier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.analyse import RATINGS, Architecture, Cell
from tallystick.decide import Plan
from tallystick.prove.report.frontier import Point, frontier_chart
from tallystick.prove.report.landscape import draw_scene
from tallystick.prove.report.matrix import Scale, count_ratings, heat_maps
from tallystick.prove.report.plan.heat import draw_heat
from tallystick.prove.report.scene import scene_of
from tallystick.prove.report.svg import NARROW, WIDE
from tallystick.standard import ZONES
from tests.rooms.prove.report.drawings import assert_apart, assert_inside, drawing
from tests.rooms.prove.report.studied import architecture_for, element, flow

WIDTHS = pytest.mark.parametrize("width", [WIDE, NARROW])
SCALE = Scale(name="how often", steps=("1 rarest", "2", "3", "4", "5"))
CHANNELS = ("internet", "ussd", "ble", "nfc", "hand", "line")


# ---- the architecture -------------------------------------------------------------------------


@WIDTHS
def test_an_architecture_is_drawn_with_every_element(planned: Plan, width: int) -> None:
    made = architecture_for(planned.service)
    scene = scene_of(planned.service, made)
    drawn = drawing(draw_scene(scene, width=width, label="the service"))
    assert_inside(drawn)
    assert_apart(drawn)
    words = " ".join(drawn.itertext())
    for part in scene.parts:
        assert part.title in words
        for card in part.cards:
            assert card.title in words
    assert drawn.findtext("title") == "the service"


def test_flows_over_one_boundary_and_channel_share_a_number(planned: Plan) -> None:
    made = architecture_for(planned.service)
    zone = {one.id: one.zone for one in made.elements}
    crossing = [one for one in made.flows if zone[one.source] != zone[one.target]]
    scene = scene_of(planned.service, made)
    wanted = {(frozenset((zone[f.source], zone[f.target])), f.channel) for f in crossing}
    assert [one.number for one in scene.crossings] == list(range(1, len(wanted) + 1))
    assert {frozenset(one.zones) for one in scene.crossings} == {pair for pair, _ in wanted}


def test_a_wide_picture_has_an_arrow_for_each_number(planned: Plan) -> None:
    scene = scene_of(planned.service, architecture_for(planned.service))
    drawn = drawing(draw_scene(scene, width=WIDE, label="the service"))
    numbers = [
        node.text for node in drawn.iter("text") if "badge-number" in (node.get("class") or "")
    ]
    assert sorted(numbers, key=lambda text: int(text or 0)) == [
        str(one.number) for one in scene.crossings
    ]


def test_keys_of_a_device_are_the_edge_of_its_box(planned: Plan) -> None:
    scene = scene_of(planned.service, architecture_for(planned.service))
    drawn = drawing(draw_scene(scene, width=WIDE, label="the service"))
    edges = [node.get("class") for node in drawn.iter("rect") if "keys" in node.get("class", "")]
    handsets = [f"keys {one.secure_environment}" for one in planned.service.handsets]
    modules = [f"keys {one.kind}" for one in planned.service.modules]
    assert sorted(map(str, edges)) == sorted(handsets + modules)


@given(st.data())
def test_any_architecture_stays_in_its_frame(planned: Plan, data: st.DataObject) -> None:
    zones = data.draw(st.lists(st.sampled_from(sorted(ZONES)), min_size=1, max_size=14))
    names = st.text("WMil wx-", min_size=1, max_size=40)
    elements = tuple(
        element(f"{data.draw(names)}{n}", kind="partner", zone=zone, drawn=True)
        for n, zone in enumerate(zones)
    )
    ends = st.sampled_from([one.id for one in elements])
    flows = data.draw(
        st.lists(
            st.builds(flow, ends, ends, st.sampled_from(CHANNELS)),
            max_size=12,
        )
    )
    scene = scene_of(planned.service, Architecture(elements=elements, flows=tuple(flows)))
    for width in (WIDE, NARROW):
        assert_inside(drawing(draw_scene(scene, width=width, label="any")))


def test_hostile_names_are_words_in_a_picture(planned: Plan) -> None:
    hostile = '<script>\x1b\u202e&"' + "W" * 90
    service = replace(
        planned.service,
        provider=replace(planned.service.provider, name=hostile),
        parties=tuple(replace(one, name=hostile) for one in planned.service.parties),
        modules=tuple(replace(one, name=hostile) for one in planned.service.modules),
    )
    scene = scene_of(service, architecture_for(service))
    for width in (WIDE, NARROW):
        text = draw_scene(scene, width=width, label=hostile)
        assert "<script" not in text
        assert "\u202e" not in text
        assert_inside(drawing(text))


# ---- the heat map -----------------------------------------------------------------------------


def cells(counts: Sequence[int]) -> list[Cell]:
    """Cells from the lowest row on, each with so many scenarios."""
    return [
        Cell(
            likelihood=place // 5 + 1,
            impact=place % 5 + 1,
            scenarios=tuple(f"S-{place}-{n}" for n in range(number)),
            rating=RATINGS[(place // 5 + place % 5) // 2],
        )
        for place, number in enumerate(counts)
    ]


@WIDTHS
@given(counts=st.lists(st.integers(0, 999), min_size=25, max_size=25))
def test_a_heat_map_counts_every_scenario(width: int, counts: list[int]) -> None:
    before, after = cells(counts), cells(counts[::-1])
    drawn = drawing(heat_maps(before, after, often=SCALE, much=SCALE, width=width))
    assert_inside(drawn)
    assert_apart(drawn)
    shown = [
        int(node.text or 0)
        for node in drawn.iter("text")
        if (node.get("class") or "").startswith("heat-count")
    ]
    assert sorted(shown) == sorted(2 * [number for number in counts if number])


def test_darker_is_worse() -> None:
    assert list(count_ratings(cells([1] * 25))) == list(reversed(RATINGS))
    assert sum(count_ratings(cells([2] * 25)).values()) == 50


def test_scenarios_that_were_worst_are_followed(planned: Plan) -> None:
    names = [one.id for one in planned.analysis.scenarios]
    worst = Cell(likelihood=5, impact=5, scenarios=tuple(names[:3]), rating="critical")
    rest = Cell(likelihood=1, impact=1, scenarios=tuple(names[3:]), rating="low")
    calm = Cell(likelihood=1, impact=1, scenarios=tuple(names), rating="low")
    heat = draw_heat(planned.analysis, [worst, rest], [calm])
    assert {(move.before, move.after) for move in heat.moves} == {("critical", "low")}
    assert len(heat.moves) == 3
    assert heat.more == 0
    assert (heat.before["critical"], heat.after["critical"]) == (3, 0)
    every = Cell(likelihood=5, impact=5, scenarios=tuple(names), rating="critical")
    crowded = draw_heat(planned.analysis, [every], [calm])
    assert len(crowded.moves) + crowded.more == len(names)
    assert crowded.more


# ---- the frontier -----------------------------------------------------------------------------

POINTS = st.builds(
    Point,
    burden_millidays=st.integers(0, 10**8),
    mean_minor=st.integers(0, 10**14),
    var_95_minor=st.integers(0, 10**14),
    kept=st.booleans(),
)


@WIDTHS
@given(
    points=st.lists(POINTS, max_size=20), chosen=POINTS, budget=POINTS, with_budget=st.booleans()
)
def test_a_frontier_stays_in_its_frame(
    width: int, points: list[Point], chosen: Point, budget: Point, with_budget: bool
) -> None:
    drawn = drawing(
        frontier_chart(
            points,
            chosen=chosen,
            budget=budget if with_budget else None,
            accepted=10**9,
            currency="UGX",
            width=width,
            height=440,
        )
    )
    assert_inside(drawn)
    assert_apart(drawn)
    dots = [node for node in drawn.iter("circle") if "dot" in (node.get("class") or "")]
    assert len(dots) == 2 * len(points) + 2, "two of the legend"
    hollow = [node for node in dots if "hollow" in (node.get("class") or "")]
    assert len(hollow) == 2 * sum(not point.kept for point in points)


def test_less_loss_stands_lower_and_more_work_further_right() -> None:
    few = Point(burden_millidays=100_000, mean_minor=900, var_95_minor=2_000)
    many = Point(burden_millidays=300_000, mean_minor=300, var_95_minor=700)
    drawn = drawing(
        frontier_chart(
            [few, many], chosen=few, budget=None, accepted=1_000, currency="UGX",
            width=WIDE, height=400,
        )
    )  # fmt: skip
    mean = [node for node in drawn.iter("circle") if node.get("class") == "dot mean"]
    places = [(float(one.attrib["cx"]), float(one.attrib["cy"])) for one in mean[:2]]
    assert places[0][0] < places[1][0]
    assert places[0][1] < places[1][1]
