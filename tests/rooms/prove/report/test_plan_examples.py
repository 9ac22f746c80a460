"""The pages of the six examples: each whole, the same every time, and true to its artefacts."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tallystick.analyse import remaining_minor, risk_matrix
from tallystick.decide import Plan, plan_service
from tallystick.decide.controls import remaining_shares
from tallystick.describe import read_service
from tallystick.prove.report import render_plan
from tallystick.prove.report.landscape import draw_service
from tallystick.prove.report.svg import NARROW, WIDE
from tallystick.prove.report.words import money
from tests.rooms.prove.report.drawings import assert_apart, assert_inside, drawing
from tests.rooms.prove.report.pages import section, spoken, tree

FOLDER = Path(__file__).parents[4] / "examples"
EXAMPLES = sorted(path.name for path in FOLDER.glob("*.toml"))


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> Plan:
    return plan_service(read_service((FOLDER / str(request.param)).read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def page(example: Plan) -> str:
    return render_plan(example, as_of="2026-12-01")


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 6


def test_a_page_holds_the_figures_of_its_plan(example: Plan, page: str) -> None:
    front = tree(page).find("body/header")
    assert front is not None
    words, optimum, currency = spoken(front), example.policy.optimum, example.policy.currency
    for name in ("expected_before", "expected_after", "var_95_before", "var_95_after"):
        assert money(int(optimum[f"{name}_minor"]), currency) in words
    assert f"{optimum['build_days']} + {optimum['run_days']} days" in words
    for number in (optimum["build_days"], optimum["run_days"]):
        cost = int(number) * example.service.volumes.person_day_cost_minor
        assert money(cost, currency) in words


def test_scenarios_after_are_reckoned_with_the_shocks(example: Plan, page: str) -> None:
    controls = [example.catalogue.countermeasures[one.id] for one in example.policy.controls]
    shares = remaining_shares(example.analysis.scenarios, controls)
    rows = list(section(page, "scenarios").iterfind(".//tbody/tr"))
    assert rows
    for row in rows:
        threat = next(spoken(n) for n in row.iter("span") if "id" in (n.get("class") or ""))
        scenario = example.analysis.scenario(threat)
        left = round(remaining_minor(scenario, shares))
        after = spoken(row.findall("td")[2])
        assert after.startswith(money(left, example.policy.currency))


def test_a_heat_map_counts_every_scenario_of_an_example(example: Plan, page: str) -> None:
    table = next(
        one for one in section(page, "heat").iter("table")
        if spoken(one).startswith("Scenarios by rating")
    )  # fmt: skip
    rows = [[spoken(cell) for cell in row.findall("td")] for row in table.findall("tbody/tr")]
    before, after = (sum(int(row[place]) for row in rows) for place in (0, 1))
    assert before == after == sum(len(one.scenarios) for one in risk_matrix(example.analysis))


def test_a_layers_table_adds_up(example: Plan, page: str) -> None:
    table = next(section(page, "measures").iter("table"))
    rows = [[spoken(cell) for cell in row.findall("td")] for row in table.findall("tbody/tr")]
    here, provider, once, yearly = (sum(int(row[place]) for row in rows) for place in range(4))
    assert here + provider == len(example.policy.controls)
    assert once == example.policy.optimum["build_days"]
    assert yearly == example.policy.optimum["run_days"]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_picture_of_an_example_is_readable(example: Plan, width: int) -> None:
    drawn = drawing(draw_service(example.service, example.analysis).pictures[width])
    assert_inside(drawn)
    assert_apart(drawn)
    badges = [
        (float(node.attrib["cx"]), float(node.attrib["cy"]))
        for node in drawn.iter("circle")
        if node.get("r") == "10"
    ]
    assert all(abs(a[0] - b[0]) + abs(a[1] - b[1]) >= 20 for a, b in pairwise(sorted(badges)))


def test_an_example_without_a_day_judges_nothing(example: Plan) -> None:
    words = "".join(tree(render_plan(example)).itertext())
    assert "has run out" not in words
    assert "as of 1" not in words
