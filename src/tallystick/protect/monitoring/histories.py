"""What is remembered of one account."""

from __future__ import annotations

from dataclasses import dataclass, field

from tallystick.protect.monitoring.timelines import Timeline, Visitors


@dataclass(slots=True)
class History:
    """Payments sent, remote payments received, from whom, and since when the account is known."""

    sent: Timeline = field(default_factory=Timeline)
    received: Timeline = field(default_factory=Timeline)
    payers: Visitors = field(default_factory=Visitors)
    since_ms: int | None = None

    def seen(self, at_ms: int) -> None:
        if self.since_ms is None or at_ms < self.since_ms:
            self.since_ms = at_ms

    def retire(self, before_ms: int) -> None:
        self.sent.retire(before_ms)
        self.received.retire(before_ms)
        self.payers.retire(before_ms)
