"""The owner's own entries, and decisions against a safeguard: read strictly, judged by the day."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.decide import plan_service
from tallystick.describe import (
    ServiceFileRefused,
    catalogue_of,
    load_service,
    read_service,
    standing_of,
)
from tallystick.ground.errors import Misconfigured
from tallystick.standard import load_catalogue

TEXT = (Path(__file__).parents[3] / "examples" / "wallet.toml").read_text(encoding="utf-8")
OWN = """
[[countermeasure]]
id = "C-OWN-BRIEFING"
title = "Customers are briefed at the counter"
description = "Every new customer hears what to do when the handset is gone."
layer = "process"
room = "provider"
cost = { build_days = 5, run_days = 20, friction = 1 }
effects = { "T-DEV-LOST" = [0.05, 0.2] }

[[threat]]
id = "T-DEV-LOST"
overrides = true
frequency = [30, 90]
"""
EXTEND = '\n[catalogue]\nextend = ["own.toml"]\n'
ACCEPTED = """
[[acceptance]]
threat = "T-DEV-LOST"
up_to = "3000000.00"
reason = "The pilot ends in summer."
approved_by = ["A. Mwangi", "B. Otieno"]
until = "2027-06-30"
"""
EXCEPTED = """
[[exception]]
requirement = "R-8-02"
compensation = ["C-KEY-SINGLE"]
reason = "The module is on order."
approved_by = ["A. Mwangi", "B. Otieno"]
until = "2027-06-30"
"""
CLAIMED = """
[[claim]]
control = "C-DEV-BIND"
state = "certified"
by = "Lab Ltd"
until = "2027-01-31"

[[claim]]
control = "C-DEV-BIND"
state = "self_declared"
by = "The provider"
until = "2028-01-31"
"""


def beside(name: str) -> str:
    assert name == "own.toml"
    return OWN


def refusal(more: str, own: str = OWN) -> Misconfigured:
    with pytest.raises(Misconfigured) as caught:
        read_service(TEXT + more, "wallet.toml", lambda name: own)
    return caught.value


def test_own_entries_join_the_catalogue_and_override_it() -> None:
    catalogue = catalogue_of(read_service(TEXT + EXTEND, "wallet.toml", beside))
    ours = load_catalogue()
    assert set(catalogue.countermeasures) - set(ours.countermeasures) == {"C-OWN-BRIEFING"}
    assert catalogue.threats["T-DEV-LOST"].frequency.low == 30
    assert catalogue.threats["T-DEV-LOST"].title == ours.threats["T-DEV-LOST"].title
    assert catalogue.digest != ours.digest


STEP = """
[[step]]
threat = "T-DEV-LOST"
from = "agent"
to = "handset"
onward = [0.01, 0.1]
"""


def test_own_steps_join_ours() -> None:
    text = TEXT + EXTEND
    catalogue = catalogue_of(read_service(text, "wallet.toml", lambda name: OWN + STEP))
    (added,) = set(catalogue.steps) - set(load_catalogue().steps)
    assert (added.threat, added.before, added.after) == ("T-DEV-LOST", "agent", "handset")
    assert len(catalogue.steps) == len(load_catalogue().steps) + 1
    assert list(catalogue.steps) == sorted(
        catalogue.steps, key=lambda step: (step.threat, step.before, step.after)
    )
    assert catalogue.digest != catalogue_of(read_service(text, "wallet.toml", beside)).digest


def test_own_steps_may_be_of_own_threats() -> None:
    threat = """
