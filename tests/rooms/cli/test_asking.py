"""explain and where: every id is known, and nobody has to know how it is spelt."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tallystick.cli.asking import only_service_file
from tallystick.cli.knowledge import Catalogued
from tallystick.ground.errors import Misconfigured
from tallystick.standard import load_catalogue
from tests.rooms.cli.running import EXAMPLE, ROOT, refuse, succeed

CATALOGUE = load_catalogue()


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory without a service file."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("planned_once")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("C-CUST-PIN", ("countermeasure, in force", "R-7.1-05", "pin.digits_min = 4")),
        ("C-APP-LINKS", ("countermeasure, left out", "30,000.00 KES of work, and prevent ")),
        ("T-DEV-LOST", ("threat, S-", "a year", "held by")),
        ("R-7.1-06", ("requirement, answered", "C-PIN-LOCKOUT", "trial pin-guessing")),
        ("remote.pay", ("operation, offered", "tier.within, demanded by C-TIER-LIMITS",
                        "from 500.00 KES", "30,000.00 KES with keys in software")),
        ("pin.tries_max", ("parameter, 3", "wrong PINs in a row", "C-PIN-LOCKOUT")),
        ("tier.within", ("fact, demanded", "merchant.pay", "C-TIER-LIMITS")),
        ("device.bound", ("fact", "closes")),
        ("tier2", ("tier, in force", "70,000.00 KES")),
        ("structuring", ("pattern, refuse", "near_permille")),
        ("qr-swapped", ("trial", "payee.mismatch")),
        ("T-NFC-RELAY", ("does not apply",)),
    ],
)  # fmt: skip
def test_explain_tells_about_the_service(name: str, said: tuple[str, ...]) -> None:
    told = succeed("explain", name, "--file", EXAMPLE)
    assert told.startswith(f"{name}: ")
    for words in said:
        assert words in " ".join(told.split()), words


@pytest.mark.usefixtures("nowhere")
def test_explain_answers_from_the_catalogue_without_a_service() -> None:
    told = succeed("explain", "C-PIN-LOCKOUT")
    assert "pin.tries_max = 3" in told
    assert "--file" in told


@pytest.mark.parametrize("name", Catalogued(CATALOGUE).names())
def test_the_catalogue_explains_every_id(name: str) -> None:
    told = Catalogued(CATALOGUE).explain(name)
    assert told is not None
    assert (told.id, bool(told.title)) == (name, True)


def test_no_id_is_two_things() -> None:
    names = Catalogued(CATALOGUE).names()
    assert len(names) == len(set(names))


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("c-pin-lokout", "C-PIN-LOCKOUT"),
        ("pin.tries", "pin.tries_max"),
        ("remote-pay", "remote.pay"),
        ("R-7.1-6", "R-7.1-06"),
    ],
)
def test_an_unknown_id_suggests_the_nearest(wrong: str, right: str) -> None:
    assert right in refuse(Misconfigured, "explain", wrong)


@pytest.mark.usefixtures("planned_once")
def test_an_unknown_id_suggests_what_only_the_service_knows() -> None:
    assert "tier2" in refuse(Misconfigured, "explain", "teir2", "--file", EXAMPLE)


def test_the_only_service_file_is_found(nowhere: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", nowhere)
    assert only_service_file(nowhere) is None
    shutil.copy(EXAMPLE, nowhere / "wallet.toml")
    assert only_service_file(nowhere) == nowhere / "wallet.toml"
    assert "in force" in succeed("explain", "C-CUST-PIN")
    shutil.copy(EXAMPLE, nowhere / "second.toml")
    assert only_service_file(nowhere) is None


def test_a_file_that_is_named_must_be_there(nowhere: Path) -> None:
    refuse(Misconfigured, "explain", "C-CUST-PIN", "--file", nowhere / "none.toml")


@pytest.mark.parametrize("number", CATALOGUE.clauses)
def test_where_knows_every_clause_and_its_page(number: str) -> None:
    told = succeed("where", number)
    page = told.splitlines()[-1].removeprefix("page ")
    assert (ROOT / page).is_file()
    asked = [one for one in CATALOGUE.requirements.values() if one.clause == number]
    for one in asked:
        assert one.id in told
        for control in one.controls:
            assert control in told
            assert CATALOGUE.countermeasures[control].room in told
        for trial in one.closing.trials:
            assert trial in told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("GDPR Art. 25", ("GDPR Article 25", "R-14-11", "intersects", "about: protection by")),
        ("MASVS-CRYPTO-2", ("OWASP MASVS MASVS-CRYPTO-2", "R-8-13", "2.1.0")),
        ("iso 27001 a.8.13", ("ISO/IEC 27001:2022 A.8.13", "R-6.2.3-06")),
        ("PCI PIN", ("PCI PIN 3.1", "Requirement 18", "R-8-16")),
        ("art. 5", ("GDPR Article 5", "PSD2 RTS Article 5", "R-11-01")),
        ("GDPR Art. 99", ("GDPR Article 99", "No requirement is mapped to it.")),
    ],
)
def test_where_reads_references_of_other_frameworks(said: str, told: tuple[str, ...]) -> None:
    shown = " ".join(succeed("where", said).split())
    for words in told:
        assert words in shown, words


@pytest.mark.parametrize("said", ["GDPR Art. 100", "masvs-crypto-3", "99", "FIPS 140-3"])
def test_where_refuses_what_nobody_has(said: str) -> None:
    refused = refuse(Misconfigured, "where", said)
    assert said in refused
    assert "6.2.1" in refused
    assert "GDPR" in refused


def test_where_crosses_from_one_framework_to_another() -> None:
    told = " ".join(succeed("where", "GDPR Art. 32", "--against", "ISO 27001").split())
    assert "Article 32 intersects A.8.13 backup R-6.2.3-06" in told
    assert "no more than they prove" in told
    told = succeed("where", "GDPR Art. 99", "--against", "ISO 27001")
    assert "Nothing is known about it in ISO/IEC 27001:2022." in told


def test_where_crosses_only_between_frameworks() -> None:
    assert "no framework 'ISO 99999'" in refuse(
        Misconfigured, "where", "GDPR Art. 32", "--against", "ISO 99999"
    )
    assert "no place '14'" in refuse(Misconfigured, "where", "14", "--against", "GDPR")
    assert "no framework" in refuse(
        Misconfigured, "where", "GDPR Art. 32", "--against", "GDPR Art. 25"
    )


@pytest.mark.usefixtures("nowhere")
def test_explain_tells_where_others_ask_for_it() -> None:
    assert "GDPR: Article 6 (intersects)" in " ".join(succeed("explain", "R-14-12").split())


@pytest.mark.usefixtures("planned_once")
def test_explain_tells_it_for_a_service_too() -> None:
    told = " ".join(succeed("explain", "R-7.1-06", "--file", EXAMPLE).split())
    assert "NIST SP 800-63B-4: 3.2.2 (intersects)" in told


@pytest.mark.parametrize("said", ["a", "A", "Annex A", "annex a"])
def test_where_reads_a_clause_as_people_write_it(said: str) -> None:
    assert succeed("where", said).startswith("Annex A: ")


def test_where_names_what_is_inside() -> None:
    assert "see also 6.2, 6.2.1, 6.2.2, 6.2.3" in succeed("where", "6")


@pytest.mark.parametrize("said", ["", "99", "6.2.9", "Z", "../5"])
def test_where_refuses_what_is_no_clause(said: str) -> None:
    assert "6.2.1" in refuse(Misconfigured, "where", said)
