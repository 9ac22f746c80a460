"""The tables of a set of books on PostgreSQL. The invariants of the ledger stand here.

Guards look at whole statements, not at rows: a batch of a thousand transfers is checked and posted
by one query each. A transfer changes both of its accounts by itself, in the database: nobody writes
a balance, and whoever may not update accounts can still post.

An account's number holds the number of its currency in the bits above CURRENCY_BITS, so that one
CHECK forbids a transfer between two currencies. Each transfer names the one before it of both its
accounts, and what each holds after it: a statement walks back from the newest line, no index grows
at random places for it, and an account that is not where the writer left it refuses the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

SCHEMA = "tallystick"
CURRENCY_BITS = 40
KINDS = ("move", "hold", "post", "void", "expire")
"""What stands in `transfer.kind` is the place in here."""

_REFUSE = "USING ERRCODE = 'integrity_constraint_violation'"
_POSTED = "CASE WHEN kind IN (0, 2) THEN amount_minor ELSE 0 END"
_HELD = (
    "CASE kind WHEN 0 THEN 0 WHEN 1 THEN amount_minor"
    " ELSE -COALESCE(reserved_minor, amount_minor) END"
)

FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "stays_as_written": f"""
BEGIN
    RAISE EXCEPTION '% stays as it was written', TG_TABLE_NAME {_REFUSE};
END""",
        "account_opens_empty": f"""
BEGIN
    IF EXISTS (SELECT 1 FROM added
            WHERE debits + credits + debits_held + credits_held + last_seq <> 0) THEN
        RAISE EXCEPTION 'an account opens empty' {_REFUSE};
    END IF;
    RETURN NULL;
END""",
        "balances_follow": f"""
BEGIN
    RAISE EXCEPTION 'balances move with transfers only' {_REFUSE};
END""",
        "evidence_continues": f"""
DECLARE
    lowest bigint; highest bigint; leaves bigint;
BEGIN
    SELECT min(position), max(position), count(*) INTO lowest, highest, leaves FROM added;
    IF leaves = 0 THEN
        RETURN NULL;
    END IF;
    IF highest - lowest + 1 <> leaves OR lowest < 0 OR (lowest > 0 AND NOT EXISTS
            (SELECT 1 FROM evidence WHERE position = lowest - 1)) THEN
        RAISE EXCEPTION 'leaves follow one another' {_REFUSE};
    END IF;
    RETURN NULL;
END""",
        "nodes_continue": f"""
DECLARE
    expected bigint;
BEGIN
    SELECT first + octet_length(hashes) / 32 INTO expected
        FROM node WHERE first < NEW.first ORDER BY first DESC LIMIT 1;
    IF NEW.first <> COALESCE(expected, 0) THEN
        RAISE EXCEPTION 'nodes follow one another' {_REFUSE};
    END IF;
    RETURN NULL;
END""",
        "has_evidence": f"""
DECLARE
    lowest bigint; highest bigint;
BEGIN
    SELECT min(leaf), max(leaf) INTO lowest, highest FROM added;
    IF lowest < 0 OR (highest IS NOT NULL AND NOT EXISTS
            (SELECT 1 FROM evidence WHERE position = highest)) THEN
        RAISE EXCEPTION '% has no evidence', TG_TABLE_NAME {_REFUSE};
    END IF;
    RETURN NULL;
END""",
        "tally_is_let_go": f"""
BEGIN
    RAISE EXCEPTION 'a tally is let go, never changed' {_REFUSE};
END""",
        "writer_moves_on": f"""
BEGIN
    IF NEW.epoch < OLD.epoch OR NEW.batch < OLD.batch OR NEW.batch > OLD.batch + 1
            OR (NEW.epoch = OLD.epoch AND NEW.batch = OLD.batch) THEN
        RAISE EXCEPTION 'epochs and batches only grow' {_REFUSE};
    END IF;
    RETURN NEW;
END""",
        "transfer_posts": f"""
DECLARE
    sides bigint; resolving bigint; posted bigint;
