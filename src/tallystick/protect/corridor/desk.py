"""The desk: what every journey may look at, and the visit that walks past it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tallystick.crypto.modules import CryptoModule
from tallystick.decide.policy import SecurityPolicy
from tallystick.decide.policy.tables import Matcher, compile_matcher
from tallystick.ground.errors import Refused
from tallystick.protect.corridor.vetting import IntentVerdict, PinVerdict
from tallystick.protect.devices import Device
from tallystick.protect.emoney import Ledger
from tallystick.protect.enforcement import (
    Books,
    Instruction,
    Mark,
    NewAccount,
    Registers,
    Tally,
    Transfer,
)
from tallystick.protect.messages import FinancialMessage, Slip
from tallystick.protect.monitoring import Windows
from tallystick.protect.screening import ScreeningIndex
from tallystick.protect.shards import ALONE, ShardMap


@dataclass(slots=True)
class Horizon:
    """Up to which instant was looked for reservations that are over.

    It only grows. What is reserved from now on is looked for behind it, also by a clock that went
    back: so nothing is ever placed where nobody looks any more.
    """

    looked_ms: int = 0

    def look(self, now_ms: int) -> None:
        self.looked_ms = max(self.looked_ms, now_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The policy, the state as decided so far, and the means to check.

    `matcher` is the policy made ready to be asked: what it answers is what happens here.
    `seal_document` makes of a document number what may be stored of it; `chance` gives so many
    octets from the operating system's generator. `shards` says which accounts are kept here.
    """

    audience: str
    policy: SecurityPolicy
    module: CryptoModule
    books: Books
    ledger: Ledger
    registers: Registers
    windows: Windows
    screening: ScreeningIndex
    seal_document: Callable[[str], str]
    chance: Callable[[int], bytes]
    shards: ShardMap = ALONE
    horizon: Horizon = field(default_factory=Horizon)
    matcher: Matcher = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "matcher", compile_matcher(self.policy))


@dataclass(slots=True, kw_only=True)
class Visit:
    """One order on its way through the rooms: who, what, and what was found so far.

    The first `kept` marks stay when the order is refused: a handset's counter, a partner's order.
    `authenticated` says how an interface knew the partner whose server asks; else it is empty.
    `flaw` is what that interface found wrong with the order.
    """

    desk: Desk
    device: Device
    message: FinancialMessage
    tally: Tally
    slip: Slip
    now_ms: int
    application_version: int
    pin: PinVerdict | None = None
    intent: IntentVerdict | None = None
    marks: list[Mark[Any]] = field(default_factory=list)
    instruction: Instruction | None = None
    kept: int = 1
    authenticated: Mapping[str, str | int] = field(default_factory=dict)
    flaw: Refused | None = None

    @property
    def transfer_id(self) -> str:
        """Unique for ever: a request id belongs to one device."""
        return f"{self.device.id}.{self.message.request}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a journey decided when nothing refused."""

    transfers: tuple[Transfer, ...] = ()
    accounts: tuple[NewAccount, ...] = ()
    data: bytes | None = None


Journey = Callable[[Visit], Decision]
Journeys = Mapping[str, Journey]
