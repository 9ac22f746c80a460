"""Whatever is given as a Threagile model, it becomes a service file that reads, or is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.describe import read_service
from tallystick.describe.imports import import_threagile
from tallystick.ground.errors import Misconfigured

SAMPLE = Path(__file__).parents[1] / "rooms" / "describe" / "sample-model.yaml"
MODEL = SAMPLE.read_bytes()

WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["server", "gateway", "db", "id", "true", "null", "1e9", "2026-01-01", "<<"]),
)
VALUES = st.recursive(
    st.one_of(WORDS, st.none(), st.booleans(), st.integers()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=8,
)
KINDS = st.sampled_from(["browser", "hsm", "database", "gateway", "vault", "new-thing", ""])
LINKS = st.fixed_dictionaries(
    {"target": st.sampled_from(["a", "b", "Server", "nowhere"])},
    optional={"protocol": st.sampled_from(["https", "http", "odd"]), "data_assets_sent": VALUES},
)
ASSETS = st.fixed_dictionaries(
    {"technology": KINDS},
    optional={
        "id": st.sampled_from(["a", "b", "Server", "-", "ä", "x" * 60]),
        "type": st.sampled_from(["process", "datastore", "external-entity", "none"]),
        "internet": st.booleans(),
        "communication_links": st.dictionaries(WORDS, LINKS, max_size=3),
        "data_assets_stored": st.lists(st.sampled_from(["keys", "pins", "x"]), max_size=3),
    },
)


def _read_or_refuse(octets: bytes) -> None:
    try:
        made = import_threagile(octets, like="e-wallet", where="model.yaml")
    except Misconfigured:
        return
    assert read_service(made.text).digest.startswith("sha256:")


@given(st.binary(max_size=200))
@settings(max_examples=150)
def test_any_octets(octets: bytes) -> None:
    _read_or_refuse(octets)
    _read_or_refuse(b"technical_assets: " + octets)


@given(VALUES)
@settings(max_examples=100)
def test_any_shape(value: Any) -> None:
    for key in ("technical_assets", "data_assets", "trust_boundaries", "title"):
        content = {"technical_assets": {}, key: value}
        _read_or_refuse(yaml.safe_dump(content, allow_unicode=True).encode())


@given(
    st.dictionaries(WORDS, ASSETS, max_size=5),
    st.dictionaries(WORDS, st.fixed_dictionaries({"id": st.sampled_from(["keys", "pins"])})),
)
@settings(max_examples=100)
def test_any_assets(assets: dict[str, Any], data: dict[str, Any]) -> None:
    content = {"technical_assets": assets, "data_assets": data}
    _read_or_refuse(yaml.safe_dump(content, allow_unicode=True).encode())


@given(st.data())
@settings(max_examples=100)
def test_cut_and_changed_models(data: st.DataObject) -> None:
    octets = bytearray(MODEL)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(octets) - 1))
        if data.draw(st.booleans()):
            del octets[at : at + data.draw(st.integers(1, 40))]
        else:
            octets[at] = data.draw(st.integers(0, 255))
    _read_or_refuse(bytes(octets))
