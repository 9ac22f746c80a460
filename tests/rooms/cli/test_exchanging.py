"""export: named files, the same for the same input, and refusals in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tallystick.cli.exchanging import told_path
from tallystick.ground.errors import Misconfigured
from tests.rooms.cli.running import EXAMPLE, refuse, run, succeed

pytestmark = pytest.mark.usefixtures("planned_once")

NAMED = {
    "sarif": ["findings.sarif"],
    "cyclonedx": ["attestations.cdx.json", "cbom.cdx.json"],
    "ciso-assistant": ["ciso-assistant.yaml"],
    "soa-csv": ["statement-of-applicability.csv"],
    "soa-xlsx": ["statement-of-applicability.xlsx"],
}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("kind", NAMED)
def test_export_writes_named_files(kind: str, tmp_path: Path) -> None:
    told = succeed("export", EXAMPLE, "--as", kind, "--to", tmp_path / "deep" / "out")
    assert list(contents(tmp_path / "deep" / "out")) == NAMED[kind]
    assert told.splitlines() == [str(tmp_path / "deep" / "out" / name)
                                 for name in sorted(NAMED[kind], key=told.index)]  # fmt: skip


def test_findings_name_the_file_as_it_was_named_but_no_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told_path(EXAMPLE) == "wallet.toml"
    monkeypatch.chdir(EXAMPLE.parents[1])
    succeed("export", "examples/wallet.toml", "--as", "sarif", "--to", tmp_path)
    log = json.loads((tmp_path / "findings.sarif").read_bytes())
    results = log["runs"][0]["results"]
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"] for one in results]
    assert {place["uri"] for place in places} == {"examples/wallet.toml"}


def test_two_exports_are_the_same_octets(tmp_path: Path) -> None:
    for name in ("one", "two"):
        succeed(
            "export", EXAMPLE, "--as", "oscal", "--to", tmp_path / name, "--as-of", "2026-06-30"
        )
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    catalog = json.loads((tmp_path / "one" / "catalog.json").read_bytes())["catalog"]
    assert catalog["metadata"]["last-modified"] == "2026-06-30T00:00:00Z"


def test_a_dossier_adds_results(home: Path, tmp_path: Path) -> None:
    succeed("prove", "--home", home, EXAMPLE, "--out", tmp_path / "proof")
    dossier = tmp_path / "proof" / "dossier.json"
    out = tmp_path / "out"
    succeed("export", EXAMPLE, "--as", "oscal", "--to", out, "--dossier", dossier)
    made = contents(out)
    assert "assessment-results.json" in made
    assert made["dossier.json"] == dossier.read_bytes()
    head = json.loads(made["catalog.json"])["catalog"]["metadata"]
    assert not head["last-modified"].startswith("1980"), "the dossier brings its day"


def test_what_is_no_dossier_is_refused(tmp_path: Path) -> None:
    words = ("export", EXAMPLE, "--as", "oscal", "--to", tmp_path / "out", "--dossier")
    assert "dossier.json" in refuse(Misconfigured, *words, EXAMPLE)
    assert "No such file" in refuse(Misconfigured, *words, tmp_path / "none")
    assert not (tmp_path / "out").exists()


def test_a_day_and_a_format_are_checked(tmp_path: Path) -> None:
    words = ("export", EXAMPLE, "--to", tmp_path / "out", "--as")
    assert "YYYY-MM-DD" in refuse(Misconfigured, *words, "soa-csv", "--as-of", "tomorrow")
    assert run(*words, "pdf").exit_code == 2


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    words = ("export", EXAMPLE, "--as", "soa-csv", "--to", tmp_path / "file")
    assert "cannot be written" in refuse(Misconfigured, *words)
