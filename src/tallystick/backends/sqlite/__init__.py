"""SQLite: everything of one provider in one home directory, one writer, durable commits.

Clauses: 6.2.3, 13.
Enters:  settlements in batches; questions of the Books and EvidenceStore ports.
Leaves:  proofs of inclusion against a checkpoint signed in the same transaction; rows for an audit.
Refuses: Defect when the database refuses a batch, Misconfigured for foreign or busy homes.
Proof:   tests/conformance/test_books.py, tests/storm.
"""

from tallystick.backends.sqlite.backup import copy_in, copy_out
from tallystick.backends.sqlite.books import SignCheckpoint, SqliteBooks
from tallystick.backends.sqlite.connection import (
    SQLITE_GOOD,
    SQLITE_VERSION,
    lock_home,
    open_reader,
)
from tallystick.backends.sqlite.evidence import SqliteEvidence
from tallystick.backends.sqlite.keys import KEYS_FILE, KEYS_LOCK, SqliteKeyStore, lock_keys
from tallystick.backends.sqlite.lines import read_account, read_transfer
from tallystick.backends.sqlite.notes import SqliteNotes
from tallystick.backends.sqlite.reader import SqliteReader
from tallystick.backends.sqlite.small_files import take_alone
from tallystick.backends.sqlite.tampering import (
    BOOK_EDITS,
    EVIDENCE_EDITS,
    copy_books,
    edit_copy,
)
from tallystick.backends.sqlite.tokens import SqliteTokenStore

__all__ = [
    "SqliteTokenStore",
    "SqliteKeyStore",
    "lock_keys",
    "KEYS_FILE",
    "KEYS_LOCK",
    "SqliteNotes",
    "BOOK_EDITS",
    "EVIDENCE_EDITS",
    "SQLITE_GOOD",
    "SQLITE_VERSION",
    "SignCheckpoint",
    "SqliteBooks",
    "SqliteEvidence",
    "SqliteReader",
    "copy_books",
    "copy_in",
    "copy_out",
    "edit_copy",
    "lock_home",
    "open_reader",
    "read_account",
    "read_transfer",
    "take_alone",
]
