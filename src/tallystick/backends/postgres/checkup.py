"""What is wrong with a server, and how to mend it: one line for each thing that matters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from tallystick.backends.postgres.address import without_password
from tallystick.backends.postgres.connection import (
    DURABLE,
    LOCK_CLASS,
    VERSION_MIN,
    Connection,
    ask,
    connect,
)
from tallystick.backends.postgres.migrating import PREPARE, schema_version
from tallystick.backends.postgres.schema import SCHEMA, SCHEMA_VERSION
from tallystick.backends.postgres.structure import audit_structure

SKEW_MAX_MS = 2_000
LONG_S = 300
FREE_SLOTS_MIN = 5
FROZEN_MAX = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One thing that was looked at: what it is, what was found, how to mend it when it is bad."""

    what: str
    found: str
    mend: str = ""

    @property
    def good(self) -> bool:
        return not self.mend


def check_server(address: str) -> Iterator[Checked]:
    """Look at everything that books on this server stand on. Reads only.

    Refuses: Misconfigured when the server cannot be reached at all.
    """
    connection = connect(address, purpose="doctor", read_only=True)
    try:
        yield Checked(what="server", found=without_password(address))
        for check in _CHECKS:
            yield from check(connection)
        yield from _wire(connection, address)
    finally:
        connection.close()


def _version(connection: Connection) -> Iterator[Checked]:
    number = connection.info.server_version
    mend = "" if number >= VERSION_MIN else "PostgreSQL 15 or newer"
    yield Checked(what="version", found=f"{number // 10000}.{number % 10000}", mend=mend)


def _settings(connection: Connection) -> Iterator[Checked]:
    for setting, (allowed, mend) in DURABLE.items():
        value = str(ask(connection, "SELECT current_setting(%s)", setting))
        yield Checked(what=setting, found=value, mend="" if value in allowed else mend)
    checksums = str(ask(connection, "SELECT current_setting('data_checksums')"))
    yield Checked(
        what="data_checksums",
        found=checksums,
        mend="" if checksums == "on" else "stop the server, then pg_checksums --enable -D its data",
    )


