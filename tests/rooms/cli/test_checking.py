"""check: what a pipeline is told, in words, by exit status and as SARIF."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tallystick.decide import Plan, policy_plain
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Misconfigured
from tallystick.testing import sealed_again
from tests.rooms.cli.running import EXAMPLE, TEXT, edited, refuse, run, succeed

HIGHER = ('per_transaction = "3000.00"', 'per_transaction = "4000.00"')
ENDS = """
[[acceptance]]
threat = "T-DEV-LOST"
up_to = "2600000.00"
reason = "The pilot ends in summer."
approved_by = ["A. Mwangi", "B. Otieno"]
until = "2027-06-30"

[[claim]]
control = "C-DEV-BIND"
state = "tested"
by = "Lab Ltd"
until = "2027-01-31"
"""
EXCEPTED = """
[[exception]]
requirement = "R-8-03"
reason = "The key is split next spring."
approved_by = ["A. Mwangi", "B. Otieno"]
until = "2027-06-30"
"""


def results(path: Path) -> list[dict[str, Any]]:
    (log,) = json.loads(path.read_bytes())["runs"]
    found: list[dict[str, Any]] = log["results"]
    return found


def written(folder: Path, text: str) -> Path:
    path = folder / "wallet.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def kept(planned: Plan, tmp_path: Path) -> Path:
    """The example's policy, as it is in force."""
    path = tmp_path / "policy.json"
    path.write_bytes(canonical_json(policy_plain(planned.policy)))
    return path


def test_a_weaker_limit_is_told_with_its_line_in_words_and_as_sarif(
    tmp_path: Path, kept: Path
) -> None:
    file, out = edited(tmp_path, HIGHER), tmp_path / "out.sarif"
    done = run("check", file, "--baseline", kept, "--sarif", out)
    line = TEXT[: TEXT.index(HIGHER[0])].count("\n") + 1
    assert done.exit_code == 1
    assert f"{file}:{line}: weaker: tier1 per transaction: 3000.00 -> 4000.00 KES" in done.stdout
    (weaker,) = [line for line in done.stdout.splitlines() if "weaker for:" in line]
    assert "remote.pay" in weaker
    assert "keys anywhere, tier1, 3000.01 to 4000.00 KES" in weaker
    (result,) = results(out)
    assert (result["ruleId"], result["level"]) == ("policy-weaker", "error")
    place = result["locations"][0]["physicalLocation"]
    assert place["region"]["startLine"] == line


def test_what_has_run_out_fails_the_day_after(tmp_path: Path) -> None:
    file = written(tmp_path, TEXT + ENDS)
    succeed("check", file, "--baseline", file, "--as-of", "2027-06-30")
    done = run("check", file, "--baseline", file, "--as-of", "2027-07-01")
    assert done.exit_code == 1
    assert "acceptance expired: the acceptance of T-DEV-LOST ended on 2027-06-30" in done.stdout


def test_an_expired_claim_is_told_and_fails_only_when_named(tmp_path: Path) -> None:
    file = written(tmp_path, TEXT + ENDS)
    words = ("check", file, "--baseline", file, "--as-of", "2027-02-01")
    assert "claim expired: C-DEV-BIND was tested" in succeed(*words)
    assert run(*words, "--fail-on", "claim-expired").exit_code == 1


def test_a_requirement_that_is_no_longer_met_is_told_even_while_it_is_excepted(
    tmp_path: Path, kept: Path
) -> None:
    file = written(tmp_path, TEXT + EXCEPTED)
    done = run("check", file, "--baseline", kept, "--as-of", "2027-07-01")
    assert done.exit_code == 1
    assert "exception expired: the exception of R-8-03 ended on 2027-06-30" in done.stdout


def test_a_scenario_that_is_newly_critical_fails(
    planned: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = sealed_again(replace(planned.policy, critical=("T-DEV-LOST",)))
    new = sealed_again(replace(planned.policy, critical=("T-DEV-LOST", "T-PIN-PHISH")))
    path = tmp_path / "old.json"
    path.write_bytes(canonical_json(policy_plain(old)))
    monkeypatch.setattr(
        "tallystick.decide.assurance.plan.draft_policy", lambda problem, selection: new
    )
    done = run("check", EXAMPLE, "--baseline", path)
    assert done.exit_code == 1
    assert "scenario critical: T-PIN-PHISH is critical" in done.stdout
    assert "T-DEV-LOST is critical" not in done.stdout


def test_a_file_that_gives_no_policy_fails_and_is_a_finding(tmp_path: Path, kept: Path) -> None:
    appetite = ('scenario_expected_loss = "2500000.00"', 'scenario_expected_loss = "1.00"')
    file, out = edited(tmp_path, appetite), tmp_path / "out.sarif"
    done = run("check", file, "--baseline", kept, "--sarif", out)
    assert (done.exit_code, [one["ruleId"] for one in results(out)]) == (1, ["plan-impossible"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--fail-on", "everything"), "plan-impossible, scenario-critical"),
        (("--as-of", "tomorrow"), "YYYY-MM-DD"),
        (("--sarif", "nowhere/out.sarif"), "cannot be written"),
    ],
)
def test_wrong_words_are_refused(words: tuple[str, ...], said: str, kept: Path) -> None:
    assert said in refuse(Misconfigured, "check", EXAMPLE, "--baseline", kept, *words)


def test_what_only_the_tables_show_fails_too(
    planned: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.json"
    path.write_bytes(canonical_json(policy_plain(planned.policy)))
    monkeypatch.setattr("tallystick.prove.exchange.gate.weaker_changes", lambda changes: [])
    done = run("check", edited(tmp_path, HIGHER), "--baseline", path)
    assert done.exit_code == 1
    assert "policy weaker: the decision table application.payment" in done.stdout


def test_a_policy_with_a_member_twice_is_refused(kept: Path) -> None:
    text = kept.read_text(encoding="utf-8")
    kept.write_text(text.replace('"currency":', '"currency":"EUR","currency":', 1))
    assert "'currency' stands twice" in refuse(Misconfigured, "check", EXAMPLE, "--baseline", kept)


@pytest.mark.parametrize("words", [("--study", "--format", "html"), ("--budget", "9", "--to", "x")])
def test_a_study_has_no_other_form(words: tuple[str, ...]) -> None:
    assert "a study has no such form" in refuse(Misconfigured, "decide", EXAMPLE, *words)