[[threat]]
id = "T-OWN-KIOSK"
title = "A kiosk at the counter is not watched"
description = "Customers leave it open when they go."
clause = "7"
layer = "process"
needs = "always"
hits = ["credentials"]
sources = ["derived: the provider's own records"]
frequency = [1, 4]
scale = "service"
severity = [0.1, 1]
base = "person_day"
accepted = "The kiosk goes next year."
"""
    own = threat + STEP.replace("T-DEV-LOST", "T-OWN-KIOSK")
    catalogue = catalogue_of(read_service(TEXT + EXTEND, "wallet.toml", lambda name: own))
    assert "T-OWN-KIOSK" in {step.threat for step in catalogue.steps}


@pytest.mark.parametrize(
    ("own", "said", "where"),
    [
        (STEP.replace("T-DEV-LOST", "T-DEV-GONE"), "is no threat of this catalogue", "T-DEV-GONE"),
        (STEP.replace('"agent"', '"attic"'), "from is 'attic'", "T-DEV-LOST"),
        (STEP.replace("[0.01, 0.1]", "[0.1, 0.01]"), "onward is [0.1, 0.01]", "T-DEV-LOST"),
        (STEP + "overrides = true\n", "unknown key 'overrides'", "T-DEV-LOST"),
        (STEP + STEP, "agent to handset stands in own.toml too", "T-DEV-LOST"),
        (
            STEP.replace('"agent"', '"customer"'),
            "customer to handset stands in steps/devices.toml too",
            "T-DEV-LOST",
        ),
        ("step = [3]\n", "found 3; allowed: a table", "step 1"),
    ],
)
def test_a_wrong_step_is_told_with_file_and_entry(own: str, said: str, where: str) -> None:
    error = refusal(EXTEND + ACCEPTED, own)
    assert said in str(error)
    assert f"own.toml, {where}" in str(error)


def test_a_service_without_own_entries_is_planned_with_ours() -> None:
    assert catalogue_of(read_service(TEXT)) is load_catalogue()


def test_the_plan_stands_on_the_own_entries_and_carries_them(tmp_path: Path) -> None:
    (tmp_path / "wallet.toml").write_text(TEXT + EXTEND)
    (tmp_path / "own.toml").write_text(OWN)
    plan = plan_service(load_service(tmp_path / "wallet.toml"))
    assert plan.policy.catalogue == plan.catalogue.digest != load_catalogue().digest
    assert plan.service.plain()["extensions"] == [{"name": "own.toml", "text": OWN}]


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (
            OWN.replace("C-OWN-BRIEFING", "C-DEV-BIND"),
            "stands in countermeasures/devices.toml, C-DEV-BIND too",
        ),
        (OWN.replace('"T-DEV-LOST"\noverrides', '"T-DEV-GONE"\noverrides'), "no threat T-DEV-GONE"),
        (OWN + OWN[OWN.index("[[threat]]") :], "overrides it too"),
        (OWN.replace("overrides = true", "overrides = false"), "overrides is not true"),
        (OWN.replace('{ "T-DEV-LOST"', '{ "T-NOT-THERE"'), "is no threat of this catalogue"),
        (OWN.replace("[30, 90]", "[90, 30]"), "frequency is [90, 30]"),
        (OWN.replace("[30, 90]", "[nan, 90]"), "frequency is [nan, 90]"),
        (OWN.replace("[30, 90]", "[-1, 90]"), "frequency is [-1, 90]"),
        ("[[clause]]\nnumber = '15'\n", "found 'clause'"),
        ("id = 3\nid = 4\n", "not TOML"),
        ("[[threat]]\ntitle = 'x'\n", "a threat without id"),
        ("x = " + "[" * 5_000, "nested too deeply"),
    ],
)
def test_a_wrong_entry_is_told_with_its_place(own: str, said: str) -> None:
    error = refusal(EXTEND + ACCEPTED, own)
    assert said in str(error)
    assert "own.toml" in str(error)


@pytest.mark.parametrize("name", ["../own.toml", "/etc/passwd", "own", ".toml", "a/b.toml"])
def test_own_entries_stand_in_the_same_folder(name: str) -> None:
    error = refusal(f'\n[catalogue]\nextend = ["{name}"]\n')
    assert "the same folder" in str(error)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "wallet.toml").write_text(TEXT + EXTEND)
    with pytest.raises(Misconfigured, match=r"own\.toml: No such file"):
        load_service(tmp_path / "wallet.toml")


def test_text_alone_cannot_name_other_files() -> None:
    with pytest.raises(Misconfigured, match="not at hand"):
        read_service(TEXT + EXTEND)


def test_an_accepted_risk_may_cost_more_and_stands_in_the_policy() -> None:
    strict = plan_service(read_service(TEXT))
    eased = plan_service(read_service(TEXT + ACCEPTED))
    name = eased.analysis.scenario("T-DEV-LOST").id
    assert eased.problem.needs[name] < strict.problem.needs[name]
    (accepted,) = eased.policy.acceptances
    assert accepted.expected_after_minor <= accepted.up_to_minor == 300_000_000
    assert accepted.approved_by == ("A. Mwangi", "B. Otieno")


def test_an_exception_binds_its_compensation_instead() -> None:
    plan = plan_service(read_service(TEXT + EXCEPTED))
    assert "R-8-02" not in plan.problem.mandatory
    (exception,) = plan.policy.exceptions
    assert set(exception.compensation) <= set(plan.selection.chosen)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ACCEPTED.replace("T-DEV-LOST", "T-DEV-LAST"), 'did you mean "T-DEV-LOST"?'),
        (ACCEPTED.replace("T-DEV-LOST", "dev lost"), "an id of the catalogue"),
        (ACCEPTED.replace(', "B. Otieno"', ""), "a list of 2 to 20"),
        (ACCEPTED.replace("B. Otieno", "a. mwangi"), "stands twice"),
        (ACCEPTED.replace("3000000.00", "1.00"), "at least 2500000.00"),
        (ACCEPTED.replace("2027-06-30", "2027-06-31"), 'such as "2027-06-30"'),
        (ACCEPTED.replace("2027-06-30", "20270630"), 'such as "2027-06-30"'),
        (ACCEPTED + ACCEPTED, "stands twice"),
        (EXCEPTED.replace("R-8-02", "R-8-99"), "nothing is called R-8-99"),
        (EXCEPTED.replace("C-KEY-SINGLE", "C-NOWHERE"), "nothing is called C-NOWHERE"),
        (CLAIMED.replace("certified", "perfect"), "self_declared, tested, certified"),
        (CLAIMED.replace("C-DEV-BIND", "T-DEV-LOST"), "nothing is called T-DEV-LOST"),
    ],
)
def test_a_wrong_decision_is_told_with_its_line(text: str, said: str) -> None:
    error = refusal(text)
    assert isinstance(error, ServiceFileRefused)
    assert said in str(error)
    assert "wallet.toml:1" in error.problems[0]


def test_claims_hold_until_their_last_day() -> None:
    service = read_service(TEXT + CLAIMED)
    assert standing_of(service, as_of="2027-01-31") == {"C-DEV-BIND": "certified"}
    assert standing_of(service, as_of="2027-02-01") == {"C-DEV-BIND": "self_declared"}
    assert standing_of(service, as_of="2028-02-01") == {"C-DEV-BIND": "expired"}
