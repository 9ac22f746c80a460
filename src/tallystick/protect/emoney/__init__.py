"""Electronic money: double entry, issuance at par against confirmed funds, holds, redemption.

Clauses: 13.
Enters:  accounts, amounts in minor units, the hold or bank reference concerned.
Leaves:  Transfer, Hold, the ledger in memory and its pure core; the fact transfer.posted.
Refuses: AccountUnknown, FundsInsufficient, HoldUnknown, HoldListed, ReferenceUsed.
Proof:   tests/rooms/protect/emoney, tests/properties/test_ledger.py.
"""

from tallystick.protect.emoney.core import (
    AccountUnknown,
    Decided,
    FundsInsufficient,
    HoldUnknown,
    apply,
    decide,
)
from tallystick.protect.emoney.ledger import Ledger
from tallystick.protect.emoney.operations import (
    HOLDS,
    REFERENCES,
    TRUST,
    UNISSUED,
    BankCredit,
    Hold,
    HoldListed,
    ReferenceUsed,
    confirm_funds,
    end_to_end_id,
    hold_redemption,
    issue,
    list_payout,
    pay,
    settle_hold,
    system_accounts,
)
from tallystick.protect.emoney.state import Account, Held, State, Terms, due_holds

__all__ = [
    "Account",
    "Decided",
    "Held",
    "State",
    "Terms",
    "apply",
    "decide",
    "due_holds",
    "HOLDS",
    "REFERENCES",
    "TRUST",
    "UNISSUED",
    "AccountUnknown",
    "BankCredit",
    "FundsInsufficient",
    "Hold",
    "HoldListed",
    "HoldUnknown",
    "Ledger",
    "ReferenceUsed",
    "confirm_funds",
    "end_to_end_id",
    "hold_redemption",
    "issue",
    "list_payout",
    "pay",
    "settle_hold",
    "system_accounts",
]
