"""The tally: each fact once, and nothing goes on while a demanded one is missing."""

from __future__ import annotations

import json
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Defect
from tallystick.ground.facts import PAYMENT_FACTS, TRANSFER_POSTED
from tallystick.ground.identifiers import to_base64url
from tallystick.protect.enforcement import SALT_OCTETS, Tally

SALT = bytes(range(SALT_OCTETS))


def tally(*demanded: str, salt: bytes = SALT) -> Tally:
    return Tally(subject="request-0000-0001", policy="p", at_ms=7, demanded=demanded, salt=salt)


@given(st.sets(st.sampled_from(PAYMENT_FACTS)), st.sets(st.sampled_from(PAYMENT_FACTS)))
def test_every_demanded_fact_must_be_there(demanded: set[str], notched: set[str]) -> None:
    made = tally(*(kind for kind in PAYMENT_FACTS if kind in demanded))
    for kind in notched:
        made.notch(kind, "C-TEST")
    if demanded <= notched:
        made.require()
        return
    with pytest.raises(Defect):
        made.require()


def test_before_the_posting_the_later_facts_are_not_asked_for() -> None:
    made = tally(*PAYMENT_FACTS)
    for kind in PAYMENT_FACTS[: PAYMENT_FACTS.index(TRANSFER_POSTED)]:
        with pytest.raises(Defect):
            made.require(before=TRANSFER_POSTED)
        made.notch(kind, "C-TEST")
    made.require(before=TRANSFER_POSTED)
    with pytest.raises(Defect):
        made.require()


@pytest.mark.parametrize("order", list(permutations(["tier.within", TRANSFER_POSTED])))
def test_in_whatever_order_facts_are_demanded_none_is_left_out(order: tuple[str, str]) -> None:
    made = tally(*order)
    made.notch(TRANSFER_POSTED, "C-TEST")
    with pytest.raises(Defect, match=r"tier\.within"):
        made.require()


def test_a_fact_is_notched_once() -> None:
    made = tally()
    made.notch("tier.within", "C-TEST", tier="tier1")
    with pytest.raises(Defect, match="twice"):
        made.notch("tier.within", "C-TEST", tier="tier2")


def test_only_what_the_policy_asks_for_is_demanded() -> None:
    assert tally("tier.within").demands("tier.within")
    assert not tally().demands("tier.within")


@pytest.mark.parametrize("length", [0, SALT_OCTETS - 1, SALT_OCTETS + 1])
def test_the_salt_has_its_length(length: int) -> None:
    with pytest.raises(Defect):
        tally(salt=bytes(length))


def test_the_octets_are_canonical_and_salted() -> None:
    made = tally()
    made.notch("tier.within", "C-TEST", tier="tier1", most=5)
    octets = made.octets(code="ok")
    said = json.loads(octets)
    assert canonical_json(said) == octets
    assert (said["salt"], said["code"]) == (to_base64url(SALT), "ok")
    assert (said["subject"], said["label"]) == ("request-0000-0001", "software")
    assert said["facts"] == [
        {"kind": "tier.within", "control": "C-TEST", "detail": {"tier": "tier1", "most": 5}}
    ]
    assert tally(salt=bytes(SALT_OCTETS)).octets(code="ok") != tally().octets(code="ok")


def test_a_detail_that_is_no_string_and_no_whole_number_is_a_defect() -> None:
    made = tally()
    with pytest.raises(Defect, match="neither text nor a whole number"):
        made.notch("tier.within", "C-TEST", share=0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("detail", [{"n": 2**53}, {"n": -(2**53)}, {"t": "\ud800"}, {"\u00e9": 1}])
def test_a_detail_without_a_canonical_form_is_a_defect_at_once(detail: dict[str, int]) -> None:
    made = tally()
    with pytest.raises(Defect):
        made.notch("tier.within", "C-TEST", **detail)
    assert json.loads(made.octets(code="ok"))["facts"] == []


@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.text() | st.integers()))
def test_what_can_be_notched_is_spelt_canonically(detail: dict[str, str | int]) -> None:
    made = tally()
    try:
        made.notch("tier.within", "C-TEST", **detail)
    except Defect:
        return
    octets = made.octets(code="ok")
    assert canonical_json(json.loads(octets)) == octets
