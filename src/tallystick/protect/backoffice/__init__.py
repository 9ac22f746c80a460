"""Back office: what staff may do, through the same corridor and on the same record.

Clauses: 6.2.1, 13, Annex B.
Enters:  orders signed by treasury, back-office and laboratory devices.
Leaves:  registered customers, suspended devices, confirmed funds, issued e-money, trial facts.
Refuses: TierUnknown, NotYourDevice, CustomerMalformed, AccountUnknown, HoldUnknown, ReferenceUsed,
         FundsInsufficient.
Proof:   tests/rooms/protect/backoffice.
"""

from tallystick.protect.backoffice.customers import (
    NotYourDevice,
    TierUnknown,
    offer,
    register,
    revoke,
    suspend,
)
from tallystick.protect.backoffice.treasury import confirm, issue, settle
from tallystick.protect.backoffice.trials import record_trial

__all__ = [
    "NotYourDevice",
    "TierUnknown",
    "confirm",
    "issue",
    "offer",
    "record_trial",
    "register",
    "revoke",
    "settle",
    "suspend",
]
