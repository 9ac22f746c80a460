"""The line index finds keys without a TOML parser, and says nothing rather than something wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tallystick.describe.lines import LineIndex, show_path
from tallystick.describe.schema import service_json_schema

TEXT = '''\
top = 1
[a]
b.c = { d = 1 }          # [not] a = "header"
text = """
[fake]
b = 2
"""
list = [
  "[x]", # ] comment
  "y = 1",
]
[[t]]
k = 'it''s'
[t.sub]
x = 1
[[t]]
k = "\\" ["
["quoted name"]
z = 1
'''


def test_lines_of_keys() -> None:
    index = LineIndex(TEXT.replace("'it''s'", "'its'"))
    assert index.line(("top",)) == 1
    assert index.line(("a",)) == 2
    assert index.line(("a", "b", "c", "d")) == 3
    assert index.line(("a", "text")) == 4
    assert index.line(("a", "list", 1)) == 8
    assert index.line(("fake",)) is None
    assert index.line(("t", 0)) == 12
    assert index.line(("t", 0, "sub", "x")) == 15
    assert index.line(("t", 1, "k")) == 17
    assert index.line(("t", 1, "missing")) == 16
    assert index.line(("quoted name", "z")) == 19
    assert index.line(()) is None


def test_every_key_of_the_example_has_its_line() -> None:
    text = (Path(__file__).parents[3] / "examples" / "wallet.toml").read_text(encoding="utf-8")
    index, lines = LineIndex(text), text.splitlines()

    def walk(value: object, path: tuple[str | int, ...]) -> None:
        if isinstance(value, dict):
            for key, member in value.items():
                line = index.line((*path, key))
                assert line is not None
                assert str(key) in lines[line - 1], show_path((*path, key))
                walk(member, (*path, key))
        elif isinstance(value, list):
            for position, member in enumerate(value):
                if isinstance(member, dict):
                    walk(member, (*path, position))

    walk(tomllib.loads(text), ())


def test_the_schema_knows_every_key_and_refuses_others() -> None:
    schema = service_json_schema()
    assert schema["additionalProperties"] is False
    tier = schema["properties"]["tier"]["items"]
    assert tier["required"] == [
        "name", "evidence", "per_transaction", "per_day", "per_month", "balance",
    ]  # fmt: skip
    assert "KE" in schema["properties"]["provider"]["properties"]["jurisdiction"]["enum"]
    assert schema["properties"]["parameters"]["properties"]["pin"]["properties"].keys() >= {
        "tries_max"
    }
