"""Templates to pages: escaping, the words of the filters, and the page's own security policy."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined

from tallystick.prove.report import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of a page; `board` when it is for the board, not only for whoever checks."""

    id: str
    title: str
    number: int
    board: bool


def number_sections(wanted: Sequence[tuple[str, str, bool]]) -> dict[str, Section]:
    """Sections by id, in the order in which they stand; each an id, a title, and whether board.

    >>> number_sections([("loss", "What a year may cost", True)])["loss"].number
    1
    """
    return {
        name: Section(id=name, title=title, number=place, board=board)
        for place, (name, title, board) in enumerate(wanted, start=1)
    }


def write_page(template: str, *, heads: Mapping[str, Section], **shown: object) -> str:
    """Fill a template of this package; the style goes in with the hash that allows it.

    Takes: `heads`, the sections that the page has; by id.
    """
    style = _read("report.css")
    page = _pages().get_template(template)
    return page.render(style=style, style_hash=_source_hash(style), heads=heads, **shown)


@cache
def _pages() -> Environment:
    """The templates; what is not drawn by us is escaped, and a missing name is an error."""
    pages = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=words.harmless,
    )
    pages.filters |= {
        "count": words.count,
        "counted": words.counted,
        "day": words.day,
        "days": words.days,
        "exact": words.exact,
        "moment": words.moment,
        "money": words.money,
        "percent": words.percent,
        "plainly": words.plainly,
        "say": words.say,
        "short": words.short,
        "spelled": words.spelled,
    }
    return pages


@cache
def _read(name: str) -> str:
    """A file of the package's own templates."""
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _source_hash(style: str) -> str:
    """The style as the page's own content security policy names it."""
    hashed = hashlib.sha256(style.encode()).digest()
    return f"sha256-{base64.b64encode(hashed).decode('ascii')}"
