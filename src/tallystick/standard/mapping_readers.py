"""Reading the mappings: one file for each framework, checked against what the framework has."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tallystick.ground.errors import Misconfigured
from tallystick.standard.entries import Entry
from tallystick.standard.mappings import Framework, FrameworkMapping, Rationale, Relationship

FRAMEWORK_ID = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")
_RELATIONSHIPS = tuple(one.value for one in Relationship)
_RATIONALES = tuple(one.value for one in Rationale)

Frameworks = Mapping[str, Framework]
Mappings = tuple[FrameworkMapping, ...]


def read_mappings(folder: Path) -> tuple[Frameworks, Mappings]:
    """All frameworks by id and all mappings, sorted.

    Takes:    the folder `mappings`, one file for each framework: a list `mapping`, and `framework`.
    Refuses:  Misconfigured for what is not TOML, unknown keys, a framework or a mapping that is
              there twice, and a reference that the framework does not have.
    """
    frameworks: dict[str, Framework] = {}
    found: dict[tuple[str, str, str], FrameworkMapping] = {}
    for file in sorted(folder.glob("*.toml")):
        place = f"{folder.name}/{file.name}"
        entry = Entry(_content(file, place), place)
        framework = _read_framework(entry.entry("framework"))
        if framework.id in frameworks:
            raise Misconfigured(f"{framework.id} has a file already", where=place)
        frameworks[framework.id] = framework
        for one in _read_list(entry, framework):
            key = (one.requirement, one.framework, one.reference)
            if key in found:
                raise Misconfigured(f"{' to '.join(key[::2])} is there twice", where=place)
            found[key] = one
        entry.done()
    ordered = {name: frameworks[name] for name in sorted(frameworks)}
    return MappingProxyType(ordered), tuple(found[key] for key in sorted(found))


def _content(file: Path, place: str) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"not TOML: {error}", where=place) from None


def _read_framework(entry: Entry) -> Framework:
    name = entry.text("id")
    if not FRAMEWORK_ID.fullmatch(name):
        raise entry.wrong("id", name, f"the shape {FRAMEWORK_ID.pattern}")
    framework = Framework(
        id=name,
        title=entry.text("title"),
        edition=entry.text("edition"),
        publisher=entry.text("publisher"),
        address=entry.text("address"),
        terms=entry.text("terms"),
        use=entry.text("use"),
        names=entry.texts("names", least=1),
        highest=_read_highest(entry),
        withdrawn=entry.texts("withdrawn"),
        others=entry.texts("others"),
        titles=_read_titles(entry),
    )
    entry.done()
    for reference in framework.titles:
        _check_reference(framework, reference, entry.where)
    return framework


def _read_highest(entry: Entry) -> Mapping[str, int]:
    table = entry.table("highest")
    numbers = Entry(table, f"{entry.where}, highest")
    return {start: numbers.whole(start, low=1, high=9_999) for start in table}


def _read_titles(entry: Entry) -> Mapping[str, str]:
    table = entry.table("titles")
    titles = Entry(table, f"{entry.where}, titles")
    return {reference: titles.text(reference) for reference in table}


def _read_list(entry: Entry, framework: Framework) -> list[FrameworkMapping]:
    tables = entry.take("mapping")
    if not isinstance(tables, list):
        raise entry.wrong("mapping", tables, "a list of tables")
    return [
        _read_mapping(Entry(table, f"{entry.where}, mapping {number}"), framework)
        for number, table in enumerate(tables, start=1)
    ]


def _read_mapping(entry: Entry, framework: Framework) -> FrameworkMapping:
    reference = entry.text("reference")
    _check_reference(framework, reference, entry.where)
    judged = entry.has("confidence_percent")
    mapping = FrameworkMapping(
        requirement=entry.text("requirement"),
        framework=framework.id,
        reference=reference,
        relationship=Relationship(entry.word("relationship", _RELATIONSHIPS)),
        rationale=Rationale(entry.word("rationale", _RATIONALES)),
        confidence_percent=entry.whole("confidence_percent", low=1, high=100) if judged else None,
    )
    entry.done()
    return mapping


def _check_reference(framework: Framework, reference: str, where: str) -> None:
    if framework.knows(reference):
        return
    ranges = [f"{start}1 to {start}{number}" for start, number in framework.highest.items()]
    raise Misconfigured(
        f"{framework.id} has no {reference!r}",
        where=where,
        allowed=", ".join(ranges or (*framework.titles, *framework.others)),
    )