def _roles(connection: Connection) -> Iterator[Checked]:
    role = str(ask(connection, "SELECT current_user"))
    powerful = bool(ask(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
    yield Checked(
        what="role",
        found=f"{role}, superuser" if powerful else role,
        mend="serve with a role of its own: CREATE ROLE tallystick LOGIN" if powerful else "",
    )
    if schema_version(connection) == 0:
        return
    owner = str(ask(connection, _OWNER, f"{SCHEMA}.transfer"))
    if owner == role:
        found = "the role that writes also owns the tables: guards hold, but it could remove them"
        yield Checked(what="two roles", found=found)
    else:
        may = ask(connection, "SELECT has_table_privilege(%s, 'INSERT')", f"{SCHEMA}.transfer")
        mend = "" if may else f"{PREPARE} and --writer {role}"
        yield Checked(what="two roles", found=f"{owner} owns, {role} appends", mend=mend)


_OWNER = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass(%s)"


def _schema(connection: Connection) -> Iterator[Checked]:
    version = schema_version(connection)
    if version == 0:
        yield Checked(what="schema", found="none yet: serve or ledger prepare makes it")
        return
    mend = ""
    if version != SCHEMA_VERSION:
        newer = version > SCHEMA_VERSION
        mend = "a newer tallystick" if newer else PREPARE
    yield Checked(what="schema", found=f"version {version}", mend=mend)
    if not mend:
        wrong = [f"{where} {what}" for where, what in audit_structure(connection)]
        found = "; ".join(wrong[:3]) or "all there, switched on"
        yield Checked(
            what="guards",
            found=found,
            mend="find out who changed them; restore a backup into a fresh database"
            if wrong
            else "",
        )


def _writer(connection: Connection) -> Iterator[Checked]:
    if schema_version(connection) == 0:
        return
    row = connection.execute("SELECT epoch, batch, holder, since::text FROM writer").fetchone()
    if row is None:
        yield Checked(what="writer", found="the row is gone", mend="restore a backup")
        return
    held = ask(
        connection,
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        f" AND classid = {LOCK_CLASS}"
        " AND objid = 0 AND granted AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    state = "writes now" if held else "writes no more"
    yield Checked(
        what="writer",
        found=f"epoch {row[0]}, {row[1]} batches; {row[2]} {state} (since {row[3]})",
    )


def _replication(connection: Connection) -> Iterator[Checked]:
    if ask(connection, "SELECT pg_is_in_recovery()"):
        yield Checked(
            what="replication", found="this is a standby", mend="the address of the primary"
        )
        return
    names = str(ask(connection, "SELECT current_setting('synchronous_standby_names')"))
    level = str(ask(connection, "SELECT current_setting('synchronous_commit')"))
    behind = ask(connection, "SELECT count(*) FROM pg_stat_replication")
    waiting = ask(
        connection,
        "SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')",
    )
    if not names:
        found = f"{behind} standby(s), none is waited for: losing this machine loses what it had"
        yield Checked(what="replication", found=found)
        return
    if not ask(connection, "SELECT pg_has_role('pg_read_all_stats', 'USAGE')"):
        found = f"{behind} standby(s), {level}; this role is not shown who is waited for"
        yield Checked(what="replication", found=found, mend="GRANT pg_monitor to this role")
        return
    mend = ""
    if not waiting:
        mend = "commits wait for a standby that is not there: start it"
    elif level != "remote_apply":
        mend = "synchronous_commit = remote_apply, so that a standby shows what was acknowledged"
    yield Checked(what="replication", found=f"{waiting} of {behind} waited for, {level}", mend=mend)


def _clock(connection: Connection) -> Iterator[Checked]:
    before = time.time()
    there = float(ask(connection, "SELECT extract(epoch FROM clock_timestamp())"))
    here = (before + time.time()) / 2
    skew_ms = round(abs(there - here) * 1000)
    mend = "" if skew_ms <= SKEW_MAX_MS else "synchronise both clocks (chrony, systemd-timesyncd)"
    yield Checked(what="clock skew", found=f"{skew_ms} ms", mend=mend)


def _sessions(connection: Connection) -> Iterator[Checked]:
    long = ask(
        connection,
        "SELECT count(*) FROM pg_stat_activity WHERE xact_start < now() - make_interval(secs => %s)"
        " AND backend_type = 'client backend'",
        LONG_S,
    )
    yield Checked(
        what="long transactions",
        found=f"{long} older than {LONG_S} s",
        mend="end them (pg_terminate_backend): they keep old balances from being cleared away"
        if long
        else "",
    )
    used = ask(connection, "SELECT count(*) FROM pg_stat_activity")
    limit = int(ask(connection, "SELECT current_setting('max_connections')"))
    mend = "" if limit - used >= FREE_SLOTS_MIN else "raise max_connections, or end idle sessions"
    yield Checked(what="connections", found=f"{used} of {limit}", mend=mend)


def _space(connection: Connection) -> Iterator[Checked]:
    size = ask(connection, "SELECT pg_size_pretty(pg_database_size(current_database()))")
    age = ask(
        connection, "SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()"
    )
    yield Checked(
        what="database",
        found=f"{size}, oldest transaction {age:,} ago",
        mend="VACUUM FREEZE, and find out why autovacuum does not" if age > FROZEN_MAX else "",
    )
    slots = ask(
        connection,
        "SELECT count(*) FROM pg_replication_slots WHERE NOT active",
    )
    mend = "drop slots that nobody reads: they keep the log until the disk is full" if slots else ""
    yield Checked(what="idle replication slots", found=str(slots), mend=mend)


def _wire(connection: Connection, address: str) -> Iterator[Checked]:
    """Whether strangers on the way can read or change what we send."""
    if connection.info.host.startswith("/") or connection.info.hostaddr in ("127.0.0.1", "::1"):
        yield Checked(what="wire", found="this machine alone")
        return
    mode = parse_qs(urlsplit(address).query).get("sslmode", ["prefer"])[-1]
    safe = mode in ("verify-full", "verify-ca")
    yield Checked(
        what="wire",
        found=f"sslmode={mode}",
        mend="" if safe else "sslmode=verify-full and sslrootcert= in the address",
    )


_CHECKS: tuple[Callable[[Connection], Iterator[Checked]], ...] = (
    _version, _settings, _roles, _schema, _writer, _replication, _clock, _sessions, _space,
)  # fmt: skip
