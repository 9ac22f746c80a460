"""What the evidence log refuses."""

from __future__ import annotations

from tallystick.ground.errors import Refused


class ProofRefused(Refused):
    """A Merkle path does not lead where it is said to lead."""

    code, clause = "evidence.proof_refused", "9"


class NoteRefused(Refused):
    """A signed note or a verifier key is malformed, or not signed by the expected key."""

    code, clause = "evidence.note_refused", "9"


class EntryRefused(Refused):
    """A leaf or its tally is not what the log's format says, or they do not belong together."""

    code, clause = "evidence.entry_refused", "9"
