"""A catalogue of a handful of requirements and a policy made with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.decide.policy import AppliedRequirement, SecurityPolicy
from tallystick.standard import (
    Catalogue,
    Clause,
    Closing,
    Layer,
    Nature,
    Requirement,
    Trial,
)
from tests.rooms.prove.logs import POLICY

DIGEST = "sha256:" + "c" * 64


def make_requirement(name: str, *, nature: str = "requirement", **closing: Any) -> Requirement:
    return Requirement(
        id=name,
        clause=name.split("-")[1],
        nature=Nature(nature),
        layer=Layer.APPLICATION,
        title=f"title of {name}",
        text="text",
        sources=("made up",),
        controls=("C-ONE", "C-TWO"),
        closing=Closing(**closing),
    )


def make_catalogue(*requirements: Requirement) -> Catalogue:
    trials = [
        Trial(id=name, title=name, threat=f"T-{name}", clause="7", expected=("x",))
        for name in ("message-replayed", "amount-changed")
    ]
    return Catalogue(
        clauses={number: Clause(number=number, title=f"clause {number}") for number in "789"},
        threats={},
        countermeasures={},
        requirements={one.id: one for one in requirements},
        trials={one.id: one for one in trials},
        certificates={},
        rooms={},
        digest=DIGEST,
    )


def make_policy(
    catalogue: Catalogue,
    *,
    declined: Mapping[str, str] | None = None,
    unanswered: tuple[str, ...] = (),
) -> SecurityPolicy:
    """A policy that answers every requirement but the `unanswered` by the control C-ONE."""
    applied = tuple(
        AppliedRequirement(
            id=one.id,
            clause=one.clause,
            nature=one.nature.value,
            layer=one.layer.value,
            title=one.title,
            controls=() if one.id in unanswered else ("C-ONE",),
        )
        for one in catalogue.requirements.values()
    )
    return SecurityPolicy(
        service_id="test", provider="p", jurisdiction="KE", currency="KES", analysis="sha256:a",
        catalogue=catalogue.digest, controls=(), declined=declined or {}, operations={}, tiers={},
        parameters={}, typologies=(), requirements=applied, optimum={}, digest=POLICY,
    )  # fmt: skip
