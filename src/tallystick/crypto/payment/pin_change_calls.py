"""The issuer's script that changes the PIN inside of a chip, with the PIN never in clear outside.

The one place where a PIN leaves in a block of format 2: under a session key of the card, in a
command that the card checks. The block that comes out depends on PIN and session alone, so the
same PIN can be told from another by it; the tries of an account are counted for that reason.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.crypto import pins
from tallystick.crypto.cards import (
    CryptogramKey,
    ScriptCipher,
    encipher_data,
    encipher_layout,
    vis_pin_block,
)
from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.calls import Answer, Call, Handle, KeyUsed
from tallystick.crypto.payment.card_keys import (
    CardIdentity,
    ScriptSession,
    card_terms,
    derive_card_key,
    derive_script_key,
)
from tallystick.crypto.payment.emv_calls import MacLength
from tallystick.crypto.payment.pin_budgets import PinBudget, refusing
from tallystick.crypto.payment.pin_keying import OpenPlace, PinBlock, PinPlace, open_place
from tallystick.crypto.payment.refusals import CallMalformed
from tallystick.crypto.pins import PinFormat

_E0 = frozenset({KeyUsage.EMV_CRYPTOGRAMS})
_E1 = frozenset({KeyUsage.EMV_CONFIDENTIALITY})
_E2 = frozenset({KeyUsage.EMV_INTEGRITY})
_FREE = "1>2"
Command = Annotated[bytes, msgspec.Meta(min_length=4, max_length=512)]


class ScriptLayout(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How the PIN block is laid out before it is enciphered, each choice for itself."""

    chained: bool
    padded: bool
    length_first: bool


class ShownPin(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A PIN block, and what protects it."""

    place: PinPlace
    block: PinBlock

    def __repr__(self) -> str:
        return "ShownPin(hidden)"


class VisBlock(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Visa's PIN block, with octets of the card's key for cryptograms (`key`, of usage E0) in it.

    With `current` the PIN that the card has is laid over it.
    """

    key: Handle
    current: ShownPin | None = None


class GeneratePinChange(Call, tag="generate-pin-change", kw_only=True):
    """Make the enciphered PIN block and the MAC of a PIN change command.

    `command` is what the MAC covers before the enciphered block: the command's header, and what the
    scheme puts between. The PIN goes in as format 2, or as `vis` says. Refuses: CallMalformed, also
    for another account than the card's, PinRefused, BudgetSpent, and what the gate does.
    """

    new: ShownPin
    integrity: Handle
    confidentiality: Handle
    card: CardIdentity
    script: ScriptSession
    command: Command
    layout: ScriptCipher | ScriptLayout
    vis: VisBlock | None = None
    octets: MacLength = 8


class GeneratedPinChange(Answer, tag="generated-pin-change"):
    """The enciphered block and the MAC behind it; the keys that were used, by their part."""

    block: bytes
    mac: bytes
    new: KeyUsed
    integrity: KeyUsed
    confidentiality: KeyUsed
    cryptograms: KeyUsed | None = None
    current: KeyUsed | None = None


def generate_pin_change(bench: Bench, call: GeneratePinChange) -> GeneratedPinChange:
    mac_key = bench.key(call.integrity, usages=_E2, action=KeyAction.DERIVE, where="integrity")
    data_key = bench.key(
        call.confidentiality, usages=_E1, action=KeyAction.DERIVE, where="confidentiality"
    )
    for_data = derive_script_key(data_key, call.card, call.script, where="confidentiality")
    for_mac = derive_script_key(mac_key, call.card, call.script, where="integrity")
    new, side, accept = _open_shown(bench, call.new, call.card, where="new")
    budget = PinBudget(bench, account=call.card.pan, keys=(new.id,))
    budget.count_try("change")
    with refusing(budget, where="new"):
        pin = pins.decipher_pin(call.new.block, side)
    accept()
    done = GeneratedPinChange(
        block=b"",
        mac=b"",
        new=new.used,
        integrity=mac_key.used,
        confidentiality=data_key.used,
    )
    clear = _clear_block(bench, call, pin, done)
    with card_terms("layout"):
        done.block = _enciphered(for_data, clear, call.layout)
    with card_terms("command"):
        done.mac = CryptogramKey.tdes(for_mac).script_mac(
            call.command + done.block, octets=call.octets
        )
    return done


def _clear_block(
    bench: Bench, call: GeneratePinChange, pin: str, done: GeneratedPinChange
) -> bytes:
    """The block before it is enciphered; notes in `done` which keys it took."""
    if call.vis is None:
        return pins.encode_block(pin, form=PinFormat.ISO_2, random=bench.random)
    key = bench.key(call.vis.key, usages=_E0, action=KeyAction.DERIVE, where="vis")
    of_card = derive_card_key(key, call.card, where="vis")
    done.cryptograms = key.used
    current = None
    if call.vis.current is not None:
        shown, side, accept = _open_shown(bench, call.vis.current, call.card, where="vis")
        budget = PinBudget(bench, account=call.card.pan, keys=(shown.id,))
        with refusing(budget, where="vis"):
            current = pins.decipher_pin(call.vis.current.block, side)
        accept()
        done.current = shown.used
    with card_terms("vis"):
        return vis_pin_block(of_card, pin, current)


def _open_shown(bench: Bench, shown: ShownPin, card: CardIdentity, *, where: str) -> OpenPlace:
    """The key of a PIN block, which must be bound to the card's account number.

    Refuses: CallMalformed for another account, and for a block that binds none unless the policy
             allows the translation 1>2.
    """
    form = shown.place.form
    if form.binds_account and shown.place.account != card.pan:
        raise CallMalformed("the PIN block is for another account than the card", where=where)
    if not form.binds_account and (
        form is not PinFormat.ISO_1 or _FREE not in bench.policy.translations
    ):
        raise CallMalformed("a PIN that is bound to no account stays out of a card", where=where)
    return open_place(bench, shown.place, action=KeyAction.DECRYPT, where=where)


def _enciphered(key: bytes, clear: bytes, layout: ScriptCipher | ScriptLayout) -> bytes:
    if isinstance(layout, ScriptCipher):
        return encipher_data(key, clear, layout)
    return encipher_layout(
        key,
        clear,
        chained=layout.chained,
        padded=layout.padded,
        length_first=layout.length_first,
    )
