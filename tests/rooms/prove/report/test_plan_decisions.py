"""The page of a plan: decisions and their ends, strangers' words, other services."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tallystick.decide import Plan, plan_service
from tallystick.decide.controls import remaining_shares
from tallystick.decide.policy.model import AcceptedRisk, GrantedException
from tallystick.describe import Service, read_service, scaffold_service
from tallystick.describe.model import Claim
from tallystick.ground.errors import Misconfigured
from tallystick.prove.report import render_plan
from tallystick.prove.report.plan.decisions import judge
from tallystick.prove.report.plan.standing import weigh_evidence
from tallystick.prove.report.words import exact, money
from tests.rooms.prove.report.pages import section, spoken, tree
from tests.rooms.prove.report.studied import (
    budget_of,
    study_of,
)

# ---- decisions and their ends -------------------------------------------------------------------


def decided(plan: Plan, hostile: str = "a good reason") -> Plan:
    """The plan with an acceptance, an exception and a claim."""
    names = ("Amina", hostile)
    policy, control = plan.policy, plan.policy.controls[0].id
    unanswered = policy.requirements[0]
    return replace(
        plan,
        service=_with_claim(plan.service, control, hostile),
        policy=replace(
            policy,
            acceptances=(
                AcceptedRisk(
                    threat=plan.analysis.scenarios[0].threat, up_to_minor=900_000_000,
                    expected_after_minor=700_000_000, reason=hostile, approved_by=names,
                    until="2027-06-30",
                ),
            ),
            exceptions=(
                GrantedException(
                    requirement=unanswered.id, compensation=(control,), reason=hostile,
                    approved_by=names, until="2026-12-31",
                ),
            ),
            requirements=(replace(unanswered, controls=()), *policy.requirements[1:]),
        ),
    )  # fmt: skip


def _with_claim(service: Service, control: str, by: str) -> Service:
    digest = service.digest
    claim = Claim(control=control, state="tested", by=by, until="2026-01-31")
    made = replace(service, claims=(claim,))
    made.__dict__["digest"] = digest
    return made


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("", ["not judged", "not judged", "not judged"]),
        ("2026-01-01", ["running", "running", "ends soon"]),
        ("2026-12-01", ["ends soon", "running", "has run out"]),
        ("2027-07-01", ["has run out", "has run out", "has run out"]),
    ],
)
def test_ends_are_judged_against_the_day_given(planned: Plan, as_of: str, said: list[str]) -> None:
    part = section(render_plan(decided(planned), as_of=as_of), "decisions")
    tags = [spoken(node) for node in part.iter("span") if "tag" in (node.get("class") or "")]
    assert tags == said


def test_the_last_day_still_counts() -> None:
    assert judge("2026-12-31", as_of="2026-12-31") == "soon"
    assert judge("2026-12-31", as_of="2027-01-01") == "expired"


def test_the_board_is_asked_for_every_exception(planned: Plan) -> None:
    page = render_plan(decided(planned))
    front = tree(page).find("body/header")
    assert front is not None
    words = spoken(front)
    plan = decided(planned)
    assert f"Accept more: {plan.policy.acceptances[0].threat}" in words
    assert f"Make an exception: {plan.policy.exceptions[0].requirement}" in words
    row = next(
        node for node in section(page, "statement").iter("tr")
        if node.get("id") == plan.policy.exceptions[0].requirement
    )  # fmt: skip
    assert "excepted" in spoken(row)


@pytest.mark.parametrize("day", ["2026-13-01", "tomorrow", "20261201", "2026-1-1", "2026-02-30"])
def test_a_day_that_is_none_is_refused(planned: Plan, day: str) -> None:
    with pytest.raises(Misconfigured, match="not a day"):
        render_plan(planned, as_of=day)


def test_parts_of_different_plans_are_refused(planned: Plan) -> None:
    other = replace(planned, service=replace(planned.service, name="another"))
    with pytest.raises(Misconfigured, match="analysis"):
        render_plan(other)


# ---- strangers' names and other services --------------------------------------------------------


@pytest.mark.parametrize(
    "hostile",
    [
        "</title><script>alert(1)</script> \"'&amp; <svg onload=x>",
        "{{ 7 * 7 }}{% for x in y %}",
        "W" * 200,
        "\u202eright to left\u2066\x00\x1b[31m",
        "مدفوعات الهاتف المحمول",
    ],
)
def test_strangers_words_are_only_words(planned: Plan, hostile: str) -> None:
    service = replace(
        planned.service,
        name=hostile,
        provider=replace(planned.service.provider, name=hostile),
        parties=tuple(replace(one, name=hostile) for one in planned.service.parties),
        modules=tuple(replace(one, name=hostile) for one in planned.service.modules),
        tiers=tuple(replace(one, name=f"{hostile}{n}") for n, one in
                    enumerate(planned.service.tiers)),
    )  # fmt: skip
    service.__dict__["digest"] = planned.service.digest
    page = render_plan(decided(replace(planned, service=service), hostile))
    assert "<script" not in page
    assert "<svg onload" not in page
    assert not re.search("[\x00\x1b\u202a-\u202e\u2066-\u2069]", page)
    words = "".join(tree(page).itertext())
    assert re.sub("[\x00\x1b\u202e\u2066]", "\ufffd", hostile) in words


@pytest.mark.parametrize("like", ["e-wallet", "p2p", "merchant-qr", "mobile-banking"])
def test_every_kind_of_service_has_its_page(like: str) -> None:
    plan = plan_service(read_service(scaffold_service(like, "Test Service")))
    page = render_plan(plan, study=study_of(plan), budget=budget_of(plan))
    assert render_plan(plan, study=study_of(plan), budget=budget_of(plan)) == page
    assert money(int(plan.policy.optimum["expected_after_minor"]), plan.policy.currency) in page


def test_a_currency_without_decimals_is_written_without() -> None:
    text = re.sub(r'"(\d+)\.00"', r'"\1"', scaffold_service("p2p", "Test Service"))
    text = re.sub(r'currency = "\w+"', 'currency = "UGX"', text)
    plan = plan_service(read_service(text))
    page = render_plan(plan, study=study_of(plan))
    assert exact(plan.service.volumes.person_day_cost_minor, "UGX") in page
    amounts = re.findall(r"([\d.]+)\xa0UGX", page)
    assert amounts
    assert all("." not in amount for amount in amounts), "millions and more have a unit between"


def test_the_evidence_of_a_day_is_counted_by_what_stands_behind_it(planned: Plan) -> None:
    plan = decided(planned)
    assert weigh_evidence(plan, as_of="") is None
    assert weigh_evidence(planned, as_of="2026-01-31") is None
    found = weigh_evidence(plan, as_of="2026-01-31")
    late = weigh_evidence(plan, as_of="2026-02-01")
    assert found is not None
    assert late is not None
    assert (found.shown, late.shown) == (1, 0)
    assert late.mean == money(planned.analysis.loss.mean_minor, "KES"), "nothing is shown to work"
    control = planned.policy.controls[0]
    shares = remaining_shares(
        planned.analysis.scenarios,
        [planned.catalogue.countermeasures[control.id]],
        {control.id: "tested"},
    )
    assert found.mean == money(planned.analysis.residual(shares).mean_minor, "KES")


def test_the_first_page_says_what_is_shown_on_the_day(planned: Plan) -> None:
    plan = decided(planned)
    found = weigh_evidence(plan, as_of="2026-01-31")
    front = tree(render_plan(plan, as_of="2026-01-31")).find("body/header")
    assert front is not None
    assert found is not None
    words = spoken(front)
    assert f"Evidence for 1 of {len(plan.policy.controls)} countermeasures" in words
    assert f"a year costs {found.mean} on average" in words


@pytest.mark.parametrize(("many", "shown"), [(2, True), (3, False)])
def test_what_is_asked_goes_before_what_remains(planned: Plan, many: int, shown: bool) -> None:
    plan = decided(planned)
    more = tuple(
        replace(plan.policy.acceptances[0], threat=one.threat)
        for one in plan.analysis.scenarios[: many - 1]
    )
    page = render_plan(replace(plan, policy=replace(plan.policy, acceptances=more)))
    front = tree(page).find("body/header")
    assert front is not None
    assert ("What would cost most" in spoken(front)) == shown
    assert spoken(front).count("Accept more") == many - 1
