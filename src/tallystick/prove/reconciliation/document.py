"""The document of a day: the report, and the entry of the log that names its digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url, to_base64url
from tallystick.prove.evidence import (
    EvidenceStore,
    Malformed,
    inclusion_path,
    parse_checkpoint,
    read_canonical,
    read_list,
    read_object,
    unverified_text,
)

OCTETS_MAX = 64 * 1024 * 1024
_DOCUMENT: dict[str, Any] = {
    "artefact": str, "version": int, "report": dict, "index": int, "leaf": dict, "tally": dict,
    "path": list, "checkpoint": str,
}  # fmt: skip


class DayRefused(Refused):
    """Not a document of a day, or one that does not say what the log says."""

    code, clause = "reconciliation.not_verified", "13"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayDocument:
    """A report and its proof: leaf and tally as they stand in the log, path, signed note."""

    report: dict[str, Any]
    index: int
    leaf: bytes
    tally: bytes
    path: tuple[bytes, ...]
    checkpoint: str

    @property
    def octets(self) -> bytes:
        """The file: canonical JSON."""
        return canonical_json(
            {
                "artefact": "reconciliation",
                "version": 1,
                "report": self.report,
                "index": self.index,
                "leaf": read_canonical(self.leaf),
                "tally": read_canonical(self.tally),
                "path": [to_base64url(step) for step in self.path],
                "checkpoint": self.checkpoint,
            }
        )


def make_document(report: dict[str, Any], evidence: EvidenceStore, *, index: int) -> DayDocument:
    """A document from the log that holds the entry. Refuses: DayRefused when it does not."""
    note = evidence.checkpoint()
    entries = evidence.leaves(index, 1)
    if note is None or not entries or entries[0].tally is None:
        raise DayRefused(f"entry {index} is not in the log, or its tally was let go")
    size = parse_checkpoint(unverified_text(note)).size
    return DayDocument(
        report=report,
        index=index,
        leaf=entries[0].leaf,
        tally=entries[0].tally,
        path=inclusion_path(index, size, evidence.node),
        checkpoint=note,
    )


def read_document(octets: bytes) -> DayDocument:
    """Read the file; nothing is verified yet. Refuses: DayRefused."""
    try:
        if len(octets) > OCTETS_MAX:
            raise Malformed("the file is too long")
        members = read_object(read_canonical(octets), _DOCUMENT)
        if (members["artefact"], members["version"]) != ("reconciliation", 1):
            raise Malformed("not a reconciliation of version 1")
        return DayDocument(
            report=members["report"],
            index=members["index"],
            leaf=canonical_json(members["leaf"]),
            tally=canonical_json(members["tally"]),
            path=tuple(from_base64url(step) for step in read_list(members["path"], str)),
            checkpoint=members["checkpoint"],
        )
    except (Malformed, NotAnIdentifier) as wrong:
        raise DayRefused(f"not a document of a day: {wrong}") from None
