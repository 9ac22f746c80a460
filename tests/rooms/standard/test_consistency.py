"""What holds of the catalogue as a whole, and what is said when it does not."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tallystick.ground.errors import Misconfigured
from tallystick.standard import (
    Catalogue,
    Cost,
    Countermeasure,
    Interval,
    Layer,
    Threat,
    load_catalogue,
)
from tallystick.standard.consistency import check_consistency

CATALOGUE = load_catalogue()
EFFECT = {"T-ONE": Interval(low=0.1, high=0.2)}


def threat(name: str = "T-ONE", *, accepted: str = "", source: str = "CAPEC-98") -> Threat:
    return replace(CATALOGUE.threats["T-MSG-REPLAY"], id=name, accepted=accepted, sources=(source,))


def control(
    name: str,
    *,
    effects: Mapping[str, Interval] | None = None,
    requires: tuple[str, ...] = (),
    excludes: tuple[str, ...] = (),
    why: str = "",
) -> Countermeasure:
    return Countermeasure(
        id=name, title=name, description=f"{name}.", layer=Layer.PROCESS, room="provider",
        cost=Cost(build_days=1, run_days=1), effects=EFFECT if effects is None else effects,
        requires=requires, excludes=excludes, why=why,
    )  # fmt: skip


def check(threats: list[Threat], controls: list[Countermeasure]) -> None:
    catalogue: Catalogue = replace(
        CATALOGUE,
        threats={one.id: one for one in threats},
        countermeasures={one.id: one for one in controls},
        requirements={},
    )
    check_consistency(catalogue, {one.id: f"own.toml, {one.id}" for one in (*threats, *controls)})


def refused(threats: list[Threat], controls: list[Countermeasure]) -> str:
    with pytest.raises(Misconfigured) as caught:
        check(threats, controls)
    assert "; allowed: " in str(caught.value)
    return str(caught.value)


def test_what_fits_is_taken() -> None:
    check([threat()], [control("C-A", requires=("C-B",)), control("C-B", excludes=("C-C",)),
                       control("C-C", excludes=("C-B",))])  # fmt: skip


def test_a_threat_that_nothing_answers_is_refused() -> None:
    said = refused([threat(), threat("T-TWO")], [control("C-A")])
    assert said.startswith("own.toml, T-TWO: no countermeasure has an effect on T-TWO")
    assert "accepted" in said


def test_a_threat_may_say_why_it_is_accepted() -> None:
    check([threat(), threat("T-TWO", accepted="Nobody can.")], [control("C-A")])


def test_a_source_that_is_no_id_is_refused_with_its_entry() -> None:
    said = refused([threat(source="CAPEC 98")], [control("C-A")])
    assert said.startswith("own.toml, T-ONE: 'CAPEC 98' is no id")


def test_a_countermeasure_that_does_nothing_is_refused() -> None:
    said = refused([threat()], [control("C-A"), control("C-B", effects={})])
    assert said.startswith("own.toml, C-B: C-B prevents nothing and answers no requirement")
    assert "why" in said


def test_a_countermeasure_without_effect_may_say_why_or_answer_a_requirement() -> None:
    check([threat()], [control("C-A"), control("C-B", effects={}, why="Others need it.")])
    asked = next(one for one in CATALOGUE.requirements.values() if one.controls)
    controls = [control("C-A"), control("C-B", effects={})]
    catalogue = replace(
        CATALOGUE,
        threats={"T-ONE": threat()},
        countermeasures={one.id: one for one in controls},
        requirements={asked.id: replace(asked, controls=("C-B",))},
    )
    check_consistency(catalogue, dict.fromkeys(("T-ONE", "C-A", "C-B", asked.id), "own.toml"))


@pytest.mark.parametrize("length", [2, 3, 5])
def test_prerequisites_in_a_circle_are_refused_and_the_circle_is_named(length: int) -> None:
    names = [f"C-{number}" for number in range(length)]
    ring = [
        control(name, requires=(names[(place + 1) % length],)) for place, name in enumerate(names)
    ]
    said = refused([threat()], ring)
    assert "prerequisites go in a circle: C-0 requires C-1" in said
    assert all(name in said for name in names)


def test_a_circle_further_on_is_found_where_it_is() -> None:
    ring = [control("C-A", requires=("C-B",)), control("C-B", requires=("C-C",)),
            control("C-C", requires=("C-B",))]  # fmt: skip
    said = refused([threat()], ring)
    assert said.startswith("own.toml, C-B: prerequisites go in a circle: C-B requires C-C, which "
                           "requires C-B")  # fmt: skip


def test_prerequisites_that_exclude_each_other_are_refused() -> None:
    said = refused(
        [threat()],
        [
            control("C-A", requires=("C-B", "C-C")),
            control("C-B", excludes=("C-C",)),
            control("C-C", excludes=("C-B",)),
        ],
    )
    assert said.startswith("own.toml, C-A: C-A needs C-B and C-C, which exclude each other")


def test_a_prerequisite_that_is_excluded_is_refused() -> None:
    said = refused(
        [threat()],
        [control("C-A", requires=("C-B",), excludes=("C-B",)), control("C-B", excludes=("C-A",))],
    )
    assert said.startswith("own.toml, C-A: C-A needs C-A and C-B, which exclude each other")


def test_the_ways_to_keep_a_tapping_credential_exclude_each_other() -> None:
    ways = ("C-NFC-CARD-SE", "C-NFC-CARD-TEE", "C-NFC-CARD-SOFTWARE")
    for name in ways:
        one = CATALOGUE.countermeasures[name]
        assert set(one.excludes) == set(ways) - {name}
        assert "T-NFC-CREDENTIAL-COPY" in one.effects
    lows = [CATALOGUE.countermeasures[name].effects["T-NFC-CREDENTIAL-COPY"].low for name in ways]
    assert lows == sorted(lows, reverse=True)
    for name in ways[1:]:
        assert CATALOGUE.countermeasures[name].requires == ("C-NFC-LIMITED-KEYS",)


ALIKE_MOST = 0.5
"""Share of words that two entries have in common; above it one of them would count twice."""
_SMALL = frozenset(
    "a an and as at be by for from have in is it not of on or that the to with".split()  # noqa: SIM905
)


def words(entry: Threat | Countermeasure) -> frozenset[str]:
    said = re.findall(r"[a-z]+", f"{entry.title} {entry.description}".lower())
    return frozenset(said) - _SMALL


@pytest.mark.parametrize("kind", ["threats", "countermeasures"])
def test_no_two_entries_say_nearly_the_same(kind: str) -> None:
    entries = {name: words(one) for name, one in getattr(CATALOGUE, kind).items()}
    alike = [
        (one, other)
        for one, other in itertools.combinations(entries, 2)
        if len(entries[one] & entries[other]) > ALIKE_MOST * len(entries[one] | entries[other])
    ]
    assert alike == []


def test_what_is_accepted_is_little() -> None:
    accepted = [one for one in CATALOGUE.threats.values() if one.accepted]
    assert accepted
    assert all(one.accepted.endswith(".") for one in accepted)
    assert all(one.base == "person_day" and one.severity.high <= 10 for one in accepted)
