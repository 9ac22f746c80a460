"""Composed mappings say what sets would say, and never more than the chain proves."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.standard import Relationship, compose, reverse

ALL = tuple(Relationship)
STRENGTH = {
    None: 0,
    Relationship.INTERSECTS: 1,
    Relationship.SUBSET: 2,
    Relationship.SUPERSET: 2,
    Relationship.EQUAL: 3,
}
SETS = st.frozensets(st.integers(0, 3), min_size=1)


def holds(relationship: Relationship, first: frozenset[int], second: frozenset[int]) -> bool:
    """What a relationship claims of two sets of demands."""
    return {
        Relationship.EQUAL: first == second,
        Relationship.SUBSET: first <= second,
        Relationship.SUPERSET: first >= second,
        Relationship.INTERSECTS: bool(first & second),
    }[relationship]


@given(SETS, SETS, SETS)
def test_what_is_composed_holds_of_sets(
    a: frozenset[int], b: frozenset[int], c: frozenset[int]
) -> None:
    for first, second in product(ALL, ALL):
        composed = compose(first, second)
        if composed is not None and holds(first, a, b) and holds(second, b, c):
            assert holds(composed, a, c), (first, second)


@pytest.mark.parametrize(("first", "second"), list(product(ALL, ALL)))
def test_unknown_is_said_only_when_sets_can_be_strangers(
    first: Relationship, second: Relationship
) -> None:
    """Every answer is the most that holds for all sets: none is thrown away."""
    some = [frozenset(s) for s in ({1}, {2}, {3}, {1, 2}, {2, 3}, {1, 3}, {1, 2, 3}, {1, 4}, {4})]
    chains = [
        (a, c)
        for a, b, c in product(some, some, some)
        if holds(first, a, b) and holds(second, b, c)
    ]
    true_of_all = [r for r in ALL if all(holds(r, a, c) for a, c in chains)]
    best = max(true_of_all, key=STRENGTH.__getitem__, default=None)
    assert compose(first, second) == best


@pytest.mark.parametrize(("first", "second"), list(product(ALL, ALL)))
def test_a_chain_is_never_stronger_than_its_links(
    first: Relationship, second: Relationship
) -> None:
    assert STRENGTH[compose(first, second)] <= min(STRENGTH[first], STRENGTH[second])


@given(st.sampled_from(ALL), SETS, SETS)
def test_looking_from_the_other_side(
    relationship: Relationship, a: frozenset[int], b: frozenset[int]
) -> None:
    assert holds(relationship, a, b) == holds(reverse(relationship), b, a)
    assert reverse(reverse(relationship)) is relationship


@pytest.mark.parametrize(("first", "second"), list(product(ALL, ALL)))
def test_a_chain_walked_backwards(first: Relationship, second: Relationship) -> None:
    there = compose(first, second)
    back = compose(reverse(second), reverse(first))
    assert back == (None if there is None else reverse(there))


@given(st.lists(st.sampled_from(ALL), min_size=3, max_size=3))
def test_where_both_groupings_know_something_they_agree(links: list[Relationship]) -> None:
    first, second, third = links
    left, right = compose(first, second), compose(second, third)
    if left is not None and right is not None:
        assert compose(left, third) == compose(first, right)
