"""Diligence: who is the customer, and may their tier move and hold so much?

Clauses: Annex B (Know-Your-Customer); FATF recommendation 10; 13 (balance limits).
Enters:  what the back office says about a customer; amounts, the usage so far, the tier's limits.
Leaves:  CustomerRecord without the document's number; the Usage that follows; what the facts
         customer.registered and tier.within stand for.
Refuses: CustomerMalformed (outside: order.malformed), CustomerKnown, TierExceeded.
Proof:   tests/rooms/protect/diligence, tests/properties/test_tier_limits.py,
         the trials limit-split and limit-concurrent.
"""

from tallystick.protect.diligence.customers import (
    ALIASES,
    CUSTOMERS,
    DOCUMENTS,
    ORGANISATIONS,
    ROLES,
    AliasTaken,
    CustomerKnown,
    CustomerMalformed,
    CustomerRecord,
    document_number,
    msisdn_alias,
    register_customer,
)
from tallystick.protect.diligence.tiers import (
    RECEIPTS,
    UNPROVEN,
    USAGES,
    TierExceeded,
    Usage,
    check_balance,
    check_received,
    check_tier,
    give_back,
    limits_of,
)

__all__ = [
    "register_customer",
    "CustomerRecord",
    "CUSTOMERS",
    "DOCUMENTS",
    "ORGANISATIONS",
    "ROLES",
    "document_number",
    "check_tier",
    "check_balance",
    "check_received",
    "give_back",
    "limits_of",
    "Usage",
    "RECEIPTS",
    "UNPROVEN",
    "USAGES",
    "TierExceeded",
    "CustomerMalformed",
    "CustomerKnown",
    "ALIASES",
    "AliasTaken",
    "msisdn_alias",
]
