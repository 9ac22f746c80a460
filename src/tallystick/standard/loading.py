"""Reading the framework: data files in, one checked and frozen catalogue out."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from tallystick.ground.canonical import digest_of
from tallystick.ground.errors import Misconfigured
from tallystick.ground.shown import shown_text
from tallystick.standard import readers
from tallystick.standard.catalogue import Catalogue, catalogue_plain
from tallystick.standard.consistency import check_consistency
from tallystick.standard.entries import Entry
from tallystick.standard.mapping_readers import read_mappings
from tallystick.standard.overlay import Overlay, read_overlay
from tallystick.standard.references import check_references
from tallystick.standard.registers import Trial
from tallystick.standard.sources import read_source
from tallystick.standard.steps import read_steps

DATA = Path(__file__).parent / "data"
_Value = TypeVar("_Value")


@cache
def load_catalogue() -> Catalogue:
    """The catalogue that comes with this package."""
    return read_catalogue(DATA)


def trial_register() -> Mapping[str, Trial]:
    """The trials by id, each with its threat and the answers that count as withstood."""
    return load_catalogue().trials


def read_catalogue(folder: Path) -> Catalogue:
    """Read and check a catalogue.

    Takes:    a folder with clauses.toml, trials.toml, certificates.toml, rooms.toml, sources.toml
              and the folders threats, countermeasures, requirements, mappings and steps.
    Refuses:  Misconfigured, naming file and entry, for unknown and missing keys, ids that are used
              twice, references that lead nowhere, facts, trials, operations and questions that
              nobody knows, threats that nothing answers, countermeasures that do nothing, and
              those that require each other.
    """
    return _read(_Shelf(folder))


def _read(shelf: _Shelf) -> Catalogue:
    clauses = shelf.read("clauses.toml", "clause", readers.read_clause, key="number")
    threats = shelf.read("threats", "threat", readers.read_threat)
    controls = shelf.read("countermeasures", "countermeasure", readers.read_countermeasure)
    requirements = shelf.read("requirements", "requirement", readers.read_requirement)
    trials = shelf.read("trials.toml", "trial", readers.read_trial)
    certificates = shelf.read("certificates.toml", "certificate", readers.read_certificate_kind)
    rooms = shelf.read("rooms.toml", "room", readers.read_room, key="path")
    sources = shelf.read("sources.toml", "source", read_source)
    frameworks, mappings = read_mappings(shelf.folder / "mappings")
    steps = read_steps(shelf.tables("steps", "step"), threats)
    content = catalogue_plain(
        clauses=clauses.values(),
        threats=threats.values(),
        countermeasures=controls.values(),
        requirements=requirements.values(),
        trials=trials.values(),
        certificates=certificates.values(),
        frameworks=frameworks.values(),
        mappings=mappings,
        steps=steps,
    )
    catalogue = Catalogue(
        clauses=clauses,
        threats=threats,
        countermeasures=controls,
        requirements=requirements,
        trials=trials,
        certificates=certificates,
        rooms=rooms,
        steps=steps,
        digest=digest_of(content),
        sources=sources,
        frameworks=frameworks,
        mappings=mappings,
    )
    check_references(catalogue, shelf.places)
    check_consistency(catalogue, shelf.places)
    return catalogue


@lru_cache(maxsize=8)
def extend_catalogue(files: tuple[tuple[str, str], ...]) -> Catalogue:
    """The catalogue of this package with the entries of an owner's files.

    Takes:    name and text of each file: TOML with `[[threat]]`, `[[countermeasure]]`,
              `[[requirement]]` and `[[step]]` in the shape of our own. An entry with
              `overrides = true` gives an entry of ours other values for the keys that it names;
              every other id must be new. Steps have no id, and only add to ours.
    Refuses:  Misconfigured, naming file and entry, for what `read_catalogue` refuses, for an id
              that is taken, for an override of nothing, and for two overrides of one entry.
    """
    if not files:
        return load_catalogue()
    return _read(_Shelf(DATA, overlay=read_overlay(files)))


class _Shelf:
    """The data files of one catalogue; remembers where each id stands."""

    def __init__(self, folder: Path, overlay: Overlay | None = None) -> None:
        self.folder = folder
        self._overlay = overlay or Overlay()
        self.places: dict[str, str] = {}

    def read(
        self, part: str, kind: str, read: Callable[[Entry], _Value], *, key: str = "id"
    ) -> Mapping[str, _Value]:
        """Every entry of one kind, by id: sorted where a folder holds them, else as they stand."""
        found: dict[str, _Value] = {}
        if part.endswith(".toml"):
            self._read_file(part, kind, read, key, found)
            return MappingProxyType(found)
        for file in sorted(self.folder.glob(f"{part}/*.toml")):
            self._read_file(f"{part}/{file.name}", kind, read, key, found)
        for table, name in self._overlay.added(kind):
            self._read_entry(table, name, kind, read, key, found)
        self._overlay.check_done(kind, found)
        return MappingProxyType({name: found[name] for name in sorted(found)})

    def tables(self, part: str, kind: str) -> Iterator[tuple[object, str]]:
        """The tables of a folder whose entries have no id of their own, each with its file."""
        for file in sorted(self.folder.glob(f"{part}/*.toml")):
            name = f"{part}/{file.name}"
            yield from ((table, name) for table in _tables(file, name, kind))
        yield from self._overlay.added(kind)

    def _read_file(
        self,
        name: str,
        kind: str,
        read: Callable[[Entry], _Value],
        key: str,
        found: dict[str, _Value],
    ) -> None:
        for table in _tables(self.folder / name, name, kind):
            self._read_entry(table, name, kind, read, key, found)

    def _read_entry(
        self,
        table: object,
        name: str,
        kind: str,
        read: Callable[[Entry], _Value],
        key: str,
        found: dict[str, _Value],
    ) -> None:
        label = table.get(key) if isinstance(table, dict) else None
        place = f"{name}, {shown_text(str(label))}"
        if not isinstance(label, str):
            raise Misconfigured(f"a {kind} without {key}", where=name)
        if label in self.places:
            told = f"{shown_text(label)} stands in {self.places[label]} too"
            raise Misconfigured(told, where=place)
        table, place = self._overlay.over(label, table, place)
        entry = Entry(table, place)
        found[label] = read(entry)
        entry.done()
        self.places[label] = place


def _tables(file: Path, name: str, kind: str) -> list[object]:
    """The tables of a file that holds entries of one kind and nothing else."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Misconfigured("the data file is not there", where=name) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"not TOML: {error}", where=name) from None
    tables = content.get(kind)
    if content.keys() != {kind} or not isinstance(tables, list):
        raise Misconfigured(f"found {sorted(content)}", where=name, allowed=f"[[{kind}]] only")
    return tables
