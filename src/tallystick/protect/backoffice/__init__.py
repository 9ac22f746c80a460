"""Back office: what staff may do, through the same corridor and on the same record.

Clauses: 6.2.1, 13, Annex B.
Enters:  orders signed by treasury, back-office and laboratory devices.
Leaves:  registered customers, suspended devices, confirmed funds, issued e-money, payments taken
         back, payment files to the bank, reconciliations, trial facts.
Refuses: TierUnknown, NotYourDevice, CustomerMalformed, AccountUnknown, HoldUnknown, HoldListed,
         HoldOpen, ReferenceUsed, PaymentUnknown, PaymentCorrected, FundsInsufficient,
         ReconciliationRefused, SafeguardingBroken.
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
from tallystick.protect.backoffice.reversals import reverse
from tallystick.protect.backoffice.safeguarding import list_payouts, reconcile
from tallystick.protect.backoffice.treasury import confirm, expire, issue, reserve, settle
from tallystick.protect.backoffice.trials import record_trial

__all__ = [
    "NotYourDevice",
    "TierUnknown",
    "confirm",
    "expire",
    "issue",
    "list_payouts",
    "offer",
    "reconcile",
    "record_trial",
    "register",
    "reserve",
    "reverse",
    "revoke",
    "settle",
    "suspend",
]
