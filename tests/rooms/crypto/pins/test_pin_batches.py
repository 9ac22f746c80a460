"""Many blocks at once give what each would give alone, tries and all."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.payment import (
    ModulePolicy,
    PinPlace,
    TranslatedPins,
    TranslatePin,
    TranslatePins,
)
from tallystick.crypto.payment.dukpt import DukptKind, DukptUse
from tallystick.crypto.pins import (
    TRANSLATIONS,
    Allowance,
    Permission,
    PinFormat,
    PinRuleRefused,
    decipher_pin,
    encipher_pin,
    translate_pins,
)
from tests.rooms.crypto.pins.drawn import accounts, pins, sides
from tests.rooms.crypto.pins.module import Desk

ALL = Allowance.DOWNGRADE | Allowance.ACCOUNT_BOUND | Allowance.ISSUER_SCRIPT
PAIRS = sorted(pair for pair, found in TRANSLATIONS.items() if found is not Permission.NEVER)


@given(data=st.data(), many=st.lists(st.tuples(pins, accounts, st.booleans()), max_size=8))
def test_each_block_as_if_it_were_alone(data: st.DataObject, many: list[tuple[str, str, bool]]) -> None:  # fmt: skip
    into_form, out_form = data.draw(st.sampled_from(PAIRS))
    into, out = data.draw(sides(into_form)), data.draw(sides(out_form))
    blocks = [
        encipher_pin(pin, into._replace(account=account), random=os.urandom) if good else b"no block"[:7]
        for pin, account, good in many
    ]  # fmt: skip
    made = translate_pins(
        blocks, [account for _, account, _ in many], into, out, random=os.urandom, allowed=ALL
    )
    for (pin, account, good), (block, wrong) in zip(many, made, strict=True):
        assert good == (not wrong)
        assert wrong or decipher_pin(block, out._replace(account=account)) == pin
        assert not (wrong and block)


def test_rules_hold_for_all_at_once() -> None:
    desk = Desk()
    narrow, wide = (desk.side(desk.place(form)) for form in (PinFormat.ISO_0, PinFormat.ISO_4))
    plain = desk.side(desk.place(PinFormat.ISO_1))
    for blocks, held, into, out in (
        ([bytes(8)], ["4" * 16], narrow, plain),
        ([bytes(8)], ["4" * 16], wide, narrow),
        ([bytes(8)], [], narrow, wide),
        ([bytes(8)] * 2, ["4" * 16, "4x"], narrow, wide),
        ([bytes(8)], ["4" * 16], narrow._replace(cipher=wide.cipher), wide),
    ):
        with pytest.raises(PinRuleRefused):
            translate_pins(blocks, held, into, out, random=os.urandom)


def places(desk: Desk) -> dict[str, PinPlace]:
    return {
        "incoming": desk.place(PinFormat.ISO_0, account=""),
        "outgoing": desk.place(PinFormat.ISO_4, account=""),
    }


def held(place: PinPlace, account: str) -> PinPlace:
    return PinPlace(key=place.key, form=place.form, account=account)


def test_a_call_with_many_blocks() -> None:
    desk = Desk()
    sides = places(desk)
    numbers = [f"4929{n:012d}" for n in range(30)]
    blocks = [desk.block(held(sides["incoming"], number), f"{n:04d}") for n, number in enumerate(numbers)]  # fmt: skip
    blocks[7] = blocks[25]
    answer = desk.ask(TranslatePins(blocks=blocks, accounts=numbers, **sides))
    assert isinstance(answer, TranslatedPins)
    assert answer.blocks[7] == b""
    for n, (number, block) in enumerate(zip(numbers, answer.blocks, strict=True)):
        if n != 7:
            side = desk.side(held(sides["outgoing"], number))
            assert decipher_pin(block, side) == f"{n:04d}"


def test_many_tries_in_one_call_are_many_tries() -> None:
    desk = Desk(ModulePolicy(pin_failures_max=3))
    sides = places(desk)
    account = "4929123456789014"
    good = desk.block(held(sides["incoming"], account))
    call = TranslatePins(blocks=[bytes(8)] * 3 + [good], accounts=[account] * 4, **sides)
    assert desk.ask(call).blocks == [b""] * 4
    alone = TranslatePin(
        block=good,
        incoming=held(sides["incoming"], account),
        outgoing=held(sides["outgoing"], account),
    )
    assert desk.denied(alone).code == "budget.spent"
    assert desk.bench.journal.tallies[f"pin-key:{sides['incoming'].key}"][0] == 3


def test_many_blocks_are_many_operations() -> None:
    desk = Desk(ModulePolicy(uses_max={"P0": 5}))
    sides = places(desk)
    call = {"blocks": [bytes(8)] * 6, "accounts": ["4929123456789014"] * 6, **sides}
    assert desk.denied(TranslatePins(**call)).code == "key.unusable"


def test_a_key_of_one_transaction_translates_one_pin() -> None:
    desk = Desk()
    sides = places(desk)
    sides["incoming"].dukpt = DukptUse(serial=bytes(12), kind=DukptKind.AES_128)
    call = TranslatePins(blocks=[bytes(8)], accounts=["4929123456789014"], **sides)
    assert desk.denied(call).code == "call.malformed"
