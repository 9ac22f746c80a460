"""decide --study, --budget and --proof, and what explain says of a chosen countermeasure."""

from __future__ import annotations

import json
from pathlib import Path

from tallystick.decide import Plan, best_within, optimality_record, what_binds
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Misconfigured
from tests.rooms.cli.running import EXAMPLE, refuse, run, succeed


def test_the_study_tells_prices_budgets_and_how_firm_it_is() -> None:
    told = succeed("decide", EXAMPLE, "--study")
    assert "What requirements cost" in told
    assert "What a budget buys" in told
    assert "How firm the choice is" in told
    assert "Left out" in told


def test_a_budget_is_told_in_words_and_as_json(planned: Plan) -> None:
    days = planned.selection.burden // 2000
    other = best_within(planned, days * 1000)
    told = succeed("decide", EXAMPLE, "--budget", str(days))
    assert f"promises that break ({len(other.unmet)})" in told
    gone = set(planned.selection.chosen).difference(other.chosen)
    assert f"would go ({len(gone)})" in told
    raw = run("decide", EXAMPLE, "--budget", str(days), "--format", "json").stdout_bytes
    assert raw == canonical_json(other.plain())
    assert json.loads(raw)["burden_millidays"] <= days * 1000


def test_the_proof_is_written_as_files(planned: Plan, tmp_path: Path) -> None:
    folder = tmp_path / "proof"
    assert "README.txt" in succeed("decide", EXAMPLE, "--proof", folder)
    written = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert written == dict(optimality_record(planned))
    (tmp_path / "file").touch()
    refuse(Misconfigured, "decide", EXAMPLE, "--proof", tmp_path / "file")


def test_one_question_at_a_time() -> None:
    assert "one question" in refuse(Misconfigured, "decide", EXAMPLE, "--study", "--budget", "3")
    assert "one question" in refuse(Misconfigured, "decide", EXAMPLE, "--study", "--diff", EXAMPLE)


def test_a_negative_budget_is_refused() -> None:
    assert "not negative" in refuse(Misconfigured, "decide", EXAMPLE, "--budget", "-5")


def test_explain_says_what_would_break(planned: Plan) -> None:
    binding = what_binds(planned.problem, planned.selection.chosen)
    name = next(name for name, broken in binding.items() if broken[0].startswith("R-"))
    told = succeed("explain", name, "--file", EXAMPLE)
    assert "breaks" in told
    assert binding[name][0] in told
