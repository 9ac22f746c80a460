"""One transfer that takes place at once: what every operation on electronic money is made of."""

from __future__ import annotations

from tallystick.ground.identifiers import AccountId
from tallystick.protect.enforcement import Transfer, TransferKind


def move(name: str, debit: AccountId, credit: AccountId, minor: int, purpose: str) -> Transfer:
    """So much from one account to another, in minor units, under a name that is unique for ever."""
    return Transfer(
        id=name,
        kind=TransferKind.MOVE,
        debit=debit,
        credit=credit,
        amount_minor=minor,
        purpose=purpose,
    )
