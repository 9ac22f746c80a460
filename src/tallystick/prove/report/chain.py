"""The chain: every artefact by its digest, each made from the one before, and the log's head."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.ground.canonical import digest
from tallystick.prove.certificate import Certificate
from tallystick.prove.dossier import Dossier, Proven
from tallystick.prove.evidence import (
    Entry,
    Witnessed,
    leaf_hash,
    open_entry,
    parse_checkpoint,
    unverified_text,
)
from tallystick.prove.report.words import moment, short


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One artefact: what it is, its file in the bundle, its digest."""

    name: str
    means: str
    file: str
    digest: str
    brief: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The checkpoint of the evidence log that everything stands under."""

    origin: str
    size: int
    root: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One entry of the log that the dossier stands on."""

    index: int
    at: str
    operation: str
    outcome: str
    facts: str
    leaf: str


def list_links(dossier: Dossier, certificate: Certificate | None) -> tuple[Link, ...]:
    """From the service file to the certificate, as far as there is one."""
    chain = dossier.chain
    links = [
        ("Service", "what is described", "service.json", chain.service),
        ("Risk analysis", "what may go wrong, and what it costs", "analysis.json", chain.analysis),
        ("Security policy", "what the running service enforces", "policy.json", chain.policy),
        ("Dossier", "what the evidence closes", "dossier.json", dossier.digest),
    ]
    if certificate is not None:
        source = certificate.source
        if source is not None:
            links.insert(0, ("Service file", "what a person wrote", "service.toml", source))
        name = "certificate.json"
        links.append(("Certificate", "what was signed", name, digest(certificate.octets)))
    return tuple(
        Link(name=name, means=means, file=file, digest=whole, brief=short(whole))
        for name, means, file, whole in links
    )


def read_head(dossier: Dossier) -> Head:
    """The checkpoint in a dossier's signed note."""
    checkpoint = parse_checkpoint(unverified_text(dossier.checkpoint))
    return Head(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=base64.b64encode(checkpoint.root).decode("ascii"),
        note=dossier.checkpoint,
    )


def open_evidence(evidence: Iterable[Proven]) -> dict[int, Witnessed]:
    """The dossier's entries by index. Refuses: EntryRefused for one that was altered."""
    return {
        proven.index: open_entry(Entry(index=proven.index, leaf=proven.leaf, tally=proven.tally))
        for proven in evidence
    }


def list_entries(evidence: Iterable[Proven], opened: dict[int, Witnessed]) -> tuple[EntryLine, ...]:
    """Every entry of the dossier in one line each."""
    return tuple(
        EntryLine(
            index=proven.index,
            at=moment(opened[proven.index].leaf.at_ms).removesuffix(" UTC"),
            operation=opened[proven.index].leaf.operation,
            outcome=_outcome(opened[proven.index]),
            facts=", ".join(fact.kind for fact in opened[proven.index].facts),
            leaf=leaf_hash(proven.leaf).hex()[:16],
        )
        for proven in evidence
    )


def _outcome(entry: Witnessed) -> str:
    leaf = entry.leaf
    return leaf.outcome if leaf.code == "ok" else f"{leaf.outcome}: {leaf.code}"
