"""What somebody with the file and without the keys can do to it: for trials, on copies only."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from tallystick.backends.sqlite.connection import FILE, LOCK
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.prove.evidence import leaf_hash

COPY = "copy-for-trials"
"""A file of this name marks a copy: nothing else is ever edited."""

GUARDS_REMOVED = "guards removed"
"""The triggers stay away; after every other edit they are put back, as a careful attacker does."""

_MOVE = (
    "(SELECT MAX(seq) FROM transfer WHERE kind = 0"
    " AND purpose <> (SELECT no FROM name WHERE text = 'funds.confirm'))"
)
_HOLD = "(SELECT MAX(seq) FROM transfer WHERE kind = 1)"
_POST = "(SELECT MAX(seq) FROM transfer WHERE kind = 2)"
_LAST = "(SELECT MAX(position) FROM evidence)"
_MIDDLE = "(SELECT MAX(position) / 2 FROM evidence)"
_PAID = (
    "(SELECT MAX(position) FROM evidence WHERE json_extract(leaf, '$.amount_minor') IS NOT NULL"
    " AND json_extract(leaf, '$.outcome') = 'accepted')"
)
_HOLDER = "(SELECT no FROM account WHERE owner <> 'provider' ORDER BY id DESC LIMIT 1)"
_OTHER = "(SELECT no FROM account WHERE owner <> 'provider' ORDER BY id LIMIT 1)"
_HOLDER_ID = "(SELECT MAX(id) FROM account WHERE owner <> 'provider')"
_OTHER_ID = "(SELECT MIN(id) FROM account WHERE owner <> 'provider')"


def _balances(sign: str, seq: str) -> str:
    """Take a move's amount out of its two accounts, or put it in."""
    amount = f"(SELECT amount_minor FROM transfer WHERE seq = {seq})"
    return (
        f"UPDATE balance SET debits = debits {sign} {amount}"
        f" WHERE no = (SELECT debit FROM transfer WHERE seq = {seq});"
        f"UPDATE balance SET credits = credits {sign} {amount}"
        f" WHERE no = (SELECT credit FROM transfer WHERE seq = {seq});"
    )


def _member(register: str, member: str, *values: str) -> str:
    """Set a member in one record of a register: to the first of these values that it does not have.

    `values` are SQL expressions.
    """
    had = f"json_extract(CAST(value AS TEXT), '$.{member}')"
    choice = values[0]
    if len(values) > 1:
        choice = f"CASE {had} WHEN {values[0]} THEN {values[1]} ELSE {values[0]} END"
    return (
        "UPDATE register SET value ="
        f" CAST(json_set(CAST(value AS TEXT), '$.{member}', {choice}) AS BLOB)"
        f" WHERE name = '{register}'"
        f" AND key = (SELECT MAX(key) FROM register WHERE name = '{register}');"
    )


def _record(register: str, old: str, new: str) -> str:
    """Replace something in one record of a register that has it."""
    holds = f"name = '{register}' AND instr(CAST(value AS TEXT), '{old}')"
    return (
        "UPDATE register SET value ="
        f" CAST(replace(CAST(value AS TEXT), '{old}', '{new}') AS BLOB)"
        f" WHERE {holds} AND key = (SELECT MAX(key) FROM register WHERE {holds});"
    )


