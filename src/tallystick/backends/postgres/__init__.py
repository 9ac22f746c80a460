"""PostgreSQL: the books in a database server, one fenced writer, durable commits.

Clauses: 6.2.3, 13.
Enters:  settlements in batches; questions of the Books and EvidenceStore ports.
Leaves:  proofs of inclusion against a checkpoint signed in the same transaction; rows for an audit.
Refuses: Defect when the database refuses a batch or another writer has taken over, ServiceClosed
         when the server is gone, Misconfigured for servers and schemas that we cannot trust.
Proof:   tests/conformance/test_postgres.py
"""

from tallystick.backends.postgres.address import is_address, without_password
from tallystick.backends.postgres.backup import copy_in, copy_out
from tallystick.backends.postgres.batches import SignCheckpoint
from tallystick.backends.postgres.books import PostgresBooks
from tallystick.backends.postgres.checkup import Checked, check_server
from tallystick.backends.postgres.evidence import PostgresEvidence
from tallystick.backends.postgres.lines import read_transfer
from tallystick.backends.postgres.looking import read_account
from tallystick.backends.postgres.migrating import prepare_books
from tallystick.backends.postgres.reader import PostgresReader, open_snapshot
from tallystick.backends.postgres.tokens import PostgresTokenStore

__all__ = [
    "PostgresTokenStore",
    "Checked",
    "PostgresBooks",
    "PostgresEvidence",
    "PostgresReader",
    "SignCheckpoint",
    "check_server",
    "copy_in",
    "copy_out",
    "is_address",
    "open_snapshot",
    "prepare_books",
    "read_account",
    "read_transfer",
    "without_password",
]
