"""Limited-use keys for host card emulation: a token's key never enters a handset, only keys derived
from it that open and close at a time and are good for a few payments.

A scheme of our own, made of public parts; it is none of a card scheme's and talks to no terminal of
theirs. For each token the host derives a token key; from that, for a window of time and a serial
number within it, a limited-use key (SP 800-108 in counter mode with CMAC-AES). The handset makes
its cryptogram with that key over the payment's data and its own counter, and sends window, serial
and counter along; the host derives the same key from those, checks that the grant is open and
unspent, and only then looks at the cryptogram. What leaks with a handset is worth what is left of
its grants. Whoever stores grants and the counters seen is above this room: nothing here has state.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from tallystick.crypto.cards.digits import same
from tallystick.crypto.cards.pan import demand_digits, demand_octets
from tallystick.crypto.cards.refusals import CryptogramRefused, LimitedKeyRefused
from tallystick.crypto.mechanisms import Cmac
from tallystick.ground.errors import Defect

KEY_OCTETS = 16
COUNTER_MAX = 65_535
WINDOW_MAX = 2**32 - 1
SERIAL_MAX = 65_535
_CRYPTOGRAM_OCTETS = 8
_DATA_OCTETS_MAX = 1024
_TOKEN_LABEL, _KEY_LABEL = b"tallystick token key 1", b"tallystick limited-use key 1"
_TOKEN_DIGITS = (12, 19)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a limited-use key is good for. Times are seconds since 1970; it closes before closes_s.

    Refuses: Defect for a grant that could never be used.
    """

    window: int
    serial: int
    opens_s: int
    closes_s: int
    uses_max: int

    def __post_init__(self) -> None:
        if not (0 <= self.window <= WINDOW_MAX and 0 <= self.serial <= SERIAL_MAX):
            raise Defect("a window is 32 bits and a serial number 16")
        if not (self.opens_s < self.closes_s and 1 <= self.uses_max <= COUNTER_MAX):
            raise Defect("a grant is open for some time and some uses")


def grant_in(now_s: int, *, serial: int, window_s: int, uses_max: int, early_s: int = 0) -> Grant:
    """The grant for the window of window_s seconds that now_s is in, open early_s before it begins.

    >>> grant_in(7_250, serial=1, window_s=3_600, uses_max=5).window
    2
    """
    window = now_s // window_s
    return Grant(
        window=window,
        serial=serial,
        opens_s=window * window_s - early_s,
        closes_s=(window + 1) * window_s,
        uses_max=uses_max,
    )


def replenish_due(grant: Grant, *, now_s: int, counter: int, early_s: int, left_min: int) -> bool:
    """Whether a handset should ask for the next key: soon closed, or few uses left."""
    return now_s >= grant.closes_s - early_s or grant.uses_max - counter <= left_min


def token_key(master: bytes, token: str, sequence: str = "00") -> bytes:
    """The key of one token under the host's master key for limited use, 16 octets.

    Takes:   master 16, 24 or 32 octets of AES; token 12 to 19 digits; sequence 2 digits.
    Refuses: CardDataMalformed.
    """
    demand_digits(token, "token", *_TOKEN_DIGITS)
    demand_digits(sequence, "sequence number", 2)
    return _derive(master, _TOKEN_LABEL, f"{token}:{sequence}".encode())


def limited_use_key(key_of_token: bytes, *, window: int, serial: int) -> bytes:
    """The key that a handset gets for this window and serial number, 16 octets."""
    return _derive(key_of_token, _KEY_LABEL, struct.pack(">IH", window, serial))


def limited_cryptogram(key: bytes, *, grant: Grant, counter: int, data: bytes) -> bytes:
    """The payment's cryptogram, 8 octets: what the handset makes and the host makes again.

    Takes:   counter, the how-manieth use of this key, from 1; data 1 to 1024 octets of the payment.
    Source:  CMAC, SP 800-38B; the header binds window, serial and counter.
    """
    demand_octets(data, "cryptogram data", 1, _DATA_OCTETS_MAX)
    header = struct.pack(">IHH", grant.window, grant.serial, counter)
    return Cmac.aes(key).tag(header + data)[:_CRYPTOGRAM_OCTETS]


def accept_use(grant: Grant, *, now_s: int, counter: int, seen: int) -> int:
    """The counter to remember for this grant, or a refusal; `seen` is the highest so far, or 0.

    Refuses: LimitedKeyRefused before it opens, after it closed, for a counter that is not above the
             one seen and for one beyond the uses.

    >>> accept_use(grant_in(7_250, serial=1, window_s=3_600, uses_max=5), now_s=7_300,
    ...            counter=2, seen=1)
    2
    """
    if not grant.opens_s <= now_s < grant.closes_s:
        raise LimitedKeyRefused("the limited-use key is not open at this time")
    if not seen < counter <= grant.uses_max:
        raise LimitedKeyRefused("the use of the limited-use key was seen or is one too many")
    return counter


def verify_limited(
    key_of_token: bytes,
    *,
    grant: Grant,
    now_s: int,
    counter: int,
    seen: int,
    data: bytes,
    cryptogram: bytes,
) -> int:
    """The counter to remember, when grant, counter and cryptogram are all in order.

    Refuses: LimitedKeyRefused, CryptogramRefused. The cryptogram is computed either way, so that
             the time it takes does not tell the two apart.
    """
    key = limited_use_key(key_of_token, window=grant.window, serial=grant.serial)
    counted = min(max(counter, 0), COUNTER_MAX)
    right = limited_cryptogram(key, grant=grant, counter=counted, data=data)
    equal = same(right, cryptogram)
    accepted = accept_use(grant, now_s=now_s, counter=counter, seen=seen)
    if not equal:
        raise CryptogramRefused("the application cryptogram was refused")
    return accepted


def _derive(key: bytes, label: bytes, context: bytes) -> bytes:
    """One block of SP 800-108 rev. 1, 4.1, with CMAC-AES: counter, label, zero, context, length."""
    return Cmac.aes(key).tag(
        struct.pack(">I", 1) + label + b"\0" + context + struct.pack(">I", KEY_OCTETS * 8)
    )
