"""explain also knows threats by the names that public taxonomies give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.ground.errors import Misconfigured
from tests.rooms.cli.running import EXAMPLE, refuse, succeed


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("CAPEC-60", ("taxonomy", "capec.mitre.org/data/definitions/60.html", "T-MSG-REPLAY")),
        ("T1451", ("ATT&CK Mobile T1451", "attack.mitre.org/techniques/T1451/", "T-SIM-SWAP")),
        ("ATT&CK Mobile T1417.002", ("techniques/T1417/002/", "T-MAL-OVERLAY")),
        ("MASWE-0052", ("MASWE-0052 (1.0)", "T-MAL-VIRTUAL")),
        ("MASWE-0052 (beta)", ("MASWE-0052 (beta)", "no threat of this catalogue")),
    ],
)
def test_an_entry_of_a_taxonomy_leads_to_threats(name: str, said: tuple[str, ...]) -> None:
    told = " ".join(succeed("explain", name).split())
    for words in said:
        assert words in told, words


@pytest.mark.usefixtures("planned_once")
def test_it_does_so_for_a_service_too() -> None:
    assert "T-MSG-REPLAY" in succeed("explain", "CAPEC-60", "--file", EXAMPLE)


@pytest.mark.parametrize("name", ["CAPEC-", "T17", "MASWE-52", "ATT&CK T1451"])
def test_what_only_looks_like_an_id_is_refused(name: str) -> None:
    said = refuse(Misconfigured, "explain", name)
    assert said.startswith("explain: ")
    assert "allowed: ATT&CK Mobile T1417" in said


def test_a_threat_tells_its_other_names_and_that_it_is_accepted() -> None:
    told = " ".join(succeed("explain", "T-TRAFFIC-SEEN").split())
    assert "known as CAPEC-158 (3.9), https://capec.mitre.org" in told
    assert "accepted Whoever carries traffic" in told
