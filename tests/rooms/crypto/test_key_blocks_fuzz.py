"""Whatever a stranger sends as a key block, one of two things happens: it is taken, or refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tallystick.crypto.key_blocks import (
    BlockVersion,
    KeyBlockRefused,
    OptionalBlock,
    read_header,
    unwrap_key,
)
from tests.rooms.crypto.test_key_block_traps import AES_KEK, TDES_KEK, wrapped

EVERY = frozenset(BlockVersion)


def only_refused(block: str) -> None:
    for kek in (TDES_KEK, AES_KEK):
        with contextlib.suppress(KeyBlockRefused):
            unwrap_key(block, protection_key=kek, accept=EVERY)
            pytest.fail("a stranger's block was taken")


@given(st.text(max_size=200))
@example("\ud800")
@example("D0016P0AE00E0000")
@example("D" + "9" * 9999)
def test_any_text_is_only_ever_refused(text: str) -> None:
    only_refused(text)


_piece = st.sampled_from(["PB", "KS", "LB", "00", "02", "04", "FF", "0004", "18", "Z", "P0", "T"])


@given(st.sampled_from("ABCDE"), st.lists(_piece, max_size=60), st.integers(0, 99))
def test_any_header_is_only_ever_refused(version: str, pieces: list[str], count: int) -> None:
    body = "".join(pieces)
    only_refused(f"{version}{16 + len(body):04d}P0TB00E{count:02d}00{body}")
    with contextlib.suppress(KeyBlockRefused):
        head, text = read_header(f"{version}{16 + len(body):04d}P0TB00E{count:02d}00{body}")
        assert len(head.optional) <= count
        assert len(text) <= 16 + len(body)


@given(st.data())
def test_a_mutated_block_is_refused(data: st.DataObject) -> None:
    block = data.draw(st.sampled_from([wrapped(v, (OptionalBlock("LB", "ab"),)) for v in "BDE"]))
    start = data.draw(st.integers(0, len(block)))
    end = data.draw(st.integers(start, min(len(block), start + 40)))
    other = block[:start] + data.draw(st.text("0123456789ABCDEFPBLTZ", max_size=40)) + block[end:]
    if other != block:
        only_refused(other)
