"""PINs made, chosen and changed: what leaves is an enciphered block and what verifies it later."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.crypto import pins
from tallystick.crypto.key_blocks import KeyAction
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Answer, Call, Handle, KeyUsed
from tallystick.crypto.payment.pin_budgets import REFUSALS, PinBudget
from tallystick.crypto.payment.pin_calls import USAGES, ByOffset, ByPvv, demand_verified
from tallystick.crypto.payment.pin_keying import PinBlock, PinPlace, open_place, open_presented
from tallystick.crypto.payment.pin_methods import (
    KeyIndex,
    Pad,
    TableDigits,
    Validation,
    key_index_for,
    table_for,
    validation_for,
)
from tallystick.crypto.payment.refusals import CallMalformed
from tallystick.crypto.pins import PIN_DIGITS_MAX, PIN_DIGITS_MIN, PinSide, Unwanted

PinLength = Annotated[int, msgspec.Meta(ge=PIN_DIGITS_MIN, le=PIN_DIGITS_MAX)]


class _Hidden(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"


class ForPvv(_Hidden, tag="pvv"):
    """A PVV is wanted."""

    key_index: KeyIndex


class ForOffset(_Hidden, tag="offset"):
    """An offset of IBM 3624 is wanted."""

    validation: Validation
    table: TableDigits
    pad: Pad = "F"


class Drawn(_Hidden, tag="drawn"):
    """A PIN drawn at random, of so many digits."""

    digits: PinLength = PIN_DIGITS_MIN


class Chosen(_Hidden, tag="chosen"):
    """The PIN that a block holds; under the same key and of the same format as what leaves."""

    block: PinBlock


class Natural(_Hidden, tag="natural"):
    """The natural PIN of IBM 3624, of so many digits; the offset is zero."""

    digits: PinLength = PIN_DIGITS_MIN


class FromOffset(_Hidden, tag="from-offset"):
    """The PIN that belongs to an offset of IBM 3624."""

    offset: Annotated[str, msgspec.Meta(min_length=PIN_DIGITS_MIN, max_length=PIN_DIGITS_MAX)]


class GeneratePin(Call, tag="generate-pin"):
    """Make a PIN, or take a chosen one, and give what verifies it: a PVV or an offset.

    Refuses: CallMalformed for ways that do not go together, PinRefused, BudgetSpent, and what the
    gate refuses.
    """

    key: Handle
    outgoing: PinPlace
    how: Drawn | Chosen | Natural | FromOffset
    verified_by: ForPvv | ForOffset


class ChangePin(Call, tag="change-pin"):
    """Replace a PIN whose holder shows the old one: verify that, take the new one, give its value.

    Refuses: NotVerified for the old PIN, PinRefused for the new one, else as GeneratePin.
    """

    key: Handle
    presented: PinPlace
    block: PinBlock
    by: ByPvv | ByOffset
    new_block: PinBlock


class GeneratedPin(Answer, tag="generated-pin"):
    """The PIN as an enciphered block, and its PVV or offset (`value`)."""

    block: bytes
    value: str
    key: KeyUsed
    outgoing: KeyUsed


_USAGES = {ForPvv: USAGES[ByPvv], ForOffset: USAGES[ByOffset]}


def generate_pin(bench: Bench, call: GeneratePin) -> GeneratedPin:
    wanted, how = call.verified_by, call.how
    key = bench.key(call.key, usages=_USAGES[type(wanted)], action=KeyAction.GENERATE)
    outgoing, out, accept = open_place(
        bench, call.outgoing, action=KeyAction.ENCRYPT, where="outgoing"
    )
    if isinstance(how, Chosen):
        accept = open_presented(bench, call.outgoing, where="outgoing").accept
    budget = PinBudget(bench, account=out.account, keys=(outgoing.id, key.id))
    method = _Method(bench, key, wanted, account=out.account)
    budget.count_try("made", limit=bench.policy.pins_made_max)
    try:
        pin = _pin(bench, how, method, out)
        block = pins.encipher_pin(pin, out, random=bench.random)
        value = method.value_of(pin)
    except REFUSALS as refusal:
        raise budget.answer_to(refusal, where="how") from None
    accept()
    return GeneratedPin(block=block, value=value, key=key.used, outgoing=outgoing.used)


def change_pin(bench: Bench, call: ChangePin) -> GeneratedPin:
    usages = USAGES[type(call.by)]
    key = bench.key(call.key, usages=usages, action=KeyAction.VERIFY)
    bench.key(call.key, usages=usages, action=KeyAction.GENERATE)
    place = open_presented(bench, call.presented, where="presented")
    open_place(bench, call.presented, action=KeyAction.ENCRYPT, where="presented")
    demand_verified(bench, call.block, place, key=key, by=call.by)
    presented, side = place.key, place.side
    budget = PinBudget(bench, account=side.account, keys=(presented.id, key.id))
    method = _Method(bench, key, _wanted(call.by), account=side.account)
    try:
        pin = _pin(bench, Chosen(block=call.new_block), method, side)
        block = pins.encipher_pin(pin, side, random=bench.random)
        value = method.value_of(pin)
    except REFUSALS as refusal:
        raise budget.answer_to(refusal, where="new_block") from None
    return GeneratedPin(block=block, value=value, key=key.used, outgoing=presented.used)


class _Method:
    """The way from a PIN to what verifies it, with everything that a caller named looked at."""

    __slots__ = ("_account", "_index", "_key", "_table", "_validation")

    def __init__(
        self, bench: Bench, key: OpenKey, wanted: ForPvv | ForOffset, *, account: str
    ) -> None:
        self._key, self._account = key, account
        self._index, self._table, self._validation = -1, pins.USUAL_TABLE, b""
        if isinstance(wanted, ForPvv):
            self._index = key_index_for(key, wanted.key_index)
        else:
            self._table = table_for(bench, key, wanted.table)
            self._validation = validation_for(
                key, wanted.validation, pad=wanted.pad, account=account
            )

    def natural(self, digits: int) -> str:
        if not self._validation:
            raise CallMalformed("a natural PIN is one of IBM 3624", where="how")
        return pins.natural_pin(
            digits, cipher=self._key.cipher, validation=self._validation, table=self._table
        )

    def value_of(self, pin: str) -> str:
        if self._validation:
            return pins.offset_of(pin, self.natural(len(pin)))
        return pins.pvv_of(
            pin, cipher=self._key.cipher, account=self._account, key_index=self._index
        )


def _pin(
    bench: Bench, how: Drawn | Chosen | Natural | FromOffset, method: _Method, side: PinSide
) -> str:
    match how:
        case Drawn(digits=digits):
            return pins.draw_pin(digits, random=bench.random, refuse=_unwanted(bench))
        case Chosen(block=block):
            return pins.demand_wanted(pins.decipher_pin(block, side), refuse=_unwanted(bench))
        case Natural(digits=digits):
            return method.natural(digits)
        case FromOffset(offset=offset):
            return pins.pin_from_offset(method.natural(len(offset)), offset)


def _wanted(by: ByPvv | ByOffset) -> ForPvv | ForOffset:
    if isinstance(by, ByPvv):
        return ForPvv(key_index=by.key_index)
    return ForOffset(validation=by.validation, table=by.table, pad=by.pad)


def _unwanted(bench: Bench) -> Unwanted:
    policy = bench.policy
    if policy.easy_pins_refused:
        return pins.unwanted(policy.pins_refused)
    refused = frozenset(policy.pins_refused)
    return refused.__contains__
