"""Card verification values behind handles: usages and modes, one answer, a budget for guessing."""

from __future__ import annotations

from typing import Any

import msgspec
import psec
import pytest

from tallystick.crypto.cards import (
    CardVerificationKey,
    IssuerMasterKey,
    dynamic_code,
    dynamic_value,
)
from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.payment import CALL_TYPE, Bench, Denied, LocalModule
from tallystick.crypto.payment.card_calls import (
    ByCardholderValue,
    ByCavv,
    ByCsc,
    ByCvc3,
    ByCvv,
    ByDcvv,
    ByDiscover,
    GenerateCardValue,
    VerifyCardValue,
)
from tallystick.ground.clock import ManualClock
from tallystick.testing import local_bench
from tests.rooms.crypto.cards.on_bench import denied, done, kept
from tests.rooms.crypto.cards.oracles import QUIET

pytestmark = QUIET
KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
PAN, AMEX, EXPIRY = "4123456789012345", "371234567890123", "8701"
CVV = ByCvv(expiry=EXPIRY, service_code="101")
DCVV = ByDcvv(expiry=EXPIRY, service_code="101", atc=b"\0\1")
CVC3 = ByCvc3(track=bytes.fromhex("4123456789012345d8701101"), number=bytes(4), atc=b"\0\1")
CAVV = ByCavv(transaction_number="1234", result_code="0", factor_code="00")
C0, E4, E6 = KeyUsage.CARD_VERIFICATION, KeyUsage.EMV_DYNAMIC_NUMBERS, KeyUsage.EMV_OTHER
CHECK = KeyMode.GENERATE_AND_VERIFY


def _module() -> tuple[Bench, LocalModule]:
    bench = local_bench()
    return bench, LocalModule(bench)


def _handle(bench: Bench, by: Any) -> str:
    usage = {ByDcvv: E6, ByCvc3: E4}.get(type(by), C0)
    return kept(bench, KEY, usage, mode=CHECK if usage is C0 else KeyMode.DERIVE)


