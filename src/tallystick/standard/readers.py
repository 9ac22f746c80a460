"""From an entry of a data file to the frozen value, checked as far as it can be alone."""

from __future__ import annotations

import re

from tallystick.ground.facts import FACT_KINDS
from tallystick.standard.conditions import parse_condition
from tallystick.standard.entries import Entry
from tallystick.standard.model import (
    Clause,
    Closing,
    Cost,
    Countermeasure,
    Interval,
    Layer,
    Nature,
    Requirement,
    Sets,
    Threat,
)
from tallystick.standard.registers import (
    ASSETS,
    BASES,
    CAPS,
    FINDINGS,
    OPERATION_KINDS,
    OUTSIDE_CODES,
    PARAMETERS,
    SCALES,
    TYPOLOGIES,
    CertificateKind,
    Room,
    Trial,
)

CLAUSE_NUMBER = re.compile(r"(?:[5-9]|1[0-4]|[A-D])(?:\.[1-9]){0,2}")
THREAT_ID = re.compile(r"T(?:-[A-Z0-9]+){1,4}")
CONTROL_ID = re.compile(r"C(?:-[A-Z0-9]+){1,4}")
REQUIREMENT_ID = re.compile(r"R-(?P<clause>[0-9A-D.]+)(?:-[A-Z][A-Z0-9]{1,15})*-[0-9]{2,4}")
"""Ours are numbered inside the clause; an owner puts a word of its own before the number."""
TRIAL_ID = re.compile(r"[a-z]+(?:-[a-z]+)*")

EFFECT_MAX = 0.999
_MUCH = 1_000_000
_OPERATIONS = (
    "*",
    *sorted({f"{kind.partition('.')[0]}.*" for kind in OPERATION_KINDS}),
    *OPERATION_KINDS,
)
_LAYERS = tuple(layer.value for layer in Layer)
_NATURES = tuple(nature.value for nature in Nature)
_SEEN_BY = ("handset", "fsck", "restart", "module")


def read_clause(entry: Entry) -> Clause:
    return Clause(number=_shaped(entry, "number", CLAUSE_NUMBER), title=entry.text("title"))


def read_threat(entry: Entry) -> Threat:
    return Threat(
        id=_shaped(entry, "id", THREAT_ID),
        title=entry.text("title"),
        description=entry.text("description"),
        clause=entry.text("clause"),
        layer=Layer(entry.word("layer", _LAYERS)),
        needs=_condition(entry, "needs"),
        hits=entry.words("hits", ASSETS, least=1),
        sources=entry.texts("sources", least=1),
        accepted=_said(entry, "accepted"),
        frequency=entry.interval("frequency", above=0.0, most=_MUCH),
        scale=entry.word("scale", SCALES),
        severity=entry.interval("severity", above=0.0, most=_MUCH),
        base=entry.word("base", BASES),
        cap=entry.word("cap", CAPS, "none"),
        cap_count=entry.whole("cap_count", low=1, high=1_000_000, default=1),
        shock=_read_intervals(entry, "shock", most=_MUCH),
    )


def read_countermeasure(entry: Entry) -> Countermeasure:
    return Countermeasure(
        id=_shaped(entry, "id", CONTROL_ID),
        title=entry.text("title"),
        description=entry.text("description"),
        layer=Layer(entry.word("layer", _LAYERS)),
        room=entry.text("room"),
        cost=_read_cost(entry.entry("cost")),
        effects=_read_intervals(entry, "effects", most=EFFECT_MAX),
        applies=_condition(entry, "applies"),
        requires=entry.texts("requires"),
        excludes=entry.texts("excludes"),
        sets=_read_sets(entry.entry("sets")),
        why=_said(entry, "why"),
    )


def read_requirement(entry: Entry) -> Requirement:
    name = _shaped(entry, "id", REQUIREMENT_ID)
    clause = entry.text("clause")
    if name.split("-")[1] != clause:
        raise entry.wrong("clause", clause, f"the clause in the id {name}")
    return Requirement(
        id=name,
        clause=clause,
        nature=Nature(entry.word("nature", _NATURES)),
        layer=Layer(entry.word("layer", _LAYERS)),
        title=entry.text("title"),
        text=entry.text("text"),
        sources=entry.texts("sources", least=1),
        applies=_condition(entry, "applies"),
        controls=entry.texts("controls"),
        closing=_read_closing(entry.entry("closing")),
    )


def read_trial(entry: Entry) -> Trial:
    return Trial(
        id=_shaped(entry, "id", TRIAL_ID),
        title=entry.text("title"),
        threat=entry.text("threat"),
        clause=entry.text("clause"),
        expected=entry.words("expected", (*OUTSIDE_CODES, *FINDINGS), least=1),
        seen_by=entry.word("seen_by", _SEEN_BY, "handset"),
    )


def read_certificate_kind(entry: Entry) -> CertificateKind:
    return CertificateKind(
        id=entry.text("id"), title=entry.text("title"), issuer=entry.text("issuer")
    )


def read_room(entry: Entry) -> Room:
    return Room(path=entry.text("path"), does=entry.text("does"))


def _read_cost(entry: Entry) -> Cost:
    cost = Cost(
        build_days=entry.whole("build_days", low=0, high=2_000),
        run_days=entry.whole("run_days", low=0, high=2_000),
        friction=entry.whole("friction", low=0, high=100, default=0),
    )
    entry.done()
    return cost


def _read_intervals(entry: Entry, key: str, *, most: float) -> dict[str, Interval]:
    """A table from threats to intervals; whether the threats exist is seen later."""
    return {
        threat: entry.as_interval(f"{key}.{threat}", pair, above=0.0, most=most)
        for threat, pair in entry.table(key).items()
    }


def _read_sets(entry: Entry) -> Sets:
    facts, numbers = entry.entry("facts"), entry.entry("parameters")
    sets = Sets(
        facts={name: facts.words(name, FACT_KINDS, least=1) for name in facts.keys(_OPERATIONS)},
        parameters={
            name: numbers.whole(name, low=0, high=_MUCH) for name in numbers.keys(PARAMETERS)
        },
        typologies=entry.words("typologies", TYPOLOGIES),
    )
    entry.done()
    return sets


def _read_closing(entry: Entry) -> Closing:
    closing = Closing(
        facts=entry.words("facts", FACT_KINDS),
        trials=entry.texts("trials"),
        certificates=entry.texts("certificates"),
        attested=entry.flag("attested"),
        instead_facts=entry.words("instead_facts", FACT_KINDS),
        instead_trials=entry.texts("instead_trials"),
        freshness_days=entry.whole("freshness_days", low=1, high=3_660, default=365),
    )
    entry.done()
    return closing


def _condition(entry: Entry, key: str) -> str:
    """A condition that the vocabulary can answer. Refuses: Misconfigured from its reader."""
    text = entry.text(key, "always" if key == "applies" else None)
    parse_condition(text, where=f"{entry.where}, {key}")
    return text


def _said(entry: Entry, key: str) -> str:
    """A sentence that need not be there; empty when it is not."""
    return entry.text(key) if entry.has(key) else ""


def _shaped(entry: Entry, key: str, shape: re.Pattern[str]) -> str:
    text = entry.text(key)
    if not shape.fullmatch(text):
        raise entry.wrong(key, text, f"the shape {shape.pattern}")
    return text
