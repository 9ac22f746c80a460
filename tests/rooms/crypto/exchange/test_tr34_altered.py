"""TR-34 key tokens that were altered: one octet is enough, and another spelling is the same token."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.crypto.key_blocks import KeyTokenRefused, Tr34Form, der, tr34_tokens
from tests.rooms.crypto.exchange import tr34_by_hand
from tests.rooms.crypto.exchange.test_tr34 import FORMS, KEY, make_token, open_token, refusal_of

TOKENS = {form: make_token(form) for form in FORMS}
RESPELT = {form: tr34_by_hand.respelt(token) for form, token in TOKENS.items()}


@pytest.mark.parametrize("form", FORMS)
def test_one_flipped_bit_of_every_octet_is_enough(form: Tr34Form) -> None:
    for at in range(len(TOKENS[form])):
        octets = bytearray(TOKENS[form])
        octets[at] ^= 1 << at % 8
        assert bytes(octets) in RESPELT[form] or refusal_of(bytes(octets), form), at


@given(form=st.sampled_from(FORMS), at=st.integers(0, 10_000), change=st.integers(1, 255))
def test_any_altered_octet_is_enough_or_spells_the_same(
    form: Tr34Form, at: int, change: int
) -> None:
    octets = bytearray(TOKENS[form])
    octets[at % len(octets)] ^= change
    assert bytes(octets) in RESPELT[form] or refusal_of(bytes(octets), form)


@pytest.mark.parametrize("form", FORMS)
def test_a_token_that_is_spelt_otherwise_is_the_same_token(form: Tr34Form) -> None:
    opened = [open_token(token, form) for token in (TOKENS[form], *RESPELT[form])]
    assert len({(one.key, one.attributes, one.digest) for one in opened}) == 1


@settings(max_examples=200, deadline=None)
@given(data=st.data(), form=st.sampled_from(FORMS))
def test_strangers_tokens_are_opened_or_refused(data: st.DataObject, form: Tr34Form) -> None:
    token = TOKENS[form]
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, min(len(token), start + 40)))
    insert = data.draw(st.binary(max_size=40) | st.just(token[start:end] * 2))
    with contextlib.suppress(KeyTokenRefused):
        assert open_token(token[:start] + insert + token[end:], form).key == KEY


@given(st.binary(max_size=300), st.sampled_from(FORMS))
def test_strangers_envelopes_are_read_or_refused(octets: bytes, form: Tr34Form) -> None:
    for read in (tr34_tokens.read_token, tr34_tokens.read_random_token, tr34_tokens.read_key_block):
        with contextlib.suppress(der.DerRefused):
            read(octets)
    with contextlib.suppress(der.DerRefused):
        tr34_tokens.read_envelope(octets, form)


@given(st.binary(min_size=8, max_size=16))
def test_a_random_number_token_carries_its_nonce(nonce: bytes) -> None:
    assert tr34_tokens.read_random_token(tr34_tokens.write_random_token(nonce)) == nonce
