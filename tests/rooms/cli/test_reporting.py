"""report, and decide --format html: one page from a service file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.decide import Plan
from tallystick.ground.errors import Misconfigured
from tallystick.prove.report import render_plan
from tests.rooms.cli.running import EXAMPLE, edited, refuse, run, succeed


@pytest.mark.usefixtures("planned_once")
def test_report_writes_the_page_of_the_plan(planned: Plan, tmp_path: Path) -> None:
    path = tmp_path / "board.html"
    said = succeed("report", EXAMPLE, "--to", path, "--no-study", "--as-of", "2026-12-01")
    assert str(path) in said
    assert path.read_bytes() == render_plan(planned, as_of="2026-12-01").encode()


@pytest.mark.usefixtures("planned_once")
def test_report_replaces_an_older_page(tmp_path: Path) -> None:
    path = tmp_path / "board.html"
    path.write_text("old")
    succeed("report", EXAMPLE, "--to", path, "--no-study")
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.usefixtures("planned_once")
def test_report_and_decide_give_the_same_octets(tmp_path: Path) -> None:
    path = tmp_path / "board.html"
    succeed("report", EXAMPLE, "--to", path)
    done = run("decide", EXAMPLE, "--format", "html")
    assert done.stdout_bytes == path.read_bytes()


@pytest.mark.usefixtures("planned_once")
def test_report_refuses_a_day_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "board.html"
    told = refuse(Misconfigured, "report", EXAMPLE, "--to", path, "--as-of", "soon")
    assert "YYYY-MM-DD" in told
    assert not path.exists()


@pytest.mark.usefixtures("planned_once")
def test_report_says_where_it_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "board.html"
    assert str(path) in refuse(Misconfigured, "report", EXAMPLE, "--to", path, "--no-study")


def test_report_refuses_what_decide_refuses(tmp_path: Path) -> None:
    path = edited(tmp_path, ('currency = "KES"', 'currency = "XXX"'))
    told = refuse(Misconfigured, "report", path, "--to", tmp_path / "board.html")
    assert "currency" in told


def test_a_difference_is_not_a_page(tmp_path: Path) -> None:
    told = refuse(Misconfigured, "decide", EXAMPLE, "--diff", EXAMPLE, "--format", "html")
    assert "--diff" in told


@pytest.mark.usefixtures("planned_once")
def test_a_budget_needs_a_study(tmp_path: Path) -> None:
    words = ("report", EXAMPLE, "--to", tmp_path / "a.html", "--budget", "300", "--no-study")
    assert "--no-study" in refuse(Misconfigured, *words)
