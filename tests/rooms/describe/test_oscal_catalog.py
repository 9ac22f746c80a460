"""Controls of an OSCAL catalog become entries of an owner, each under an id that lasts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tallystick.describe import Extension, catalogue_with
from tallystick.describe.imports import import_oscal_catalog
from tallystick.describe.imports.oscal_catalog import entry_id
from tallystick.ground.errors import Misconfigured
from tallystick.standard import Catalogue, load_catalogue


def control(name: str, *, prose: str = "Do it.", **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "title": f"Title of {name}",
        "parts": [
            {"name": "statement", "prose": prose},
            {"name": "guidance", "prose": "How others do it."},
        ],
    } | more


def catalog(*controls: Any, **more: Any) -> bytes:
    content = {"metadata": {"title": "A rule book", "version": "3"}, "controls": list(controls)}
    return json.dumps({"catalog": content | more}).encode()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def read(octets: bytes, **more: Any) -> Any:
    return import_oscal_catalog(octets, catalogue=load_catalogue(), clause="6", **more)


def extended(text: str) -> Catalogue:
    return catalogue_with([Extension(name="oscal.toml", text=text)])


def test_a_control_is_an_entry_that_loads() -> None:
    made = read(catalog(control("ac-2")))
    assert made.written == ("R-6-OSCAL-AC-02",)
    entry = extended(made.text).requirements["R-6-OSCAL-AC-02"]
    assert (entry.title, entry.text) == ("Title of ac-2", "Do it.")
    assert entry.sources == ("own: A rule book, 3: ac-2",)
    assert (entry.nature.value, entry.layer.value, entry.clause) == (
        "recommendation", "process", "6",
    )  # fmt: skip
    assert entry.closing.attested
    assert entry.controls == ()


def test_choices_are_the_owner_s() -> None:
    made = import_oscal_catalog(
        catalog(control("ac-2")), catalogue=load_catalogue(), clause="7.2", nature="requirement",
        layer="application", prefix="BANK",
    )  # fmt: skip
    entry = extended(made.text).requirements["R-7.2-BANK-AC-02"]
    assert (entry.nature.value, entry.layer.value) == ("requirement", "application")


def test_groups_and_children_are_walked_in_order() -> None:
    octets = catalog(
        control("pe-1"),
        groups=[{"groups": [{"controls": [control("ac-1", controls=[control("ac-1.1")])]}]}],
    )
    assert read(octets).written == ("R-6-OSCAL-AC-01", "R-6-OSCAL-AC-N1-01", "R-6-OSCAL-PE-01")


def test_items_and_parameters_of_the_statement_are_in_the_text() -> None:
    one = control(
        "ac-1", prose="Review every {{ insert: param, ac-1_prm_1 }}, {{ insert: param, odp }}:",
        params=[{"id": "ac-1_prm_1", "label": "period"}],
    )  # fmt: skip
    one["parts"][0]["parts"] = [
        {"name": "item", "prose": "first;"},
        {"name": "item", "prose": "second."},
    ]
    entry = extended(read(catalog(one)).text).requirements["R-6-OSCAL-AC-01"]
    assert entry.text == "Review every [period], [odp]: first; second."
    assert "others do" not in entry.text


def test_a_control_without_a_statement_says_its_title() -> None:
    made = read(catalog({"id": "x-1"}, control("x-2", parts=[])))
    found = extended(made.text).requirements
    assert found["R-6-OSCAL-XX-01"].text == "x-1"
    assert found["R-6-OSCAL-XX-02"].text == "Title of x-2"


def test_withdrawn_and_doubled_controls_are_left_out() -> None:
    withdrawn = control("ac-3", props=[{"name": "status", "value": "withdrawn"}])
    made = read(catalog(control("ac-2"), withdrawn, control("ac-2"), {"title": "no id"}))
    assert made.written == ("R-6-OSCAL-AC-02",)
    assert [told.partition(":")[2].strip() for told in made.left_out] == [
        "withdrawn", "stands twice; the first was taken", "it has no id",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("ac-2", "R-6-OSCAL-AC-02"),
        ("ac-2.12", "R-6-OSCAL-AC-N2-12"),
        ("A.8.24", "R-6-OSCAL-AX-N8-24"),
        ("1.2.3", "R-6-OSCAL-N1-N2-03"),
        ("ORP.1.A1", "R-6-OSCAL-ORP-N1-AX-01"),
        ("ORP.1.A1.2", ""),
        ("policy", ""),
        ("ac-20000", ""),
        ("", ""),
        ("ä-1", ""),
    ],
)
def test_ids_follow_the_control_s_own(name: str, made: str) -> None:
    assert entry_id(name, start="R-6-OSCAL") == made


def test_ids_that_do_not_fit_or_clash_are_numbered() -> None:
    made = read(
        catalog(control("policy"), control("ac-2"), control("AC_2"), control("ORP.1.A1.2.3"))
    )
    assert made.written == (
        "R-6-OSCAL-MORE-0001", "R-6-OSCAL-AC-02", "R-6-OSCAL-MORE-0003", "R-6-OSCAL-MORE-0004",
    )  # fmt: skip
    assert len(extended(made.text).requirements) == len(load_catalogue().requirements) + 4


def test_only_what_is_wanted_is_taken() -> None:
    octets = catalog(control("ac-1"), control("ia-1"), control("pe-1"))
    assert read(octets, only=("ac", "pe")).written == ("R-6-OSCAL-AC-01", "R-6-OSCAL-PE-01")
    with pytest.raises(Misconfigured, match="begins with zz"):
        read(octets, only=("zz",))


def test_more_than_a_file_can_hold_is_refused_with_a_way_out() -> None:
    octets = catalog(*(control(f"ac-{n}", prose="long " * 400) for n in range(1, 400)))
    with pytest.raises(Misconfigured, match="--only"):
        read(octets)


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"clause": "99"}, "clause"),
        ({"nature": "description"}, "requirement, recommendation"),
        ({"layer": "roof"}, "layer"),
        ({"prefix": "a b"}, "prefix"),
        ({"prefix": "X"}, "prefix"),
    ],
)
def test_choices_are_checked(catalogue: Catalogue, choice: dict[str, Any], said: str) -> None:
    given = {"clause": "6"} | choice
    with pytest.raises(Misconfigured, match=said):
        import_oscal_catalog(catalog(control("ac-1")), catalogue=catalogue, **given)


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"{}", "not an OSCAL catalog"),
        (b'{"profile":{}}', "not an OSCAL catalog"),
        (catalog(), "no control"),
        (b'{"catalog":{"controls":[{"id":"a","id":"b"}]}}', "stands twice"),
        (b"<catalog/>", "not JSON"),
    ],
)
def test_what_is_no_catalog_is_refused(octets: bytes, said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        read(octets)


def test_hostile_texts_stay_one_line() -> None:
    hostile = 'x"\n[[requirement]]\nid = "R-6-EVIL-01"\u2028\u202e\x07'
    made = read(catalog(control("ac-1", prose=hostile, title=hostile), metadata={"title": hostile}))
    found = extended(made.text)
    assert "R-6-EVIL-01" not in found.requirements
    assert found.requirements["R-6-OSCAL-AC-01"].title == 'x" [[requirement]] id = "R-6-EVIL-01"'
