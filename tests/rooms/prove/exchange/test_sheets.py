"""The statement of applicability: every entry once, nothing that a spreadsheet would run."""

from __future__ import annotations

import builtins
import csv
import importlib
import io
from dataclasses import astuple, replace
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.decide import plan_service
from tallystick.describe import Extension
from tallystick.ground.errors import Misconfigured
from tallystick.prove.closure import State
from tallystick.prove.exchange import Material, export_files, material_of, soa
from tallystick.prove.exchange.sheets import HEADS, defused, statement_csv, statement_xlsx
from tallystick.prove.exchange.soa import statement_rows
from tests.rooms.prove.exchange.conftest import plan_text, with_decision

OWN = """
[[requirement]]
id = "R-6-OWN-01"
clause = "6"
nature = "requirement"
layer = "process"
title = "=HYPERLINK(\\"http://example.org\\")"
text = "A title that a spreadsheet would run."
sources = ["derived: a test"]
closing.attested = true
"""


def rows_of(octets: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(octets.decode(), newline="")))


def sheet_of(octets: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(octets))


@pytest.fixture(scope="module")
def hostile(wallet: Material) -> Material:
    service = replace(wallet.service, extensions=(Extension(name="own.toml", text=OWN),))
    return material_of(plan_service(service))


def test_csv_and_workbook_say_the_same(material: Material) -> None:
    head, *rows = rows_of(statement_csv(material))
    assert tuple(head) == HEADS
    assert len(rows) == len(material.catalogue.requirements)
    sheet = sheet_of(statement_xlsx(material))["Applicability"]
    found = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    assert found == [list(HEADS), *(list(astuple(one)) for one in statement_rows(material))]


def test_the_workbook_names_what_it_was_made_from(certified: Material) -> None:
    about = {row[0].value: row[1].value for row in sheet_of(statement_xlsx(certified))["About"]}
    assert certified.dossier is not None
    assert about["Policy digest"] == certified.policy.digest
    assert about["Dossier digest"] == certified.dossier.digest


def test_the_workbook_has_a_head_that_stays_and_a_filter(wallet: Material) -> None:
    sheet = sheet_of(statement_xlsx(wallet))["Applicability"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref.startswith("A1:M")


def test_a_row_says_whether_and_why(wallet: Material) -> None:
    for row in statement_rows(wallet):
        applied = wallet.applied.get(row.id)
        assert row.applies == ("yes" if applied else "no")
        assert row.controls == (", ".join(applied.controls) if applied else "")
        assert row.why
        assert row.state == ("planned" if applied else "")


def test_states_are_the_dossier_s(certified: Material) -> None:
    assert certified.dossier is not None
    told = {row.id: row.state for row in statement_rows(certified) if row.state}
    assert told == {one.id: one.state.value for one in certified.dossier.assessments}
    assert State.CLOSED.value in told.values()


def test_declined_recommendations_carry_their_reason(wallet: Material) -> None:
    declined = wallet.policy.declined
    for row in statement_rows(wallet):
        if row.id in declined and row.id in wallet.applied:
            assert declined[row.id] in row.declined


def test_exceptions_stand_in_their_row() -> None:
    material = plan_text(with_decision("exception", "2027-01-01"))
    (row,) = [row for row in statement_rows(material) if row.exception]
    assert row.id == "R-8-02"
    assert row.exception == (
        "until 2027-01-01, The module is on order. (A. Mwangi, risk, B. Otieno, security); "
        "instead C-KEY-SINGLE"
    )


def test_mappings_stand_in_their_row(wallet: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.rooms.prove.exchange.test_oscal import RELATIONS

    monkeypatch.setattr(soa, "relations_of", lambda material: tuple(RELATIONS))
    told = {row.id: row.mappings for row in statement_rows(wallet) if row.mappings}
    assert told.keys() == {"R-7-01", "R-8-01"}
    assert "nist-800-53 IA-3 (subset of)" in told["R-7-01"]


def test_no_title_is_run_as_a_formula(hostile: Material) -> None:
    title = '=HYPERLINK("http://example.org")'
    (row,) = [row for row in rows_of(statement_csv(hostile)) if row[0] == "R-6-OWN-01"]
    assert row[4] == f"'{title}"
    sheet = sheet_of(statement_xlsx(hostile))["Applicability"]
    (cell,) = [row[4] for row in sheet.iter_rows() if row[0].value == "R-6-OWN-01"]
    assert (cell.value, cell.data_type) == (title, "s"), "text, not a formula"


@given(cells=st.lists(st.text()))
def test_no_cell_begins_like_a_formula(cells: list[str]) -> None:
    made = defused(cells)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in made)
    assert [cell.removeprefix("'") for cell in made] == [cell.removeprefix("'") for cell in cells]


def test_the_same_material_gives_the_same_octets(wallet: Material) -> None:
    for kind in ("soa-csv", "soa-xlsx", "ciso-assistant"):
        assert export_files(wallet, kind) == export_files(replace(wallet), kind)


@pytest.mark.parametrize(
    ("kind", "package"), [("soa-xlsx", "xlsxwriter"), ("ciso-assistant", "yaml")]
)
def test_a_missing_package_is_named(
    wallet: Material, monkeypatch: pytest.MonkeyPatch, kind: str, package: str
) -> None:
    real = importlib.import_module

    def missing(name: str, *rest: Any) -> Any:
        if name == package:
            raise builtins.ModuleNotFoundError(name)
        return real(name, *rest)

    for room in ("sheets", "ciso_assistant"):
        module = real(f"tallystick.prove.exchange.{room}")
        monkeypatch.setattr(module, "import_module", missing)
    with pytest.raises(Misconfigured, match=r"tallystick\[exchange\]"):
        export_files(wallet, kind)
