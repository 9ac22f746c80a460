"""What the vault refuses. No message holds an account number or a token."""

from __future__ import annotations

from tallystick.ground.errors import Refused


class PanRefused(Refused):
    """Not an account number: its length, its check digit, or it lies in a range of tokens."""

    code, clause = "pan.refused", "8"


class TokenRefused(Refused):
    """No token that works here and now. Outsiders get one answer; `reason` goes into the fact.

    `reason` is one of: unknown, domain, suspended, deleted, expired, sealed.
    """

    code, clause = "token.refused", "8"

    def __init__(self, reason: str) -> None:
        super().__init__("the token was refused")
        self.reason = str(reason)  # a state is text in a fact, and nothing else

    def __reduce__(self) -> tuple[type[TokenRefused], tuple[str]]:
        return TokenRefused, (self.reason,)


class DetokenisationRefused(Refused):
    """No rule lets this party have this account number for this purpose, or not so many of them."""

    code, clause = "detokenisation.refused", "14"

    def __init__(self, reason: str) -> None:
        super().__init__("detokenisation was refused")
        self.reason = reason

    def __reduce__(self) -> tuple[type[DetokenisationRefused], tuple[str]]:
        return DetokenisationRefused, (self.reason,)


class TokenisationRefused(Refused):
    """This party may not have tokens made, or changed, in this domain."""

    code, clause = "tokenisation.refused", "8"


class RangeExhausted(Refused):
    """The range of tokens is so full that no free one was found."""

    code, clause = "tokens.exhausted", "8"
