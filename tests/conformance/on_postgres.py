"""What the tests of books on PostgreSQL share."""

from __future__ import annotations

from typing import Any

import psycopg

from tallystick.assembly.auditing import audit_books
from tallystick.backends.postgres import PostgresBooks, PostgresReader, open_snapshot
from tallystick.prove.evidence import audit_log
from tallystick.testing import Notary, move, settle


def open_at(address: str, notary: Notary, **limits: float) -> PostgresBooks:
    limits = {"lease_wait_s": 0.1, "patience_s": 5.0} | limits
    return PostgresBooks(address, sign_checkpoint=notary.sign, **limits)


def somebody(address: str) -> Any:
    """Somebody else with the password of the owner."""
    connection = psycopg.connect(address, autocommit=True)
    connection.execute("SET search_path = tallystick")
    return connection


def findings(address: str, notary: Notary | None = None) -> list[str]:
    connection = open_snapshot(address)
    try:
        reader = PostgresReader(connection)
        found = [f"{f.where}: {f.what}" for f in audit_books(reader, reader.evidence)]
        log = audit_log(reader.evidence, vkey=notary.verifier_key if notary else None)
        return found + [f"{f.where} {f.index}: {f.what}" for f in log]
    finally:
        connection.close()


FUNDS = settle(
    "funds-0000-00001",
    transfer=move(
        "funds-0000-00001", "trust.float", "emoney.unissued", 10, purpose="funds.confirm"
    ),
)

WRITTEN = [
    "UPDATE transfer SET amount_minor = 1",
    "DELETE FROM transfer",
    "TRUNCATE transfer",
    "UPDATE outcome SET code = 'ok'",
    "DELETE FROM outcome",
    "UPDATE evidence SET leaf = ''",
    "UPDATE evidence SET tally = 'other'",
    "UPDATE evidence SET position = position + 1",
    "DELETE FROM evidence",
    "TRUNCATE evidence",
    "DELETE FROM node",
    "UPDATE node SET hashes = hashes",
    "DELETE FROM checkpoint",
    "UPDATE checkpoint SET note = ''",
    "UPDATE instruction SET signed = ''",
    "DELETE FROM account",
    "UPDATE account SET credits = credits + 1",
    "UPDATE account SET floor = -5",
    "UPDATE account SET currency = 'EUR'",
    "DELETE FROM register",
    "DELETE FROM writer",
    "UPDATE writer SET epoch = 0",
    "UPDATE writer SET batch = batch + 2",
    "INSERT INTO account (id, owner, currency, floor, cap, credits) VALUES ('x', 'x', 'KES', 0, 9, 5)",
    "INSERT INTO evidence VALUES (99, 'x', 'x')",
    "INSERT INTO node VALUES (99, decode(repeat('00', 32), 'hex'))",
    "INSERT INTO outcome VALUES ('d', 'r', 'o', 'ok', 99, NULL)",
    "INSERT INTO instruction VALUES (99, 'x', 'x', 'x', 'x')",
    "INSERT INTO transfer SELECT 99, 'x', 0, 'move', debit, credit, 'EUR', 1, 'x', 'x', NULL, leaf"
    " FROM transfer",
    "INSERT INTO transfer SELECT 99, 'x', 0, 'move', debit, credit, currency, 1, 'x', 'x', NULL, 99"
    " FROM transfer",
]
