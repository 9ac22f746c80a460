"""References to public taxonomies are read strictly, with their edition, and looked up both ways."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tallystick.ground.errors import Misconfigured
from tallystick.standard import (
    EDITIONS,
    Reference,
    load_catalogue,
    parse_name,
    parse_source,
    taxonomy,
    threats_citing,
    threats_for,
)

CATALOGUE = load_catalogue()
THREAT = next(iter(CATALOGUE.threats.values()))

READ = [  # source, scheme, edition, id
    ("CAPEC-98", "capec", EDITIONS["capec"], "CAPEC-98"),
    ("CAPEC-98 (3.4)", "capec", "3.4", "CAPEC-98"),
    ("ATT&CK Mobile T1417", "attack-mobile", EDITIONS["attack-mobile"], "T1417"),
    ("ATT&CK Mobile T1417.002", "attack-mobile", EDITIONS["attack-mobile"], "T1417.002"),
    ("ATT&CK Mobile T1417 (15)", "attack-mobile", "15", "T1417"),
    ("MASWE-0039", "maswe", EDITIONS["maswe"], "MASWE-0039"),
    ("OWASP MASWE-0039", "maswe", EDITIONS["maswe"], "MASWE-0039"),
    ("MASWE-0007 (beta)", "maswe", "beta", "MASWE-0007"),
]

DOCUMENTS = (
    "FATF Recommendation 10",
    "GDPR Article 5",
    "NIST SP 800-53, AU-8",
    "OWASP MASVS, MASVS-CODE-1",
    "derived: scope of ISO/TS 12812-2:2017, clause 10",
)

BROKEN = (
    "CAPEC 98", "CAPEC-098", "CAPEC-", "capec-98", "CAPEC-98 ", "CAPEC-98 ()", "CAPEC-98, CAPEC-99",
    "ATT&CK T1417", "ATT&CK Mobile 1417", "ATT&CK Mobile T0417", "ATT&CK Mobile T1417.2",
    "ATT&CK Enterprise T1078", "MITRE ATT&CK Mobile T1417",
    "MASWE-39", "MASWE-00399", "OWASP MASWE 0039", "MASWE-0039 (beta edition)",
)  # fmt: skip


@pytest.mark.parametrize(("source", "scheme", "edition", "name"), READ)
def test_a_reference_has_scheme_edition_and_id(
    source: str, scheme: str, edition: str, name: str
) -> None:
    read = parse_source(source)
    assert read == Reference(scheme=scheme, edition=edition, id=name)
    assert parse_source(read.name) == read
    assert read.url.startswith("https://")


@pytest.mark.parametrize("source", DOCUMENTS)
def test_a_document_is_no_taxonomy(source: str) -> None:
    assert parse_source(source) is None


@pytest.mark.parametrize("source", BROKEN)
def test_what_begins_like_a_taxonomy_and_is_no_id_is_refused(source: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        taxonomy(replace(THREAT, sources=("FATF Recommendation 10", source)), where="x.toml, T-X")
    assert str(caught.value).startswith(f"x.toml, T-X: {source!r} is no id")
    assert "CAPEC-98" in str(caught.value.allowed)


def test_the_same_id_in_two_editions_is_two_things() -> None:
    old, new = parse_source("MASWE-0007 (beta)"), parse_source("MASWE-0007")
    assert old != new
    cites_beta = replace(THREAT, id="T-OLD", sources=("MASWE-0007 (beta)",))
    cites_now = replace(THREAT, id="T-NEW", sources=("OWASP MASWE-0007",))
    catalogue = replace(CATALOGUE, threats={"T-NEW": cites_now, "T-OLD": cites_beta})
    assert threats_for("maswe", "MASWE-0007", catalogue=catalogue) == ("T-NEW",)
    assert threats_for("maswe", "MASWE-0007", catalogue=catalogue, edition="beta") == ("T-OLD",)


def test_the_look_up_is_the_reverse_of_the_reading() -> None:
    for threat in CATALOGUE.threats.values():
        for reference in taxonomy(threat):
            assert threat.id in threats_citing(reference, CATALOGUE)
            found = threats_for(
                reference.scheme, reference.id, catalogue=CATALOGUE, edition=reference.edition
            )
            assert threat.id in found
            assert list(found) == sorted(found)


def test_a_technique_may_stand_alone_when_asked_for() -> None:
    assert parse_name("T1417.002") == parse_source("ATT&CK Mobile T1417.002")
    assert parse_name("CAPEC-98") == parse_source("CAPEC-98")
    assert parse_name("T-MSG-REPLAY") is None


@pytest.mark.parametrize(
    ("scheme", "name", "says"),
    [
        ("cwe", "CWE-79", "no taxonomy is called 'cwe'"),
        ("capec", "MASWE-0039", "'MASWE-0039' is no id of CAPEC"),
        ("attack-mobile", "replay", "'replay' is no id of ATT&CK Mobile"),
        ("maswe", "MASWE-1", "'MASWE-1' is no id"),
    ],
)
def test_a_look_up_that_makes_no_sense_is_refused(scheme: str, name: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        threats_for(scheme, name, catalogue=CATALOGUE)


def test_most_threats_are_known_by_a_public_taxonomy() -> None:
    known = [threat for threat in CATALOGUE.threats.values() if taxonomy(threat)]
    assert len(known) * 10 >= len(CATALOGUE.threats) * 6
    schemes = {reference.scheme for threat in known for reference in taxonomy(threat)}
    assert schemes == set(EDITIONS)
