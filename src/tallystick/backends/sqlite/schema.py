"""The tables of one home directory. The invariants of the ledger stand here, in the database."""

SCHEMA_VERSION = 2

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE account (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    currency TEXT NOT NULL,
    floor INTEGER NOT NULL,
    cap INTEGER NOT NULL,
    debits INTEGER NOT NULL DEFAULT 0 CHECK (debits >= 0),
    credits INTEGER NOT NULL DEFAULT 0 CHECK (credits >= 0),
    debits_held INTEGER NOT NULL DEFAULT 0 CHECK (debits_held >= 0),
    credits_held INTEGER NOT NULL DEFAULT 0 CHECK (credits_held >= 0),
    UNIQUE (id, currency),
    CONSTRAINT account_floor CHECK (credits - debits - debits_held >= floor),
    CONSTRAINT account_cap CHECK (credits + credits_held - debits <= cap)
) WITHOUT ROWID;

CREATE TABLE transfer (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('move', 'hold', 'post', 'void')),
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    purpose TEXT NOT NULL,
    device TEXT NOT NULL,
    pending TEXT REFERENCES transfer (id),
    leaf INTEGER NOT NULL REFERENCES evidence (position),
    CHECK (debit <> credit),
    CHECK ((pending IS NOT NULL) = (kind IN ('post', 'void'))),
    FOREIGN KEY (debit, currency) REFERENCES account (id, currency),
    FOREIGN KEY (credit, currency) REFERENCES account (id, currency)
);
CREATE UNIQUE INDEX transfer_resolves_once ON transfer (pending) WHERE pending IS NOT NULL;
CREATE INDEX transfer_by_debit ON transfer (debit, seq);
CREATE INDEX transfer_by_credit ON transfer (credit, seq);
CREATE INDEX transfer_by_time ON transfer (at_ms);

CREATE TABLE outcome (
    device TEXT NOT NULL,
    request TEXT NOT NULL,
    ordered TEXT NOT NULL,
    code TEXT NOT NULL,
    leaf INTEGER NOT NULL REFERENCES evidence (position),
    data BLOB,
    PRIMARY KEY (device, request)
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

CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL);

CREATE TRIGGER transfer_resolves_its_hold BEFORE INSERT ON transfer WHEN NEW.pending IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a post or void resolves exactly its hold') WHERE NOT EXISTS (
    SELECT 1 FROM transfer h WHERE h.id = NEW.pending AND h.kind = 'hold'
    AND h.debit = NEW.debit AND h.credit = NEW.credit AND h.amount_minor = NEW.amount_minor
); END;
CREATE TRIGGER transfer_is_appended BEFORE UPDATE ON transfer
BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;
CREATE TRIGGER transfer_stays BEFORE DELETE ON transfer
BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;
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
