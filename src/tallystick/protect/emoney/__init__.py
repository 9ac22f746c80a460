"""Electronic money: double entry, issuance at par against confirmed funds, holds, redemption.

Clauses: 13.
Enters:  accounts, amounts in minor units, the hold or bank reference concerned.
Leaves:  Transfer, Hold, the ledger in memory; the fact transfer.posted.
Refuses: AccountUnknown, FundsInsufficient, HoldUnknown, ReferenceUsed.
Proof:   tests/rooms/protect/emoney, tests/properties/test_ledger.py.
"""

from tallystick.protect.emoney.ledger import AccountUnknown, FundsInsufficient, Ledger
from tallystick.protect.emoney.operations import (
    HOLDS,
    REFERENCES,
    TRUST,
    UNISSUED,
    Hold,
    HoldUnknown,
    ReferenceUsed,
    confirm_funds,
    hold_redemption,
    issue,
    pay,
    settle_hold,
    system_accounts,
)

__all__ = [
    "HOLDS",
    "REFERENCES",
    "TRUST",
    "UNISSUED",
    "AccountUnknown",
    "FundsInsufficient",
    "Hold",
    "HoldUnknown",
    "Ledger",
    "ReferenceUsed",
    "confirm_funds",
    "hold_redemption",
    "issue",
    "pay",
    "settle_hold",
    "system_accounts",
]
