"""Limited-use keys behind handles: to one handset, within a grant, a few for each token."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.crypto.cards import Grant, limited_cryptogram
from tallystick.crypto.key_blocks import KeyAlgorithm, KeyUsage
from tallystick.crypto.mechanisms import HpkeKey, Undecipherable
from tallystick.crypto.payment import LocalModule, ModulePolicy
from tallystick.crypto.payment.limited_calls import (
    GrantTerms,
    IssueLimitedKey,
    Token,
    VerifyLimited,
    limited_info,
)
from tallystick.ground.clock import ManualClock
from tallystick.testing import local_bench
from tests.rooms.crypto.cards.on_bench import denied, done, kept

DATA, NOW_S = b"amount 12.00 EUR", 1_700_000_000
TOKEN = Token(number="4890123456789012")
TERMS = GrantTerms(window=1, serial=2, opens_s=NOW_S - 60, closes_s=NOW_S + 60, uses_max=3)
HANDSET = HpkeKey.generate()


class _Setting:
    def __init__(self, *, policy: ModulePolicy | None = None) -> None:
        self.clock = ManualClock(NOW_S * 1000)
        self.bench = local_bench(clock=self.clock, policy=policy)
        self.module = LocalModule(self.bench)
        self.key = kept(
            self.bench, bytes(range(32)), KeyUsage.EMV_OTHER, algorithm=KeyAlgorithm.AES_256
        )

    def issue(self, **changes: Any) -> IssueLimitedKey:
        made = {"key": self.key, "token": TOKEN, "grant": TERMS, "handset": HANDSET.public}
        return IssueLimitedKey(**{**made, **changes})

    def verify(self, cryptogram: bytes, **changes: Any) -> VerifyLimited:
        made = {"key": self.key, "token": TOKEN, "grant": TERMS, "counter": 1, "seen": 0}
        return VerifyLimited(**{**made, "data": DATA, "cryptogram": cryptogram, **changes})


def _cryptogram(setting: _Setting, counter: int = 1) -> bytes:
    """What the handset does: open the key, and make a cryptogram with it."""
    sealed = done(setting.module, setting.issue()).sealed
    key = HANDSET.open(sealed, info=limited_info(TOKEN, TERMS))
    grant = Grant(window=1, serial=2, opens_s=NOW_S - 60, closes_s=NOW_S + 60, uses_max=3)
    return limited_cryptogram(key, grant=grant, counter=counter, data=DATA)


def test_a_handset_pays_with_a_key_that_it_opened() -> None:
    setting = _Setting()
    cryptogram = _cryptogram(setting)
    verified = done(setting.module, setting.verify(cryptogram))
    assert verified.counter == 1
    assert verified.key.key == setting.key


def test_a_sealed_key_opens_for_its_handset_token_and_grant_alone() -> None:
    setting = _Setting()
    sealed = done(setting.module, setting.issue()).sealed
    other = GrantTerms(window=1, serial=2, opens_s=NOW_S, closes_s=NOW_S + 10**6, uses_max=65_535)
    for opener, info in (
        (HpkeKey.generate(), limited_info(TOKEN, TERMS)),
        (HANDSET, limited_info(TOKEN, other)),
        (HANDSET, limited_info(Token(number="4890123456789013"), TERMS)),
    ):
        with pytest.raises(Undecipherable):
            opener.open(sealed, info=info)


@pytest.mark.parametrize(
    "changes",
    [
        {"seen": 1},
        {"counter": 4},
        {"counter": 2},
        {"counter": 0},
        {"data": DATA + b"0"},
        {"cryptogram": bytes(8)},
        {"token": Token(number="4890123456789013")},
        {"token": Token(number="4890123456789012", sequence="01")},
        {"grant": GrantTerms(window=2, serial=2, opens_s=0, closes_s=NOW_S * 2, uses_max=3)},
    ],
    ids=lambda changes: "-".join(map(str, changes)),
)
def test_whatever_is_wrong_gets_one_answer(changes: dict[str, Any]) -> None:
    setting = _Setting()
    cryptogram = changes.pop("cryptogram", _cryptogram(setting))
    refused = denied(setting.module, setting.verify(cryptogram, **changes))
    assert (refused.code, refused.where) == ("verification.failed", "cryptogram")
    assert refused.text == "verification failed"


@pytest.mark.parametrize("by_ms", [60_000, -61_000])
def test_a_grant_that_is_not_open_gets_the_same_answer(by_ms: int) -> None:
    setting = _Setting()
    cryptogram = _cryptogram(setting)
    later = local_bench(
        clock=ManualClock(NOW_S * 1000 + by_ms),
        store=setting.bench.store,  # type: ignore[arg-type]
        master=setting.bench.master,  # type: ignore[arg-type]
    )
    refused = denied(LocalModule(later), setting.verify(cryptogram))
    assert (refused.code, refused.where) == ("verification.failed", "cryptogram")


def test_a_caller_who_lies_about_the_handset_gets_few_keys() -> None:
    setting = _Setting(policy=ModulePolicy(limited_keys_max=2))
    for serial in (1, 2):
        terms = GrantTerms(window=1, serial=serial, opens_s=0, closes_s=NOW_S, uses_max=1)
        done(setting.module, setting.issue(grant=terms))
    assert denied(setting.module, setting.issue()).code == "budget.spent"
    done(setting.module, setting.issue(token=Token(number="4890123456789013")))
    setting.clock.advance(ms=setting.bench.policy.failures_window_s * 1000)
    done(setting.module, setting.issue())


@pytest.mark.parametrize(
    ("usage", "algorithm", "reason"),
    [
        (KeyUsage.EMV_OTHER, KeyAlgorithm.TDES_2KEY, "algorithm"),
        (KeyUsage.EMV_CRYPTOGRAMS, KeyAlgorithm.AES_128, "usage"),
    ],
)
def test_a_key_of_another_purpose_is_not_used(
    usage: KeyUsage, algorithm: KeyAlgorithm, reason: str
) -> None:
    setting = _Setting()
    key = kept(setting.bench, bytes(range(16)), usage, algorithm=algorithm)
    refused = denied(setting.module, setting.issue(key=key))
    assert (refused.code, refused.reason) == ("key.unusable", reason)


def test_what_is_malformed_names_its_member() -> None:
    setting = _Setting()
    never = GrantTerms(window=1, serial=2, opens_s=9, closes_s=9, uses_max=3)
    for changes, where in (({"grant": never}, "grant"), ({"handset": bytes(32)}, "handset")):
        refused = denied(setting.module, setting.issue(**changes))
        assert (refused.code, refused.where) == ("call.malformed", where)


def test_calls_hide() -> None:
    assert repr(TOKEN) == "Token(hidden)"
    assert repr(_Setting().issue()) == "IssueLimitedKey(hidden)"
