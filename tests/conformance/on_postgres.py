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


def forged(leaf: str, **changes: str) -> str:
    """Another transfer behind the newest one, as somebody with a password may write it."""
    said = {
        "seq": "seq + 1", "leaf": leaf, "at_ms": "at_ms", "debit": "debit", "credit": "credit",
        "amount_minor": "7", "debit_prev": "seq", "credit_prev": "seq",
        "debit_after": "debit_after - 7", "credit_after": "credit_after + 7", "kind": "0",
        "id": "'forged'", "purpose": "purpose", "device": "device",
    } | changes  # fmt: skip
    return (
        f"INSERT INTO transfer ({', '.join(said)}) SELECT {', '.join(said.values())} FROM transfer"
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
    "UPDATE account SET no = no + 1",
    "UPDATE currency SET code = 'EUR'",
    "DELETE FROM register",
    "DELETE FROM writer",
    "UPDATE writer SET epoch = 0",
    "UPDATE writer SET batch = batch + 2",
    "INSERT INTO account (no, id, owner, floor, cap, credits)"
    " SELECT max(no) + 1, 'x', 'x', 0, 9, 5 FROM account",
    "INSERT INTO evidence VALUES (99, 'x', 'x')",
    "INSERT INTO node VALUES (99, decode(repeat('00', 32), 'hex'))",
    "INSERT INTO outcome VALUES ('d', 'r', 'o', 'ok', 99, NULL)",
    "INSERT INTO instruction VALUES (99, 'x', 'x', 'x', 'x')",
    forged("leaf", credit="credit + 1"),  # there is no such account
    forged("leaf", credit="credit + (1::bigint << 40)"),  # another currency
    forged("leaf", debit_prev="0"),  # not behind the newest transfer of the account
    forged("99"),  # no evidence
]
