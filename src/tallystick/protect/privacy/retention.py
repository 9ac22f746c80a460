"""How long a record is kept: by its class, from the day it is no longer needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tallystick.ground.canonical import digest_of
from tallystick.ground.clock import DAY_MS
from tallystick.ground.errors import Defect

_PREFIX, _SUFFIX = "retention.", "_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """Records of one class are kept this many days after their use has ended."""

    record_class: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record that may have to go. `ended_ms` is None while it is in use (an open account).

    `held` records stay whatever their age: an investigation asked for them.
    """

    id: str
    record_class: str
    ended_ms: int | None
    held: bool = False


def retention_rules(parameters: Mapping[str, int]) -> tuple[RetentionRule, ...]:
    """The rules that the policy's parameters `retention.<class>_days` set.

    Refuses: Defect for less than a day.

    >>> retention_rules({"retention.tally_days": 3650, "pin.tries_max": 3})
    (RetentionRule(record_class='tally', days=3650),)
    """
    rules = tuple(
        RetentionRule(record_class=name[len(_PREFIX) : -len(_SUFFIX)], days=days)
        for name, days in sorted(parameters.items())
        if name.startswith(_PREFIX) and name.endswith(_SUFFIX)
    )
    for rule in rules:
        if rule.days < 1:
            raise Defect(f"{rule.record_class} records are kept for at least a day")
    return rules


def due_for_retirement(
    records: Iterable[StoredRecord], rules: Iterable[RetentionRule], *, now_ms: int
) -> tuple[StoredRecord, ...]:
    """The records whose time is over, in the order given.

    Refuses: Defect for a record of a class without a rule: none is kept, or lost, by oversight.
    """
    days = {rule.record_class: rule.days for rule in rules}
    due = []
    for record in records:
        if record.record_class not in days:
            raise Defect(f"no rule says how long {record.record_class} records are kept")
        if record.ended_ms is None or record.held:
            continue
        if record.ended_ms + days[record.record_class] * DAY_MS <= now_ms:
            due.append(record)
    return tuple(due)


def retirement_detail(retired: Iterable[StoredRecord]) -> dict[str, str | int]:
    """The detail of the fact records.retired: how many of each class, and which, as a digest."""
    gone = tuple(retired)
    counts = Counter(record.record_class for record in gone)
    ids = sorted([record.record_class, record.id] for record in gone)
    return {
        **{f"{name}_count": count for name, count in sorted(counts.items())},
        "count": len(gone),
        "digest": digest_of(ids),
    }
