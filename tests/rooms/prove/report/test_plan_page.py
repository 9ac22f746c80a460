"""The page of a plan: whole, self-contained, the same every time, and true to its artefacts."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

from tallystick.analyse import (
    IMPACTS,
    LIKELIHOODS,
    RATINGS,
    AttackPath,
    Step,
    paths_under,
    risk_matrix,
)
from tallystick.decide import Plan
from tallystick.decide.controls import remaining_shares
from tallystick.prove.report import render_plan
from tallystick.prove.report.matrix import count_ratings
from tallystick.prove.report.measures import list_measures
from tallystick.prove.report.plan.figures import OWN_TERMS
from tallystick.prove.report.plan.paths import list_paths
from tallystick.prove.report.risk import paint_risk
from tallystick.prove.report.scene import scene_of
from tallystick.prove.report.words import days, exact, money, money_range
from tallystick.standard import Layer, Nature
from tests.rooms.prove.report.pages import section, spoken, tree
from tests.rooms.prove.report.studied import (
    EMPTY,
    architecture_for,
    budget_of,
    study_of,
    uncertainty_of,
    with_analysis,
)

SIZE_MAX = 1_500_000
SECTIONS = [
    "service", "loss", "heat", "scenarios", "paths", "measures", "declined", "coverage",
    "register", "others", "statement", "reading", "terms",
]  # fmt: skip


def test_a_plan_page_is_whole_and_of_moderate_size(plan_page: str) -> None:
    root = tree(plan_page)
    assert (root.tag, root.get("lang")) == ("html", "en")
    assert len(plan_page.encode()) < SIZE_MAX
    assert [node.get("id") for node in root.iter("section")] == SECTIONS
    heads = [spoken(head) for head in root.findall("body/main/section//h2")]
    listed = [spoken(link) for nav in root.iter("nav") for link in nav.iter("a")]
    assert heads == [f"{place}{title}" for place, title in enumerate(listed, start=1)]


def test_the_same_plan_gives_the_same_page(planned: Plan, plan_page: str) -> None:
    assert render_plan(planned) == plan_page


def test_nothing_on_a_plan_page_comes_from_elsewhere(full_page: str) -> None:
    assert re.search(r"\w+://", full_page) is None
    tags = {node.tag for node in tree(full_page).iter()}
    assert tags & {"script", "link", "img", "iframe", "object", "form", "base"} == set()
    names = {name for node in tree(full_page).iter() for name in node.attrib}
    assert [name for name in names if name.startswith("on") or name in ("style", "src")] == []


def test_a_plan_page_allows_its_own_style_and_nothing_else(full_page: str) -> None:
    root = tree(full_page)
    style = root.findtext("head/style") or ""
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policies = [
        node.get("content")
        for node in root.iter("meta")
        if node.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    ]


def test_links_of_a_plan_page_lead_within_it(full_page: str) -> None:
    ids = [node.get("id") for node in tree(full_page).iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    targets = {node.get("href") for node in tree(full_page).iter("a")}
    assert targets - {f"#{name}" for name in ids} == set()


def test_tables_and_pictures_of_a_plan_have_names(full_page: str) -> None:
    for table in tree(full_page).iter("table"):
        caption, head = table.find("caption"), table.find("thead")
        assert caption is not None
        assert spoken(caption)
        assert head is not None
        assert all(cell.get("scope") == "col" for cell in head.iter("th"))
    for drawn in tree(full_page).iter("svg"):
        assert drawn.get("aria-hidden") == "true" or drawn.findtext("title")
    told = [node.findtext("desc") for node in section(full_page, "loss").iter("svg")]
    assert all("1 year in 20 more than" in (words or "") for words in told)


def test_figures_are_those_of_the_artefacts(planned: Plan, plan_page: str) -> None:
    front = tree(plan_page).find("body/header")
    assert front is not None
    words, optimum = "".join(front.itertext()), planned.policy.optimum
    for name in ("expected_before", "expected_after", "var_95_before", "var_95_after"):
        assert money(int(optimum[f"{name}_minor"]), "KES") in words
    assert f"{len(planned.policy.controls)} countermeasures" in words
    for nature in ("requirement", "recommendation"):
        asked = [one for one in planned.policy.requirements if one.nature == nature]
        assert f"{sum(bool(one.controls) for one in asked)} of {len(asked)}" in words
    assert f"{optimum['build_days']} + {optimum['run_days']} days" in words
    reading = "".join(section(plan_page, "reading").itertext())
    appetite = planned.service.appetite
    for told in (
        planned.service.digest, planned.catalogue.digest, planned.analysis.digest,
        planned.policy.digest, exact(appetite.scenario_minor, "KES"),
        exact(appetite.annual_95_minor, "KES"), days(int(optimum["burden_millidays"])),
    ):  # fmt: skip
        assert told in reading


def test_the_statement_has_every_requirement_once(planned: Plan, plan_page: str) -> None:
    rows = {row.get("id"): row for row in section(plan_page, "statement").iter("tr")}
    asked = {
        one.id: one
        for one in planned.catalogue.requirements.values()
        if one.nature is not Nature.DESCRIPTION
    }
    assert set(rows) - {None} == set(asked)
    applied = {one.id: one for one in planned.policy.requirements}
    for name, requirement in asked.items():
        words = spoken(rows[name])
        assert requirement.title in words
        nature = "must" if requirement.nature is Nature.REQUIREMENT else "should"
        assert f"{nature}, {requirement.layer.value}" in words
        assert ("not here" in words) == (name not in applied)
        for control in applied[name].controls if name in applied else ():
            assert control in words


def test_coverage_adds_up(planned: Plan, plan_page: str) -> None:
    table = next(section(plan_page, "coverage").iter("table"))
    body = [[spoken(cell) for cell in row.findall("td")] for row in table.findall("tbody/tr")]
    numbers = [[int(cell or 0) for cell in row[1:]] for row in body]
    assert numbers[-1] == [sum(column) for column in zip(*numbers[:-1], strict=True)]
    assert sum(numbers[-1][:-1]) == len(planned.policy.requirements)


def test_every_countermeasure_has_its_reason(planned: Plan, plan_page: str) -> None:
    rows = [spoken(row) for row in section(plan_page, "register").iter("tr")]
    for control in planned.policy.controls:
        row = next(words for words in rows if f"{control.title}{control.id}" in words)
        assert all(name in row for name in control.requirements)
        cost = planned.catalogue.countermeasures[control.id].cost
        assert (f"friction {cost.friction}" in row) == bool(cost.friction)
    left_out = "".join(section(plan_page, "others").itertext())
    controls = planned.catalogue.countermeasures
    assert all(name in left_out for name in planned.policy.declined if name in controls)
    declined = "".join(section(plan_page, "declined").itertext())
    assert all(name in declined for name in planned.policy.declined if name not in controls)


def test_the_board_sees_what_saves_most(planned: Plan, plan_page: str) -> None:
    risk = paint_risk(planned.analysis, planned.policy, planned.catalogue)
    words = spoken(section(plan_page, "measures"))
    for layer in Layer:
        chosen = [one for one in planned.policy.controls if one.layer == layer.value]
        chosen.sort(key=lambda one: (-risk.without_minor[one.id], one.id))
        for control in chosen[:4]:
            assert control.title in words
            assert money(risk.without_minor[control.id], "KES") in words


def test_the_first_page_says_what_remains_and_what_is_feared(planned: Plan, plan_page: str) -> None:
    front = tree(plan_page).find("body/header")
    assert front is not None
    words = "".join(front.itertext())
    risk = paint_risk(planned.analysis, planned.policy, planned.catalogue)
    ranked = sorted(risk.scenarios, key=lambda one: (-one.after[1], one.threat))
    for one in ranked[:3]:
        assert one.title in words
        assert money(one.after[1], "KES") in words
    feared = money(risk.after.high.var_95_minor, "KES")
    assert f"the worst year of 20 costs {feared}" in words


def test_what_left_out_ones_would_prevent_is_told_by_worth(planned: Plan, plan_page: str) -> None:
    measures = list_measures(
        planned.service, planned.analysis, planned.policy,
        paint_risk(planned.analysis, planned.policy, planned.catalogue), planned.catalogue,
    )  # fmt: skip
    part = section(plan_page, "others")
    worth = {one.id for one in measures.left_out if one.second_look}
    table = next(part.iter("table"))
    shown = {spoken(node) for node in table.iter("span") if "id" in (node.get("class") or "")}
    assert shown == worth
    items = [spoken(node) for node in part.iter("li")]
    assert len(items) == len(measures.left_out) - len(worth)


def test_scenarios_say_what_holds_them_down(planned: Plan, plan_page: str) -> None:
    titles = {one.title for one in planned.policy.controls}
    for row in section(plan_page, "scenarios").iterfind(".//tbody/tr"):
        held = [node.text or "" for node in row.findall("td")[-1].iter("span")]
        assert {words.strip() for words in held} <= titles


# ---- what a study adds -----------------------------------------------------------------------


def test_a_study_shows_prices_flips_and_the_frontier(planned: Plan, full_page: str) -> None:
    study, words = study_of(planned), spoken(section(full_page, "choice"))
    paid = [one for one in study.prices if one.burden_millidays]
    assert all(one.requirement in words and days(one.burden_millidays) in words for one in paid)
    assert all(one.control in words for one in study.swing)
    assert f"{len(study.core)} countermeasures are chosen each time" in words
    for point in study.frontier:
        assert money(point.expected_after_minor, "KES") in words
        assert money(point.var_95_after_minor, "KES") in words


def test_a_budget_says_what_it_does_not_keep(planned: Plan, full_page: str) -> None:
    budget, words = budget_of(planned), spoken(section(full_page, "choice"))
    assert days(budget.burden_millidays) in words
    assert budget.unmet[0] in words
    assert "the worst years of everything together" in words


def test_binding_promises_stand_with_the_countermeasure(planned: Plan, full_page: str) -> None:
    part = section(full_page, "register")
    alone = [spoken(node) for node in part.iter("a") if node.get("class") == "alone"]
    words = spoken(part)
    met = {one.id: one.requirements for one in planned.policy.controls}
    told = [(one, name) for one, names in study_of(planned).binding.items() for name in names]
    assert alone == [name for one, name in told if name in met[one]]
    assert len(alone) == 1
    others = [name for one, name in told if name not in met[one]]
    assert all({"portfolio": "the worst years"}.get(name, name) in words for name in others)
    assert words.count("Also breaks") == 1


def test_an_empty_study_says_so(planned: Plan) -> None:
    words = spoken(section(render_plan(planned, study=EMPTY), "choice"))
    assert "No single requirement costs anything more" in words
    assert "0 countermeasures are chosen each time" in words
    assert "None is chosen only sometimes" in words


def test_without_a_study_its_sections_are_left_out(plan_page: str) -> None:
    assert 'id="choice"' not in plan_page
    assert "Also breaks" not in plan_page


# ---- what the analysis may carry ---------------------------------------------------------------


def test_flows_of_an_architecture_are_told_by_number(planned: Plan) -> None:
    made = architecture_for(planned.service)
    page = render_plan(with_analysis(planned, architecture=made))
    part = section(page, "service")
    numbers = [
        spoken(node) for node in part.iter("span") if "badge-word" in (node.get("class") or "")
    ]
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]
    assert len(numbers) >= 8
    words = spoken(part)
    assert "Server → Trust bank" in words
    assert "protects none of them in itself" in words
    sealed = replace(made, flows=tuple(replace(one, protected="message") for one in made.flows))
    part = section(render_plan(with_analysis(planned, architecture=sealed)), "service")
    rows = [spoken(row) for row in next(part.iter("table")).iter("tr")][1:]
    assert all(row.endswith("from end to end") for row in rows)
    assert "protects none" not in spoken(part)
    badges = [node.get("class") for node in part.iter("circle") if node.get("r") == "10"]
    assert set(badges) == {"badge message"}


def test_a_crossing_is_as_protected_as_its_weakest_flow(planned: Plan) -> None:
    made = architecture_for(planned.service)
    flows = [
        replace(one, protected="transport") if one.source == "agents" else one for one in made.flows
    ]
    scene = scene_of(planned.service, replace(made, flows=tuple(flows)))
    mixed = next(one for one in scene.crossings if "Agents → Internet" in one.ends)
    assert (mixed.weakest, mixed.protected, mixed.bare) == ("none", "in part", False)
    assert "Agents → Internet (hop by hop)" in mixed.ends
    alone = next(one for one in scene.crossings if one.ends == "Agents → Customers")
    assert (alone.weakest, alone.protected) == ("transport", "hop by hop")


def test_attack_paths_are_walked_step_by_step(planned: Plan) -> None:
    one, two = planned.analysis.scenarios[:2]
    path = AttackPath(
        id="P-1",
        steps=(
            Step(threat=one.threat, at="gateway", gains="network"),
            Step(threat=two.threat, at="books", gains="server"),
        ),
        target="personal_data",
        frequency_ppm=100_000,
        event_minor=500_000_000,
        expected_minor=50_000_000,
    )
    page = render_plan(with_analysis(planned, paths=(path,)))
    words = spoken(section(page, "paths"))
    for told in (one.title, two.title, "gateway", "books", "personal data", "once in 10 years"):
        assert told in words
    assert money(path.expected_minor, "KES") in words
    controls = [planned.catalogue.countermeasures[one.id] for one in planned.policy.controls]
    shares = remaining_shares(planned.analysis.scenarios, controls)
    left = path.expected_minor * shares[one.id] * shares[two.id]
    assert f"{money(round(left), 'KES')} after" in words


def test_paths_cost_after_what_the_analysis_says(planned: Plan) -> None:
    controls = [planned.catalogue.countermeasures[one.id] for one in planned.policy.controls]
    shares = remaining_shares(planned.analysis.scenarios, controls)
    left = {one.id: one.expected_minor for one in paths_under(planned.analysis, shares, most=400)}
    shown = [row for row in list_paths(planned) if row.id in left]
    assert shown
    for row in shown:
        assert row.after == money(left[row.id], "KES")


def test_the_heat_map_is_the_projection_of_the_analysis(planned: Plan, plan_page: str) -> None:
    controls = [planned.catalogue.countermeasures[one.id] for one in planned.policy.controls]
    shares = remaining_shares(planned.analysis.scenarios, controls)
    was = count_ratings(risk_matrix(planned.analysis))
    now = count_ratings(risk_matrix(planned.analysis, shares))
    words = spoken(section(plan_page, "heat"))
    for rating in RATINGS:
        assert f"{rating}{was[rating]}{now[rating]}" in words
    for place, (often, much) in enumerate(zip(LIKELIHOODS, IMPACTS, strict=True)):
        assert often in words, place
        assert much in words, place


def test_how_sure_the_loss_is_stands_beside_it(planned: Plan) -> None:
    before, after = uncertainty_of(planned, scale=70), uncertainty_of(planned, scale=3)
    analysis = {"uncertainty": before, "residual_uncertainty": lambda shares: after}
    words = spoken(section(render_plan(with_analysis(planned, **analysis)), "loss"))
    assert words.count(money(before.mean_minor.mid, "KES")) == 3
    assert words.count(money_range(after.mean_minor.low, after.mean_minor.high, "KES")) == 3
    titles = planned.catalogue.threats
    for driver, named in zip(after.drivers, (True, True, True, False), strict=True):
        assert (f"{titles[driver.threat].title} (" in words) == named


def test_every_word_of_the_page_is_explained_once(plan_page: str) -> None:
    terms = [spoken(node) for node in section(plan_page, "terms").iter("dt")]
    assert terms == sorted(set(terms), key=str.casefold)
    assert {word for word, _ in OWN_TERMS} <= set(terms)