BEGIN
    SELECT 2 * count(*), count(pending) INTO sides, resolving FROM added;
    IF resolving > 0 AND EXISTS (
        SELECT 1 FROM added p WHERE p.pending IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM transfer h WHERE h.id = p.pending AND h.kind = 1 AND h.seq < p.seq
            AND h.debit = p.debit AND h.credit = p.credit
            AND h.amount_minor = COALESCE(p.reserved_minor, p.amount_minor)
            AND (p.kind <> 2 OR h.expires_ms IS NULL OR p.at_ms < h.expires_ms)
            AND (p.kind <> 4 OR p.at_ms >= h.expires_ms))) THEN
        RAISE EXCEPTION 'a hold is resolved as it was made, in its time' {_REFUSE};
    END IF;
    WITH done AS (
        UPDATE account a SET debits = a.debits + c.debits, credits = a.credits + c.credits,
            debits_held = a.debits_held + c.debits_held,
            credits_held = a.credits_held + c.credits_held, last_seq = c.seq
        FROM (
            SELECT account, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits,
                sum(debits_held)::bigint AS debits_held, sum(credits_held)::bigint AS credits_held,
                min(prev) AS prev, max(seq) AS seq, count(*) AS sides
            FROM (
                SELECT debit AS account, {_POSTED} AS debits, 0::bigint AS credits,
                    {_HELD} AS debits_held, 0::bigint AS credits_held, debit_prev AS prev, seq
                FROM added
                UNION ALL SELECT credit, 0, {_POSTED}, 0, {_HELD}, credit_prev, seq FROM added
            ) side GROUP BY account ORDER BY account
        ) c WHERE a.no = c.account AND a.last_seq = c.prev RETURNING c.sides
    )
    SELECT COALESCE(sum(done.sides), 0) INTO posted FROM done;
    IF posted <> sides THEN
        RAISE EXCEPTION 'an account is not there, or not where its books left it' {_REFUSE};
    END IF;
    RETURN NULL;
END""",
    }
)
"""What the guards do, as PostgreSQL keeps it; an audit compares every body."""

TRIGGERS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        # name: table, when, function
        "currency_stays": (
            "currency",
            "BEFORE UPDATE OR DELETE OR TRUNCATE ON currency FOR EACH STATEMENT",
            "stays_as_written",
        ),
        "account_opens": (
            "account",
            "AFTER INSERT ON account REFERENCING NEW TABLE AS added FOR EACH STATEMENT",
            "account_opens_empty",
        ),
        "account_stays": (
            "account",
            "BEFORE DELETE OR TRUNCATE OR UPDATE OF no, id, owner, floor, cap ON account"
            " FOR EACH STATEMENT",
            "stays_as_written",
        ),
        "account_follows": (
            "account",
            "BEFORE UPDATE ON account FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)",
            "balances_follow",
        ),
        "transfer_stays": (
            "transfer",
            "BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer FOR EACH STATEMENT",
            "stays_as_written",
        ),
        "transfer_has_evidence": (
            "transfer",
            "AFTER INSERT ON transfer REFERENCING NEW TABLE AS added FOR EACH STATEMENT",
            "has_evidence",
        ),
        "transfer_posts": (
            "transfer",
            "AFTER INSERT ON transfer REFERENCING NEW TABLE AS added FOR EACH STATEMENT",
            "transfer_posts",
        ),
        "outcome_stays": (
            "outcome",
            "BEFORE UPDATE OR DELETE OR TRUNCATE ON outcome FOR EACH STATEMENT",
            "stays_as_written",
        ),
        "outcome_has_evidence": (
            "outcome",
            "AFTER INSERT ON outcome REFERENCING NEW TABLE AS added FOR EACH STATEMENT",
            "has_evidence",
        ),
        "instruction_stays": (
            "instruction",
            "BEFORE UPDATE OR DELETE OR TRUNCATE ON instruction FOR EACH STATEMENT",
            "stays_as_written",
        ),
        "instruction_has_evidence": (
            "instruction",
            "AFTER INSERT ON instruction REFERENCING NEW TABLE AS added FOR EACH STATEMENT",
            "has_evidence",
        ),
        "register_stays": (
            "register",
            "BEFORE DELETE OR TRUNCATE OR UPDATE OF name, key ON register FOR EACH STATEMENT",
            "stays_as_written",
        ),
        "evidence_stays": (
            "evidence",
            "BEFORE DELETE OR TRUNCATE OR UPDATE OF position, leaf ON evidence FOR EACH STATEMENT",
            "stays_as_written",
        ),
        "evidence_lets_go": (
            "evidence",
            "BEFORE UPDATE ON evidence FOR EACH ROW WHEN (NEW.tally IS NOT NULL)",
            "tally_is_let_go",
        ),
        "evidence_continues": (
            "evidence",
            "AFTER INSERT ON evidence REFERENCING NEW TABLE AS added FOR EACH STATEMENT",
            "evidence_continues",
        ),
        "node_stays": (
            "node",
            "BEFORE UPDATE OR DELETE OR TRUNCATE ON node FOR EACH STATEMENT",
            "stays_as_written",
        ),
        "node_continues": ("node", "AFTER INSERT ON node FOR EACH ROW", "nodes_continue"),
        "checkpoint_stays": (
            "checkpoint",
            "BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint FOR EACH STATEMENT",
            "stays_as_written",
        ),
        "writer_stays": (
            "writer",
            "BEFORE DELETE OR TRUNCATE ON writer FOR EACH STATEMENT",
            "stays_as_written",
        ),
        "writer_moves_on": ("writer", "BEFORE UPDATE ON writer FOR EACH ROW", "writer_moves_on"),
    }
)
"""Every guard: on which table, when, and which function it calls."""

TABLES = """
CREATE TABLE migration (
    version integer PRIMARY KEY,
    made_at timestamptz NOT NULL DEFAULT now(),
    made_by text NOT NULL DEFAULT session_user
);

