"""The compiled matcher: the one who is asked while the service runs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.decide.policy.model import SecurityPolicy
from tallystick.decide.policy.tables.application import (
    DEMANDED,
    DEVICE_ALONE,
    FACTS,
    HANDSET,
    PIN,
    REFUSED,
    TIER,
)
from tallystick.decide.policy.tables.build import decision_tables
from tallystick.decide.policy.tables.lookup import Lookup, compile_table
from tallystick.decide.policy.tables.model import Row
from tallystick.decide.policy.tables.payment import PAYMENT
from tallystick.decide.policy.tables.process import ALLOWED, ROLES
from tallystick.ground.facts import RECEIPT_BOUND, TRANSFER_POSTED
from tallystick.standard import PAYMENT_KINDS

CONSEQUENCES = frozenset({TRANSFER_POSTED, RECEIPT_BOUND})
"""Facts that an operation brings about; nobody can show them beforehand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question. Environment, tier and amount matter for payments only.

    `facts` are those established so far, `pin_verified` whether the PIN was: see `admits`.
    """

    operation: str
    role: str
    environment: str = ""
    tier: str = ""
    amount_minor: int = 0
    pin_verified: bool = False
    facts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: `refused`, `PIN` or `device alone`; facts to demand in order; who put it there.

    `row` is the id of the row that decided, `table/row`; it is empty when the question is outside
    every table, which is refused.
    """

    outcome: str
    facts: tuple[str, ...]
    row: str
    controls: tuple[str, ...]
    because: str

    @property
    def refused(self) -> bool:
        return self.outcome == REFUSED


_OUTSIDE = Decision(REFUSED, (), "", (), "outside of every table")


class Matcher:
    """Answers from dictionaries that were filled once; pure, and the same for every thread."""

    __slots__ = ("_facts", "_handset", "_payment", "_plain", "_roles", "_tier", "tables")

    def __init__(self, policy: SecurityPolicy) -> None:
        tables = {table.name: table for table in decision_tables(policy)}
        self.tables = tuple(tables.values())
        looked: Mapping[str, Lookup] = {
            name: compile_table(tables[name])
            for name in (ROLES, FACTS, HANDSET, TIER, PAYMENT)
            if name in tables
        }
        self._roles, self._facts = looked[ROLES], looked[FACTS]
        self._handset, self._tier = looked.get(HANDSET), looked.get(TIER)
        self._plain = {words[0]: rows[0] for words, rows in looked[FACTS].rows.items()}
        self._payment = _decisions(looked[PAYMENT], self._plain) if PAYMENT in looked else None

    def knows(self, operation: str) -> bool:
        """Whether there is such an operation at all."""
        return operation in self._plain

    def may_ask(self, operation: str, role: str) -> bool:
        """Whether a role may ask for an operation."""
        row = self._roles.find((operation, role))
        return row is not None and row.then.outcome == ALLOWED

    def facts(self, operation: str) -> tuple[str, ...]:
        """The facts that an operation needs, in order."""
        return self._plain[operation].then.facts

    def handset(self, operation: str, environment: str, amount_minor: int) -> str:
        """Whether a device may authorise an amount: `device alone`, `PIN` or `refused`."""
        return _outcome(self._handset, (operation, environment), amount_minor)

    def tier(self, operation: str, tier: str, amount_minor: int) -> str:
        """Whether one payment of a tier may move an amount: `within` or `refused`."""
        return _outcome(self._tier, (operation, tier), amount_minor)

    def decide(self, request: Request) -> Decision:
        """The whole answer to one question; what no table knows is refused."""
        asks = self._roles.find((request.operation, request.role))
        if asks is None:
            return _OUTSIDE
        if asks.then.outcome != ALLOWED:
            return Decision(REFUSED, (), f"{ROLES}/{asks.id}", asks.controls, asks.because)
        if request.operation not in PAYMENT_KINDS:
            return _decision(FACTS, self._plain[request.operation], None)
        if self._payment is None:
            return _OUTSIDE
        cuts, decisions = self._payment
        words = (request.operation, request.environment, request.tier)
        found = decisions.get(words)
        if found is None or request.amount_minor < 0:
            return _OUTSIDE
        return found[bisect_right(cuts, request.amount_minor) - 1]

    def admits(self, request: Request) -> bool:
        """Whether everything that can be shown beforehand was shown: PIN where needed, facts."""
        decision = self.decide(request)
        if decision.refused or (decision.outcome == PIN and not request.pin_verified):
            return False
        return request.facts >= set(decision.facts) - CONSEQUENCES


def compile_matcher(policy: SecurityPolicy) -> Matcher:
    """Make a policy ready to be asked.

    Refuses: Defect when a table has a gap or two answers: nothing is decided by chance.
    """
    return Matcher(policy)


def _outcome(lookup: Lookup | None, words: tuple[str, ...], number: int) -> str:
    row = None if lookup is None else lookup.find(words, number)
    return REFUSED if row is None else row.then.outcome


def _decisions(
    payment: Lookup, facts: Mapping[str, Row]
) -> tuple[tuple[int, ...], dict[tuple[str, ...], tuple[Decision, ...]]]:
    """Every answer about a payment, made beforehand."""
    return payment.cuts, {
        words: tuple(_decision(PAYMENT, row, facts[words[0]]) for row in rows)
        for words, rows in payment.rows.items()
    }


def _decision(table: str, row: Row, facts: Row | None) -> Decision:
    outcome = DEVICE_ALONE if row.then.outcome == DEMANDED else row.then.outcome
    demanded = row.then.facts if facts is None else facts.then.facts
    if outcome == REFUSED:
        demanded = ()
    return Decision(outcome, demanded, f"{table}/{row.id}", row.controls, row.because)
