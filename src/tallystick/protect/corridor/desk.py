"""The desk: what every journey may look at, and the visit that walks past it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tallystick.crypto.modules import CryptoModule
from tallystick.decide.policy import OperationRule, SecurityPolicy
from tallystick.protect.devices import Device
from tallystick.protect.emoney import Ledger
from tallystick.protect.enforcement import (
    Books,
    Mark,
    NewAccount,
    Registers,
    Tally,
    Transfer,
)
from tallystick.protect.messages import FinancialMessage, Slip
from tallystick.protect.monitoring import Windows
from tallystick.protect.screening import ScreeningIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The policy, the state as decided so far, and the means to check.

    `chance` gives so many octets from the operating system's generator.
    """

    audience: str
    policy: SecurityPolicy
    module: CryptoModule
    books: Books
    ledger: Ledger
    registers: Registers
    windows: Windows
    screening: ScreeningIndex
    chance: Callable[[int], bytes]


@dataclass(slots=True, kw_only=True)
class Visit:
    """One order on its way through the rooms: who, what, and what was found so far."""

    desk: Desk
    device: Device
    message: FinancialMessage
    rule: OperationRule
    tally: Tally
    slip: Slip
    now_ms: int
    application_version: int
    marks: list[Mark[Any]] = field(default_factory=list)

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
