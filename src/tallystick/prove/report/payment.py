"""One payment, walked through the rooms: the facts on its tally, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tallystick.ground.facts import TRANSFER_POSTED, Fact
from tallystick.prove.evidence import Witnessed
from tallystick.prove.report.words import QUESTIONS, exact, moment, say
from tallystick.standard import PAYMENT_KINDS, Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One fact: the room that notched it, what it asked, what it noted."""

    room: str
    question: str
    fact: str
    control: str
    label: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentWalk:
    """One payment. Nobody is named: the entry holds pseudonyms, and they stay in it."""

    kind: str
    operation: str
    amount: str
    at: str
    index: int
    outcome: str
    code: str
    steps: tuple[Step, ...]


def walk_payment(entry: Witnessed, catalogue: Catalogue) -> PaymentWalk:
    """Tell an entry of the log as a walk."""
    leaf = entry.leaf
    amount = ""
    if leaf.amount_minor is not None and leaf.currency is not None:
        amount = exact(leaf.amount_minor, leaf.currency)
    return PaymentWalk(
        kind=say(leaf.operation),
        operation=leaf.operation,
        amount=amount,
        at=moment(leaf.at_ms),
        index=entry.index,
        outcome=leaf.outcome,
        code=leaf.code,
        steps=tuple(_step(fact, catalogue) for fact in entry.facts),
    )


def choose_payment(evidence: Iterable[Witnessed]) -> Witnessed | None:
    """The posted payment with the most facts, the first of them; None when there is none."""
    payments = [
        entry
        for entry in evidence
        if entry.leaf.operation in PAYMENT_KINDS
        and any(fact.kind == TRANSFER_POSTED for fact in entry.facts)
    ]
    return min(payments, key=lambda entry: (-len(entry.facts), entry.index), default=None)


def _step(fact: Fact, catalogue: Catalogue) -> Step:
    control = catalogue.countermeasures.get(fact.control)
    return Step(
        room=control.room if control else "",
        question=QUESTIONS.get(fact.kind, ""),
        fact=fact.kind,
        control=control.title if control else fact.control,
        label=fact.label,
        details=_details(fact.detail),
    )


def _details(detail: Mapping[str, str | int]) -> tuple[tuple[str, str], ...]:
    return tuple((name.replace("_", " "), _brief(value)) for name, value in sorted(detail.items()))


def _brief(value: str | int) -> str:
    """A digest as its first digits; the dossier has the rest."""
    text = str(value)
    return f"{text[:23]}\N{HORIZONTAL ELLIPSIS}" if text.startswith("sha256:") else text