BOOK_EDITS: Mapping[str, str] = MappingProxyType(
    {
        "amount raised": f"UPDATE transfer SET amount_minor = amount_minor + 100"
        f" WHERE seq = {_MOVE};",
        "amount lowered, balances fitted": _balances("-", _MOVE)
        + "UPDATE transfer SET amount_minor = CASE amount_minor WHEN 1 THEN 2 ELSE 1 END"
        + f" WHERE seq = {_MOVE};"
        + _balances("+", _MOVE),
        "payee changed, balances fitted": _balances("-", _MOVE)
        + f"UPDATE transfer SET credit = CASE WHEN credit = {_OTHER} THEN {_HOLDER}"
        + f" ELSE {_OTHER} END WHERE seq = {_MOVE};"
        + _balances("+", _MOVE),
        "transfer removed, balances fitted": _balances("-", _MOVE)
        + f"DELETE FROM transfer WHERE seq = {_MOVE};",
        "transfer doubled, balances fitted": "INSERT INTO transfer SELECT seq + 1000000,"
        " id || 'x', leaf, at_ms, kind, debit, credit, 1, purpose, device, seq, seq,"
        " debit_after - 1, credit_after + 1, NULL, NULL, NULL"
        f" FROM transfer WHERE seq = {_MOVE};" + _balances("+", "(SELECT MAX(seq) FROM transfer)"),
        "time changed": f"UPDATE transfer SET at_ms = at_ms - 86400000 WHERE seq = {_MOVE};",
        "device changed": "UPDATE transfer SET device ="
        " (SELECT MIN(no) FROM name WHERE no NOT IN (SELECT device FROM transfer))"
        f" WHERE seq = {_MOVE};",
        "purpose changed": "INSERT INTO name (text) VALUES ('remote.gift');"
        f"UPDATE transfer SET purpose = (SELECT MAX(no) FROM name) WHERE seq = {_MOVE};",
        GUARDS_REMOVED: "UPDATE meta SET value = value WHERE key = 'epoch';",
        "order of transfers changed": "UPDATE transfer SET seq = seq + 2000000"
        " WHERE seq = (SELECT MIN(seq) FROM transfer);",
        "payout taken back": "UPDATE balance SET"
        f" debits = debits - (SELECT amount_minor FROM transfer WHERE seq = {_POST})"
        f" WHERE no = (SELECT debit FROM transfer WHERE seq = {_POST});"
        "UPDATE balance SET"
        f" credits = credits - (SELECT amount_minor FROM transfer WHERE seq = {_POST})"
        f" WHERE no = (SELECT credit FROM transfer WHERE seq = {_POST});"
        f"UPDATE transfer SET kind = 3 WHERE seq = {_POST};",
        "balance raised": f"UPDATE balance SET credits = credits + 100000 WHERE no = {_HOLDER};",
        "hold forgotten": "UPDATE balance SET debits_held = 0, credits_held = 0"
        " WHERE debits_held + credits_held > 0;"
        f"DELETE FROM hold WHERE seq = {_HOLD};DELETE FROM transfer WHERE seq = {_HOLD};",
        "hold's time changed": f"UPDATE hold SET expires_ms = 1 WHERE seq = {_HOLD};",
        "hold lowered": f"UPDATE hold SET amount_minor = amount_minor - 1 WHERE seq = {_HOLD};",
        "line of an account cut": "UPDATE transfer SET debit_prev = 0, credit_prev = 0"
        f" WHERE seq = {_MOVE};",
        "balance of a line changed": "UPDATE transfer SET credit_after = credit_after + 1"
        f" WHERE seq = {_MOVE};",
        "newest line of an account forgotten": "UPDATE balance SET last_seq = 0"
        f" WHERE no = (SELECT debit FROM transfer WHERE seq = {_MOVE});",
        "currency renamed": "UPDATE currency SET code = 'XXX';",
        "name behind a number changed": "UPDATE name SET text = text || 'x' WHERE no ="
        f" (SELECT purpose FROM transfer WHERE seq = {_MOVE});",
        "floor lowered": f"UPDATE balance SET floor = -1000000 WHERE no = {_HOLDER};",
        "cap raised": f"UPDATE balance SET cap = cap + 1000000 WHERE no = {_HOLDER};",
        "owner changed": "UPDATE account SET owner ="
        f" (SELECT owner FROM account WHERE no = {_OTHER}) WHERE no = {_HOLDER};",
        "account added": "INSERT INTO account SELECT MAX(no) + 1, 'acc-0', MAX(owner) FROM account;"
        "INSERT INTO balance (no, floor, cap) SELECT MAX(no) + 1, 0, MAX(cap) FROM balance;",
        "device's keys exchanged": _record("device", '"session"', '"agreement"'),
        "device not suspended": _record("device", '"suspended"', '"bound"'),
        "wrong PINs forgotten": _record("pin", '"wrong":1', '"wrong":0'),
        "tier raised": _record("customer", '"tier":"', '"tier":"x'),
        "PIN tries given back": _member("pin", "wrong", "-1000000"),
        "PIN lock lifted": _record("pin", '"locked_until_ms":1', '"locked_until_ms":-1'),
        "tier changed": _member("customer", "tier", "'tier1'", "'tier2'"),
        "role changed": _member("device", "role", "'treasury'", "'backoffice'"),
        "device of another customer": _member("device", "customer", "'cus-0'"),
        "account of a device changed": _member("device", "account", _OTHER_ID, _HOLDER_ID),
        "day's usage forgotten": _member("usage", "day_minor", "0"),
        "month's usage forgotten": _member("usage", "month_minor", "0"),
        "counter lowered": "UPDATE register SET value = CAST('0' AS BLOB) WHERE name = 'counter';",
        "counter removed": "DELETE FROM register WHERE name = 'counter';",
        "activation code used again": _record("activation", '"used":true', '"used":false'),
        "usage forgotten": "DELETE FROM register WHERE name = 'usage' AND key ="
        " (SELECT MAX(key) FROM register WHERE name = 'usage');",
        "activation code added": "INSERT INTO register SELECT name, key || 'x', value FROM register"
        " WHERE name = 'activation' ORDER BY key LIMIT 1;",
        "answer removed": "DELETE FROM outcome WHERE leaf = (SELECT MAX(leaf) FROM outcome);",
        "answer's code changed": "UPDATE outcome SET code = 'payee.unknown'"
        " WHERE leaf = (SELECT MAX(leaf) FROM outcome WHERE code = 'ok');",
        "answer's data changed": "UPDATE outcome SET data = CAST('{}' AS BLOB)"
        " WHERE leaf = (SELECT MAX(leaf) FROM outcome WHERE data IS NOT NULL);",
        "answer's order changed": "UPDATE outcome SET ordered = 'sha256:0'"
        " WHERE leaf = (SELECT MAX(leaf) FROM outcome);",
    }
)
"""Edits of the books; each leaves the database itself in good order as far as it can."""

