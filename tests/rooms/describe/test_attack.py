"""Techniques become threats that an owner states; figures are never invented."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tallystick.describe import Extension, catalogue_with
from tallystick.describe.imports import import_attack
from tallystick.ground.errors import Misconfigured
from tallystick.standard import Catalogue, load_catalogue

LIKE = "T-MAL-OVERLAY"


def technique(name: str, title: str = "A technique", **more: Any) -> dict[str, Any]:
    """An attack-pattern as ATT&CK writes it; the words are ours."""
    return {
        "type": "attack-pattern",
        "name": title,
        "external_references": [
            {"source_name": "other", "external_id": "X-1"},
            {"source_name": "mitre-attack", "external_id": name},
        ],
        "kill_chain_phases": [
            {"kill_chain_name": "mitre-mobile-attack", "phase_name": "collection"}
        ],
        "x_mitre_domains": ["mobile-attack"],
        "x_mitre_platforms": ["Android", "iOS"],
    } | more


def bundle(*objects: Any) -> bytes:
    return json.dumps({"type": "bundle", "objects": list(objects)}).encode()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def extended(text: str) -> Catalogue:
    return catalogue_with([Extension(name="attack.toml", text=text)])


def test_a_new_technique_like_a_threat_is_an_entry_that_loads(catalogue: Catalogue) -> None:
    made = import_attack(bundle(technique("T1999")), catalogue=catalogue, like=LIKE)
    assert made.written == ("T-ATTACK-T1999",)
    assert made.to_state == ()
    threat, pattern = extended(made.text).threats["T-ATTACK-T1999"], catalogue.threats[LIKE]
    for part in ("hits", "frequency", "scale", "severity", "base", "cap", "cap_count", "layer"):
        assert getattr(threat, part) == getattr(pattern, part)
    assert threat.sources == ("ATT&CK Mobile T1999",)
    assert threat.needs == 'handsets has "android" or handsets has "ios"'
    assert f"those of {LIKE}" in made.text
    assert "nothing acts on it yet" in threat.accepted


def test_without_a_pattern_the_figures_are_for_the_owner(catalogue: Catalogue) -> None:
    made = import_attack(bundle(technique("T1999")), catalogue=catalogue)
    assert len(made.to_state) == 5
    with pytest.raises(Misconfigured, match="T-ATTACK-T1999: hits is missing"):
        extended(made.text)
    stated = (
        made.text.replace("# hits", "hits").replace("# scale", "scale").replace("# base", "base")
        .replace("# frequency = [LOW, HIGH]", "frequency = [1, 2]")
        .replace("# severity = [LOW, HIGH]", "severity = [0.1, 0.5]")
    )  # fmt: skip
    for line in (
        "what it reaches",
        "events a year",
        "service, customers",
        "5 % and",
        "transaction,",
    ):
        assert line in stated
    stated = "\n".join(
        line if line.startswith("#") else line.partition("   ")[0] for line in stated.split("\n")
    )
    assert extended(stated).threats["T-ATTACK-T1999"].frequency.high == 2


def test_what_the_catalogue_cites_is_reported_and_not_written(catalogue: Catalogue) -> None:
    octets = bundle(technique("T1417.002"), technique("T1417"), technique("T1998"))
    made = import_attack(octets, catalogue=catalogue, like=LIKE)
    assert made.written == ("T-ATTACK-T1998",)
    whole, part = made.covered
    assert whole.startswith("T1417 A technique: ")
    assert part.startswith("T1417.002 A technique: T-")


def test_a_sub_technique_is_covered_with_its_technique(catalogue: Catalogue) -> None:
    cited = next(
        source.removeprefix("ATT&CK Mobile ")
        for threat in catalogue.threats.values() for source in threat.sources
        if source.startswith("ATT&CK Mobile T") and "." not in source
    )  # fmt: skip
    octets = bundle(technique(f"{cited}.999"), technique("T1998.001"))
    made = import_attack(octets, catalogue=catalogue, like=LIKE)
    assert made.written == ("T-ATTACK-T1998-001",)
    assert made.covered[0].startswith(f"{cited}.999")


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (technique("T1999", revoked=True), "revoked"),
        (technique("T1999", x_mitre_deprecated=True), "deprecated"),
        (technique("T1999", x_mitre_domains=["enterprise-attack"], kill_chain_phases=[]), "matrix"),
        (technique("no id"), "no identifier"),
        (technique("T1998"), "stands twice"),
        ({"type": "attack-pattern"}, "no identifier"),
    ],
)
def test_what_is_left_out_is_told(catalogue: Catalogue, one: Any, reason: str) -> None:
    made = import_attack(bundle(technique("T1998"), one), catalogue=catalogue, like=LIKE)
    assert made.written == ("T-ATTACK-T1998",)
    (told,) = made.left_out
    assert reason in told


def test_other_objects_are_passed_over(catalogue: Catalogue) -> None:
    others: list[Any] = [{"type": "malware"}, 1, None, [], "x", {}]
    made = import_attack(bundle(*others, technique("T1999")), catalogue=catalogue, like=LIKE)
    assert (len(made.written), made.left_out) == (1, ())


def test_hostile_names_stay_one_line_of_text(catalogue: Catalogue) -> None:
    hostile = 'a"\n[[threat]]\nid = "T-X"\u202e\x00\\ \ud800 \U0001f600'
    made = import_attack(bundle(technique("T1999", hostile)), catalogue=catalogue, like=LIKE)
    found = extended(made.text)
    assert "T-X" not in found.threats
    assert found.threats["T-ATTACK-T1999"].title == 'a" [[threat]] id = "T-X" \\ \U0001f600'


@pytest.mark.parametrize("name", ["", "\n", None, 7])
def test_a_technique_without_a_name_is_called_by_its_id(catalogue: Catalogue, name: Any) -> None:
    made = import_attack(bundle(technique("T1999", name)), catalogue=catalogue, like=LIKE)
    assert extended(made.text).threats["T-ATTACK-T1999"].title == "T1999"


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "not a STIX bundle"),
        (b'{"type":"bundle"}', "not a STIX bundle"),
        (bundle(), "no technique"),
        (bundle({"type": "malware"}), "no technique"),
        (b'{"type":"bundle","type":"bundle"}', "stands twice"),
        (b'{"type":"bundle","objects":[NaN]}', "NaN"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 70 + b"]" * 70, "nested too deeply"),
        (b"1" * 10_000, "not JSON"),
    ],
)
def test_what_is_no_bundle_is_refused(catalogue: Catalogue, octets: bytes, said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        import_attack(octets, catalogue=catalogue)


def test_a_pattern_that_is_not_there_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(Misconfigured, match='did you mean "T-MAL-OVERLAY"'):
        import_attack(bundle(technique("T1999")), catalogue=catalogue, like="T-MAL-OVERLAI")


def test_nothing_new_is_a_file_of_comments(catalogue: Catalogue) -> None:
    made = import_attack(bundle(technique("T1417.002")), catalogue=catalogue)
    assert (made.written, made.to_state) == ((), ())
    assert extended(made.text).digest == catalogue.digest


def test_the_same_bundle_gives_the_same_text_in_any_order(catalogue: Catalogue) -> None:
    one, two = technique("T1998"), technique("T1999")
    texts = {
        import_attack(bundle(*objects), catalogue=catalogue, like=LIKE).text
        for objects in ((one, two), (two, one))
    }
    assert len(texts) == 1
