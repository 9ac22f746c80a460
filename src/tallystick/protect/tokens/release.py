"""Who gets account numbers back: nobody, unless a rule says so for a purpose and a domain."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from tallystick.ground.clock import DAY_MS
from tallystick.ground.facts import PAN_DETOKENISED, PAN_WITHHELD, Fact
from tallystick.protect.tokens.refusals import DetokenisationRefused

_ASKED = (PAN_DETOKENISED, PAN_WITHHELD)
_UNCOUNTED = ("rule", "form", "budget")


class Form(StrEnum):
    """How much of an account number is given."""

    MASKED = "masked"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, and for what: `service:clearing` for `settlement`. Both go into the fact."""

    party: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRule:
    """This party may have account numbers of these domains for this purpose.

    `domains` are names, or beginnings of names that end in `*`. `per_day_max` counts what the party
    was given for the purpose in one day of UTC, masked ones too.
    """

    party: str
    purpose: str
    domains: tuple[str, ...]
    form: Form = Form.MASKED
    per_day_max: int = 1_000

    def covers(self, asker: Asker, domain: str) -> bool:
        return (
            (asker.party, asker.purpose) == (self.party, self.purpose)
            and any(_matches(pattern, domain) for pattern in self.domains)
        )  # fmt: skip


class ReleasePolicy:
    """The rules, and what was given today.

    The counts are this process's: whoever keeps the facts gives those of the day back with
    `recall`. The crypto module keeps a count of its own (docs/limitations.md).
    """

    def __init__(self, rules: Iterable[ReleaseRule]) -> None:
        self._rules = tuple(rules)
        self._day = -1
        self._given: dict[ReleaseRule, int] = {}

    def demand(self, asker: Asker, domain: str, form: Form, *, now_ms: int) -> None:
        """Count one account number, or refuse it. What is asked in vain counts as well.

        Refuses: DetokenisationRefused when no rule covers it, or the day's number is used up.
        """
        rules = [rule for rule in self._rules if rule.covers(asker, domain)]
        if not rules:
            raise DetokenisationRefused("rule")
        enough = [rule for rule in rules if rule.form is Form.WHOLE or form is Form.MASKED]
        if not enough:
            raise DetokenisationRefused("form")
        if now_ms // DAY_MS != self._day:
            self._day, self._given = now_ms // DAY_MS, {}
        for rule in enough:
            given = self._given.get(rule, 0)
            if given < rule.per_day_max:
                self._given[rule] = given + 1
                return
        raise DetokenisationRefused("budget")

    def recall(self, facts: Iterable[Fact]) -> None:
        """Count once more what facts say was asked for: those of one day, oldest first.

        What no rule let through was not counted then, and is not now.
        """
        for fact in facts:
            told = fact.detail
            uncounted = fact.kind not in _ASKED or told.get("reason") in _UNCOUNTED
            if uncounted or not {"party", "purpose", "domain", "form"} <= told.keys():
                continue
            asker = Asker(party=str(told["party"]), purpose=str(told["purpose"]))
            with suppress(DetokenisationRefused):  # the rules were changed since
                form = Form(str(told["form"]))
                self.demand(asker, str(told["domain"]), form, now_ms=fact.at_ms)


def _matches(pattern: str, domain: str) -> bool:
    if pattern.endswith("*"):
        return domain.startswith(pattern[:-1])
    return domain == pattern
