"""Where one policy lets pass more than another: the exact questions, smallest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from tallystick.decide.policy.model import SecurityPolicy
from tallystick.decide.policy.tables.application import HANDSET, TIER
from tallystick.decide.policy.tables.build import decision_tables
from tallystick.decide.policy.tables.lookup import Lookup, compile_table
from tallystick.decide.policy.tables.model import Answer, DecisionTable, Domain, Span
from tallystick.decide.policy.tables.payment import PAYMENT
from tallystick.decide.policy.tables.regions import Region, merged
from tallystick.ground.errors import Misconfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterexample:
    """Questions to which the new policy gives a weaker answer than the old one.

    `inputs`: domain -> the words, or the span of numbers, for which this holds throughout.
    `every`: the domains of which these are all the words.
    `smallest`: one of the questions, with the lowest number. `before`, `after`: the two answers.
    """

    table: str
    inputs: Mapping[str, tuple[str, ...] | Span]
    every: tuple[str, ...]
    units: Mapping[str, str]
    smallest: Mapping[str, str | int]
    before: str
    after: str


def stricter_than(old: SecurityPolicy, new: SecurityPolicy) -> tuple[Counterexample, ...]:
    """Nothing when the new policy is at least as strict as the old one, else every exception.

    Exact: every combination of words and of intervals between the breakpoints of both policies is
    looked at. What device and tier are told is compared in the payment as a whole. A tier that
    only the new policy has is measured by the most that any old tier may do; any other new word
    by a refusal.
    Refuses: Misconfigured for policies in different currencies.
    """
    if old.currency != new.currency:
        raise Misconfigured(
            f"{new.currency} cannot be compared with {old.currency}",
            where="currency",
            allowed="policies in the same currency",
        )
    before = {table.name: table for table in decision_tables(old)}
    after = {table.name: table for table in decision_tables(new)}
    told_whole = {HANDSET, TIER} if PAYMENT in before.keys() & after.keys() else set()
    return tuple(
        found
        for name, table in before.items()
        if table.ordered and name in after and name not in told_whole
        for found in compare_tables(table, after[name])
    )


def compare_tables(old: DecisionTable, new: DecisionTable) -> Iterator[Counterexample]:
    """The questions for which `new` answers weaker than `old`.

    Refuses: Misconfigured for tables that ask about different things.
    """
    names = [domain.name for domain in old.domains]
    if [domain.name for domain in new.domains] != names or old.outcomes != new.outcomes:
        raise Misconfigured("tables of another shape cannot be compared", where=old.name)
    domains = [_both(one, two) for one, two in zip(old.domains, new.domains, strict=True)]
    regions = list(_weaker(old, new, domains))
    units = {domain.name: domain.unit for domain in domains if domain.cuts}
    for region in merged(regions, domains):
        yield Counterexample(
            table=old.name,
            inputs=dict(zip(names, region.inputs, strict=True)),
            every=tuple(_whole(region, domains)),
            units=units,
            smallest=dict(zip(names, region.smallest, strict=True)),
            before=region.before,
            after=region.after,
        )


def _whole(region: Region, domains: list[Domain]) -> Iterator[str]:
    for domain, condition in zip(domains, region.inputs, strict=True):
        if isinstance(condition, tuple) and set(condition) == set(domain.words) and condition[1:]:
            yield domain.name


def _both(one: Domain, two: Domain) -> Domain:
    """A domain that knows the words and the breakpoints of both."""
    if one.cuts:
        cuts = tuple(sorted({*one.cuts, *two.cuts}))
        return Domain(name=one.name, cuts=cuts, unit=one.unit, stricter=one.stricter)
    words = (*one.words, *(word for word in two.words if word not in one.words))
    return Domain(name=one.name, words=words, stricter=one.stricter)


def _weaker(old: DecisionTable, new: DecisionTable, domains: list[Domain]) -> Iterator[Region]:
    """Each weaker cell as a region of its own."""
    before, after = compile_table(old), compile_table(new)
    for cell in product(*(range(domain.size) for domain in domains)):
        labels = [domain.label(index) for domain, index in zip(domains, cell, strict=True)]
        two = _ask(after, labels)
        if two is None:
            continue
        one = _ask(before, _in_old_words(labels, old)) or Answer(outcome=old.outcomes[-1])
        if not old.at_least(two, one):
            told = _told(one, two)
            yield Region.of_cell(cell, domains, before=told[0], after=told[1])


def _ask(lookup: Lookup, labels: list[str | int]) -> Answer | None:
    words = tuple(label for label in labels if isinstance(label, str))
    numbers = [label for label in labels if isinstance(label, int)]
    row = lookup.find(words, *numbers)
    return None if row is None else row.then


def _in_old_words(labels: list[str | int], old: DecisionTable) -> list[str | int]:
    """A word that is new, in a domain with an order, stands for the one that may do most."""
    return [
        domain.words[0] if domain.words and domain.stricter and label not in domain.words else label
        for label, domain in zip(labels, old.domains, strict=True)
    ]


def _told(one: Answer, two: Answer) -> tuple[str, str]:
    if one.outcome != two.outcome:
        return one.outcome, two.outcome
    missing = ", ".join(fact for fact in one.facts if fact not in two.facts)
    return f"with {missing}", f"without {missing}"
