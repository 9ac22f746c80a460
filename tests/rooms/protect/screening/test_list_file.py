"""A list file is read exactly or refused with the line."""

from __future__ import annotations

import json

import pytest

from tallystick.ground.errors import Misconfigured
from tallystick.protect.screening import read_name_list

HEADER = {"format": "tallystick-list/1", "list": "t", "version": "1", "entries": 1}
LINE = {
    "uid": "T-1",
    "type": "person",
    "name": "Orlan Teshko",
    "aliases": [{"name": "The Smith", "quality": "weak"}],
    "born": ["1961", "1961-03-04"],
    "countries": ["EE"],
    "program": "ARMS",
    "listed_on": "2019-05-14",
}


def octets(*lines: object) -> bytes:
    return b"\n".join(
        line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines
    )


def test_a_list_becomes_entries_with_version_and_digest() -> None:
    listed = read_name_list(octets(HEADER, LINE) + b"\n", where="l.jsonl")
    assert (listed.version.list, listed.version.version) == ("t", "1")
    assert listed.version.digest.startswith("sha256:")
    entry = listed.entries[0]
    assert [(n.name, n.weak) for n in entry.names] == [("Orlan Teshko", False), ("The Smith", True)]
    assert entry.born == ("1961", "1961-03-04")


@pytest.mark.parametrize(
    ("file", "line", "says"),
    [
        (b"", 1, "not a list line"),
        (octets(LINE), 1, "unknown field"),
        (octets(HEADER | {"format": "tallystick-list/2"}, LINE), 1, "Invalid enum"),
        (octets(HEADER | {"entries": 2}, LINE), 1, "1 entries follow where 2"),
        (octets(HEADER, LINE, LINE), 1, "2 entries follow where 1"),
        (octets(HEADER | {"entries": 2}, LINE, LINE), 3, "'T-1' is there twice"),
        (octets(HEADER, LINE | {"colour": "red"}), 2, "unknown field `colour`"),
        (octets(HEADER, {k: v for k, v in LINE.items() if k != "born"}), 2, "missing"),
        (octets(HEADER, LINE | {"type": "ship"}), 2, "Invalid enum"),
        (octets(HEADER, LINE | {"name": ""}), 2, "length"),
        (octets(HEADER, LINE | {"name": "x" * 281}), 2, "length"),
        (octets(HEADER, LINE | {"name": "…"}), 2, "cannot be compared"),
        (octets(HEADER, LINE | {"born": ["61"]}), 2, "regex"),
        (octets(HEADER, LINE | {"born": ["1961-13-01"]}), 2, "not a day"),
        (octets(HEADER, LINE | {"listed_on": "2019-02-30"}), 2, "not a day"),
        (octets(HEADER, LINE | {"listed_on": "2019-02-03\n"}), 2, "regex"),
        (octets(HEADER, LINE | {"countries": ["ee"]}), 2, "regex"),
        (octets(HEADER, LINE | {"aliases": [{"name": "x", "quality": "good"}]}), 2, "Invalid enum"),
        (
            octets(HEADER, b'{"uid": "T-1", "uid": "T-2",' + json.dumps(LINE).encode()[1:]),
            2,
            "twice",
        ),
        (octets(HEADER, b"[" * 30_000), 2, "not a list line"),
        (octets(HEADER, b"\xff\xfe"), 2, "not a list line"),
        (octets(HEADER, LINE | {"program": "x" * 40_000}), 2, "too long"),
        (octets(HEADER, b""), 1, "0 entries follow where 1"),
        (octets(HEADER | {"entries": 2}, b"", LINE), 2, "not a list line"),
        (b"\xef\xbb\xbf" + octets(HEADER, LINE), 1, "not a list line"),
    ],
)
def test_anything_else_is_refused_with_its_line(file: bytes, line: int, says: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        read_name_list(file, where="l.jsonl")
    assert refused.value.where == f"l.jsonl:{line}"
    assert says in str(refused.value)
