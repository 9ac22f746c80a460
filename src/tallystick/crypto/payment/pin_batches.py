"""Many PIN blocks translated with one call: keys pass the gate once, each block has its answer."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.crypto import pins
from tallystick.crypto.key_blocks import KeyAction
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.calls import BATCH_MAX, Answer, Call, KeyUsed
from tallystick.crypto.payment.pin_budgets import PinBudget
from tallystick.crypto.payment.pin_calls import allowance
from tallystick.crypto.payment.pin_keying import Account, PinBlock, PinPlace, open_place
from tallystick.crypto.payment.refusals import BudgetSpent, CallMalformed

_Blocks = Annotated[list[PinBlock], msgspec.Meta(min_length=1, max_length=BATCH_MAX)]
_Accounts = Annotated[list[Account], msgspec.Meta(min_length=1, max_length=BATCH_MAX)]


class TranslatePins(Call, tag="translate-pins"):
    """TranslatePin for many blocks under the same two keys, each with its own account.

    The places name no account and no key of one transaction. Refuses: CallMalformed, and what the
    gate refuses, for all blocks; what is wrong with one block refuses that one.
    """

    blocks: _Blocks
    accounts: _Accounts
    incoming: PinPlace
    outgoing: PinPlace
    account_bound: bool = False


class TranslatedPins(Answer, tag="translated-pins"):
    """The PIN blocks that leave, in their order; an empty one where one was refused."""

    blocks: list[bytes]
    incoming: KeyUsed
    outgoing: KeyUsed


def translate_pins(bench: Bench, call: TranslatePins) -> TranslatedPins:
    if call.incoming.dukpt is not None or call.outgoing.dukpt is not None:
        raise CallMalformed("a key of one transaction translates one PIN", where="incoming")
    incoming, into, _ = open_place(bench, call.incoming, action=KeyAction.DECRYPT, where="incoming")
    outgoing, out, _ = open_place(bench, call.outgoing, action=KeyAction.ENCRYPT, where="outgoing")
    if outgoing.record.uses_max is not None:
        for _ in call.blocks[1:]:
            open_place(bench, call.outgoing, action=KeyAction.ENCRYPT, where="outgoing")
    allowed = allowance(bench, into.form, out.form, account_bound=call.account_bound)
    try:
        made = pins.translate_pins(
            call.blocks, call.accounts, into, out, random=bench.random, allowed=allowed
        )
    except pins.PinRuleRefused as rule:
        raise CallMalformed(str(rule), where="outgoing") from None
    answers = [
        _told(bench, new, wrong, account=account, key=incoming.id)
        for (new, wrong), account in zip(made, call.accounts, strict=True)
    ]
    return TranslatedPins(blocks=answers, incoming=incoming.used, outgoing=outgoing.used)


def _told(bench: Bench, new: bytes, wrong: str, *, account: str, key: str) -> bytes:
    """What is told of one block: as if it had come alone, after those before it."""
    try:
        budget = PinBudget(bench, account=account, keys=(key,))
    except BudgetSpent:
        return b""
    if wrong:
        budget.count_failure()
    return new
