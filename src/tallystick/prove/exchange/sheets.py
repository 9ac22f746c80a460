"""The statement of applicability as CSV and as a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import datetime
from importlib import import_module
from typing import Any

from tallystick.ground.errors import Misconfigured
from tallystick.prove.exchange.material import Material
from tallystick.prove.exchange.soa import COLUMNS, statement_rows

HEADS = tuple(name.capitalize() for name in COLUMNS)
_WIDTHS = (14, 8, 16, 14, 44, 8, 36, 34, 60, 44, 10, 60, 44)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_STATES = {"closed": "#C6EFCE", "open": "#FFC7CE", "stale": "#FFEB9C", "declined": "#D9D9D9"}


def statement_csv(material: Material) -> bytes:
    """The statement as CSV (RFC 4180, UTF-8).

    A cell that a spreadsheet would take for a formula is given an apostrophe in front.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(HEADS)
    writer.writerows(defused(astuple(row)) for row in statement_rows(material))
    return written.getvalue().encode()


def defused(cells: Iterable[str]) -> list[str]:
    """Cells that no spreadsheet runs as a formula.

    >>> defused(["=1+1", "a = b", ""])
    ["'=1+1", 'a = b', '']
    """
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]


def statement_xlsx(material: Material) -> bytes:
    """The statement as a workbook with a filter, beside the figures that it stands on.

    Refuses: Misconfigured when the extra `exchange` is not installed.
    """
    written = io.BytesIO()
    book = _optional("xlsxwriter").Workbook(
        written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    made = datetime.fromisoformat(material.made_at)
    book.set_properties({"title": "Statement of applicability", "created": made})
    _statement(book, [astuple(row) for row in statement_rows(material)])
    _about(book, material)
    book.close()
    return written.getvalue()


def _statement(book: Any, rows: Sequence[Sequence[str]]) -> None:
    sheet = book.add_worksheet("Applicability")
    head = book.add_format({"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF"})
    cell = book.add_format({"text_wrap": True, "valign": "top"})
    for place, (name, width) in enumerate(zip(HEADS, _WIDTHS, strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, name, head)
    for number, row in enumerate(rows, start=1):
        for place, text in enumerate(row):
            sheet.write_string(number, place, text, cell)
    last = len(rows)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, last, len(HEADS) - 1)
    state = COLUMNS.index("state")
    for word, color in _STATES.items():
        look = {"type": "cell", "criteria": "==", "value": f'"{word}"'}
        look["format"] = book.add_format({"bg_color": color})
        sheet.conditional_format(1, state, max(last, 1), state, look)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _about(book: Any, material: Material) -> None:
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 76)
    for number, (name, value) in enumerate(about_rows(material)):
        sheet.write_string(number, 0, name)
        sheet.write_string(number, 1, value)


def about_rows(material: Material) -> list[tuple[str, str]]:
    """What the statement is about and which artefacts it was made from."""
    proven = material.dossier
    return [
        ("Service", material.service.name),
        ("Provider", material.service.provider.name),
        ("Jurisdiction", material.service.provider.jurisdiction),
        ("Date", material.made_at),
        ("Service digest", material.service.digest),
        ("Catalogue digest", material.catalogue.digest),
        ("Policy digest", material.policy.digest),
        ("Dossier digest", proven.digest if proven is not None else "none: nothing is proven here"),
    ]


def _optional(package: str) -> Any:
    """A package of the extra. Refuses: Misconfigured when it is not installed."""
    try:
        return import_module(package)
    except ModuleNotFoundError:
        raise Misconfigured(
            f"{package} is not installed",
            where="this document",
            allowed="pip install 'tallystick[exchange]', or the CSV",
        ) from None
