"""The range: one live service, the people who act on it, and how far an attacker may go."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tallystick.assembly import count_leaves, read_account, read_tallies
from tallystick.decide.policy import SecurityPolicy
from tallystick.ground.clock import Clock, SystemClock
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import AccountId
from tallystick.protect.screening import NameList
from tallystick.prove.evidence import Witnessed
from tallystick.trials.cast import Staff
from tallystick.trials.result import CannotRun
from tallystick.trials.transport import Host, in_process

STRANGERS_PER_S = 18
"""Refusals of strangers are recorded at a bounded rate; an insider stays below it."""

Wait = Callable[[int], None]
"""Lets so many milliseconds pass on the range's clock."""


def sleep_ms(duration_ms: int) -> None:
    """Wait on the machine's own clock."""
    time.sleep(duration_ms / 1000)


@dataclass(frozen=True, slots=True)
class Insider:
    """The provider's cooperation: read-only sight of the home's evidence, and copies of it."""

    home: Path

    def size(self) -> int:
        return count_leaves(self.home)

    def since(self, size: int) -> list[Witnessed]:
        return read_tallies(self.home, after=size)

    def balance(self, account: str) -> tuple[int, int]:
        """What is on an account and what of it is reserved, minor units."""
        row = read_account(self.home, AccountId(account))
        if row is None:
            raise CannotRun("the account is not in the books")
        return row


@dataclass(slots=True)
class Refusals:
    """How many attempts were made in this second that a service refuses as a stranger's."""

    _second: int = 0
    _made: int = 0

    def seen(self, second: int) -> int:
        return self._made if second == self._second else 0

    def count(self, second: int) -> None:
        self._made = self.seen(second) + 1
        self._second = second


@dataclass(slots=True, kw_only=True)
class Range:
    """Everything that trials need; attacks go to `base_url` and nowhere else.

    `policy` is the one in force there. `names` is the screening list in force; without it nothing
    can be said about listed parties. `insider` is None when the provider does not take part: then
    only what is seen from outside is judged. `host` serves platforms of the trials' own.
    Never run this against customers' money: funds are confirmed that no bank has seen. An insider
    reads what the attack left in the log, so nobody else should be refused meanwhile.
    Refuses: Misconfigured for an address off this machine, unless `allow_host` names that host.
    """

    base_url: str
    policy: SecurityPolicy
    staff: Staff
    names: NameList | None = None
    insider: Insider | None = None
    host: Host = in_process
    transport: httpx.BaseTransport | None = None
    clock: Clock = field(default_factory=SystemClock)
    wait: Wait = sleep_ms
    allow_host: str | None = None
    rounds: int = 5
    """How often the power fails."""
    refusals: Refusals = field(default_factory=Refusals)
    """Ranges that are made from one another count together."""

    def __post_init__(self) -> None:
        staff = (self.staff.treasury, self.staff.backoffice, self.staff.laboratory)
        for address in (self.base_url, *(handset.base_url for handset in staff)):
            demand_allowed(address, allow_host=self.allow_host)

    def pace(self) -> None:
        """Before an attempt that will be refused as a stranger's: stay where all are recorded."""
        now_ms = self.clock.now_ms()
        if self.insider is not None and self.refusals.seen(now_ms // 1000) >= STRANGERS_PER_S:
            self.wait(1000 - now_ms % 1000)
            now_ms = self.clock.now_ms()
        self.refusals.count(now_ms // 1000)

    def wait_until(self, at_ms: int) -> None:
        """Let time pass up to an instant of the range's clock."""
        remaining_ms = at_ms - self.clock.now_ms()
        if remaining_ms > 0:
            self.wait(remaining_ms)

    def watch(self) -> Insider:
        """The insider. Refuses: CannotRun without the provider's cooperation."""
        if self.insider is None:
            raise CannotRun("needs the provider's cooperation: its home")
        return self.insider


def demand_allowed(base_url: str, *, allow_host: str | None) -> None:
    """Refuses: Misconfigured unless the host is this machine, or exactly the one allowed."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host == allow_host:
        return
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here:
        raise Misconfigured(
            f"trials attack; {host or base_url!r} is not this machine",
            where="the address of the service",
            allowed="a loopback address, or a host that --allow-host names exactly",
        )
