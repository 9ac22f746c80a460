"""Refusals of strangers: recorded with their true reason, answered with one of few words."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.crypto.envelopes import EnvelopeRefused
from tallystick.ground.clock import Clock
from tallystick.ground.errors import Refused
from tallystick.ground.facts import MESSAGE_REFUSED
from tallystick.protect.corridor.corridor import Corridor
from tallystick.protect.corridor.desk import Desk
from tallystick.protect.corridor.outcomes import first_reason, log_if_closed
from tallystick.protect.enforcement import SALT_OCTETS, Settlement, Tally
from tallystick.protect.messages import MessageRefused, Slip

REFUSALS_RECORDED_PER_S = 20
"""Refusals of strangers beyond this rate are counted, not written one by one."""

RECEIVE = "message.receive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a stranger was refused: our code, one short word of ours, what the outsider hears."""

    code: str
    why: str
    outside: str

    @classmethod
    def of(cls, refusal: Refused) -> Reason:
        """The reason of a refused message: one that cannot be opened is like any other."""
        sealed = isinstance(refusal, EnvelopeRefused)
        outside = MessageRefused.code if sealed else refusal.outside
        return cls(code=refusal.code, why=first_reason(refusal), outside=outside)


class Strangers:
    """Writes down why strangers were refused, at a bounded rate."""

    def __init__(self, desk: Desk, corridor: Corridor, *, clock: Clock) -> None:
        self._desk, self._corridor, self._clock = desk, corridor, clock
        self._second, self._recorded, self._unrecorded = 0, 0, 0

    def remember(self, refusal: Refused, operation: str, *, outside: str | None = None) -> None:
        """Record a refusal with its true reason."""
        log_if_closed(refusal)
        told = outside or refusal.outside
        self.note(Reason(code=refusal.code, why=first_reason(refusal), outside=told), operation)

    def note(self, reason: Reason, operation: str) -> None:
        """Record a reason, or only count it when there are too many."""
        now_ms = self._clock.now_ms()
        if now_ms // 1000 != self._second:
            self._second, self._recorded = now_ms // 1000, 0
        if self._recorded >= REFUSALS_RECORDED_PER_S:
            self._unrecorded += 1
            return
        self._recorded += 1
        tally = Tally(
            subject=operation,
            policy=self._desk.policy.digest,
            at_ms=now_ms,
            demanded=(),
            salt=self._desk.chance(SALT_OCTETS),
        )
        tally.notch(
            MESSAGE_REFUSED,
            "C-REFUSAL-UNIFORM",
            reason=reason.code,
            why=reason.why,
            unrecorded=self._unrecorded,
        )
        self._unrecorded = 0
        self._settle(tally.octets(code=reason.code), reason.outside, operation, now_ms)

    def _settle(self, tally: bytes, code: str, operation: str, now_ms: int) -> None:
        slip = Slip(
            request=None,
            operation=operation,
            device=None,
            at_ms=now_ms,
            policy=self._desk.policy.digest,
        )
        self._corridor.settle(
            Settlement(
                device=None,
                request=None,
                order="",
                code=code,
                at_ms=now_ms,
                leaf=slip.leaf(code=code, tally=tally),
                tally=tally,
            )
        )