EVIDENCE_EDITS: Mapping[str, str] = MappingProxyType(
    {
        "leaf changed": "UPDATE evidence SET leaf = CAST(replace(CAST(leaf AS TEXT),"
        f' \'"outcome":"accepted"\', \'"outcome":"refused"\') AS BLOB) WHERE position = {_PAID};',
        "leaf changed and hashed again": "UPDATE evidence SET leaf = CAST(replace("
        "CAST(leaf AS TEXT), '\"v\":1', '\"v\":2') AS BLOB)"
        f" WHERE position = {_MIDDLE};"
        "UPDATE node SET hash = leaf_hash((SELECT leaf FROM evidence WHERE position ="
        f" {_MIDDLE})) WHERE level = 0 AND position = {_MIDDLE};",
        "last leaf removed": f"DELETE FROM evidence WHERE position = {_LAST};",
        "middle leaf removed": f"DELETE FROM evidence WHERE position = {_MIDDLE};",
        "leaf added": "INSERT INTO evidence SELECT position + 1, leaf, tally FROM evidence"
        f" WHERE position = {_LAST};"
        "INSERT INTO node SELECT 0, position, leaf_hash(leaf) FROM evidence"
        f" WHERE position = {_LAST};",
        "two leaves swapped": "UPDATE evidence SET position = -1 - position"
        f" WHERE position IN ({_MIDDLE}, {_MIDDLE} + 1);"
        f"UPDATE evidence SET position = 2 * {_MIDDLE} + 2 + position WHERE position < 0;",
        "tally changed": "UPDATE evidence SET tally = CAST(replace(CAST(tally AS TEXT),"
        f' \'"label":"software"\', \'"label":"hardware"\') AS BLOB) WHERE position = {_MIDDLE};',
        "tally of another": "UPDATE evidence SET tally = (SELECT tally FROM evidence"
        f" WHERE position = 0) WHERE position = {_MIDDLE};",
        "tally removed": f"UPDATE evidence SET tally = NULL WHERE position = {_MIDDLE};",
        "oldest tally removed": "UPDATE evidence SET tally = NULL WHERE position = 0;",
        "node changed": "UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND position = 0;",
        "node removed": "DELETE FROM node WHERE level = 1 AND position = 0;",
        "checkpoint changed": "UPDATE checkpoint SET note ="
        " substr(note, 1, length(note) - 12) || 'AAAA' || substr(note, -8)"
        " WHERE size = (SELECT MAX(size) FROM checkpoint);",
        "newest checkpoint removed": "DELETE FROM checkpoint"
        " WHERE size = (SELECT MAX(size) FROM checkpoint);",
        "checkpoint of another size": "UPDATE checkpoint SET note = (SELECT note FROM checkpoint"
        " ORDER BY size LIMIT 1) WHERE size = (SELECT MAX(size) FROM checkpoint);",
        "all checkpoints removed": "DELETE FROM checkpoint;",
    }
)
"""Edits of the evidence log."""


def copy_books(home: Path, to: Path) -> None:
    """Copy the books of a home, whole, even while a platform writes; the copy is marked as one."""
    to.mkdir(mode=0o700)
    (to / COPY).touch(mode=0o600)
    source = sqlite3.connect(f"file:{home / FILE}?mode=ro", uri=True)
    target = sqlite3.connect(to / FILE)
    try:
        source.backup(target)
    finally:
        target.close()
        source.close()


def edit_copy(copy: Path, edit: str) -> bool:
    """Edit a copy as an attacker does: constraints off, guards away.

    Gives whether anything reads otherwise than before: not every home has what an edit changes.

    Refuses: Misconfigured for anything that is not a marked copy; Defect for an unknown edit.
    """
    script = {**BOOK_EDITS, **EVIDENCE_EDITS}.get(edit)
    if script is None:
        raise Defect(f"no such edit: {edit!r}")
    if not (copy / COPY).exists() or (copy / LOCK).exists():
        raise Misconfigured("not a copy made for trials", where=str(copy))
    connection = sqlite3.connect(copy / FILE, isolation_level=None)
    try:
        connection.create_function("leaf_hash", 1, leaf_hash)
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("PRAGMA ignore_check_constraints=ON")
        before = _contents(connection)
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.executescript(script)
        for _, sql in triggers if edit != GUARDS_REMOVED else ():
            connection.execute(sql)
        return _contents(connection) != before
    finally:
        connection.close()


def _contents(connection: sqlite3.Connection) -> bytes:
    """A hash of everything that a database says."""
    schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    hashed = hashlib.sha256()
    for query in (schema, *(f'SELECT * FROM "{name}"' for (name,) in tables.fetchall())):
        for row in connection.execute(query):
            hashed.update(repr(row).encode())
    return hashed.digest()
