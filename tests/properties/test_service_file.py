"""Whatever is done to a service file, it is read or refused as the operator's to mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.describe import Service, read_service
from tallystick.ground.errors import Misconfigured

TEXT = (Path(__file__).parents[2] / "examples" / "wallet.toml").read_text(encoding="utf-8")
LINES = TEXT.splitlines()
VALUES = [
    "0", "-1", "1.5", "nan", "inf", "true", '""', '"x"', "[]", "[[]]", "{}", "{ a = 1 }",
    "[1, 2]", '["remote"]', "1979-05-27", "07:32:00", '"3000.00"', '"-1"', '"1e9"', "9" * 30,
    "0x" + "f" * 40, '"\\u0000"', '"\u202e"', '"' + "a" * 300 + '"', "'''\nx'''",
]  # fmt: skip


def _read_or_refuse(text: str) -> None:
    try:
        service = read_service(text)
    except Misconfigured:
        return
    assert isinstance(service, Service)
    assert service.digest.startswith("sha256:")


@given(
    st.lists(
        st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(VALUES)), min_size=1, max_size=4
    )
)
@settings(max_examples=200)
def test_changed_values(changes: list[tuple[int, str]]) -> None:
    lines = list(LINES)
    for at, value in changes:
        if "=" in lines[at]:
            lines[at] = lines[at].split("=")[0] + "= " + value
    _read_or_refuse("\n".join(lines))


@given(st.data())
@settings(max_examples=200)
def test_cut_moved_and_doubled_lines(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(lines) - 1))
        what = data.draw(st.sampled_from(["cut", "double", "move", "header", "rename"]))
        if what == "cut":
            del lines[at]
        elif what == "double":
            lines.insert(at, lines[at])
        elif what == "move":
            lines.append(lines.pop(at))
        elif what == "header":
            lines.insert(
                at, data.draw(st.sampled_from(["[tier]", "[[provider]]", "[x.y]", "[[data]]"]))
            )
        else:
            lines[at] = "x" + lines[at]
    _read_or_refuse("\n".join(lines))


@given(st.text(max_size=300) | st.text(alphabet="[]{}=\"'#\n.,ab1- ", max_size=300))
@settings(max_examples=300)
def test_any_text(text: str) -> None:
    _read_or_refuse(text)


@given(st.integers(0, len(TEXT) - 1), st.characters())
@settings(max_examples=200)
def test_one_changed_character(at: int, character: str) -> None:
    _read_or_refuse(TEXT[:at] + character + TEXT[at + 1 :])


def test_the_same_text_gives_the_same_service() -> None:
    assert read_service(TEXT) == read_service(TEXT)
    with pytest.raises(Misconfigured):
        read_service(TEXT + "\n[extra]\n")
