"""What PostgreSQL says, in a session of ours, of the guards and keys that `schema.py` makes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CONSTRAINTS: Mapping[str, str] = MappingProxyType(
    {
        "account_cap": ("CHECK ((((credits + credits_held) - debits) <= cap))"),
        "account_floor": ("CHECK ((((credits - debits) - debits_held) >= floor))"),
        "account_id": ("UNIQUE (id)"),
        "account_no": ("CHECK (((no >> 40) > 0))"),
        "account_pkey": ("PRIMARY KEY (no)"),
        "account_sums": (
            "CHECK (((debits >= 0) AND (credits >= 0) AND (debits_held >= 0) AND"
            " (credits_held >= 0)))"
        ),
        "checkpoint_pkey": ("PRIMARY KEY (size)"),
        "currency_code": ("UNIQUE (code)"),
        "currency_no": ("CHECK (((no >= 1) AND (no <= 4095)))"),
        "currency_pkey": ("PRIMARY KEY (no)"),
        "evidence_pkey": ('PRIMARY KEY ("position")'),
        "instruction_pkey": ("PRIMARY KEY (leaf)"),
        "migration_pkey": ("PRIMARY KEY (version)"),
        "node_hashes": (
            "CHECK (((octet_length(hashes) > 0) AND ((octet_length(hashes) % 32) = 0)))"
        ),
        "node_pkey": ("PRIMARY KEY (first)"),
        "outcome_pkey": ("PRIMARY KEY (device, request)"),
        "register_pkey": ("PRIMARY KEY (name, key)"),
        "transfer_amount": ("CHECK ((amount_minor > 0))"),
        "transfer_id": ("UNIQUE (id)"),
        "transfer_kind": (
            "CHECK ((((kind >= 0) AND (kind <= 4)) AND ((kind >= 2) = (pending IS NOT NULL))"
            " AND ((expires_ms IS NULL) OR (kind = 1)) AND ((reserved_minor IS NULL) OR ((kind"
            " = 2) AND (reserved_minor >= amount_minor)))))"
        ),
        "transfer_pkey": ("PRIMARY KEY (seq)"),
        "transfer_sides": ("CHECK (((debit <> credit) AND ((debit >> 40) = (credit >> 40))))"),
        "writer_is_one": ("CHECK (one)"),
        "writer_pkey": ("PRIMARY KEY (one)"),
    }
)
GUARDS: Mapping[str, str] = MappingProxyType(
    {
        "account_follows": (
            "CREATE TRIGGER account_follows BEFORE UPDATE ON tallystick.account FOR EACH"
            " STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION balances_follow()"
        ),
        "account_opens": (
            "CREATE TRIGGER account_opens AFTER INSERT ON tallystick.account REFERENCING NEW"
            " TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION account_opens_empty()"
        ),
        "account_stays": (
            "CREATE TRIGGER account_stays BEFORE DELETE OR UPDATE OF no, id, owner, floor,"
            " cap OR TRUNCATE ON tallystick.account FOR EACH STATEMENT EXECUTE FUNCTION"
            " stays_as_written()"
        ),
        "checkpoint_stays": (
            "CREATE TRIGGER checkpoint_stays BEFORE DELETE OR UPDATE OR TRUNCATE ON"
            " tallystick.checkpoint FOR EACH STATEMENT EXECUTE FUNCTION stays_as_written()"
        ),
        "currency_stays": (
            "CREATE TRIGGER currency_stays BEFORE DELETE OR UPDATE OR TRUNCATE ON"
            " tallystick.currency FOR EACH STATEMENT EXECUTE FUNCTION stays_as_written()"
        ),
        "evidence_continues": (
            "CREATE TRIGGER evidence_continues AFTER INSERT ON tallystick.evidence"
            " REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION"
            " evidence_continues()"
        ),
        "evidence_lets_go": (
            "CREATE TRIGGER evidence_lets_go BEFORE UPDATE ON tallystick.evidence FOR EACH"
            " ROW WHEN ((new.tally IS NOT NULL)) EXECUTE FUNCTION tally_is_let_go()"
        ),
        "evidence_stays": (
            'CREATE TRIGGER evidence_stays BEFORE DELETE OR UPDATE OF "position", leaf OR'
            " TRUNCATE ON tallystick.evidence FOR EACH STATEMENT EXECUTE FUNCTION"
            " stays_as_written()"
        ),
        "instruction_has_evidence": (
            "CREATE TRIGGER instruction_has_evidence AFTER INSERT ON tallystick.instruction"
            " REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION"
            " has_evidence()"
        ),
        "instruction_stays": (
            "CREATE TRIGGER instruction_stays BEFORE DELETE OR UPDATE OR TRUNCATE ON"
            " tallystick.instruction FOR EACH STATEMENT EXECUTE FUNCTION stays_as_written()"
        ),
        "node_continues": (
            "CREATE TRIGGER node_continues AFTER INSERT ON tallystick.node FOR EACH ROW"
            " EXECUTE FUNCTION nodes_continue()"
        ),
        "node_stays": (
            "CREATE TRIGGER node_stays BEFORE DELETE OR UPDATE OR TRUNCATE ON tallystick.node"
            " FOR EACH STATEMENT EXECUTE FUNCTION stays_as_written()"
        ),
        "outcome_has_evidence": (
            "CREATE TRIGGER outcome_has_evidence AFTER INSERT ON tallystick.outcome"
            " REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION"
            " has_evidence()"
        ),
        "outcome_stays": (
            "CREATE TRIGGER outcome_stays BEFORE DELETE OR UPDATE OR TRUNCATE ON"
            " tallystick.outcome FOR EACH STATEMENT EXECUTE FUNCTION stays_as_written()"
        ),
        "register_stays": (
            "CREATE TRIGGER register_stays BEFORE DELETE OR UPDATE OF name, key OR TRUNCATE"
            " ON tallystick.register FOR EACH STATEMENT EXECUTE FUNCTION stays_as_written()"
        ),
        "transfer_has_evidence": (
            "CREATE TRIGGER transfer_has_evidence AFTER INSERT ON tallystick.transfer"
            " REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION"
            " has_evidence()"
        ),
        "transfer_posts": (
            "CREATE TRIGGER transfer_posts AFTER INSERT ON tallystick.transfer REFERENCING"
            " NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION transfer_posts()"
        ),
        "transfer_stays": (
            "CREATE TRIGGER transfer_stays BEFORE DELETE OR UPDATE OR TRUNCATE ON"
            " tallystick.transfer FOR EACH STATEMENT EXECUTE FUNCTION stays_as_written()"
        ),
        "writer_moves_on": (
            "CREATE TRIGGER writer_moves_on BEFORE UPDATE ON tallystick.writer FOR EACH ROW"
            " EXECUTE FUNCTION writer_moves_on()"
        ),
        "writer_stays": (
            "CREATE TRIGGER writer_stays BEFORE DELETE OR TRUNCATE ON tallystick.writer FOR"
            " EACH STATEMENT EXECUTE FUNCTION stays_as_written()"
        ),
    }
)
INDEXES: Mapping[str, str] = MappingProxyType(
    {
        "transfer_id": ("CREATE UNIQUE INDEX transfer_id ON tallystick.transfer USING btree (id)"),
        "transfer_resolves_once": (
            "CREATE UNIQUE INDEX transfer_resolves_once ON tallystick.transfer USING btree"
            " (pending) WHERE (pending IS NOT NULL)"
        ),
    }
)
