"""A screening list as a file: one JSON object per line, read with suspicion.

Line 1 says which list it is; every further line is one listed person or entity:

    {"format": "tallystick-list/1", "list": "example", "version": "2026-01-15", "entries": 2}
    {"uid": "EX-1", "type": "person", "name": "...",
     "aliases": [{"name": "...", "quality": "weak"}], "born": ["1961"], "countries": ["KE"],
     "program": "...", "listed_on": "2020-01-31"}

An imported list is strangers' data: sizes are limited, members are exactly these and none is
written twice, and the count on line 1 shows a list that was cut short.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from tallystick.ground.canonical import digest
from tallystick.ground.errors import Misconfigured
from tallystick.ground.limits import LIST_FILE_MAX, NAME_CHARACTERS_MAX
from tallystick.protect.screening.names import NameUnscreenable, comparable_names

_T = TypeVar("_T")

LINE_MAX = 32 * 1024
ENTRIES_MAX = 1_000_000

_Name = Annotated[str, Meta(min_length=1, max_length=2 * NAME_CHARACTERS_MAX)]
_Born = Annotated[str, Meta(pattern=r"\A[0-9]{4}(-[0-9]{2}-[0-9]{2})?\Z")]
_Day = Annotated[str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
_Country = Annotated[str, Meta(pattern=r"\A[A-Z]{2}\Z")]
_Word = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}\Z")]


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal["tallystick-list/1"]
    list: _Word
    version: _Word
    entries: Annotated[int, Meta(ge=0, le=ENTRIES_MAX)]


class _Alias(msgspec.Struct, forbid_unknown_fields=True):
    name: _Name
    quality: Literal["strong", "weak"]


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    uid: _Word
    type: Literal["person", "entity"]
    name: _Name
    aliases: Annotated[list[_Alias], Meta(max_length=256)]
    born: Annotated[list[_Born], Meta(max_length=16)]
    countries: Annotated[list[_Country], Meta(max_length=16)]
    program: Annotated[str, Meta(max_length=64)]
    listed_on: _Day


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedName:
    """One name of a listed party. A weak alias is too common or too vague to stand alone."""

    name: str
    weak: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """A listed person or entity. `born` holds `YYYY` or `YYYY-MM-DD`, as much as is known."""

    uid: str
    type: str
    names: tuple[ListedName, ...]
    born: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    program: str = ""
    listed_on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListVersion:
    """Which list, which edition, and the digest of the very octets that were read."""

    list: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NameList:
    """A list as it was imported."""

    version: ListVersion
    entries: tuple[ListEntry, ...]


def read_name_list(octets: bytes, *, where: str) -> NameList:
    """Read a list file; `where` names it in errors.

    Refuses: Misconfigured with the line, for anything but exactly the format above.
    """
    if len(octets) > LIST_FILE_MAX:
        raise Misconfigured("too long", where=where, allowed=f"{LIST_FILE_MAX} octets")
    lines = octets.removesuffix(b"\n").split(b"\n")
    header = _read(_HEADER, lines[0], f"{where}:1")
    if len(lines) - 1 != header.entries:
        raise Misconfigured(
            f"{len(lines) - 1} entries follow where {header.entries} are announced",
            where=f"{where}:1",
        )
    return NameList(
        version=ListVersion(list=header.list, version=header.version, digest=digest(octets)),
        entries=tuple(_entries(lines, where)),
    )


_HEADER = msgspec.json.Decoder(_Header)
_LINE = msgspec.json.Decoder(_Line)


def _entries(lines: list[bytes], where: str) -> Iterator[ListEntry]:
    seen: set[str] = set()
    for number, octets in enumerate(lines[1:], start=2):
        place = f"{where}:{number}"
        line = _read(_LINE, octets, place)
        if line.uid in seen:
            raise Misconfigured(f"uid {line.uid!r} is there twice", where=place)
        seen.add(line.uid)
        yield _inside(line, place)


def _read(decoder: msgspec.json.Decoder[_T], octets: bytes, place: str) -> _T:
    if len(octets) > LINE_MAX:
        raise Misconfigured("too long", where=place, allowed=f"{LINE_MAX} octets a line")
    try:
        value = decoder.decode(octets)
        # The typed reader has bounded the shape; the second one only looks for members given twice.
        json.loads(octets, object_pairs_hook=_demand_once)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Misconfigured(f"not a list line: {error}", where=place) from None
    except _MemberTwice as twice:
        raise Misconfigured(f"member {twice.args[0]!r} is there twice", where=place) from None
    return value


class _MemberTwice(ValueError):
    pass


def _demand_once(members: list[tuple[str, object]]) -> None:
    names = [name for name, _ in members]
    for name in names:
        if names.count(name) > 1:
            raise _MemberTwice(name)


def _inside(line: _Line, place: str) -> ListEntry:
    names = (
        ListedName(name=line.name),
        *(ListedName(name=a.name, weak=a.quality == "weak") for a in line.aliases),
    )
    for listed in names:
        try:
            comparable_names(listed.name)
        except NameUnscreenable as refusal:
            raise Misconfigured(f"a name cannot be compared: {refusal}", where=place) from None
    for day in (line.listed_on, *(b for b in line.born if len(b) > 4)):
        try:
            date.fromisoformat(day)
        except ValueError:
            raise Misconfigured(f"{day!r} is not a day", where=place) from None
    return ListEntry(
        uid=line.uid,
        type=line.type,
        names=names,
        born=tuple(line.born),
        countries=tuple(line.countries),
        program=line.program,
        listed_on=line.listed_on,
    )
