"""No call takes keys of both domains: a test key is anybody's, so nothing leaves under one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.payment import (
    ByPvv,
    Chosen,
    DataMode,
    ForOffset,
    GeneratePin,
    ReEncryptData,
    Retokenise,
    Symmetric,
    TranslatePin,
    TranslatePins,
    VerifyPin,
)
from tests.rooms.crypto.pins.module import ACCOUNT, TABLE, Desk

U, A, M = KeyUsage, KeyAlgorithm, KeyMode


def promoted(desk: Desk, key: str) -> str:
    """The key as if it had been made for production, with everybody's approval."""
    record = desk.bench.record(key)
    octets = desk.bench.material(record)
    return desk.bench.keep(replace(record, domain="production"), octets, act="import").id


def pin_calls(desk: Desk) -> list[Any]:
    """Ways from a block under a production key to one, or to a value, under a test key."""
    real, known = desk.place(), desk.place()
    block = desk.block(real)
    promoted(desk, real.key)
    offset, pvv = desk.offset_key(), desk.pvv_key()
    wanted = ForOffset(validation=ACCOUNT[:12], table=TABLE)
    return [
        TranslatePin(block=block, incoming=real, outgoing=known),
        TranslatePins(
            blocks=[block], accounts=[ACCOUNT], incoming=replaced(real), outgoing=replaced(known)
        ),
        GeneratePin(key=offset, outgoing=real, how=Chosen(block=block), verified_by=wanted),
        VerifyPin(block=block, presented=real, key=pvv, by=ByPvv(pvv="1234", key_index=1)),
    ]


def replaced(place: Any) -> Any:
    return type(place)(key=place.key, form=place.form)


@pytest.mark.parametrize("number", range(4))
def test_no_pin_of_production_meets_a_test_key(number: int) -> None:
    desk = Desk()
    refusal = desk.denied(pin_calls(desk)[number])
    assert (refusal.code, refusal.reason) == ("key.unusable", "domain")


def test_no_data_of_production_leave_under_a_test_key() -> None:
    desk = Desk()
    real = promoted(desk, desk.make(U.DATA_ENCRYPTION, A.AES_128, M.BOTH))
    known = desk.make(U.DATA_ENCRYPTION, A.AES_128, M.BOTH)
    by = Symmetric(mode=DataMode.ECB)
    call = ReEncryptData(
        incoming_key=real, ciphertext=bytes(16), incoming=by, outgoing_key=known, outgoing=by
    )
    assert desk.denied(call).reason == "domain"


def test_no_token_of_production_becomes_one_of_test() -> None:
    desk = Desk()
    real = promoted(desk, desk.make(U.FORMAT_PRESERVING, A.AES_256, M.BOTH))
    known = desk.make(U.FORMAT_PRESERVING, A.AES_256, M.BOTH)
    call = Retokenise(
        source=real, source_domain="a", key=known, domain="b", form="digits", texts=["123456"]
    )
    assert desk.denied(call).reason == "domain"


def test_each_call_of_a_batch_has_a_domain_of_its_own() -> None:
    desk = Desk()
    place, other = desk.place(), desk.place()
    block = desk.block(place)
    promoted(desk, other.key)
    calls = [TranslatePin(block=block, incoming=one, outgoing=one) for one in (place, other, place)]
    first, _, third = desk.module.perform(calls)
    assert (type(first).__name__, type(third).__name__) == ("TranslatedPin", "TranslatedPin")
