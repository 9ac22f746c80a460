"""Whatever stands in a list file: entries that can be screened, or Misconfigured with a line."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.errors import Misconfigured
from tallystick.protect.screening import ScreeningIndex, read_name_list

HEADER = '{"format": "tallystick-list/1", "list": "t", "version": "1", "entries": 1}'
LINE = {
    "uid": "T-1",
    "type": "person",
    "name": "Orlan Teshko",
    "aliases": [{"name": "The Smith", "quality": "weak"}],
    "born": ["1961-03-04"],
    "countries": ["EE"],
    "program": "ARMS",
    "listed_on": "2019-05-14",
}
FILE = f"{HEADER}\n{json.dumps(LINE)}\n".encode()

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def read_and_screen(octets: bytes) -> None:
    try:
        listed = read_name_list(octets, where="f")
    except Misconfigured:
        return
    index = ScreeningIndex.build(listed.entries, version=listed.version, match_permille=850)
    for entry in listed.entries:
        for name in entry.names:
            if len(name.name) <= 140:
                assert entry.uid in [m.uid for m in index.screen(name.name)]


@given(st.binary(max_size=200))
def test_random_octets(octets: bytes) -> None:
    read_and_screen(octets)
    read_and_screen(HEADER.encode() + b"\n" + octets)


@given(st.integers(0, len(FILE) - 1), st.binary(max_size=4), st.integers(0, 4))
def test_a_good_file_with_some_octets_exchanged(place: int, octets: bytes, gone: int) -> None:
    read_and_screen(FILE[:place] + octets + FILE[place + gone :])


@given(st.sampled_from(sorted(LINE)), anything)
def test_a_good_line_with_one_member_exchanged(member: str, value: object) -> None:
    read_and_screen(f"{HEADER}\n{json.dumps(LINE | {member: value})}".encode())


@given(st.text(min_size=1, max_size=30))
def test_any_name(name: str) -> None:
    line = json.dumps(LINE | {"name": name}, ensure_ascii=False)
    read_and_screen(f"{HEADER}\n{line}".encode("utf-8", "surrogatepass"))
