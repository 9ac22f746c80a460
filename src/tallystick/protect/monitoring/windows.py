"""The state of monitoring: per account what it sent and received, and who paid it.

What a decision sees: everything that was applied before it, with an event time in the half-open
window (t - W, t], and itself. Only movements that were committed are applied; a refused attempt
leaves no trace here, so the state is a function of the ledger and can be built from it at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tallystick.decide.policy import TypologyRule
from tallystick.ground.errors import Defect
from tallystick.protect.monitoring.histories import History
from tallystick.protect.monitoring.movements import PAYMENTS, REMOTE_PAY, Finding, Movement
from tallystick.protect.monitoring.timelines import Timeline
from tallystick.protect.monitoring.typologies import View, judge

_NOBODY = History()


class Windows:
    """All accounts' histories. Not safe to share between threads: one decider, one state."""

    __slots__ = ("_accounts", "_devices", "_seq")

    def __init__(self) -> None:
        self._accounts: dict[str, History] = {}
        self._devices: dict[str, Timeline] = {}
        self._seq = 0

    @classmethod
    def rebuild(cls, movements: Iterable[Movement]) -> Windows:
        """The state after all these movements, in any order given; `seq` says which came first."""
        windows = cls()
        for movement in sorted(movements, key=lambda m: m.seq):
            windows.apply(movement)
        return windows

    def decide(
        self, candidate: Movement, rules: Sequence[TypologyRule], *, limit_minor: int
    ) -> tuple[Finding, ...]:
        """What the candidate would complete if it came next. Changes nothing.

        Takes:    the payer's limit per transaction; the candidate's `seq` is not looked at.
        Refuses:  Defect for a rule that is unknown, lacks a number or has one too many.
        """
        view = View(
            candidate=candidate,
            limit_minor=limit_minor,
            payer=self._accounts.get(candidate.payer, _NOBODY),
            payee=self._accounts.get(candidate.payee, _NOBODY),
            device=self._devices.get(candidate.device, _NOBODY.sent),
        )
        found = (judge(rule, view) for rule in rules)
        return tuple(finding for finding in found if finding is not None)

    def apply(self, movement: Movement) -> None:
        """Take a movement in, once it is decided that it will be committed.

        Refuses: Defect when `seq` does not grow.
        """
        if movement.seq <= self._seq:
            raise Defect(f"movement {movement.seq} is not after {self._seq}")
        self._seq = movement.seq
        payer, payee = self._history(movement.payer), self._history(movement.payee)
        payer.seen(movement.at_ms)
        payee.seen(movement.at_ms)
        if movement.kind in PAYMENTS:
            payer.sent.add(movement.at_ms, movement.amount_minor)
            if movement.device:
                line = self._devices.setdefault(movement.device, Timeline())
                line.add(movement.at_ms, movement.amount_minor)
        if movement.kind == REMOTE_PAY:
            payee.received.add(movement.at_ms, movement.amount_minor)
            payee.payers.add(movement.at_ms, movement.payer)

    def retire(self, before_ms: int) -> None:
        """Forget events before an instant; when an account was first seen is kept.

        Decisions from `before_ms + horizon_ms(rules)` on are the same as without.
        """
        for history in self._accounts.values():
            history.retire(before_ms)
        for line in self._devices.values():
            line.retire(before_ms)
        self._devices = {device: line for device, line in self._devices.items() if len(line)}

    def forget(self) -> None:
        """Start anew, before the movements are applied again from the books."""
        self._accounts.clear()
        self._devices.clear()
        self._seq = 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Windows):
            return NotImplemented
        mine = (self._accounts, self._devices, self._seq)
        return mine == (other._accounts, other._devices, other._seq)

    __hash__ = None  # type: ignore[assignment]

    def _history(self, account: str) -> History:
        history = self._accounts.get(account)
        if history is None:
            history = self._accounts[account] = History()
        return history