CREATE TABLE writer (
    one boolean PRIMARY KEY DEFAULT true CONSTRAINT writer_is_one CHECK (one),
    epoch bigint NOT NULL,
    batch bigint NOT NULL,
    holder text NOT NULL,
    since timestamptz NOT NULL
) WITH (fillfactor = 10);
INSERT INTO writer VALUES (true, 0, 0, 'nobody', now());

CREATE TABLE currency (
    no bigint PRIMARY KEY CONSTRAINT currency_no CHECK (no BETWEEN 1 AND 4095),
    code text COLLATE "C" NOT NULL CONSTRAINT currency_code UNIQUE
);

CREATE TABLE account (
    no bigint PRIMARY KEY CONSTRAINT account_no CHECK (no >> 40 > 0),
    id text COLLATE "C" NOT NULL CONSTRAINT account_id UNIQUE,
    owner text COLLATE "C" NOT NULL,
    floor bigint NOT NULL,
    cap bigint NOT NULL,
    debits bigint NOT NULL DEFAULT 0,
    credits bigint NOT NULL DEFAULT 0,
    debits_held bigint NOT NULL DEFAULT 0,
    credits_held bigint NOT NULL DEFAULT 0,
    last_seq bigint NOT NULL DEFAULT 0,
    CONSTRAINT account_sums CHECK (
        debits >= 0 AND credits >= 0 AND debits_held >= 0 AND credits_held >= 0
    ),
    CONSTRAINT account_floor CHECK (credits - debits - debits_held >= floor),
    CONSTRAINT account_cap CHECK (credits + credits_held - debits <= cap)
) WITH (fillfactor = 50);

CREATE TABLE transfer (
    seq bigint PRIMARY KEY,
    leaf bigint NOT NULL,
    at_ms bigint NOT NULL,
    debit bigint NOT NULL,
    credit bigint NOT NULL,
    amount_minor bigint NOT NULL,
    debit_prev bigint NOT NULL,
    credit_prev bigint NOT NULL,
    debit_after bigint NOT NULL,
    credit_after bigint NOT NULL,
    kind smallint NOT NULL,
    id text COLLATE "C" NOT NULL CONSTRAINT transfer_id UNIQUE,
    purpose text COLLATE "C" NOT NULL,
    device text COLLATE "C" NOT NULL,
    pending text COLLATE "C",
    reserved_minor bigint,
    expires_ms bigint,
    CONSTRAINT transfer_amount CHECK (amount_minor > 0),
    CONSTRAINT transfer_sides CHECK (debit <> credit AND debit >> 40 = credit >> 40),
    CONSTRAINT transfer_kind CHECK (
        kind BETWEEN 0 AND 4 AND (kind >= 2) = (pending IS NOT NULL)
        AND (expires_ms IS NULL OR kind = 1)
        AND (reserved_minor IS NULL OR (kind = 2 AND reserved_minor >= amount_minor))
    )
);
CREATE UNIQUE INDEX transfer_resolves_once ON transfer (pending) WHERE pending IS NOT NULL;
CREATE INDEX transfer_by_time ON transfer USING brin (at_ms) WITH (pages_per_range = 16);

