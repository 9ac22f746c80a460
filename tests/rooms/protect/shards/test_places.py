"""Where an account is kept: everywhere the same answer, from its name alone."""

from __future__ import annotations

from collections import Counter
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.errors import Misconfigured
from tallystick.protect.shards import ALONE, ShardMap, clearing_accounts

NAMES = st.from_regex(r"\Aacc-[a-z0-9]{1,20}\Z")


@given(name=NAMES, shards=st.integers(2, 64))
def test_every_shard_agrees_who_keeps_an_account(name: str, shards: int) -> None:
    maps = [ShardMap(number=number, count=shards) for number in range(shards)]
    keeper = maps[0].keeper(name)
    assert {one.keeper(name) for one in maps} == {keeper}
    assert [one.elsewhere(name) for one in maps] == [
        None if number == keeper else keeper for number in range(shards)
    ]


def test_shards_fill_evenly() -> None:
    kept = Counter(ShardMap(number=0, count=4).keeper(f"acc-{n}") for n in range(8_000))
    assert all(1_800 < kept[number] < 2_200 for number in range(4))


@given(number=st.integers(0, 3))
def test_a_name_is_drawn_until_it_is_ones_own(number: int) -> None:
    drawn = (str(n) for n in count())
    shards = ShardMap(number=number, count=4)
    assert shards.keeper("acc-" + shards.own_name(lambda: next(drawn))) == number


@pytest.mark.parametrize("name", ["clearing.1", "trust.float", "acc-", "acc-A", "bank:ke12", ""])
def test_only_holders_accounts_are_elsewhere(name: str) -> None:
    assert all(ShardMap(number=n, count=3).elsewhere(name) is None for n in range(3))


def test_alone_everything_is_here() -> None:
    assert ALONE.elsewhere("acc-anything") is None
    assert ALONE.peers == ()
    assert clearing_accounts(ALONE, "KES") == ()


@pytest.mark.parametrize(("number", "shards"), [(0, 0), (1, 1), (-1, 2), (2, 2), (0, 65)])
def test_a_map_that_cannot_be_is_refused(number: int, shards: int) -> None:
    with pytest.raises(Misconfigured):
        ShardMap(number=number, count=shards)
