"""The owner's own entries: files named by the service file, and the catalogue that follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path as FilePath
from typing import Any

from tallystick.describe.lines import Path
from tallystick.describe.model import Extension, Service
from tallystick.describe.problems import Problems, nearest
from tallystick.ground.errors import Misconfigured
from tallystick.ground.limits import SERVICE_FILE_MAX
from tallystick.ground.shown import shown_text
from tallystick.standard import Catalogue, extend_catalogue

Beside = Callable[[str], str]
"""Gives the text of a file that stands beside the service file. Refuses: Misconfigured."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.toml")


def catalogue_of(service: Service) -> Catalogue:
    """The catalogue that a service is planned with: ours, extended by its owner's entries."""
    return catalogue_with(service.extensions)


def catalogue_with(extensions: Iterable[Extension]) -> Catalogue:
    """Ours with the entries of these files. Refuses: Misconfigured, naming file and entry."""
    return extend_catalogue(tuple((file.name, file.text) for file in extensions))


def read_extensions(
    content: dict[str, Any], beside: Beside, problems: Problems
) -> tuple[Extension, ...]:
    """The files that `[catalogue] extend` names, in its order; what is wrong with a name is noted.

    Refuses: Misconfigured for a file that cannot be read.
    """
    table = content.get("catalogue", {})
    found = []
    for position, name in enumerate(table.get("extend", [])):
        if _NAME.fullmatch(name):
            found.append(Extension(name=name, text=beside(name)))
        else:
            path: Path = ("catalogue", "extend", position)
            allowed = "the name of a .toml file in the same folder"
            problems.add(path, f"found {shown_text(name)}", allowed)
    return tuple(found)


def files_in(folder: FilePath) -> Beside:
    """Read from one folder, no deeper and no higher."""

    def beside(name: str) -> str:
        where = str(folder / name)
        try:
            with open(where, "rb") as file:
                octets = file.read(SERVICE_FILE_MAX + 1)
            text = octets.decode("utf-8")
        except OSError as error:
            raise Misconfigured(error.strerror or "cannot be read", where=where) from None
        except UnicodeDecodeError:
            raise Misconfigured("not UTF-8 text", where=where) from None
        if len(octets) > SERVICE_FILE_MAX:
            allowed = f"{SERVICE_FILE_MAX} octets"
            raise Misconfigured("the file is too long", where=where, allowed=allowed)
        return text

    return beside


def nothing_beside(name: str) -> str:
    """For a service file that was given as text alone."""
    raise Misconfigured(f"the file {name} is not at hand", where="catalogue.extend")


def check_decisions(read: dict[str, Any], catalogue: Catalogue, problems: Problems) -> None:
    """Note acceptances, exceptions and claims about what the catalogue does not hold."""
    known = _Known(problems)
    for position, one in enumerate(read.get("acceptance", [])):
        known.check(one.get("threat"), catalogue.threats, ("acceptance", position, "threat"))
    for position, one in enumerate(read.get("exception", [])):
        path: Path = ("exception", position)
        known.check(one.get("requirement"), catalogue.requirements, (*path, "requirement"))
        for name in one.get("compensation", []):
            known.check(name, catalogue.countermeasures, (*path, "compensation"))
    for position, one in enumerate(read.get("claim", [])):
        known.check(one.get("control"), catalogue.countermeasures, ("claim", position, "control"))


class _Known:
    """Notes ids that are not in a register."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def check(self, name: str | None, register: Iterable[str], path: Path) -> None:
        names = list(register)
        if name is not None and name not in names:
            found = f"nothing is called {shown_text(name)}{nearest(name, names)}"
            self._problems.add(path, found, "an id of the catalogue")
