"""Evidence: the tamper-evident log of everything that was done, and the proofs that lead into it.

Clauses: 9 (evaluation needs evidence), 6.2.2.
Enters:  leaves and tallies that were committed, a signing function, strangers' notes and proofs.
Leaves:  Frontier, proofs, Checkpoint, signed notes, verifier keys, Entry, Witnessed, Finding.
Refuses: ProofRefused, NoteRefused, EntryRefused.
Proof:   tests/vectors/test_merkle_vectors.py, tests/vectors/test_note_vectors.py,
         tests/properties/test_merkle.py, tests/rooms/prove/evidence.
"""

from tallystick.prove.evidence.audit import Finding, audit_log
from tallystick.prove.evidence.entries import Entry, Leaf, Witnessed, open_entry, read_leaf
from tallystick.prove.evidence.notes import (
    Checkpoint,
    Sign,
    add_signature,
    note_body,
    open_note,
    parse_checkpoint,
    sign_note,
    signers_of,
    unverified_text,
    verify_note,
)
from tallystick.prove.evidence.ports import EvidenceStore
from tallystick.prove.evidence.proofs import (
    Border,
    consistency_path,
    inclusion_path,
    right_border,
    verify_consistency,
    verify_inclusion,
)
from tallystick.prove.evidence.reading import Malformed, read_canonical, read_list, read_object
from tallystick.prove.evidence.refusals import EntryRefused, NoteRefused, ProofRefused
from tallystick.prove.evidence.tree import (
    EMPTY_ROOT,
    Frontier,
    Node,
    ReadNode,
    leaf_hash,
    node_hash,
)
from tallystick.prove.evidence.vkeys import (
    VerifierKey,
    key_id,
    parse_verifier_key,
    verifier_key,
)

__all__ = [
    "leaf_hash",
    "node_hash",
    "EMPTY_ROOT",
    "Node",
    "ReadNode",
    "Frontier",
    "Border",
    "right_border",
    "inclusion_path",
    "verify_inclusion",
    "consistency_path",
    "verify_consistency",
    "Checkpoint",
    "Sign",
    "note_body",
    "sign_note",
    "add_signature",
    "signers_of",
    "open_note",
    "verify_note",
    "parse_checkpoint",
    "unverified_text",
    "VerifierKey",
    "key_id",
    "verifier_key",
    "parse_verifier_key",
    "Entry",
    "Leaf",
    "Witnessed",
    "open_entry",
    "read_leaf",
    "EvidenceStore",
    "Finding",
    "audit_log",
    "Malformed",
    "read_canonical",
    "read_list",
    "read_object",
    "ProofRefused",
    "NoteRefused",
    "EntryRefused",
]
