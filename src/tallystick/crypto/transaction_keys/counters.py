"""Transaction counters: which values a device uses, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.crypto.transaction_keys.refusals import KeysExhausted


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterRule:
    """A counter of `bits` bits that counts up through the values with at most `ones_max` ones.

    The fewer ones a counter has, the fewer derivations a host needs to reach its key.
    Source: ANSI X9.24-1:2009 A.3; ANSI X9.24-3:2017, 6.1.
    """

    bits: int
    ones_max: int

    def allows(self, counter: int) -> bool:
        """Whether a device uses this value. 0 stands for the initial key and is never used.

        >>> TDES_COUNTERS.allows(0b11_1111_1111), TDES_COUNTERS.allows(0b111_1111_1111)
        (True, False)
        """
        return 0 < counter < 1 << self.bits and counter.bit_count() <= self.ones_max

    def after(self, counter: int) -> int:
        """The next value. Refuses: KeysExhausted after the last.

        >>> hex(TDES_COUNTERS.after(0xFFC00 >> 1))
        '0x80000'
        """
        following = counter + 1
        if following.bit_count() > self.ones_max:
            following = counter + (counter & -counter)
        if following >> self.bits:
            raise KeysExhausted("the device has used all of its transaction keys")
        return following


TDES_COUNTERS = CounterRule(bits=21, ones_max=10)
AES_COUNTERS = CounterRule(bits=32, ones_max=16)
