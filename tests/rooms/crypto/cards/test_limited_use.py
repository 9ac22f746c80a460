"""Limited-use keys open, close and are spent; a stolen one is worth what is left of its grant."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFCMAC, CounterLocation, Mode
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.cards import (
    CardDataMalformed,
    CryptogramRefused,
    Grant,
    LimitedKeyRefused,
    accept_use,
    grant_in,
    limited_cryptogram,
    limited_use_key,
    replenish_due,
    token_key,
    verify_limited,
)
from tallystick.ground.errors import Defect
from tests.rooms.crypto.cards.oracles import keys

MASTER, TOKEN, DATA = bytes(range(16)), "4890123456789012", b"amount 12.00 EUR, number 52bf4585"
NOW = 1_800_000_000
windows = st.integers(0, 2**32 - 1)
serials = st.integers(0, 65_535)


def _grant(**changes: int) -> Grant:
    grant = {"window": 7, "serial": 1, "opens_s": NOW, "closes_s": NOW + 60, "uses_max": 5}
    return Grant(**{**grant, **changes})


def _verify(grant: Grant, cryptogram: bytes, **changes: object) -> int:
    asked: dict[str, object] = {"now_s": NOW, "counter": 1, "seen": 0, "data": DATA, **changes}
    return verify_limited(token_key(MASTER, TOKEN), grant=grant, cryptogram=cryptogram, **asked)  # type: ignore[arg-type]


@given(key=keys, window=windows, serial=serials)
def test_the_derivation_is_that_of_the_library(key: bytes, window: int, serial: int) -> None:
    theirs = KBKDFCMAC(
        algorithm=AES,
        mode=Mode.CounterMode,
        length=16,
        rlen=4,
        llen=4,
        location=CounterLocation.BeforeFixed,
        label=b"tallystick limited-use key 1",
        context=window.to_bytes(4, "big") + serial.to_bytes(2, "big"),
        fixed=None,
    ).derive(key)
    assert limited_use_key(key, window=window, serial=serial) == theirs


def test_host_and_handset_agree_without_the_tokens_key_in_the_handset() -> None:
    grant = _grant()
    in_handset = limited_use_key(token_key(MASTER, TOKEN), window=7, serial=1)
    cryptogram = limited_cryptogram(in_handset, grant=grant, counter=1, data=DATA)
    assert _verify(grant, cryptogram) == 1


def test_every_window_serial_and_token_has_its_own_key() -> None:
    of_token = token_key(MASTER, TOKEN)
    made = {limited_use_key(of_token, window=w, serial=s) for w in range(20) for s in range(20)}
    assert len(made) == 400
    tokens = {
        token_key(MASTER, f"48901234567890{n:02}", f"{m:02}") for n in range(9) for m in (0, 1)
    }
    assert len(tokens) == 18


@pytest.mark.parametrize(
    "changes",
    [
        {"now_s": NOW - 1},
        {"now_s": NOW + 60},
        {"counter": 0},
        {"counter": -1},
        {"counter": 6},
        {"counter": 10**9},
        {"seen": 1},
        {"counter": 2, "seen": 3},
    ],
)
def test_a_key_that_is_not_open_seen_or_spent_is_refused(changes: dict[str, int]) -> None:
    grant = _grant()
    key = limited_use_key(token_key(MASTER, TOKEN), window=7, serial=1)
    counter = min(max(changes.get("counter", 1), 0), 65_535)
    cryptogram = limited_cryptogram(key, grant=grant, counter=counter, data=DATA)
    with pytest.raises(LimitedKeyRefused):
        _verify(grant, cryptogram, **changes)


@given(at=st.integers(0, 7), bit=st.integers(0, 7))
def test_another_cryptogram_data_window_or_key_is_refused(at: int, bit: int) -> None:
    grant = _grant()
    key = limited_use_key(token_key(MASTER, TOKEN), window=7, serial=1)
    cryptogram = bytearray(limited_cryptogram(key, grant=grant, counter=1, data=DATA))
    good = bytes(cryptogram)
    cryptogram[at] ^= 1 << bit
    for changes in (
        {"cryptogram": bytes(cryptogram)},
        {"cryptogram": good, "counter": 2},
        {"cryptogram": good, "data": DATA + b"0"},
    ):
        with pytest.raises(CryptogramRefused):
            _verify(grant, **changes)  # type: ignore[arg-type]
    for other in (_grant(window=8), _grant(serial=2)):
        with pytest.raises(CryptogramRefused):
            _verify(other, good)


@given(uses=st.lists(st.integers(-2, 12), max_size=30))
def test_no_order_of_counters_is_accepted_more_often_than_the_grant_says(uses: list[int]) -> None:
    grant, seen, accepted = _grant(), 0, 0
    for counter in uses:
        try:
            seen = accept_use(grant, now_s=NOW, counter=counter, seen=seen)
            accepted += 1
        except LimitedKeyRefused:
            continue
    assert accepted <= grant.uses_max


@given(now_s=st.integers(0, 2**40), early_s=st.integers(0, 600))
def test_a_grant_is_open_when_it_is_made(now_s: int, early_s: int) -> None:
    grant = grant_in(now_s, serial=1, window_s=3600, uses_max=1, early_s=early_s)
    assert accept_use(grant, now_s=now_s, counter=1, seen=0) == 1
    assert grant.closes_s - grant.opens_s == 3600 + early_s


def test_the_next_key_is_due_before_this_one_ends() -> None:
    grant = _grant()
    asked = {"counter": 0, "early_s": 10, "left_min": 1}
    assert not replenish_due(grant, now_s=NOW, **asked)
    assert replenish_due(grant, now_s=NOW + 50, **asked)
    assert replenish_due(grant, now_s=NOW, **{**asked, "counter": 4})


def test_what_cannot_be_is_refused() -> None:
    for changes in ({"uses_max": 0}, {"closes_s": NOW}, {"window": 2**32}, {"serial": -1}):
        with pytest.raises(Defect):
            _grant(**changes)
    for token, sequence in (("1", "00"), (TOKEN, "0"), ("x" * 16, "00")):
        with pytest.raises(CardDataMalformed):
            token_key(MASTER, token, sequence)
    with pytest.raises(CardDataMalformed):
        limited_cryptogram(MASTER, grant=_grant(), counter=1, data=b"")
