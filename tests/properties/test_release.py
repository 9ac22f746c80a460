"""Whatever happens to the octets of a release, it never holds for anything that was not signed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.errors import TallystickError
from tallystick.prove.release import read_release, verify_release
from tests.rooms.prove.release.made import NEW, SIGNERS, released

WHOLE = released()
OCTETS = WHOLE.octets()


@given(place=st.integers(0, len(OCTETS) - 1), flip=st.integers(1, 255))
def test_an_altered_octet_never_passes_for_another_statement(place: int, flip: int) -> None:
    altered = OCTETS[:place] + bytes([OCTETS[place] ^ flip]) + OCTETS[place + 1 :]
    with pytest.raises(TallystickError):
        verify_release(read_release(altered), policy=NEW, signers=SIGNERS, as_of="2026-12-24")


@given(st.binary(max_size=200))
def test_strangers_octets_are_no_release(octets: bytes) -> None:
    with pytest.raises(TallystickError):
        read_release(octets)


@given(st.integers(0, len(OCTETS)), st.integers(0, len(OCTETS)))
def test_a_part_is_no_release(start: int, end: int) -> None:
    part = OCTETS[min(start, end) : max(start, end)]
    if part != OCTETS:
        with pytest.raises(TallystickError):
            read_release(part)
