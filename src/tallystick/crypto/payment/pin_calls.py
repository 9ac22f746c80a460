"""PIN blocks translated and PINs verified. A clear PIN exists in these functions, and nowhere else.

Every call does its work whatever it finds, counts what failed, and refuses with one text.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated

import msgspec

from tallystick.crypto import pins
from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Answer, Call, Handle, KeyUsed
from tallystick.crypto.payment.pin_budgets import REFUSALS, PinBudget
from tallystick.crypto.payment.pin_keying import (
    OpenPlace,
    PinBlock,
    PinPlace,
    open_place,
    open_presented,
)
from tallystick.crypto.payment.pin_methods import (
    KeyIndex,
    Pad,
    TableDigits,
    Validation,
    key_index_for,
    table_for,
    validation_for,
)
from tallystick.crypto.pins import Allowance, PinFormat, PinSide

_V2 = frozenset({KeyUsage.PIN_VERIFICATION_PVV})
_V1 = frozenset({KeyUsage.PIN_VERIFICATION_3624})


class TranslatePin(Call, tag="translate-pin", gc=False):
    """Move a PIN from one block to another, for the same account.

    `account_bound`: that something other than a block of format 1 binds its PIN to the account; the
    policy must allow the translation too. Refuses: CallMalformed for what ISO 9564-1 forbids,
    PinRefused, BudgetSpent, and what the gate refuses.
    """

    block: PinBlock
    incoming: PinPlace
    outgoing: PinPlace
    account_bound: bool = False


class TranslatedPin(Answer, tag="translated-pin", gc=False):
    """The PIN block that leaves, and the keys of both sides."""

    block: bytes
    incoming: KeyUsed
    outgoing: KeyUsed


class ByPvv(msgspec.Struct, forbid_unknown_fields=True, tag="pvv"):
    """Against a PVV of four digits."""

    pvv: Annotated[str, msgspec.Meta(min_length=4, max_length=4)]
    key_index: KeyIndex

    def __repr__(self) -> str:
        return "ByPvv(hidden)"


class ByOffset(msgspec.Struct, forbid_unknown_fields=True, tag="offset"):
    """Against an offset of IBM 3624, as long as the PIN."""

    offset: Annotated[str, msgspec.Meta(min_length=4, max_length=12)]
    validation: Validation
    table: TableDigits
    pad: Pad = "F"

    def __repr__(self) -> str:
        return "ByOffset(hidden)"


USAGES: Mapping[type, frozenset[KeyUsage]] = MappingProxyType({ByPvv: _V2, ByOffset: _V1})


class VerifyPin(Call, tag="verify-pin", gc=False):
    """Say whether a PIN block holds the PIN of its account.

    Refuses: NotVerified for every block that does not, BudgetSpent, and what the gate refuses.
    """

    block: PinBlock
    presented: PinPlace
    key: Handle
    by: ByPvv | ByOffset


class VerifiedPin(Answer, tag="verified-pin", gc=False):
    """The PIN is right; which keys said so."""

    key: KeyUsed
    presented: KeyUsed


def translate_pin(bench: Bench, call: TranslatePin) -> TranslatedPin:
    incoming, into, accept = open_place(
        bench, call.incoming, action=KeyAction.DECRYPT, where="incoming"
    )
    outgoing, out, _ = open_place(bench, call.outgoing, action=KeyAction.ENCRYPT, where="outgoing")
    budget = PinBudget(bench, account=into.account, keys=(incoming.id,))
    allowed = allowance(bench, into.form, out.form, account_bound=call.account_bound)
    try:
        block = pins.translate_pin(call.block, into, out, random=bench.random, allowed=allowed)
    except REFUSALS as refusal:
        raise budget.answer_to(refusal, where="outgoing") from None
    accept()
    return TranslatedPin(block=block, incoming=incoming.used, outgoing=outgoing.used)


def verify_pin(bench: Bench, call: VerifyPin) -> VerifiedPin:
    key = bench.key(call.key, usages=USAGES[type(call.by)], action=KeyAction.VERIFY)
    place = open_presented(bench, call.presented, where="presented")
    demand_verified(bench, call.block, place, key=key, by=call.by)
    return VerifiedPin(key=key.used, presented=place.key.used)


def demand_verified(
    bench: Bench, block: bytes, place: OpenPlace, *, key: OpenKey, by: ByPvv | ByOffset
) -> None:
    """Return when the block holds the right PIN; count it either way. Refuses: NotVerified."""
    side = place.side
    keys = (place.key.id, key.id)
    budget = PinBudget(bench, account=side.account, keys=keys, reference=by)
    try:
        if isinstance(by, ByPvv):
            _verify_pvv(block, side, key, by)
        else:
            _verify_offset(bench, block, side, key, by)
    except REFUSALS as refusal:
        raise budget.answer_to(refusal, where="by", verifying=True) from None
    budget.count_success()
    place.accept()


def _verify_pvv(block: bytes, side: PinSide, key: OpenKey, by: ByPvv) -> None:
    index = key_index_for(key, by.key_index)
    pins.verify_pvv(
        block, side, cipher=key.cipher, account=side.account, key_index=index, pvv=by.pvv
    )


def _verify_offset(bench: Bench, block: bytes, side: PinSide, key: OpenKey, by: ByOffset) -> None:
    table = table_for(bench, key, by.table)
    validation = validation_for(key, by.validation, pad=by.pad, account=side.account)
    pins.verify_offset(
        block, side, cipher=key.cipher, validation=validation, table=table, offset=by.offset
    )


def allowance(
    bench: Bench, incoming: PinFormat, outgoing: PinFormat, *, account_bound: bool
) -> Allowance:
    """What the policy, and the call, allow of what is not always allowed."""
    if not bench.policy.translations:
        return Allowance.NONE
    by_policy = _by_policy(tuple(bench.policy.translations))
    if (incoming, outgoing) not in by_policy:
        return Allowance.NONE
    return Allowance.DOWNGRADE | (Allowance.ACCOUNT_BOUND if account_bound else Allowance.NONE)


@lru_cache(maxsize=8)
def _by_policy(translations: tuple[str, ...]) -> frozenset[tuple[int, int]]:
    """The pairs of formats that a policy allows; what it spells wrongly allows nothing."""
    known = {f"{pair[0]:d}>{pair[1]:d}": pair for pair in pins.TRANSLATIONS}
    return frozenset(known[text] for text in translations if text in known)
