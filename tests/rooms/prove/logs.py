"""An evidence log in memory, written word for word after docs/reference/wire.md."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tallystick.crypto.mechanisms import SigningKey
from tallystick.ground.canonical import canonical_json, digest
from tallystick.ground.facts import Fact
from tallystick.ground.identifiers import to_base64url
from tallystick.ground.secret import Secret
from tallystick.prove.evidence import (
    Checkpoint,
    Entry,
    Frontier,
    leaf_hash,
    note_body,
    parse_verifier_key,
    sign_note,
    verifier_key,
)

ORIGIN = "tallystick/test/evidence"
NOW_MS = 1_700_000_000_000
POLICY = "sha256:" + "1" * 64

LOG_KEY = SigningKey.from_secret(Secret(b"L" * 32))
CERTIFICATE_KEY = SigningKey.from_secret(Secret(b"C" * 32))
OTHER_KEY = SigningKey.from_secret(Secret(b"O" * 32))
LOG_VKEY = verifier_key(ORIGIN, LOG_KEY.public)
CERTIFICATE_VKEY = verifier_key("tallystick/test/certificate", CERTIFICATE_KEY.public)


def make_fact(kind: str, *, policy: str = POLICY, at_ms: int = NOW_MS, **more: Any) -> Fact:
    return Fact(kind=kind, subject="s-1", control="C-TEST", policy=policy, at_ms=at_ms, **more)


def make_entry(
    *facts: Fact, index: int = 0, at_ms: int = NOW_MS, policy: str = POLICY, **leaf: Any
) -> Entry:
    salt = hashlib.sha256(f"salt {index}".encode()).digest()[:16]
    told = [fact.plain() for fact in facts or (make_fact("none", policy=policy, at_ms=at_ms),)]
    common = {name: told[0][name] for name in ("subject", "policy", "at_ms", "label")}
    assert all(fact.items() >= common.items() for fact in told), "one tally, one order"
    own = [{name: fact[name] for name in ("kind", "control", "detail")} for fact in told]
    tally = canonical_json(
        common | {"salt": to_base64url(salt), "code": "ok", "facts": own if facts else []}
    )
    said = {
        "v": 2, "request": f"request-{index:08}", "operation": "remote.pay", "outcome": "accepted",
        "code": "ok", "device": "d-1", "payer": "a-1", "payee": "a-2", "amount_minor": 1500,
        "currency": "KES", "instruction": None, "at_ms": at_ms, "policy": policy,
        "fee_minor": None, "postings": None, "tally": digest(tally),
    }  # fmt: skip
    return Entry(index=index, leaf=canonical_json(said | leaf), tally=tally)


class MemoryLog:
    """An EvidenceStore whose innards a test may spoil."""

    def __init__(self, *, key: SigningKey = LOG_KEY, origin: str = ORIGIN) -> None:
        self.entries: list[Entry] = []
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.notes: list[str] = []
        self.frontier = Frontier()
        self._key, self._vkey = key, parse_verifier_key(verifier_key(origin, key.public))

    def append(self, *entries: Entry) -> None:
        """One commit: entries, their nodes, one checkpoint."""
        size = len(self.entries)
        placed = [replace(entry, index=size + n) for n, entry in enumerate(entries)]
        for level, index, hashed in self.frontier.append(leaf_hash(e.leaf) for e in placed):
            self.nodes[level, index] = hashed
        self.entries += placed
        self.notes.append(self.sign(self.frontier.size, self.frontier.root()))

    def record(self, *facts: Fact, **leaf: Any) -> int:
        """One entry in one commit; give its index."""
        index = len(self.entries)
        self.append(make_entry(*facts, index=index, **leaf))
        return index

    def sign(self, size: int, root: bytes) -> str:
        body = note_body(Checkpoint(origin=self._vkey.name, size=size, root=root))
        return sign_note(body, name=self._vkey.name, key_id=self._vkey.key_id, sign=self._key.sign)

    def size(self) -> int:
        return len(self.entries)

    def leaves(self, start: int, count: int) -> Sequence[Entry]:
        return [entry for entry in self.entries if entry.index >= start][:count]

    def node(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def checkpoint(self) -> str | None:
        return self.notes[-1] if self.notes else None

    def checkpoints(self) -> Sequence[str]:
        return self.notes
