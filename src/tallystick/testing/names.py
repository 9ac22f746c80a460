"""A screening list to test with: two parties who do not exist."""

from __future__ import annotations

import json

from tallystick.protect.screening import NameList, read_name_list

LISTED_NAME = "Orlan Dravik Teshko"


def example_names() -> NameList:
    """A list of one person and one entity; `LISTED_NAME` is the person."""
    lines = (
        {"format": "tallystick-list/1", "list": "testing", "version": "1", "entries": 2},
        _entry("T-1", "person", LISTED_NAME, born=["1961-03-04"], countries=["EE"]),
        _entry("T-2", "entity", "Blue Heron Trading Company", born=[], countries=["AE"]),
    )
    octets = "".join(json.dumps(line) + "\n" for line in lines).encode()
    return read_name_list(octets, where="testing")


def _entry(
    uid: str, kind: str, name: str, *, born: list[str], countries: list[str]
) -> dict[str, object]:
    return {
        "uid": uid,
        "type": kind,
        "name": name,
        "aliases": [],
        "born": born,
        "countries": countries,
        "program": "TESTING",
        "listed_on": "2020-01-31",
    }
