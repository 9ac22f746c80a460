"""How a PIN block is protected on one side of a call, and the key that does it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Handle
from tallystick.crypto.pins import (
    ACCOUNT_DIGITS_MAX,
    AccountField,
    PinFormat,
    PinSide,
)

Account = Annotated[str, msgspec.Meta(max_length=ACCOUNT_DIGITS_MAX)]
"""An account number where one is needed, else empty; looked at where it is used."""
PinBlock = Annotated[bytes, msgspec.Meta(min_length=8, max_length=16)]
_P0 = frozenset({KeyUsage.PIN_ENCRYPTION})


class PinPlace(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One side of a call: the key, the format of the block, and the account it is bound to.

    `key` is a PIN encryption key. `field` says what format 4 binds to: the whole account number, or
    its twelve digits.
    """

    key: Handle
    form: PinFormat
    account: Account = ""
    field: AccountField = AccountField.WHOLE

    def __repr__(self) -> str:
        return "PinPlace(hidden)"


def open_place(
    bench: Bench, place: PinPlace, *, action: KeyAction, where: str
) -> tuple[OpenKey, PinSide]:
    """The key of a side through the gate, and the side with it.

    Refuses: KeyNotFound, KeyUnusable.
    """
    key = bench.key(place.key, usages=_P0, action=action, where=where)
    return key, PinSide(place.form, key.cipher, place.account, place.field)
