"""Wrong service files and catalogues, as a user meets them: what, where, what is allowed; exit 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tallystick.ground.errors import Misconfigured
from tests.rooms.cli.running import TEXT, refuse, succeed

EXTEND = '\n[catalogue]\nextend = ["own.toml"]\n'


def control(name: str, more: str = "") -> str:
    return f"""
[[countermeasure]]
id = "C-OWN-{name}"
title = "The way {name}"
description = "One of two ways."
layer = "process"
room = "provider"
cost = {{ build_days = 1, run_days = 1 }}
effects = {{ "T-DEV-LOST" = [0.01, 0.02] }}
{more}
"""


def mandate(number: str, name: str) -> str:
    return f"""
[[requirement]]
id = "R-6-OWN-{number}"
clause = "6"
nature = "requirement"
layer = "process"
title = "The way {name} is taken"
text = "The way {name} is taken and no other."
sources = ["derived: the owner's own rule book"]
controls = ["C-OWN-{name}"]
closing.attested = true
"""


CLASH = (
    control("LEFT", 'excludes = ["C-OWN-RIGHT"]')
    + control("RIGHT", 'excludes = ["C-OWN-LEFT"]')
    + mandate("01", "LEFT")
    + mandate("02", "RIGHT")
)
CYCLE = (
    control("ONE", 'requires = ["C-OWN-TWO"]')
    + control("TWO", 'requires = ["C-OWN-THREE"]')
    + control("THREE", 'requires = ["C-OWN-ONE"]')
)


def told(folder: Path, text: str, own: str | None = None) -> str:
    """What `tallystick decide` says of a file that it must refuse, in a process of its own."""
    file = folder / "wallet.toml"
    file.write_text(text + (EXTEND if own is not None else ""), encoding="utf-8")
    if own is not None:
        (folder / "own.toml").write_text(own, encoding="utf-8")
    words = [sys.executable, "-m", "tallystick", "decide", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


def edited(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (edited("customers = 120_000", "customers = -1"), ["volumes.customers", "found -1"]),
        (edited("customers = 120_000", "customers = nan"), ["volumes.customers", "found nan"]),
        (edited('average_value = "1200.00"', 'average_value = "-1.00"'), ["average_value", '"-1']),
        (edited('average_value = "1200.00"', 'average_value = "NaN"'), ["average_value", '"NaN"']),
        (edited("share_percent = 50", "share_percent = 51"), ["handset", "101 percent"]),
        (edited('currency = "KES"', 'currency = "KES"\ncurrency = "EUR"'), ["not TOML", ":22"]),
        ("a" * 10_000_000, ["the file is too long", "octets"]),
        (TEXT + "\n[service]\n", ["not TOML"]),
        (
            edited('scenario_expected_loss = "2500000.00"', 'scenario_expected_loss = "1.00"'),
            ["appetite.scenario_expected_loss", "best reachable", "a higher appetite"],
        ),
        (
            edited('annual_loss_95 = "87000000.00"', 'annual_loss_95 = "600.00"'),
            ["appetite", "the choice of least expected loss still loses", "a higher appetite"],
        ),
    ],
    ids=lambda value: None if isinstance(value, list) else value[-20:].strip()[:8],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path: Path, text: str, parts: list[str]) -> None:
    said = told(tmp_path, text)
    assert all(part in said for part in parts), said


def test_mandates_that_contradict_each_other_are_both_named(tmp_path: Path) -> None:
    said = told(tmp_path, TEXT, CLASH)
    assert "R-6-OWN-01" in said
    assert "R-6-OWN-02" in said
    assert "C-OWN-LEFT and C-OWN-RIGHT exclude each other" in said
    assert "R-8" not in said


def test_prerequisites_that_go_in_a_circle_are_named(tmp_path: Path) -> None:
    said = told(tmp_path, TEXT, CYCLE)
    assert "own.toml" in said
    assert all(name in said for name in ("C-OWN-ONE", "C-OWN-TWO", "C-OWN-THREE"))


def test_a_missing_way_is_told_in_the_owners_file(tmp_path: Path) -> None:
    said = told(tmp_path, TEXT, mandate("01", "NOWHERE"))
    assert "own.toml, R-6-OWN-01" in said
    assert "'C-OWN-NOWHERE' is no countermeasure" in said


def test_doctor_looks_at_the_database_that_a_home_remembers(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    assert "sqlite" in succeed("doctor", "--home", tmp_path)
    (tmp_path / "books.url").write_text("postgresql://tallystick@127.0.0.1:1/books\n")
    assert "cannot be reached" in refuse(Misconfigured, "doctor", "--home", tmp_path)
