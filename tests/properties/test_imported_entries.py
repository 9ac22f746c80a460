"""Whatever a stranger's bundle or catalog holds: a refusal in words, or entries that load."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.describe import Extension, catalogue_with
from tallystick.describe.imports import OwnEntries, import_attack, import_oscal_catalog
from tallystick.ground.errors import Misconfigured
from tallystick.standard import load_catalogue

CATALOGUE = load_catalogue()
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=30), st.floats(allow_nan=False)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)
ids = st.one_of(st.sampled_from(["T1999", "T1417.002", "T1998.001", "ac-1", "ac-1.2"]), values)


def tables(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with some of the members that a reader looks for, rightly filled or not."""
    return st.fixed_dictionaries({}, optional={name: one | values for name, one in members.items()})


references = tables(source_name=st.just("mitre-attack"), external_id=ids)
phases = tables(kill_chain_name=st.just("mitre-mobile-attack"), phase_name=st.text(max_size=20))
patterns = st.builds(
    lambda table: {"type": "attack-pattern"} | table,
    tables(
        name=st.text(max_size=60),
        external_references=st.lists(references, max_size=3),
        kill_chain_phases=st.lists(phases, max_size=2),
        x_mitre_platforms=st.lists(st.sampled_from(["Android", "iOS", "x"]), max_size=3),
        x_mitre_domains=st.just(["mobile-attack"]),
        revoked=st.booleans(),
    ),
)
parts = st.deferred(
    lambda: tables(
        name=st.just("statement"), prose=st.text(max_size=60), parts=st.lists(parts, max_size=2)
    )
)
controls = st.deferred(
    lambda: tables(
        id=ids, title=st.text(max_size=60), parts=st.lists(parts, max_size=2),
        params=st.lists(tables(id=ids, label=st.text(max_size=20)), max_size=2),
        props=st.just([{"name": "status", "value": "withdrawn"}]),
        controls=st.lists(controls, max_size=2),
    )
)  # fmt: skip


def check(made: OwnEntries) -> None:
    """The text loads and holds exactly the entries that it is said to hold."""
    found = catalogue_with([Extension(name="own.toml", text=made.text)])
    new = {*found.threats, *found.requirements} - {*CATALOGUE.threats, *CATALOGUE.requirements}
    assert new == set(made.written)
    assert len(set(made.written)) == len(made.written)


@settings(max_examples=150, deadline=None)
@given(objects=st.lists(patterns | values, max_size=4))
def test_any_bundle_is_refused_or_gives_threats(objects: list[Any]) -> None:
    octets = json.dumps({"type": "bundle", "objects": objects}).encode()
    try:
        made = import_attack(octets, catalogue=CATALOGUE, like="T-MAL-OVERLAY")
    except Misconfigured:
        return
    check(made)


@settings(max_examples=150, deadline=None)
@given(
    content=tables(
        metadata=tables(title=st.text(max_size=300), version=st.text(max_size=60)),
        controls=st.lists(controls, max_size=3),
        groups=st.lists(tables(controls=st.lists(controls, max_size=2)), max_size=2),
    ),
    nature=st.sampled_from(["requirement", "recommendation"]),
)
def test_any_catalog_is_refused_or_gives_requirements(content: Any, nature: str) -> None:
    octets = json.dumps({"catalog": content}).encode()
    try:
        made = import_oscal_catalog(octets, catalogue=CATALOGUE, clause="6", nature=nature)
    except Misconfigured:
        return
    check(made)


@settings(max_examples=200, deadline=None)
@given(
    octets=st.binary(max_size=200)
    | st.text(st.characters(codec="utf-8"), max_size=200).map(str.encode)
)
def test_any_octets_are_refused_in_words(octets: bytes) -> None:
    for read in (
        lambda: import_attack(octets, catalogue=CATALOGUE),
        lambda: import_oscal_catalog(octets, catalogue=CATALOGUE, clause="6"),
    ):
        with pytest.raises(Misconfigured) as refused:
            read()
        assert str(refused.value).isprintable()
