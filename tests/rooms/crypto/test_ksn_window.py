"""The window of key serial numbers against a plain set of what was seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.transaction_keys import KsnWindow, SerialNumberReplayed

COUNTERS = st.lists(st.integers(-2, 200), max_size=60)


@given(width=st.integers(0, 64), order=COUNTERS)
def test_a_counter_is_accepted_once_and_not_long_after_newer_ones(
    width: int, order: list[int]
) -> None:
    window, seen = KsnWindow(width), set()
    for counter in order:
        fresh = counter > 0 and counter not in seen
        if fresh and counter >= max(seen, default=0) - width:
            window = window.accept(counter)
            seen.add(counter)
        else:
            before = window
            with pytest.raises(SerialNumberReplayed):
                window.accept(counter)
            assert window == before
    assert window.highest == max(seen, default=0)
    assert window.seen.bit_length() <= 65


@given(order=COUNTERS)
def test_the_narrowest_window_only_rises(order: list[int]) -> None:
    window = KsnWindow()
    for counter in order:
        highest = window.highest
        try:
            window = window.accept(counter)
        except SerialNumberReplayed:
            assert counter <= highest
        else:
            assert window.highest == counter > highest


def test_the_window_forgets_nothing_when_it_jumps() -> None:
    window = KsnWindow(8).accept(1).accept(4_000_000_000)
    with pytest.raises(SerialNumberReplayed):
        window.accept(1)
    assert window.accept(4_000_000_000 - 8).seen == 0b1_0000_0001


def test_a_wider_window_lets_nothing_in_again() -> None:
    narrow = KsnWindow(0).accept(7).accept(9)
    wider = KsnWindow(64, narrow.highest, narrow.seen)
    with pytest.raises(SerialNumberReplayed):
        wider.accept(7)
    assert wider.accept(8).highest == 9
