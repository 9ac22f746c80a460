"""Bank: the files that the provider and the bank of the trust account exchange (ISO 20022).

Clauses: 13.
Enters:  octets of pain.001, pain.002, pacs.008, pacs.002, pacs.004, camt.053, camt.054, camt.056.
Leaves:  Message: payments, statuses, returns, statements, recalls as values; and their octets.
Refuses: BankFileRefused, saying what is wrong, where, and what is allowed.
Proof:   tests/rooms/serve/bank, tests/vectors/iso20022, tests/properties/test_bank_files.py.
"""

from tallystick.serve.bank.messages import VERSIONS, read_message, write_message
from tallystick.serve.bank.model import (
    AccountParty,
    CreditTransfer,
    CreditTransfers,
    Message,
    Movement,
    Recall,
    Recalls,
    Return,
    Returns,
    Statement,
    Statements,
    StatusReport,
    Verdict,
)
from tallystick.serve.bank.refusals import BankFileRefused

__all__ = [
    "VERSIONS",
    "AccountParty",
    "BankFileRefused",
    "CreditTransfer",
    "CreditTransfers",
    "Message",
    "Movement",
    "Recall",
    "Recalls",
    "Return",
    "Returns",
    "Statement",
    "Statements",
    "StatusReport",
    "Verdict",
    "read_message",
    "write_message",
]
