"""One-time codes of payments that are confirmed at a merchant's terminal.

The customer signed the payment and its money is reserved; nothing is sent before the code, which
the handset drew and shows, has come back from the terminal. Of the code only a keyed digest is
kept.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from tallystick.ground.errors import Refused
from tallystick.protect.enforcement import CountedRefusal, Register, decode_record, encode_record

KINDS = ("OTP", "QRCODE")
"""What a merchant may ask to be confirmed by: digits to type, or a text to scan."""
CODE_LIFETIME_S = 900
"""A code ends with its offer, and after so long where the payee's side lets that stand longer: the
money is reserved until then, and nobody but the terminal can end it sooner."""
ROUNDS_MAX = 10
"""How often the merchant's side is asked for one code; whoever wants it again and again is not."""


class ConsentUnknown(Refused):
    """Nothing waits to be confirmed under this name: none, not any more, too late, one word."""

    code, clause = "request.unknown", "11"


class CodeWrong(CountedRefusal):
    """The code from the terminal is another one; the try is counted."""

    code, clause = "customer.not_verified", "7.1"


class ConsentState(StrEnum):
    """open -> released or closed."""

    OPEN = "open"
    RELEASED = "released"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What has to come back before a signed payment is sent.

    `digest` is of the code, keyed and bound to the reserved money (`hold`); `last` of the wrong one
    that was counted last. `tries` are left; `rounds` is how often the code was asked for.
    """

    inquiry: str
    hold: str
    kind: str
    digest: str
    tries: int
    expires_ms: int
    rounds: int = 1
    last: str = ""
    state: ConsentState = ConsentState.OPEN

    def waits_at(self, now_ms: int) -> bool:
        return self.state is ConsentState.OPEN and now_ms <= self.expires_ms

    def late_at(self, now_ms: int) -> bool:
        return self.state is ConsentState.OPEN and now_ms > self.expires_ms

    def matches(self, digest: str) -> bool:
        return hmac.compare_digest(self.digest.encode(), digest.encode())

    def counted(self, digest: str) -> Consent:
        """After a wrong code; the same wrong one again, as networks repeat, is no other try."""
        if digest == self.last:
            return self
        left = self.tries - 1
        if left < 1 or self.rounds >= ROUNDS_MAX:
            return replace(self.ended(ConsentState.CLOSED), tries=max(left, 0), last=digest)
        return replace(self, tries=left, rounds=self.rounds + 1, last=digest)

    def asked_again(self) -> Consent:
        """After the customer wanted to be asked once more."""
        if self.rounds >= ROUNDS_MAX:
            return self.ended(ConsentState.CLOSED)
        return replace(self, rounds=self.rounds + 1)

    def ended(self, state: ConsentState) -> Consent:
        return replace(self, state=state)


def code_digest(hold: str, code: str, *, seal: Callable[[str], str]) -> str:
    """What is kept and compared of a code: good for the one payment whose money is reserved."""
    return seal(f"code of {hold}: {code}")


def _consent(octets: bytes) -> Consent:
    plain = decode_record(octets)
    return Consent(**plain | {"state": ConsentState(plain["state"])})


CONSENTS: Register[Consent] = Register(
    "interop_consent",
    lambda one: encode_record(asdict(one) | {"state": str(one.state)}),
    _consent,
)
"""By the request to pay that it confirms."""
