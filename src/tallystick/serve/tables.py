"""The operator's TOML files beside the service file: bounded, UTF-8, nothing unknown in them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from tallystick.ground.errors import Misconfigured
from tallystick.ground.limits import SERVICE_FILE_MAX

T = TypeVar("T")


def read_table(path: Path, kind: type[T], *, allowed: str = "") -> T:
    """A file as its table says. Refuses: Misconfigured, with the place; `allowed` is told there."""
    try:
        with path.open("rb") as file:
            octets = file.read(SERVICE_FILE_MAX + 1)
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None
    if len(octets) > SERVICE_FILE_MAX:
        raise Misconfigured("too long", where=str(path), allowed=f"{SERVICE_FILE_MAX} octets")
    try:
        return msgspec.convert(tomllib.loads(octets.decode("utf-8")), kind, strict=True)
    except msgspec.ValidationError as error:
        raise Misconfigured(str(error), where=str(path), allowed=allowed) from None
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, a number without end
        raise Misconfigured(f"not TOML: {error}", where=str(path)) from None
