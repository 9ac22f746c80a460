"""Where a token is good: a merchant, a channel, a device; and the range that its tokens lie in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tallystick.ground.errors import Misconfigured
from tallystick.protect.tokens.numbers import PAN_MAX, PAN_MIN, luhn_digit

_PREFIX = re.compile(r"[0-9]{4,9}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._:-]{0,63}")
FREE_DIGITS_MIN = 6
_CHANCE_OCTETS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRange:
    """The numbers that begin with `prefix` and have `length` digits, the last one a check digit.

    The prefix must be one that no account number begins with: ask the scheme for an identification
    number of your own for tokens. The vault takes no account number that lies in it.
    Refuses: Misconfigured for less than a million tokens.
    """

    prefix: str
    length: int = 16

    def __post_init__(self) -> None:
        free = self.length - len(self.prefix) - 1
        if not (
            _PREFIX.fullmatch(self.prefix)
            and PAN_MIN <= self.length <= PAN_MAX
            and free >= FREE_DIGITS_MIN
        ):
            raise Misconfigured(
                "a range of tokens that cannot be",
                allowed=f"a prefix of 4 to 9 digits with {FREE_DIGITS_MIN} free ones behind it,"
                f" {PAN_MIN} to {PAN_MAX} digits in all",
            )

    def holds(self, number: str) -> bool:
        return number.startswith(self.prefix)

    def draw(self, random: Callable[[int], bytes]) -> str:
        """A token of this range by chance; it passes the check of an account number."""
        free = self.length - len(self.prefix) - 1
        chance = int.from_bytes(random(_CHANCE_OCTETS), "big") % 10**free
        payload = f"{self.prefix}{chance:0{free}d}"
        return payload + luhn_digit(payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDomain:
    """One domain: its name, such as `merchant:m-17`, `channel:ecommerce` or `device:dev-4`.

    `lifetime_s` is how long a token lives; None when its tokens do not expire. `makers` are who may
    have tokens made here, `keepers` who may suspend and delete them; None where the program that
    holds the vault is the only one who asks.
    """

    name: str
    range: TokenRange
    lifetime_s: int | None = None
    makers: tuple[str, ...] | None = None
    keepers: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise Misconfigured("the name of a token domain", allowed="1 to 64 of a-z 0-9 . _ : -")
        if self.lifetime_s is not None and self.lifetime_s < 1:
            raise Misconfigured("the lifetime of tokens", allowed="a second or more")
