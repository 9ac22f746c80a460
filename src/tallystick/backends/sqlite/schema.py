"""The tables of one home directory. The invariants of the ledger stand here, in the database.

An account's number holds the number of its currency in the bits above CURRENCY_BITS: so one CHECK
forbids a transfer between two currencies. Each transfer names the one before it of both its
accounts, and what each account holds after it: a statement walks back from the newest line, and no
index has to grow at random places. docs/design/0014 has the measurements behind this.
"""

SCHEMA_VERSION = 3
"""1 and 2 kept accounts, transfers and outcomes by their names: `migration` reads them."""
CURRENCY_BITS = 40
KINDS = ("move", "hold", "post", "void", "expire")
"""What stands in `transfer.kind` is the place in here; from RESOLVING on, a hold is resolved."""
RESOLVING = 2
EXPIRES_NEVER = 2**53 - 1

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE currency (no INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE);

CREATE TABLE name (no INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

CREATE TABLE account (
    no INTEGER PRIMARY KEY CHECK (no >> 40 > 0),
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL
);

CREATE TABLE balance (
    no INTEGER PRIMARY KEY REFERENCES account (no),
    floor INTEGER NOT NULL,
    cap INTEGER NOT NULL,
    debits INTEGER NOT NULL DEFAULT 0 CHECK (debits >= 0),
    credits INTEGER NOT NULL DEFAULT 0 CHECK (credits >= 0),
    debits_held INTEGER NOT NULL DEFAULT 0 CHECK (debits_held >= 0),
    credits_held INTEGER NOT NULL DEFAULT 0 CHECK (credits_held >= 0),
    last_seq INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT account_floor CHECK (credits - debits - debits_held >= floor),
    CONSTRAINT account_cap CHECK (credits + credits_held - debits <= cap)
);

CREATE TABLE transfer (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    leaf INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 4),
    debit INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    purpose INTEGER NOT NULL,
    device INTEGER NOT NULL,
    debit_prev INTEGER NOT NULL,
    credit_prev INTEGER NOT NULL,
    debit_after INTEGER NOT NULL,
    credit_after INTEGER NOT NULL,
    pending INTEGER,
    reserved_minor INTEGER,
    expires_ms INTEGER,
    CHECK (debit <> credit),
    CONSTRAINT one_currency CHECK (debit >> 40 = credit >> 40),
    CHECK ((kind >= 2) = (pending IS NOT NULL)),
    CHECK (reserved_minor >= amount_minor),
    CHECK (kind = 2 OR reserved_minor = amount_minor),
    CONSTRAINT posted_in_time CHECK (kind <> 2 OR at_ms < expires_ms),
    CONSTRAINT expired_by_clock CHECK (kind <> 4 OR at_ms >= expires_ms),
    CONSTRAINT resolves_its_hold
        FOREIGN KEY (pending, debit, credit, reserved_minor, expires_ms)
        REFERENCES hold (seq, debit, credit, amount_minor, expires_ms)
        DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX transfer_resolves_once ON transfer (pending) WHERE pending IS NOT NULL;

CREATE TABLE hold (
    seq INTEGER PRIMARY KEY,
    debit INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    UNIQUE (seq, debit, credit, amount_minor, expires_ms)
);

CREATE TABLE outcome (
    request TEXT NOT NULL,
    device INTEGER NOT NULL,
    ordered TEXT NOT NULL,
    code TEXT NOT NULL,
    leaf INTEGER NOT NULL,
    data BLOB,
    PRIMARY KEY (request, device)
) WITHOUT ROWID;

CREATE TABLE instruction (
    leaf INTEGER PRIMARY KEY REFERENCES evidence (position),
    digest TEXT NOT NULL,
    device TEXT NOT NULL,
    signed BLOB NOT NULL,
    signature TEXT NOT NULL
);

CREATE TABLE register (
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (name, key)
) WITHOUT ROWID;

CREATE TABLE evidence (
    position INTEGER PRIMARY KEY,
    leaf BLOB NOT NULL,
    tally BLOB
);

CREATE TABLE node (
    level INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, position)
) WITHOUT ROWID;

CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL,
    last_seq INTEGER NOT NULL,
    newest_ms INTEGER NOT NULL,
    epoch INTEGER NOT NULL
);
CREATE INDEX checkpoint_by_time ON checkpoint (newest_ms);

CREATE TRIGGER hold_is_its_transfer BEFORE INSERT ON hold
BEGIN SELECT RAISE(ABORT, 'a hold reserves what its transfer says') WHERE NOT EXISTS (
    SELECT 1 FROM transfer t WHERE t.seq = NEW.seq AND t.kind = 1 AND t.debit = NEW.debit
    AND t.credit = NEW.credit AND t.amount_minor = NEW.amount_minor
); END;
CREATE TRIGGER transfer_is_appended BEFORE UPDATE ON transfer
BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;
CREATE TRIGGER transfer_stays BEFORE DELETE ON transfer
BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;
CREATE TRIGGER hold_is_appended BEFORE UPDATE ON hold
BEGIN SELECT RAISE(ABORT, 'holds are append-only'); END;
CREATE TRIGGER hold_stays BEFORE DELETE ON hold
BEGIN SELECT RAISE(ABORT, 'holds are append-only'); END;
CREATE TRIGGER name_is_appended BEFORE UPDATE ON name
BEGIN SELECT RAISE(ABORT, 'names are append-only'); END;
CREATE TRIGGER name_stays BEFORE DELETE ON name
BEGIN SELECT RAISE(ABORT, 'names are append-only'); END;
CREATE TRIGGER outcome_is_first BEFORE UPDATE ON outcome
BEGIN SELECT RAISE(ABORT, 'the first answer stands'); END;
CREATE TRIGGER outcome_stays BEFORE DELETE ON outcome
BEGIN SELECT RAISE(ABORT, 'the first answer stands'); END;
CREATE TRIGGER instruction_is_kept BEFORE UPDATE ON instruction
BEGIN SELECT RAISE(ABORT, 'what was signed stands'); END;
CREATE TRIGGER instruction_stays BEFORE DELETE ON instruction
BEGIN SELECT RAISE(ABORT, 'what was signed stands'); END;
CREATE TRIGGER leaf_is_appended BEFORE UPDATE OF position, leaf ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER leaf_stays BEFORE DELETE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
"""
