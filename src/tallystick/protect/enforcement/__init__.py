"""Enforcement: the gate that every order passes, and the one commit behind it.

Clauses: 7.1 (security architecture), 6.2.2 (application layer).
Enters:  a SecurityPolicy, decided Settlements, a Books.
Leaves:  Tally, Settlement, Committed, Registers, Committer.
Refuses: OrderMalformed, OperationForbidden, RequestConflict, EnvironmentCap, ServiceClosed;
         Defect when something would be posted without a demanded fact.
Proof:   tests/rooms/protect/enforcement, tests/conformance/test_books.py.
"""

from tallystick.protect.enforcement.committer import Committer, Deliver, Ticket
from tallystick.protect.enforcement.ports import (
    AccountRow,
    Books,
    OrderedBooks,
    OrderedRecords,
    TransferRow,
)
from tallystick.protect.enforcement.reading import COLUMNS, BooksReader
from tallystick.protect.enforcement.records import decode_record, encode_record
from tallystick.protect.enforcement.refusals import (
    CountedRefusal,
    EnvironmentCap,
    OperationForbidden,
    OrderMalformed,
    RequestConflict,
    ServiceClosed,
)
from tallystick.protect.enforcement.registers import Registers
from tallystick.protect.enforcement.settlement import (
    CAP_NONE,
    FLOOR_NONE,
    RECORD,
    Committed,
    Instruction,
    Mark,
    NewAccount,
    Recorded,
    Register,
    Settlement,
    Transfer,
    TransferKind,
    posting,
    postings_digest,
    record_details,
    record_name,
)
from tallystick.protect.enforcement.tally import SALT_OCTETS, Tally

__all__ = [
    "CAP_NONE",
    "COLUMNS",
    "FLOOR_NONE",
    "RECORD",
    "SALT_OCTETS",
    "AccountRow",
    "Books",
    "BooksReader",
    "Committed",
    "Committer",
    "CountedRefusal",
    "Deliver",
    "Instruction",
    "EnvironmentCap",
    "Mark",
    "NewAccount",
    "OperationForbidden",
    "OrderMalformed",
    "OrderedBooks",
    "OrderedRecords",
    "Recorded",
    "Register",
    "Registers",
    "RequestConflict",
    "ServiceClosed",
    "Settlement",
    "Tally",
    "Ticket",
    "Transfer",
    "TransferKind",
    "TransferRow",
    "decode_record",
    "encode_record",
    "posting",
    "postings_digest",
    "record_details",
    "record_name",
]
