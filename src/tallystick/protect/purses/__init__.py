"""Purses: capped electronic money that pays without a network, and what a copied purse can cost.

Clauses: 13, 10.
Enters:  vouchers of payees, purse keys of payers, the records of purses.
Leaves:  Purse, Voucher, what covers a deposit; the proof of a double spend.
Refuses: PurseRefused, VoucherRefused, VoucherDeposited, VoucherUncovered.
Proof:   tests/rooms/protect/purses, tests/attacks/test_purses.py, tests/properties/test_purses.py.
"""

from tallystick.protect.purses.covering import Cover, cover, proof_key
from tallystick.protect.purses.records import (
    DOUBLE_SPENDS,
    PURSE_OF,
    PURSES,
    VOUCHERS,
    Deposited,
    DoubleSpend,
    Purse,
    PurseTerms,
    load_purse,
    may_cost,
    purse_id,
    rest_of,
)
from tallystick.protect.purses.refusals import (
    PurseRefused,
    VoucherDeposited,
    VoucherRefused,
    VoucherUncovered,
)
from tallystick.protect.purses.vouchers import (
    VOUCHER_MAX,
    Voucher,
    certificate_octets,
    named_purse,
    read_voucher,
)

__all__ = [
    "DOUBLE_SPENDS",
    "PURSES",
    "PURSE_OF",
    "VOUCHERS",
    "VOUCHER_MAX",
    "Cover",
    "Deposited",
    "DoubleSpend",
    "Purse",
    "PurseRefused",
    "PurseTerms",
    "Voucher",
    "VoucherDeposited",
    "VoucherRefused",
    "VoucherUncovered",
    "certificate_octets",
    "cover",
    "load_purse",
    "may_cost",
    "named_purse",
    "proof_key",
    "purse_id",
    "read_voucher",
    "rest_of",
]
