"""The window: a key serial number of a device is accepted once, and not long after newer ones."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.crypto.transaction_keys.refusals import SerialNumberReplayed

WIDTH_MAX = 64
_REMEMBERED = (2 << WIDTH_MAX) - 1


@dataclass(frozen=True, slots=True)
class KsnWindow:
    """Which counters of one device were seen, as far back as the window reaches.

    One window per device and purpose: a transaction has one counter for its PIN, its MAC and its
    data. `width` 0 accepts rising counters only; messages that overtake one another on the way
    need a few, at most 64. `seen` has bit i set when counter `highest - i` was seen; 64 are
    remembered whatever the width is, so that a wider window later lets nothing in again.
    """

    width: int = 0
    highest: int = 0
    seen: int = 0

    def accept(self, counter: int) -> KsnWindow:
        """The window after this counter.

        Refuses: SerialNumberReplayed for a counter that was seen or that the window has passed.

        >>> KsnWindow(width=2).accept(5).accept(4)
        KsnWindow(width=2, highest=5, seen=3)
        """
        ahead = counter - self.highest
        if ahead > 0:
            kept = self.seen << ahead if ahead <= WIDTH_MAX else 0
            return KsnWindow(self.width, counter, kept & _REMEMBERED | 1)
        if -ahead > min(self.width, WIDTH_MAX) or counter <= 0 or self.seen >> -ahead & 1:
            raise SerialNumberReplayed("the key serial number was used before")
        return KsnWindow(self.width, self.highest, self.seen | 1 << -ahead)
