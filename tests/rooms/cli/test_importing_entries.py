"""import attack-stix and oscal-catalog: a file to go on with, and what it holds on standard error."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.describe import load_service
from tallystick.ground.errors import Misconfigured
from tests.rooms.cli.running import TEXT, refuse, run
from tests.rooms.describe.test_attack import bundle, technique
from tests.rooms.describe.test_oscal_catalog import catalog, control


@pytest.fixture
def attack(tmp_path: Path) -> Path:
    path = tmp_path / "attack.json"
    path.write_bytes(bundle(technique("T1999"), technique("T1417.002")))
    return path


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.json"
    path.write_bytes(catalog(*(control(f"ac-{number}") for number in range(1, 13))))
    return path


def test_techniques_go_to_standard_output_and_the_report_beside_it(attack: Path) -> None:
    done = run("import", "attack-stix", attack)
    assert done.exit_code == 0
    assert 'id = "T-ATTACK-T1999"' in done.stdout
    assert "entries written: 1" in done.stderr
    assert "not written, as the catalogue has them: 1" in done.stderr
    assert "to be stated by you before the file can be used: 5" in done.stderr


def test_both_files_extend_a_service(attack: Path, rules: Path, tmp_path: Path) -> None:
    run("import", "attack-stix", attack, "--like", "T-MAL-OVERLAY", "--output", tmp_path / "a.toml")
    done = run("import", "oscal-catalog", rules, "--output", tmp_path / "r.toml")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "and 4 more" in done.stderr
    file = tmp_path / "own.toml"
    file.write_text(TEXT + '\n[catalogue]\nextend = ["a.toml", "r.toml"]\n', encoding="utf-8")
    assert [one.name for one in load_service(file).extensions] == ["a.toml", "r.toml"]


def test_choices_reach_the_entries(rules: Path) -> None:
    done = run(
        "import", "oscal-catalog", rules, "--only", "ac-1,zz", "--prefix", "BANK",
        "--clause", "7.2", "--nature", "requirement", "--layer", "infrastructure",
    )  # fmt: skip
    assert done.stdout.count("[[requirement]]") == 4
    assert 'id = "R-7.2-BANK-AC-01"' in done.stdout
    assert 'layer = "infrastructure"' in done.stdout


def test_nothing_is_written_over(attack: Path, tmp_path: Path) -> None:
    words = ("import", "attack-stix", attack, "--output")
    assert "is there already" in refuse(Misconfigured, *words, attack)
    assert "cannot be written" in refuse(Misconfigured, *words, tmp_path / "none" / "a.toml")


def test_mistakes_name_the_file(attack: Path, tmp_path: Path) -> None:
    assert "none.json" in refuse(Misconfigured, "import", "attack-stix", tmp_path / "none.json")
    assert f"{attack}: not an OSCAL" in refuse(Misconfigured, "import", "oscal-catalog", attack)
