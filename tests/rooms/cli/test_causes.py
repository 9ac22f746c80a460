"""One fact changes: what follows from it is said, with its price and its reason."""

from __future__ import annotations

import json
from pathlib import Path

from tallystick.decide import policy_plain
from tallystick.describe import load_service
from tests.rooms.cli.running import EXAMPLE, TEXT, edited, succeed

TEE = '[[handset]]\nkind = "android"\nsecure_environment = "tee"\nshare_percent = 50\n'


def without_tee(folder: Path) -> Path:
    """The example, its handsets with a trusted execution environment turned into others without."""
    path = folder / "software.toml"
    assert TEE in TEXT
    text = TEXT.replace(TEE, "").replace("share_percent = 35", "share_percent = 85")
    path.write_text(text, encoding="utf-8")
    return path


def test_software_instead_of_a_tee_is_told_with_its_price_and_why(tmp_path: Path) -> None:
    said = succeed("decide", without_tee(tmp_path), "--diff", EXAMPLE)
    for line in (
        "looser   C-KEYS-TEE no longer in force",
        "tighter  C-KEYS-SOFTWARE now in force",
        "other    R-8-12 applies no longer",
        "looser   expected loss of a year: ",
        "other    burden, work and friction: ",
        "because  T-DEV-KEY-EXTRACT (Device keys are copied out of software) went from ",
        "because  T-DEV-TEE-BREAK (A trusted execution environment is broken) cannot happen",
    ):
        assert line in said, line


def test_the_other_way_round_the_threat_can_happen_now(tmp_path: Path) -> None:
    said = succeed("decide", EXAMPLE, "--diff", without_tee(tmp_path))
    assert "T-DEV-TEE-BREAK (A trusted execution environment is broken) can happen now: " in said
    assert "R-8-12 now applies, answered by C-KEYS-TEE" in said


def test_more_causes_than_lines_are_counted(tmp_path: Path) -> None:
    more = edited(tmp_path, ("customers = 120_000", "customers = 150_000"))
    said = succeed("decide", more, "--diff", EXAMPLE)
    assert said.count("because  ") == 5
    assert " more\n" in said


def test_against_a_policy_alone_there_are_no_causes(tmp_path: Path) -> None:
    from tallystick.decide import plan_service

    path = tmp_path / "policy.json"
    path.write_text(json.dumps(policy_plain(plan_service(load_service(EXAMPLE)).policy)))
    said = succeed("decide", without_tee(tmp_path), "--diff", path)
    assert "C-KEYS-TEE no longer in force" in said
    assert "because" not in said
