"""attack: starts or finds the service, keeps the staff, and says honestly what was not judged."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tallystick.assembly import open_platform, read_tallies
from tallystick.cli.attacking import show_results
from tallystick.cli.staffing import ROLES
from tallystick.decide import Plan
from tallystick.ground.errors import Misconfigured
from tallystick.ground.facts import TRIAL_WITHSTOOD
from tallystick.protect.screening import read_name_list
from tallystick.serve import serving
from tallystick.trials import Probe, TrialResult
from tallystick.trials.result import judge
from tests.rooms.cli.running import EXAMPLE, NAMES, edited, refuse, run, succeed

pytestmark = pytest.mark.usefixtures("planned_once")
QUICK = ("--file", EXAMPLE, "--names", NAMES, "--only", "amount-changed")


@contextmanager
def live(planned: Plan, home: Path) -> Iterator[str]:
    names = read_name_list(NAMES.read_bytes(), where=str(NAMES))
    with (
        open_platform(planned.policy, home=home, names=names) as platform,
        serving(platform) as url,
    ):
        yield url


def test_a_fresh_home_is_served_attacked_and_served_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    told = succeed("attack", "--home", home, *QUICK)
    assert "amount-changed" in told
    assert "1 trial: 1 withstood, 0 failed, 0 not run" in told
    assert {path.name for path in tmp_path.iterdir()} == {"home"}, "nothing is left beside the home"
    kept = [home / "staff" / f"{role}.handset" for role in ROLES]
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert stat.S_IMODE((home / "staff").stat().st_mode) == 0o700
    assert "1 withstood" in succeed("attack", "--home", home, *QUICK), "the staff is found again"
    kinds = [fact.kind for entry in read_tallies(home, after=0) for fact in entry.facts]
    assert kinds.count(TRIAL_WITHSTOOD) == 2


def test_a_running_service_is_attacked_with_saved_staff_and_without_sight_of_the_inside(
    planned: Plan, tmp_path: Path
) -> None:
    home, staff = tmp_path / "home", tmp_path / "staff"
    blind = ("--staff", staff, *QUICK, "--only", "ledger-row-edited")
    with live(planned, home) as url:
        succeed("attack", url, "--home", home, "--staff", staff, *QUICK)
        told = succeed("attack", url, *blind)
        assert "2 trials: 1 withstood, 0 failed, 1 not run" in told
        assert "needs the provider's cooperation" in told
        assert run("attack", url, *blind, "--strict").exit_code == 1
        lost = refuse(Misconfigured, "attack", url, "--home", home, *QUICK)
        assert "enrolled already" in lost
        assert "--staff" in lost


def test_a_service_under_another_policy_is_not_judged(planned: Plan, tmp_path: Path) -> None:
    lower = edited(tmp_path, ('per_transaction = "3000.00"', 'per_transaction = "1000.00"'))
    with live(planned, tmp_path / "home") as url:
        words = ("attack", url, "--home", tmp_path / "home", "--file", lower)
        assert "runs under policy" in refuse(Misconfigured, *words)


def test_a_home_in_use_is_left_alone(planned: Plan, tmp_path: Path) -> None:
    with live(planned, tmp_path / "home"):
        said = refuse(Misconfigured, "attack", "--home", tmp_path / "home", *QUICK)
    assert "another process has this home open" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing to attack"),
        (("http://192.0.2.1:80",), "not this machine"),
        (("http://192.0.2.1:80", "--allow-host", "192.0.2.2"), "not this machine"),
        (("http://127.0.0.1:9",), "no staff"),
        (("http://127.0.0.1:9", "--staff", "nowhere"), "no such handsets"),
        (("http://127.0.0.1:9", "--only", "wishing"), "no such trial"),
    ],
)
def test_what_cannot_be_attacked_is_said(words: tuple[str, ...], said: str) -> None:
    assert said in refuse(Misconfigured, "attack", *words, "--file", EXAMPLE)


def test_a_failed_trial_is_shown_with_its_reason_and_fails_the_command(
    planned: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = Probe(what="the amount was raised", expected="intent.refused", seen="ok")
    failed = judge("amount-changed", "T-MSG-ALTER-AMOUNT", (probe,), took_ms=1)

    def lose(*_: object, **__: object) -> list[TrialResult]:
        return [failed]

    monkeypatch.setattr("tallystick.trials.run_trials", lose)
    with live(planned, tmp_path / "home") as url:
        done = run("attack", url, "--home", tmp_path / "home", *QUICK)
    assert done.exit_code == 1
    assert "amount-changed: failed" in done.stdout
    assert "the amount was raised: ok, expected intent.refused" in done.stdout


def test_results_fit_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    probes = tuple(
        Probe(what=f"way {n}", expected=f"code.number_{n}", seen=f"other.word_{n}")
        for n in range(9)
    )
    result = judge("double-spend-concurrent", "T-MSG-COUNTER-ROLLBACK", probes, took_ms=1)
    show_results([result])
    shown = capsys.readouterr().out
    assert max(len(line) for line in shown.splitlines()) <= 100
    for n in range(9):
        assert f"code.number_{n}" in shown
        assert f"other.word_{n}" in shown
