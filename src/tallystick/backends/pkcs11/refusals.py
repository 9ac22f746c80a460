"""What a token refuses, and which of its errors mean that it is gone."""

from __future__ import annotations

from tallystick.ground.errors import Misconfigured, Refused


class TokenLost(Refused):
    """The token does not answer, or answers with an error of its own. Nothing is assumed."""

    code, clause, public_code = "module.unavailable", "8", "service.closed"


class TokenPinRefused(Misconfigured):
    """The token's log-in is not to be tried again before somebody has looked into it."""


class TokenKeyRefused(Refused):
    """A key in a token was asked for what it is not for, or is not there."""

    code, clause, public_code = "key.refused", "8", "key.unusable"


class TokenMacRefused(Refused):
    """The MAC is not the one of these octets under this key."""

    code, clause, public_code = "mac.refused", "8", "verification.failed"
