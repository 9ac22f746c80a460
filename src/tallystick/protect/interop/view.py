"""What the interface of the hub may look at: only what was committed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from tallystick.ground.identifiers import AccountId, DeviceId
from tallystick.protect.corridor import Desk
from tallystick.protect.diligence import ALIASES, CUSTOMERS
from tallystick.protect.enforcement import Register
from tallystick.protect.interop.consents import CONSENTS, Consent, code_digest
from tallystick.protect.interop.records import (
    INQUIRIES,
    OPEN,
    QUOTES,
    SENT,
    WAITING,
    Inquiry,
    Quote,
)
from tallystick.protect.partners import PARTNER_HOLDS, PARTNER_ORDERS, PartnerHold, PartnerOrder

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFound:
    """A customer of ours as other providers may know it."""

    name: str


@dataclass(frozen=True, slots=True)
class HubView:
    """Quotes, inquiries and holds as they stand on the disk. Call it from the deciding thread."""

    _desk: Desk

    def party(self, alias: str) -> PartyFound | None:
        """The customer behind an alias such as `msisdn:254700000001`."""
        account = self._read(ALIASES, alias)
        if account is None:
            return None
        row = self._desk.books.account(AccountId(account))
        holder = None if row is None else self._read(CUSTOMERS, row.owner)
        return None if holder is None else PartyFound(name=holder.name)

    def quote(self, name: str) -> Quote | None:
        return self._read(QUOTES, name)

    def inquiry(self, name: str) -> Inquiry | None:
        return self._read(INQUIRIES, name)

    def consent(self, request: str) -> Consent | None:
        """What has to come back for a request to pay before its payment is sent."""
        return self._read(CONSENTS, request)

    def digest_of(self, consent: Consent, code: str) -> str:
        """What is compared, and written down, of a code that came back."""
        return code_digest(consent.hold, code, seal=self._desk.seal_document)

    def paid_by(self, transfer: str) -> Inquiry | None:
        """The inquiry that a transfer of ours pays."""
        name = self._read(SENT, transfer)
        return None if name is None else self.inquiry(name)

    def waits_for(self, party: str) -> bool:
        """Whether anybody waits to hear who this party (`TYPE/identifier`) is."""
        names: list[str] | None = self._read(WAITING, party)
        return bool(names)

    def open(self, hub: DeviceId) -> list[Inquiry]:
        """Payments whose money is reserved and not settled."""
        found = [self.inquiry(name) for name in self._read(OPEN, hub) or []]
        return [one for one in found if one is not None and not self._settled(one)]

    def _settled(self, inquiry: Inquiry) -> bool:
        held = self.hold(inquiry.hold)
        return held is not None and bool(held.resolved)

    def hold(self, name: str) -> PartnerHold | None:
        return self._read(PARTNER_HOLDS, name)

    def order(self, key: str) -> PartnerOrder | None:
        return self._read(PARTNER_ORDERS, key)

    def _read(self, register: Register[T], key: str) -> T | None:
        octets = self._desk.books.register(register.name, key)
        return None if octets is None else register.decode(octets)
