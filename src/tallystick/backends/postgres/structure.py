"""Is the database still the one that we made? Guards, constraints, keys: each by what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tallystick.backends.postgres.connection import Connection
from tallystick.backends.postgres.described import CONSTRAINTS, GUARDS, INDEXES
from tallystick.backends.postgres.schema import FUNCTIONS, SCHEMA

_GUARDS = (
    "SELECT t.tgname, pg_get_triggerdef(t.oid), t.tgenabled::text FROM pg_trigger t"
    " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = %s AND NOT t.tgisinternal"
)
_FUNCTIONS = (
    "SELECT p.proname, p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
    " WHERE n.nspname = %s"
)
_CONSTRAINTS = (
    "SELECT c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c"
    " JOIN pg_namespace n ON n.oid = c.connamespace"
    " WHERE n.nspname = %s AND c.contype IN ('c', 'p', 'u') AND c.convalidated"
)
_INDEXES = (
    "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i"
    " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid"
    " JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = %s"
    " AND i.indisvalid"
)
_RULES = "SELECT tablename, rulename FROM pg_rules WHERE schemaname = %s"


_CHAIN = """
WITH side AS (
    SELECT seq, debit AS account, debit_prev AS prev, debit_after AS after,
        CASE WHEN kind IN (0, 2) THEN -amount_minor ELSE 0 END AS moved FROM transfer
    UNION ALL
    SELECT seq, credit, credit_prev, credit_after,
        CASE WHEN kind IN (0, 2) THEN amount_minor ELSE 0 END FROM transfer
), folded AS (
    SELECT seq, prev, after, lag(after, 1, 0::bigint) OVER line + moved AS value,
        lag(seq, 1, 0::bigint) OVER line AS before
    FROM side WINDOW line AS (PARTITION BY account ORDER BY seq)
)
SELECT DISTINCT seq FROM folded WHERE prev <> before OR after <> value ORDER BY seq
"""
"""Each transfer names the one before it of both accounts, and what they hold after it."""
_NEWEST = """
SELECT a.id FROM account a LEFT JOIN (
    SELECT account, max(seq) AS seq FROM (
        SELECT debit AS account, seq FROM transfer UNION ALL SELECT credit, seq FROM transfer
    ) side GROUP BY account
) n ON n.account = a.no WHERE a.last_seq <> COALESCE(n.seq, 0) ORDER BY a.id
"""


def audit_structure(connection: Connection) -> Iterator[tuple[str, str]]:
    """Name every guard, constraint or key that is missing, switched off, altered or not ours."""
    guards = connection.execute(_GUARDS, (SCHEMA,)).fetchall()
    found = {name: said if enabled == "O" else "off" for name, said, enabled in guards}
    yield from _compare("guard", found, GUARDS)
    yield from _compare("function", _asked(connection, _FUNCTIONS), FUNCTIONS)
    yield from _compare("constraint", _asked(connection, _CONSTRAINTS), CONSTRAINTS)
    indexes = _asked(connection, _INDEXES)
    ours = {name: said for name, said in indexes.items() if name in INDEXES}
    yield from _compare("index", ours, INDEXES)
    for table, rule in connection.execute(_RULES, (SCHEMA,)):
        yield f"rule {rule}", f"rewrites what is done to {table}; it is not ours"
    for (seq,) in connection.execute(_CHAIN).fetchall():
        yield f"transfer {seq}", "does not follow its account's transfers"
    for (account,) in connection.execute(_NEWEST).fetchall():
        yield f"account {account}", "its newest transfer is another"


def _asked(connection: Connection, query: str) -> dict[str, str]:
    return dict(connection.execute(query, (SCHEMA,)).fetchall())


def _compare(
    kind: str, found: Mapping[str, str], ours: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for name in sorted(ours.keys() | found.keys()):
        if name not in found:
            yield f"{kind} {name}", "is missing"
        elif name not in ours:
            yield f"{kind} {name}", "is not ours"
        elif found[name] != ours[name]:
            yield f"{kind} {name}", "does not say what ours says"
