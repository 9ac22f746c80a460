"""Mappings to public frameworks: every target is there, and nothing is claimed twice."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from tallystick.ground.errors import Misconfigured
from tallystick.standard import (
    Framework,
    FrameworkMapping,
    Nature,
    Rationale,
    Relationship,
    cross,
    find_references,
    load_catalogue,
    read_catalogue,
)
from tallystick.standard.loading import DATA

CATALOGUE = load_catalogue()
FRAMEWORKS = CATALOGUE.frameworks


def test_there_are_enough_mappings_to_every_framework() -> None:
    assert len(CATALOGUE.mappings) >= 350
    for name in FRAMEWORKS:
        assert len(CATALOGUE.mapped_to(name)) >= 10, name


def test_most_of_what_is_asked_is_mapped() -> None:
    mapped = {one.requirement for one in CATALOGUE.mappings}
    asked = {
        one.id for one in CATALOGUE.requirements.values() if one.nature is not Nature.DESCRIPTION
    }
    assert mapped <= CATALOGUE.requirements.keys()
    assert len(asked & mapped) * 10 >= len(asked) * 8


def test_descriptions_ask_for_nothing_and_are_not_mapped() -> None:
    natures = {CATALOGUE.requirements[one.requirement].nature for one in CATALOGUE.mappings}
    assert Nature.DESCRIPTION not in natures


def test_every_target_is_well_formed_and_titled_by_us() -> None:
    for one in CATALOGUE.mappings:
        framework = FRAMEWORKS[one.framework]
        assert framework.knows(one.reference), one
        assert framework.titles[one.reference], one


def test_equal_is_claimed_with_care() -> None:
    # A requirement in words of its own is seldom the same as another one's.
    counts = Counter(one.relationship for one in CATALOGUE.mappings)
    assert 0 < counts[Relationship.EQUAL] * 50 < len(CATALOGUE.mappings)
    assert counts[Relationship.INTERSECTS] * 2 > len(CATALOGUE.mappings)
    assert Rationale.SYNTACTIC not in {one.rationale for one in CATALOGUE.mappings}


def test_no_two_references_of_one_framework_are_equal_to_the_same_requirement() -> None:
    equal = Counter(
        (one.framework, one.requirement)
        for one in CATALOGUE.mappings
        if one.relationship is Relationship.EQUAL
    )
    assert [pair for pair, count in equal.items() if count > 1] == []


@pytest.mark.parametrize(
    ("framework", "last", "beyond"),
    [
        ("gdpr", "Article 99", "Article 100"),
        ("psd2-rts-2018-389", "Article 38", "Article 39"),
        ("fatf-2012", "Recommendation 40", "Recommendation 41"),
        ("iso-27001-2022", "A.5.37", "A.5.38"),
        ("iso-27001-2022", "A.6.8", "A.6.9"),
        ("iso-27001-2022", "A.7.14", "A.7.15"),
        ("iso-27001-2022", "A.8.34", "A.8.35"),
        ("nist-800-53-r5", "AC-25", "AC-26"),
        ("nist-800-53-r5", "SR-12", "SR-13"),
        ("nist-800-53-r5", "AC-14", "AC-13"),
        ("nist-800-63b-4", "3.2.3", "3.2.99"),
        ("owasp-masvs-2.1.0", "MASVS-PRIVACY-4", "MASVS-AUTH-4"),
        ("owasp-maswe-1.0.0", "MASWE-0078", "MASWE-0079"),
        ("owasp-maswe-1.0.0", "MASWE-0009", "MASWE-009"),
        ("pci-dss-4.0.1", "12.10.7", "12.10.8"),
        ("pci-dss-4.0.1", "9.5.1.3", "9.5.2"),
        ("pci-pin-3.1", "Requirement 33", "Requirement 34"),
        ("pci-mpoc-1", "Domain 5", "Domain 6"),
        ("gdpr", "Article 5", "Article 05"),
        ("gdpr", "Article 9", "Article"),
    ],
)
def test_a_framework_knows_its_references_and_no_others(
    framework: str, last: str, beyond: str
) -> None:
    assert FRAMEWORKS[framework].knows(last)
    assert not FRAMEWORKS[framework].knows(beyond)


def test_closed_lists_are_whole() -> None:
    assert sum(FRAMEWORKS["owasp-masvs-2.1.0"].highest.values()) == 24
    assert sum(FRAMEWORKS["iso-27001-2022"].highest.values()) == 93
    maswe = FRAMEWORKS["owasp-maswe-1.0.0"]
    assert len({*maswe.titles, *maswe.others}) == 78
    assert len(FRAMEWORKS["owasp-masvs-2.1.0"].titles) == 24


def test_maswe_is_keyed_by_its_edition() -> None:
    # The beta counted otherwise: its MASWE-0046 is MASWE-0022 of the first release.
    assert "maswe" not in FRAMEWORKS
    assert FRAMEWORKS["owasp-maswe-1.0.0"].edition.startswith("1.0.0")
    (mapped,) = CATALOGUE.mapped_to("owasp-maswe-1.0.0", "MASWE-0022")
    assert mapped.requirement == "R-7.1-20"


def test_every_framework_says_on_which_terms_it_is_used() -> None:
    for one in FRAMEWORKS.values():
        assert one.address.startswith("https://"), one.id
        assert all((one.title, one.edition, one.publisher, one.terms, one.use)), one.id


FOUND = [
    ("GDPR Art. 25", [("gdpr", "Article 25")]),
    ("gdpr article 25", [("gdpr", "Article 25")]),
    ("GDPR 25", [("gdpr", "Article 25")]),
    ("MASVS-CRYPTO-2", [("owasp-masvs-2.1.0", "MASVS-CRYPTO-2")]),
    ("owasp masvs masvs-crypto-2", [("owasp-masvs-2.1.0", "MASVS-CRYPTO-2")]),
    ("ISO 27001 A.8.24", [("iso-27001-2022", "A.8.24")]),
    ("FATF R.16", [("fatf-2012", "Recommendation 16")]),
    ("FATF", [("fatf-2012", "")]),
    ("Art. 5", [("gdpr", "Article 5"), ("psd2-rts-2018-389", "Article 5")]),
    ("PCI PIN  18", [("pci-pin-3.1", "Requirement 18")]),
    ("NIST SP 800-53, AC-5", [("nist-800-53-r5", "AC-5")]),
    ("NIST SP 800-63B 3.2.3", [("nist-800-63b-4", "3.2.3")]),
    ("GDPR Art. 99", [("gdpr", "Article 99")]),
    ("PCI DSS 1.2.3", [("pci-dss-4.0.1", "1.2.3")]),
    ("maswe-0010", [("owasp-maswe-1.0.0", "MASWE-0010")]),
    ("GDPR Art. 100", []),
    ("25", []),
    ("masvs-crypto-3", []),
    ("", []),
]


@pytest.mark.parametrize(("said", "meant"), FOUND)
def test_a_reference_is_found_as_people_write_it(said: str, meant: list[tuple[str, str]]) -> None:
    found = find_references(said, FRAMEWORKS.values())
    assert [(framework.id, reference) for framework, reference in found] == meant


def test_every_mapped_reference_is_found_by_its_name() -> None:
    for one in CATALOGUE.mappings:
        framework = FRAMEWORKS[one.framework]
        for name in framework.names:
            found = find_references(f"{name} {one.reference}", FRAMEWORKS.values())
            assert (framework, one.reference) in found, (name, one.reference)


def mapping(requirement: str, framework: str, relationship: Relationship) -> FrameworkMapping:
    return FrameworkMapping(
        requirement=requirement,
        framework=framework,
        reference=f"{framework}-{requirement}",
        relationship=relationship,
        rationale=Rationale.SEMANTIC,
    )


def test_frameworks_are_crossed_by_way_of_a_requirement() -> None:
    known = [
        mapping("R-1", "a", Relationship.SUPERSET),
        mapping("R-1", "b", Relationship.SUBSET),
        mapping("R-2", "a", Relationship.SUBSET),
        mapping("R-2", "b", Relationship.SUBSET),
        mapping("R-3", "a", Relationship.INTERSECTS),
        mapping("R-3", "b", Relationship.EQUAL),
        mapping("R-4", "a", Relationship.EQUAL),
    ]
    found = [(one.source, one.target, one.via, one.relationship) for one in cross(known, "a", "b")]
    assert found == [
        ("a-R-1", "b-R-1", "R-1", Relationship.SUBSET),
        ("a-R-2", "b-R-2", "R-2", Relationship.INTERSECTS),
        ("a-R-3", "b-R-3", "R-3", Relationship.INTERSECTS),
    ]


def test_crossing_ours_claims_nothing_stronger_than_its_weaker_half() -> None:
    for one in cross(CATALOGUE.mappings, "gdpr", "iso-27001-2022"):
        halves = {
            half.relationship
            for half in CATALOGUE.mapped(one.via)
            if half.reference in (one.source, one.target)
        }
        assert one.relationship is not Relationship.EQUAL or halves == {Relationship.EQUAL}


GDPR = "mappings/gdpr.toml"
BROKEN = [  # file, text there, text instead, what the error says
    (GDPR, 'reference = "Article 24"', 'reference = "Article 124"', "gdpr has no 'Article 124'"),
    (GDPR, 'relationship = "subset"', 'relationship = "part"', "relationship is 'part'"),
    (GDPR, 'rationale = "semantic"', 'rationale = "guess"', "rationale is 'guess'"),
    (GDPR, 'requirement = "R-6-01"', 'requirement = "R-6-99"', "'R-6-99' is no requirement"),
    (GDPR, 'requirement = "R-6-01"', "requirement = 6", "requirement is 6"),
    (GDPR, '[framework]\nid = "gdpr"', '[framework]\nid = "GDPR"', "id is 'GDPR'"),
    (GDPR, '[framework]\nid = "gdpr"', '[framework]\nid = "fatf-2012"', "has a file already"),
    (GDPR, "[framework.highest]", '[framework.lowest]\nx = 1\n[framework.highest]', "'lowest'"),
    (GDPR, '"Article " = 99', '"Article " = 0', "Article  is 0"),
    (GDPR, '"Article 4" =', '"Article 104" =', "gdpr has no 'Article 104'"),
    (GDPR, "mapping = [", "mapping = [ 7,", "found 7"),
    (GDPR, "mapping = [", "mappings = [", "mapping is missing"),
    (GDPR, "mapping = [", "mapping = [[", "not TOML"),
    (GDPR, "names = [", "names = [] # ", "names is []"),
    (GDPR, 'rationale = "functional" }', 'rationale = "functional", sure = 1 }', "'sure'"),
    (GDPR, 'rationale = "functional" }', 'rationale = "functional", confidence_percent = 101 }',
     "confidence_percent is 101"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


@pytest.mark.parametrize(("name", "there", "instead", "says"), BROKEN)
def test_a_broken_mapping_is_refused(
    folder: Path, name: str, there: str, instead: str, says: str
) -> None:
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert there in text
    file.write_text(text.replace(there, instead, 1), encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        read_catalogue(folder)
    assert says in str(caught.value)
    assert "mappings" in caught.value.where or "gdpr" in caught.value.where


def test_a_mapping_that_stands_twice_is_refused(folder: Path) -> None:
    file = folder / GDPR
    text = file.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if '"R-6-01"' in line)
    file.write_text(text.replace(line, f"{line}\n{line}", 1), encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"R-6-01 to Article 24 is there twice"):
        read_catalogue(folder)


def test_mappings_are_part_of_the_digest_and_sources_are_not(folder: Path) -> None:
    sources = folder / "sources.toml"
    sources.write_text(
        sources.read_text(encoding="utf-8").replace("Sold; all rights", "All rights"),
        encoding="utf-8",
    )
    assert read_catalogue(folder).digest == CATALOGUE.digest
    file = folder / GDPR
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"intersects"', '"subset"', 1), encoding="utf-8")
    assert read_catalogue(folder).digest != CATALOGUE.digest


def test_order_and_names_of_files_do_not_matter(folder: Path) -> None:
    (folder / GDPR).rename(folder / "mappings" / "zzz.toml")
    again = read_catalogue(folder)
    assert (again.digest, again.mappings) == (CATALOGUE.digest, CATALOGUE.mappings)


def test_a_catalogue_without_mappings_is_a_catalogue(folder: Path) -> None:
    shutil.rmtree(folder / "mappings")
    bare = read_catalogue(folder)
    assert (dict(bare.frameworks), bare.mappings) == ({}, ())
    assert bare.digest != CATALOGUE.digest


def test_a_closed_list_is_the_titles_when_nothing_is_counted() -> None:
    closed = Framework(
        id="x", title="X", edition="1", publisher="x", address="https://x", terms="x", use="x",
        names=("X",), titles={"one": "the first"},
    )  # fmt: skip
    assert closed.knows("one")
    assert not closed.knows("two")