CREATE TABLE outcome (
    device text COLLATE "C" NOT NULL,
    request text COLLATE "C" NOT NULL,
    ordered text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    leaf bigint NOT NULL,
    data bytea,
    PRIMARY KEY (device, request)
);

CREATE TABLE instruction (
    leaf bigint PRIMARY KEY,
    digest text COLLATE "C" NOT NULL,
    device text COLLATE "C" NOT NULL,
    signed bytea NOT NULL,
    signature text COLLATE "C" NOT NULL
);

CREATE TABLE register (
    name text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    value bytea NOT NULL,
    PRIMARY KEY (name, key)
) WITH (fillfactor = 50);

CREATE TABLE evidence (
    position bigint PRIMARY KEY,
    leaf bytea NOT NULL,
    tally bytea
) WITH (toast_tuple_target = 8160);
ALTER TABLE evidence ALTER COLUMN leaf SET STORAGE EXTERNAL,
    ALTER COLUMN tally SET STORAGE EXTERNAL;

CREATE TABLE node (
    first bigint PRIMARY KEY,
    hashes bytea NOT NULL CONSTRAINT node_hashes CHECK (
        octet_length(hashes) > 0 AND octet_length(hashes) % 32 = 0
    )
);
ALTER TABLE node ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE checkpoint (size bigint PRIMARY KEY, note text NOT NULL);
"""

_PLANNED = ("enable_hashjoin", "enable_mergejoin", "enable_seqscan", "jit")
"""Guards join a batch with large tables through their keys, whatever the statistics say."""


def _function(name: str, body: str) -> str:
    planned = " ".join(f"SET {setting} = off" for setting in _PLANNED)
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
        f" SET search_path = {SCHEMA}, pg_temp {planned} AS $body${body}$body$;"
        f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC;"
    )


def _trigger(name: str, when: str, function: str) -> str:
    timing, _, rest = when.partition(" ")
    return f"CREATE TRIGGER {name} {timing} {rest} EXECUTE FUNCTION {function}();"


def _first() -> str:
    functions = "".join(_function(name, body) for name, body in FUNCTIONS.items())
    triggers = "".join(_trigger(name, when, made) for name, (_, when, made) in TRIGGERS.items())
    return TABLES + functions + triggers


MIGRATIONS: Sequence[str] = (_first(),)
"""Step n takes a database from version n to n + 1; a step that was released never changes."""

SCHEMA_VERSION = len(MIGRATIONS)

READABLE = (
    "migration", "writer", "currency", "account", "transfer", "outcome", "instruction", "register",
    "evidence", "node", "checkpoint",
)  # fmt: skip
GRANTS = (
    f"GRANT USAGE ON SCHEMA {SCHEMA} TO {{role}}",
    *(f"GRANT SELECT ON {SCHEMA}.{table} TO {{role}}" for table in READABLE),
    f"GRANT INSERT (no, id, owner, floor, cap) ON {SCHEMA}.account TO {{role}}",
    *(
        f"GRANT INSERT ON {SCHEMA}.{table} TO {{role}}"
        for table in (
            "currency", "transfer", "outcome", "instruction", "register", "evidence", "node",
            "checkpoint",
        )
    ),
    f"GRANT UPDATE (value) ON {SCHEMA}.register TO {{role}}",
    f"GRANT UPDATE (tally) ON {SCHEMA}.evidence TO {{role}}",
    f"GRANT UPDATE (epoch, batch, holder, since) ON {SCHEMA}.writer TO {{role}}",
)  # fmt: skip
"""What the role that writes may do: append, and no more. It owns nothing."""
