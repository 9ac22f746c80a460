"""Rows that follow one number: a list of steps, each from an amount on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tallystick.decide.policy.tables.model import Answer, Condition, Row, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From this number on, this answer, until the next step."""

    least: int
    outcome: str
    controls: tuple[str, ...] = ()
    because: str = ""


def rows_of_steps(
    name: str, number: str, when: Mapping[str, Condition], steps: Sequence[Step]
) -> list[Row]:
    """One row for each step; a step that the next one starts on top of is no row.

    >>> [row.when["n"] for row in rows_of_steps("a", "n", {}, [
    ...     Step(least=0, outcome="x"), Step(least=5, outcome="y")])]
    [Span(least=0, most=4), Span(least=5, most=None)]
    """
    rows = []
    ends = [step.least for step in steps[1:]]
    for step, end in zip(steps, [*ends, None], strict=True):
        if end is not None and end <= step.least:
            continue
        span = Span(least=step.least, most=None if end is None else end - 1)
        rows.append(
            Row(
                id=f"{name}/{step.least}",
                when={**when, number: span},
                then=Answer(outcome=step.outcome),
                controls=step.controls,
                because=step.because,
            )
        )
    return rows


def cuts_of(rows: Iterable[Row], number: str) -> tuple[int, ...]:
    """Where the intervals of a number start, so that no row ends inside one."""
    starts = {0}
    for row in rows:
        span = row.when.get(number)
        if isinstance(span, Span):
            starts |= {span.least} if span.most is None else {span.least, span.most + 1}
    return tuple(sorted(starts))
