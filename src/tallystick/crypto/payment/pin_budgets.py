"""Failures with PINs, counted inside of the module: by account and by key, over every restart.

What is counted is named by an HMAC: the journal holds no account number. An account is named by
the eleven digits that a PVV sees: whoever alters another digit has no more tries. A right PIN gives
an account its tries against the same reference back; nothing but time gives a key its own back, so
that whoever fails once with each of a thousand accounts is noticed as well.
"""

from __future__ import annotations

import msgspec

from tallystick.crypto import pins
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.refusals import (
    BudgetSpent,
    CallMalformed,
    NotVerified,
    PinRefused,
)
from tallystick.crypto.payment.tries import count_failure, give_back
from tallystick.ground.errors import Refused

_COUNTED = slice(-12, -1)
REFUSALS = (pins.PinRefused, pins.PinRuleRefused)
"""What the room of PINs refuses with; see `PinBudget.answer_to`."""


class PinBudget:
    """The tries of one call: demanded before a PIN block is looked at, counted when it is bad.

    Takes:   handles of the keys that the call uses on what comes from a stranger; reference, what a
             PIN is compared with.
    Refuses: BudgetSpent, one text for account and key.
    """

    __slots__ = ("_account", "_bench", "_keys", "_reference")

    def __init__(
        self,
        bench: Bench,
        *,
        account: str,
        keys: tuple[str, ...],
        reference: msgspec.Struct | None = None,
    ) -> None:
        self._bench, self._keys, self._reference = bench, keys, reference
        self._account = f"{bench.domain}:{account[_COUNTED] or account}" if account else ""
        if bench.journal.tallies:
            self._demand()

    def count_failure(self) -> None:
        """One failure more, durably, for the account and for each key."""
        if not self._account:
            self._bench.count_failures(*self._key_names())
        elif self._reference is None:
            self._bench.count_failures(self._account_name(), *self._key_names())
        else:
            told = self._told_reference()
            count_failure(self._bench, self._account_name(), told, *self._key_names())

    def count_success(self) -> None:
        """A PIN was right: its account has its tries against this reference again."""
        if self._account and self._bench.journal.tallies:
            give_back(self._bench, self._account_name(), self._told_reference())

    def count_try(self, kind: str, *, limit: int | None = None) -> None:
        """One of the tries that an account has of something that no failure would stop.

        Who has a PIN made often enough, under a key that they know, has a code book of its values.
        Without a limit there are as many as of wrong PINs.
        """
        most = self._bench.policy.pin_failures_max if limit is None else limit
        name = self._bench.blind(f"pin-{kind}:{self._account}")
        self._bench.demand_budget(name, most)
        self._bench.count_failures(name)

    def answer_to(self, refusal: Refused, *, where: str, verifying: bool = False) -> Refused:
        """Count what is wrong with a PIN, and give what the caller is told: one text for all of it.

        NotVerified when `verifying`, else PinRefused; CallMalformed for what no PIN may be asked.
        """
        if not isinstance(refusal, pins.PinRefused):
            return CallMalformed(str(refusal), where=where)
        self.count_failure()
        if verifying:
            return NotVerified("pin", reason=refusal.reason)
        return PinRefused(reason=refusal.reason)

    def _demand(self) -> None:
        bench = self._bench
        known, policy = bench.journal.tallies, bench.policy
        if self._account:
            name = self._account_name()
            if name in known:
                _demand_one(bench, name, policy.pin_failures_max)
        for key in self._keys:
            name = f"pin-key:{key}"
            if name in known:
                _demand_one(bench, name, policy.key_failures_max)

    def _account_name(self) -> str:
        return self._bench.blind(f"pin:{self._account}")

    def _told_reference(self) -> str:
        octets = b"" if self._reference is None else msgspec.json.encode(self._reference)
        return f"{self._keys[-1]}:{octets.decode()}"

    def _key_names(self) -> list[str]:
        return [f"pin-key:{key}" for key in dict.fromkeys(self._keys)]


def _demand_one(bench: Bench, name: str, limit: int) -> None:
    try:
        bench.demand_budget(name, limit)
    except BudgetSpent:
        raise BudgetSpent("too many failures; wait", reason="pin") from None


class refusing:  # noqa: N801 - read as a word: with refusing(budget, ...)
    """`PinBudget.answer_to` around several lines. Refuses: what that gives."""

    __slots__ = ("_budget", "_verifying", "_where")

    def __init__(self, budget: PinBudget, *, where: str, verifying: bool = False) -> None:
        self._budget, self._where, self._verifying = budget, where, verifying

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, pins.PinRefused | pins.PinRuleRefused):
            raise self._budget.answer_to(
                error, where=self._where, verifying=self._verifying
            ) from None
