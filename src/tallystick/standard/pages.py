"""Pages about the catalogue, made from its data: one for each clause, and the glossary."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tallystick.standard.catalogue import Catalogue
from tallystick.standard.entries import Entry
from tallystick.standard.glossary import GLOSSARY
from tallystick.standard.loading import DATA
from tallystick.standard.mappings import FrameworkMapping
from tallystick.standard.model import Clause, Closing, Nature, Requirement, Threat
from tallystick.standard.registers import PROVIDER

_MADE = "<!-- Made by `python -m tallystick.standard docs`: edit the data, not this page. -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prose:
    wants: str
    provider: str
    notes: tuple[str, ...]


def clause_pages(catalogue: Catalogue) -> dict[str, str]:
    """All pages of docs/clauses by file name, with a list of them as README.md."""
    pages = {
        f"{clause.number}.md": render_clause_page(clause, catalogue)
        for clause in catalogue.clauses.values()
    }
    return {"README.md": _render_list(catalogue), **pages}


def render_clause_page(clause: Clause, catalogue: Catalogue) -> str:
    """One clause: what it wants, what is asked, who does it, what shows it, what is left."""
    prose = _prose()[clause.number]
    asked = [one for one in catalogue.requirements.values() if one.clause == clause.number]
    parts = [
        f"# {_name(clause)}",
        _MADE,
        f"## What it wants\n\n{prose.wants}",
        *(["\n".join(f"- {note}" for note in prose.notes)] if prose.notes else []),
        _asked(asked),
        _done_by(asked, catalogue),
        _tried(asked, catalogue),
        _threatened(clause, catalogue),
        _mapped(asked, catalogue),
        _left(prose, asked, catalogue),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def render_glossary() -> str:
    """The page docs/glossary.md."""
    rows = [(f"**{word}**", meaning) for word, meaning in GLOSSARY]
    return (
        f"# Glossary\n\n{_MADE}\n\nOne word for one thing.\n\n{_table(('word', 'means'), rows)}\n"
    )


@cache
def _prose() -> Mapping[str, _Prose]:
    content = tomllib.loads((DATA / "pages.toml").read_text(encoding="utf-8"))
    found: dict[str, _Prose] = {}
    for table in content["page"]:
        entry = Entry(table, "pages.toml")
        found[entry.text("clause")] = _Prose(
            wants=entry.text("wants"), provider=entry.text("provider"), notes=entry.texts("notes")
        )
        entry.done()
    return found


def _name(clause: Clause) -> str:
    kind = "Annex" if clause.number.isalpha() else "Clause"
    return f"{kind} {clause.number}: {clause.title}"


def _render_list(catalogue: Catalogue) -> str:
    asked = list(catalogue.requirements.values())
    rows = [
        (
            f"[{_name(clause)}]({clause.number}.md)",
            *(str(_count(asked, clause.number, nature)) for nature in Nature),
        )
        for clause in catalogue.clauses.values()
    ]
    head = ("clause", *(f"{nature}s" for nature in Nature))
    return (
        f"# The clauses\n\n{_MADE}\n\nISO/TS 12812-2:2017 by number and title; everything else is "
        "in our own words, derived from the clause's scope or from the public document that is "
        f"named.\n\n{_table(head, rows)}\n\n{_frameworks(catalogue)}\n\n{_families(catalogue)}\n"
    )


def _count(asked: Iterable[Requirement], clause: str, nature: Nature) -> int:
    return sum(1 for one in asked if one.clause == clause and one.nature is nature)


def _asked(asked: Sequence[Requirement]) -> str:
    if not asked:
        return ""
    rows = [
        (
            f"**{one.id}**",
            f"{one.nature}, {one.layer}",
            f"*{one.title}.* {one.text}" + _when(one),
            _closed_by(one.closing),
            "; ".join(one.sources),
        )
        for one in asked
    ]
    head = ("entry", "kind and layer", "asks for", "closed by", "sources")
    return f"## What is asked\n\n{_table(head, rows)}"


def _when(requirement: Requirement) -> str:
    return "" if requirement.applies == "always" else f" Applies when `{requirement.applies}`."


def _closed_by(closing: Closing) -> str:
    parts = []
    if closing.facts:
        parts.append("facts " + ", ".join(f"`{fact}`" for fact in closing.facts))
    if closing.trials:
        parts.append("trials " + ", ".join(f"`{trial}`" for trial in closing.trials))
    if closing.certificates:
        parts.append("one of the certificates " + _listed(closing.certificates))
    if closing.attested:
        parts.append("a signed statement")
    if closing.instead:
        parts.append("or instead " + _listed(closing.instead))
    if parts and closing.freshness_days != 365:
        parts.append(f"not older than {closing.freshness_days} days")
    return "; ".join(parts) or "nothing: it asks for nothing"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _done_by(asked: Sequence[Requirement], catalogue: Catalogue) -> str:
    names = sorted({control for one in asked for control in one.controls})
    if not names:
        return ""
    rows = []
    for name in names:
        control = catalogue.countermeasures[name]
        room = "the provider" if control.room == PROVIDER else f"`{control.room}`"
        answers = ", ".join(one.id for one in asked if name in one.controls)
        rows.append((room, f"**{name}**: {control.title}", control.description, answers))
    head = ("room", "countermeasure", "how", "answers")
    return f"## Who does it\n\n{_table(head, rows)}"


def _tried(asked: Sequence[Requirement], catalogue: Catalogue) -> str:
    names = sorted({trial for one in asked for trial in one.closing.trials})
    if not names:
        return ""
    rows = [
        (
            f"`{trial.id}`",
            trial.title,
            catalogue.threats[trial.threat].title,
            f"{_listed(trial.expected)}, seen by {trial.seen_by}",
        )
        for trial in (catalogue.trials[name] for name in names)
    ]
    head = ("trial", "what is tried", "against", "withstood when")
    return f"## What is tried\n\n{_table(head, rows)}"


def _threatened(clause: Clause, catalogue: Catalogue) -> str:
    threats = [one for one in catalogue.threats.values() if one.clause == clause.number]
    if not threats:
        return ""
    rows = [
        (
            f"**{one.id}**",
            f"*{one.title}.* {one.description}{_accepted(one)}",
            one.layer.value,
            "; ".join(one.sources),
        )
        for one in threats
    ]
    head = ("threat", "what may go wrong", "layer", "sources")
    return f"## What may go wrong\n\n{_table(head, rows)}"


def _mapped(asked: Sequence[Requirement], catalogue: Catalogue) -> str:
    rows = [
        (f"**{name}**", catalogue.frameworks[framework].names[0], ", ".join(references))
        for name, found in ((one.id, catalogue.mapped(one.id)) for one in asked)
        for framework, references in _by_framework(found).items()
    ]
    if not rows:
        return ""
    reading = (
        "Read from our entry to the reference: `subset` says that we ask for a part of what the "
        "reference asks for."
    )
    head = ("entry", "framework", "references")
    return f"## Where others ask for it\n\n{reading}\n\n{_table(head, rows)}"


def _by_framework(mappings: Iterable[FrameworkMapping]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in mappings:
        found.setdefault(one.framework, []).append(f"{one.reference} ({one.relationship})")
    return found


def _frameworks(catalogue: Catalogue) -> str:
    rows = [
        (
            f"[{one.names[0]}]({one.address})",
            f"{one.title}, {one.edition}",
            str(len(catalogue.mapped_to(one.id))),
            f"{one.publisher}. {one.terms}",
            one.use,
        )
        for one in catalogue.frameworks.values()
    ]
    head = ("framework", "title and edition", "mappings", "publisher and terms", "what is here")
    return (
        "## Frameworks that entries are mapped to\n\nRelationships follow NIST IR 8477: `equal`, "
        "`subset` (we ask for a part), `superset` (we ask for more), `intersects` (something is "
        f"shared). They are the maintainers' reading.\n\n{_table(head, rows)}"
    )


def _families(catalogue: Catalogue) -> str:
    rows = [
        (
            one.title if one.address == "none" else f"[{one.title}]({one.address})",
            one.edition,
            f"{one.publisher}. {one.terms}",
            one.use,
        )
        for one in catalogue.sources.values()
    ]
    head = ("source", "edition", "publisher and terms", "what is here")
    return f"## Where entries come from\n\n{_table(head, rows)}"


def _accepted(threat: Threat) -> str:
    return f" Accepted: {threat.accepted}" if threat.accepted else ""


def _left(prose: _Prose, asked: Sequence[Requirement], catalogue: Catalogue) -> str:
    lines = [f"## What stays the provider's job\n\n{prose.provider}"]
    for one in asked:
        if one.closing.certificates:
            titles = (catalogue.certificates[kind].title for kind in one.closing.certificates)
            lines.append(f"- **{one.id}** stays open until there is: {'; or: '.join(titles)}.")
            lines += _done_here(one.closing)
        elif one.closing.attested:
            lines.append(f"- **{one.id}** stays open until somebody who answers for it signs.")
            lines += _done_here(one.closing)
    return lines[0] + ("\n\n" + "\n".join(lines[1:]) if lines[1:] else "")


def _done_here(closing: Closing) -> list[str]:
    """What the service itself can show instead, as a line under the one before."""
    if not closing.instead:
        return []
    return [f"  Or instead the running service shows {_listed(closing.instead)}."]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
