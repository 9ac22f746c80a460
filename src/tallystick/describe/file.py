"""The service file: TOML in, a `Service` out, or everything that is wrong with it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path as FilePath
from typing import Any

from tallystick.describe.consistency import check_consistency
from tallystick.describe.extensions import (
    Beside,
    catalogue_with,
    check_decisions,
    files_in,
    nothing_beside,
    read_extensions,
)
from tallystick.describe.fields import DECISIONS, SHAPE
from tallystick.describe.inside import to_service
from tallystick.describe.lines import LineIndex
from tallystick.describe.model import Service
from tallystick.describe.problems import Problems
from tallystick.describe.reading import read_table
from tallystick.ground.errors import Misconfigured
from tallystick.ground.limits import SERVICE_FILE_MAX
from tallystick.ground.money import EXPONENTS
from tallystick.ground.shown import shown_text

_AT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_CURRENCY_WHEN_UNKNOWN = "KWD"
"""Three decimals: amounts are still looked at when the currency itself is wrong."""


def load_service(path: str | FilePath) -> Service:
    """Read a service file from disk.

    Refuses: Misconfigured when it is not there, too long, or not text; else as `read_service`.
    """
    name = str(path)
    try:
        with open(path, "rb") as file:
            octets = file.read(SERVICE_FILE_MAX + 1)
    except OSError as error:
        raise Misconfigured(error.strerror or "cannot be read", where=name) from None
    if len(octets) > SERVICE_FILE_MAX:
        raise Misconfigured(
            "the file is too long", where=name, allowed=f"{SERVICE_FILE_MAX} octets"
        )
    try:
        return read_service(octets.decode("utf-8"), name, files_in(FilePath(path).parent))
    except UnicodeDecodeError as error:
        line = octets[: error.start].count(b"\n") + 1
        raise Misconfigured("not UTF-8 text", where=f"{name}:{line}") from None


def read_service(text: str, name: str = "service.toml", beside: Beside = nothing_beside) -> Service:
    """Read the text of a service file; `name` is what messages call it, and `beside` gives the
    text of the files that it extends the catalogue by.

    Refuses: ServiceFileRefused (a Misconfigured) with every problem: file, line, key path, what was
    found, what is allowed. Unknown keys are refused.
    """
    content = _parse(text, name)
    problems = Problems(name, LineIndex(text))
    known = _currency(content)
    read = read_table(SHAPE, content, problems, currency=known or _CURRENCY_WHEN_UNKNOWN)
    check_consistency(read, problems, currency=known or _CURRENCY_WHEN_UNKNOWN)
    extensions = read_extensions(read, beside, problems)
    problems.raise_any()
    if any(part in read for part in DECISIONS):
        check_decisions(read, catalogue_with(extensions), problems)
        problems.raise_any()
    return to_service(read, extensions)


def _parse(text: str, name: str) -> dict[str, Any]:
    if len(text) > SERVICE_FILE_MAX:
        raise Misconfigured(
            "the file is too long", where=name, allowed=f"{SERVICE_FILE_MAX} octets"
        )
    if text.startswith("\ufeff"):
        raise Misconfigured("a byte order mark", where=f"{name}:1", allowed="plain UTF-8")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise Misconfigured("nested too deeply", where=name) from None
    except ValueError as error:
        # TOMLDecodeError is a ValueError; so is a number of too many digits.
        said, last = str(error), text.rstrip().count("\n") + 1
        found = _AT.search(said)
        where = f"{name}:{found.group(1) or last}" if found else name
        raise Misconfigured(f"not TOML: {shown_text(_AT.sub('', said))}", where=where) from None


def _currency(content: dict[str, Any]) -> str | None:
    service = content.get("service")
    currency = service.get("currency") if isinstance(service, dict) else None
    return currency if isinstance(currency, str) and currency in EXPONENTS else None