@pytest.mark.parametrize(
    ("by", "pan", "digits"),
    [
        (CVV, PAN, 3),
        (ByCvv(expiry=EXPIRY, service_code="000"), PAN, 3),
        (ByCvv(expiry=EXPIRY, service_code="999"), PAN, 5),
        (ByCsc(expiry="9912"), AMEX, 3),
        (ByCsc(expiry="9912"), AMEX, 4),
        (ByCsc(expiry="9912"), AMEX, 5),
        (CAVV, PAN, 3),
        (DCVV, PAN, 3),
        (CVC3, PAN, 3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_was_made_verifies_and_no_other_does(by: Any, pan: str, digits: int) -> None:
    bench, module = _module()
    key = _handle(bench, by)
    made = done(module, GenerateCardValue(key=key, pan=pan, by=by, digits=digits))
    assert len(made.value) == digits
    assert made.key.key == key
    done(module, VerifyCardValue(key=key, pan=pan, by=by, value=made.value))
    other = str((int(made.value) + 1) % 10**digits).zfill(digits)
    refused = denied(module, VerifyCardValue(key=key, pan=pan, by=by, value=other))
    assert (refused.code, refused.where) == ("verification.failed", "card_value")
    assert refused.text == "verification failed"


def test_the_values_are_those_of_the_room() -> None:
    bench, module = _module()
    card = IssuerMasterKey.tdes(KEY).card_key_a(PAN)
    for by, right in (
        (CVV, psec.cvv.generate_cvv(KEY, PAN, EXPIRY, "101")),
        (DCVV, dynamic_value(card, pan=PAN, expiry=EXPIRY, service_code="101", atc=b"\0\1")),
        (
            CVC3,
            dynamic_code(card, track=CVC3.track, number=CVC3.number, atc=CVC3.atc, digits=3),
        ),
        (
            CAVV,
            CardVerificationKey(KEY).authentication_value(
                PAN, transaction_number="1234", result_code="0", factor_code="00"
            ),
        ),
    ):
        made = done(module, GenerateCardValue(key=_handle(bench, by), pan=PAN, by=by))
        assert made.value == right


@pytest.mark.parametrize(
    "by",
    [
        ByCsc(expiry=EXPIRY, version=2, service_code="101"),
        ByCardholderValue(number=bytes(4), atc=bytes(2)),
        ByDiscover(expiry=EXPIRY, number=bytes(4), atc=bytes(2)),
    ],
    ids=lambda by: type(by).__name__,
)
def test_what_is_not_public_is_not_offered_rather_than_guessed(by: Any) -> None:
    bench, module = _module()
    for usage, mode in ((C0, CHECK), (E4, KeyMode.DERIVE), (E6, KeyMode.DERIVE)):
        key = kept(bench, KEY, usage, mode=mode)
        refused = denied(module, VerifyCardValue(key=key, pan=AMEX, by=by, value="123"))
        assert refused.code == "operation.unavailable"


@pytest.mark.parametrize(
    ("usage", "mode", "algorithm", "reason"),
    [
        (KeyUsage.PIN_VERIFICATION_PVV, CHECK, KeyAlgorithm.TDES_2KEY, "usage"),
        (KeyUsage.EMV_CRYPTOGRAMS, KeyMode.DERIVE, KeyAlgorithm.TDES_2KEY, "usage"),
        (E6, KeyMode.DERIVE, KeyAlgorithm.TDES_2KEY, "usage"),
        (C0, KeyMode.GENERATE, KeyAlgorithm.TDES_2KEY, "mode"),
        (C0, CHECK, KeyAlgorithm.TDES_3KEY, "algorithm"),
        (C0, CHECK, KeyAlgorithm.AES_128, "algorithm"),
    ],
)
def test_a_key_for_something_else_is_not_used(
    usage: KeyUsage, mode: KeyMode, algorithm: KeyAlgorithm, reason: str
) -> None:
    bench, module = _module()
    key = kept(bench, bytes(range(algorithm.octets)), usage, mode=mode, algorithm=algorithm)
    refused = denied(module, VerifyCardValue(key=key, pan=PAN, by=CVV, value="561"))
    assert (refused.code, refused.where, refused.reason) == ("key.unusable", "key", reason)


def test_guessing_stops_for_the_account_and_survives_a_new_bench() -> None:
    clock = ManualClock()
    bench = local_bench(clock=clock)
    module, key = LocalModule(bench), _handle(bench, CVV)
    right = psec.cvv.generate_cvv(KEY, PAN, EXPIRY, "101")
    wrong = "000" if right != "000" else "111"
    for _ in range(bench.policy.card_failures_max):
        refused = denied(module, VerifyCardValue(key=key, pan=PAN, by=CVV, value=wrong))
        assert refused.code == "verification.failed"
    asked = VerifyCardValue(key=key, pan=PAN, by=CVV, value=right)
    assert denied(module, asked).code == "budget.spent"
    again = LocalModule(local_bench(store=bench.store, master=bench.master, clock=clock))  # type: ignore[arg-type]
    assert denied(again, asked).code == "budget.spent"
    other = done(module, GenerateCardValue(key=key, pan=AMEX, by=CVV))
    done(module, VerifyCardValue(key=key, pan=AMEX, by=CVV, value=other.value))
    clock.advance(ms=bench.policy.failures_window_s * 1000)
    done(module, asked)


def test_a_value_that_the_guesser_knows_gives_no_tries_at_another_back() -> None:
    bench, module = _module()
    key = _handle(bench, CVV)
    known = psec.cvv.generate_cvv(KEY, PAN, EXPIRY, "101")
    printed = ByCvv(expiry=EXPIRY, service_code="000")
    right = psec.cvv.generate_cvv(KEY, PAN, EXPIRY, "000")
    wrong = "000" if right != "000" else "111"
    for _ in range(bench.policy.card_failures_max):
        denied(module, VerifyCardValue(key=key, pan=PAN, by=printed, value=wrong))
        module.perform([VerifyCardValue(key=key, pan=PAN, by=CVV, value=known)])
    refused = denied(module, VerifyCardValue(key=key, pan=PAN, by=printed, value=right))
    assert refused.code == "budget.spent"


def test_a_right_value_gives_the_account_its_tries_back() -> None:
    bench, module = _module()
    key = _handle(bench, CVV)
    right = psec.cvv.generate_cvv(KEY, PAN, EXPIRY, "101")
    wrong = "000" if right != "000" else "111"
    for _ in range(3 * bench.policy.card_failures_max):
        denied(module, VerifyCardValue(key=key, pan=PAN, by=CVV, value=wrong))
        done(module, VerifyCardValue(key=key, pan=PAN, by=CVV, value=right))


def test_what_is_malformed_names_its_member_and_shows_nothing() -> None:
    bench, module = _module()
    refused = denied(
        module, GenerateCardValue(key=_handle(bench, CVV), pan=PAN, by=ByCsc(expiry=EXPIRY))
    )
    assert (refused.code, refused.where) == ("call.malformed", "by")
    assert PAN not in repr(refused)
    assert repr(GenerateCardValue(key="a" * 24, pan=PAN, by=CVV)) == "GenerateCardValue(hidden)"


@pytest.mark.parametrize(
    "changes",
    [{"pan": "4" * 11}, {"pan": "4" * 20}, {"value": "12"}, {"value": "123456"}, {"value": "12a"}],
)
def test_the_bounds_are_those_of_the_wire_between_processes(changes: dict[str, str]) -> None:
    call = VerifyCardValue(key="a" * 24, pan=PAN, by=CVV, value="123")
    read = msgspec.msgpack.Decoder(CALL_TYPE).decode
    assert read(msgspec.msgpack.encode(call)) == call
    fields = {**msgspec.to_builtins(call), **changes}
    with pytest.raises(msgspec.ValidationError):
        read(msgspec.msgpack.encode(fields))


def test_no_refusal_of_the_module_carries_the_account_number_or_the_value() -> None:
    bench, module = _module()
    key = _handle(bench, CVV)
    (answer,) = module.perform([VerifyCardValue(key=key, pan=PAN, by=CVV, value="99999")])
    assert isinstance(answer, Denied)
    assert PAN not in repr(answer)
    assert "99999" not in repr(answer)
    assert not any(PAN.encode() in entry.body for entry in bench.store.entries)  # type: ignore[attr-defined]
