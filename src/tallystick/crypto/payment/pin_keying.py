"""How a PIN block is protected on one side of a call, and the key that does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NamedTuple

import msgspec

from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.payment.agreement_calls import Agreement
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Handle
from tallystick.crypto.payment.dukpt import DukptPurpose, DukptUse, transaction_key
from tallystick.crypto.payment.dynamic import WrappedKey, working_key
from tallystick.crypto.payment.refusals import CallMalformed
from tallystick.crypto.pins import (
    ACCOUNT_DIGITS_MAX,
    AccountField,
    PinFormat,
    PinSide,
)

Account = Annotated[str, msgspec.Meta(max_length=ACCOUNT_DIGITS_MAX)]
"""An account number where one is needed, else empty; looked at where it is used."""
PinBlock = Annotated[bytes, msgspec.Meta(min_length=8, max_length=16)]
_ISO_1, _ISO_2 = PinFormat.ISO_1, PinFormat.ISO_2
_P0 = frozenset({KeyUsage.PIN_ENCRYPTION})


class PinPlace(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """One side of a call: the key, the format of the block, and the account it is bound to.

    `key` is a PIN encryption key, or else
    with `dukpt`:     the base derivation key or initial key that the transaction's key comes from;
    with `wrapped`:   the key that protects this key block, in which the PIN encryption key lies;
    with `agreement`: our pair in it; the key is agreed on for this call.
    `field` says what format 4 binds to: the whole account number, or its twelve digits.
    """

    key: Handle
    form: PinFormat
    account: Account = ""
    field: AccountField = AccountField.WHOLE
    dukpt: DukptUse | None = None
    wrapped: WrappedKey = ""
    agreement: Agreement | None = None

    def __repr__(self) -> str:
        return "PinPlace(hidden)"


class OpenPlace(NamedTuple):
    """A side whose key is open. Call `accept` once what came over it held a good PIN."""

    key: OpenKey
    side: PinSide
    accept: Callable[[], None]


def open_place(bench: Bench, place: PinPlace, *, action: KeyAction, where: str) -> OpenPlace:
    """The key of a side through the gate, and the side with it.

    Refuses: KeyNotFound, KeyUnusable; CallMalformed for a key serial number that does not fit and
             for a block of format 2, which passes between a card and its terminal only;
             CiphertextRefused for a key block that does not open; BudgetSpent.
    """
    if place.form is _ISO_2:
        raise CallMalformed("format 2 is between a card and its terminal", where=where)
    if place.dukpt is not None:
        if place.wrapped or place.agreement is not None:
            raise CallMalformed("a key is derived or comes with the call, not both", where=where)
        return _of_transaction(bench, place, place.dukpt, action=action, where=where)
    key = working_key(
        bench,
        place.key,
        place.wrapped,
        usages=_P0,
        action=action,
        where=where,
        agreement=place.agreement,
    )
    side = PinSide(place.form, key.cipher, place.account, place.field)
    return OpenPlace(key, side, _nothing)


def open_presented(bench: Bench, place: PinPlace, *, where: str) -> OpenPlace:
    """`open_place` for a block whose PIN is compared or taken over for its account.

    Refuses: CallMalformed also for a block of format 1, which names no account, so that one PIN
             could be tried with any; the policy lets it pass that allows a translation from it.
    """
    if place.form is _ISO_1 and not any(
        text.startswith("1>") for text in bench.policy.translations
    ):
        raise CallMalformed("a block of format 1 is bound to no account", where=where)
    return open_place(bench, place, action=KeyAction.DECRYPT, where=where)


def _of_transaction(
    bench: Bench, place: PinPlace, use: DukptUse, *, action: KeyAction, where: str
) -> OpenPlace:
    if use.kind.letter == "H":
        raise CallMalformed("a key of HMAC enciphers no PIN", where=where)
    key = transaction_key(
        bench,
        place.key,
        use,
        purpose=DukptPurpose.PIN,
        receiving=action is KeyAction.DECRYPT,
        where=where,
    )
    side = PinSide(place.form, key.cipher, place.account, place.field)
    return OpenPlace(key.base, side, key.accept)


def _nothing() -> None:
    """A key that lives on keeps no account of its uses here."""
