"""Every source belongs to one family, whose terms are written down."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tallystick.ground.errors import Misconfigured
from tallystick.standard import families_of, load_catalogue, read_catalogue
from tallystick.standard.loading import DATA

CATALOGUE = load_catalogue()
CITED = [
    (entry.id, source)
    for entry in (*CATALOGUE.threats.values(), *CATALOGUE.requirements.values())
    for source in entry.sources
]


def test_every_source_belongs_to_exactly_one_family() -> None:
    odd = {
        (entry, source): [one.id for one in families_of(source, CATALOGUE.sources)]
        for entry, source in CITED
        if len(families_of(source, CATALOGUE.sources)) != 1
    }
    assert odd == {}


def test_every_family_says_what_it_is_and_on_which_terms() -> None:
    for one in CATALOGUE.sources.values():
        assert one.address == "none" or one.address.startswith("https://"), one.id
        assert all((one.title, one.edition, one.publisher, one.terms, one.use)), one.id


@pytest.mark.parametrize(
    ("source", "family"),
    [
        ("NIST SP 800-53, AC-5, AC-6", "nist-800-53"),
        ("NIST SP 800-53", None),
        ("NIST SP 800-53B", "nist-800"),
        ("NIST SP 800-63B, replay resistance", "nist-800-63b"),
        ("NIST SP 800-57 Part 1, 5.2", "nist-800"),
        ("GDPR Article 99", "gdpr"),
        ("GDPR Article 100", None),
        ("FATF Recommendation 41", None),
        ("FATF Report, Money Laundering Using New Payment Methods, 2010", "fatf-reports"),
        ("GSMA Mobile money fraud typologies and mitigation strategies, edition 2024", "gsma"),
        ("Delegated Regulation (EU) 2018/389, Article 38", "psd2-rts"),
        ("Delegated Regulation (EU) 2018/389, Article 39", None),
        ("OWASP MASVS, MASVS-CODE-3", "masvs"),
        ("OWASP MASWE-0007", "maswe"),
        ("ATT&CK Mobile T1417.002", "attack-mobile"),
        ("CAPEC-60", "capec"),
        ("derived: scope of ISO/TS 12812-2:2017, Annex D", "derived"),
        ("derived: what we thought", None),
        ("a web page", None),
    ],
)
def test_a_source_finds_its_family(source: str, family: str | None) -> None:
    found = [one.id for one in families_of(source, CATALOGUE.sources)]
    assert found == ([] if family is None else [family])


def test_a_pattern_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    file = folder / "sources.toml"
    file.write_text(file.read_text().replace("'ISO 19092'", "'ISO (19092'"), encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"^sources\.toml, iso-19092: pattern cannot be read"):
        read_catalogue(folder)
