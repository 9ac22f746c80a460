"""What a PIN is verified with, and what of it a caller may choose.

A decimalisation table, validation data and a PVV key index that a caller could choose freely would
turn the module into an oracle (Bond and Zielinski, UCAM-CL-TR-560). So a table is registered by
those who manage keys, or pinned to the key; validation data are a part of the account number that
the PIN block is bound to, unless the key says otherwise; a key index may be pinned.

    pinned of a V1 or V2 key    what it says
    decimalisation_table        the only table of this key, 16 digits
    validation_data             "account" (as if absent) or "any"
    validation_pad              the only pad, one hexadecimal digit
    key_index                   the only PVV key index, one digit
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.crypto.payment.approving import ManagementCall, demand_approved
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Answer, Call
from tallystick.crypto.payment.refusals import CallMalformed, Conflict, KeyUnusable
from tallystick.crypto.pins import (
    USUAL_TABLE,
    DecimalisationTable,
    PinRuleRefused,
    validation_block,
)

TABLES_MAX = 64
_TABLES = "decimalisation-tables-"
_DIGITS = 16

TableDigits = Annotated[str, msgspec.Meta(min_length=16, max_length=16)]
Validation = Annotated[str, msgspec.Meta(min_length=4, max_length=16)]
Pad = Annotated[str, msgspec.Meta(min_length=1, max_length=1)]
KeyIndex = Annotated[int, msgspec.Meta(ge=0, le=6)]


Domain = Annotated[str, msgspec.Meta(pattern="^(test|production)$")]


class RegisterTable(ManagementCall, tag="register-decimalisation-table", kw_only=True):
    """Let callers name a decimalisation table with keys of a domain, from now on.

    Refuses: CallMalformed for a table that makes PINs easy to guess; Conflict when it is known;
             ApprovalMissing.
    """

    table: TableDigits
    domain: Domain = "test"


class Tables(Answer, tag="decimalisation-tables"):
    """The tables that callers may name in a domain, the usual one among them."""

    tables: list[str]


class ListTables(Call, tag="list-decimalisation-tables"):
    """Which decimalisation tables callers may name with keys of a domain."""

    domain: Domain = "test"


def register_table(bench: Bench, call: RegisterTable) -> Tables:
    try:
        DecimalisationTable(call.table)
    except PinRuleRefused as rule:
        raise CallMalformed(str(rule), where="table") from None
    by = demand_approved(bench, call, act="setting", domain=call.domain)
    known = registered_tables(bench, call.domain)
    if call.table in known:
        raise Conflict("the table is known already", where="table")
    if len(known) > TABLES_MAX:
        raise Conflict("there are too many tables", where="table")
    kept = ("".join(known[1:]) + call.table).encode("ascii")
    told = {**by, "table": call.table, "domain": call.domain}
    bench.set(_TABLES + call.domain, kept, act="table.registered", more=told)
    return Tables(tables=registered_tables(bench, call.domain))


def list_tables(bench: Bench, call: ListTables) -> Tables:
    return Tables(tables=registered_tables(bench, call.domain))


def registered_tables(bench: Bench, domain: str) -> list[str]:
    """The usual table, and those that were registered for a domain, in that order."""
    kept = bench.journal.settings.get(_TABLES + domain, b"").decode("ascii")
    return [USUAL_TABLE.digits, *(kept[n : n + _DIGITS] for n in range(0, len(kept), _DIGITS))]


def table_for(bench: Bench, key: OpenKey, asked: str) -> DecimalisationTable:
    """The table that a caller named, when this key may use it. Refuses: KeyUnusable."""
    pinned = key.record.pinned.get("decimalisation_table")
    known = registered_tables(bench, key.record.domain) if pinned is None else [pinned]
    if asked not in known:
        raise KeyUnusable("the decimalisation table is not one of this key", where="table")
    memo = ("decimalisation", asked)
    table: DecimalisationTable | None = key.memo.get(memo)
    if table is None:
        table = key.memo[memo] = DecimalisationTable(asked)
    return table


def validation_for(key: OpenKey, data: str, *, pad: str, account: str) -> bytes:
    """The validation block of a caller's data. Refuses: KeyUnusable, CallMalformed."""
    pinned = key.record.pinned
    if pinned.get("validation_data", "account") != "any" and data not in account:
        text = "validation data are a part of the account number"
        raise KeyUnusable(text, where="validation")
    if pad.upper() != pinned.get("validation_pad", pad).upper():
        raise KeyUnusable("the pad is not the one of this key", where="pad")
    try:
        return validation_block(data, pad=pad)
    except PinRuleRefused as rule:
        raise CallMalformed(str(rule), where="validation") from None


def key_index_for(key: OpenKey, asked: int) -> int:
    """The PVV key index that a caller named, when it is this key's. Refuses: KeyUnusable."""
    if key.record.pinned.get("key_index", str(asked)) != str(asked):
        raise KeyUnusable("the key index is not the one of this key", where="key_index")
    return asked
