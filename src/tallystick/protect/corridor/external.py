"""Orders of partners' servers: read by an interface, decided in the same corridor as all others."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from tallystick.ground.canonical import digest
from tallystick.ground.clock import Clock
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import (
    AccountId,
    DeviceId,
    RequestId,
    request_id,
    to_base64url,
)
from tallystick.protect.corridor.corridor import Corridor
from tallystick.protect.corridor.desk import Desk
from tallystick.protect.corridor.pending import Pending
from tallystick.protect.corridor.strangers import Strangers
from tallystick.protect.devices import DEVICES, Device, DeviceState, DeviceUnknown
from tallystick.protect.diligence import ALIASES, CUSTOMERS, CustomerRecord
from tallystick.protect.emoney import AccountUnknown
from tallystick.protect.enforcement import (
    AccountRow,
    Committed,
    Mark,
    Recorded,
    Register,
    ServiceClosed,
    Settlement,
    TransferRow,
)
from tallystick.protect.messages import FinancialMessage
from tallystick.protect.partners import (
    AUTHORITIES,
    DELIVERED,
    DIRECTORY,
    DIRECTORY_KEY,
    NOTICES,
    NOTICES_HEAD,
    PARTNER_HOLDS,
    PARTNER_ORDERS,
    PARTNERS,
    REQUESTS,
    Authority,
    Notice,
    Partner,
    PartnerHold,
    PartnerOrder,
    PaymentRequest,
    add_notice,
    authority_key,
    order_key,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalOrder:
    """What a partner's server asked for, once. `body` is JSON in our words (partner_bodies).

    `authenticated` says how the interface knew the partner (`how`: oauth2, api_key, jws, mtls).
    `issued_ms` is the partner's own clock, where the protocol tells it.
    `note` is what the interface wants to read again, `callback` where the outcome is to be told,
    `interface` who tells it. Order and note together are what a retry must repeat.
    `flaw` is what the interface found wrong with it: then it is refused for that, and recorded.
    """

    partner: DeviceId
    request: RequestId
    operation: str
    body: bytes
    authenticated: Mapping[str, str | int]
    issued_ms: int | None = None
    note: str = ""
    interface: str = ""
    callback: str = ""
    flaw: Refused | None = None

    @property
    def digest(self) -> str:
        parts = (self.operation.encode(), self.body, self.note.encode())
        return digest(b".".join(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A notice that was not told yet, with its number and the order that it is about."""

    partner: DeviceId
    number: int
    notice: Notice
    order: PartnerOrder


@dataclass(slots=True)
class Partners:
    """What interfaces of partners may ask of the platform. Call it from the deciding thread."""

    _desk: Desk
    _corridor: Corridor
    _clock: Clock
    _strangers: Strangers = field(init=False)

    def __post_init__(self) -> None:
        self._strangers = Strangers(self._desk, self._corridor, clock=self._clock)

    def decide(self, order: ExternalOrder) -> Pending:
        """Decide one order, or give the first answer again.

        Refuses: DeviceUnknown, NotAnIdentifier, RequestConflict; what the rooms refuse is decided,
        recorded and read in the leaf.
        """
        self._corridor.catch_up()
        request_id(order.request)
        device = self.device(order.partner)
        if device is None:
            raise DeviceUnknown("no such partner")
        now_ms = self._clock.now_ms()
        message = FinancialMessage(
            device=order.partner,
            audience=self._desk.audience,
            url="",
            issued_s=(order.issued_ms or 0) // 1000,
            request=order.request,
            counter=0,
            operation=order.operation,
            body=order.body,
            order=order.digest,
        )
        return self._corridor.decide_external(
            message,
            device=device,
            authenticated=order.authenticated,
            kept=self._kept(order, now_ms),
            flaw=order.flaw,
        )

    def record_flaw(
        self, partner: DeviceId, authenticated: Mapping[str, str | int], flaw: Refused
    ) -> None:
        """Leave evidence of a request that an interface could not take; its id stays unused."""
        self.decide(
            ExternalOrder(
                partner=partner,
                request=RequestId(to_base64url(self._desk.chance(24))),
                operation="partner.request",
                body=b"{}",
                authenticated=authenticated,
                flaw=flaw,
            )
        )

    def record_stranger(self, refusal: Refused) -> None:
        """Leave evidence that somebody who is no partner asked, at a bounded rate."""
        self._corridor.catch_up()
        self._strangers.remember(refusal, "partner.receive", outside="grant.refused")

    def _kept(self, order: ExternalOrder, now_ms: int) -> tuple[Mark[Any], ...]:
        """What stays of an order however it ends: itself, and the notice of a decided one."""
        record = PartnerOrder(
            operation=order.operation,
            body=order.body.decode("utf-8", "replace"),
            note=order.note,
            interface=order.interface,
            callback=order.callback,
            at_ms=now_ms,
        )
        mark = Mark(PARTNER_ORDERS, order_key(order.partner, order.request), record)
        if not order.callback or order.operation == "partner.request":
            return (mark,)
        get = self._desk.registers.get
        return (mark, *add_notice(get, partner=order.partner, request=order.request, now_ms=now_ms))

    # ---- who asks -------------------------------------------------------------------------------

    def device(self, partner: str) -> Device | None:
        device = self._desk.registers.get(DEVICES, partner)
        return device if device is not None and device.role in ("partner", "hub", "shard") else None

    def partner(self, name: str) -> Partner | None:
        """A registered partner whose device may act."""
        device = self.device(name)
        if device is None or device.state is not DeviceState.BOUND:
            return None
        return self._desk.registers.get(PARTNERS, name)

    def partners(self) -> list[Partner]:
        """All of them, in the order of registration."""
        names = self._desk.registers.get(DIRECTORY, DIRECTORY_KEY) or []
        found = (self._desk.registers.get(PARTNERS, name) for name in names)
        return [partner for partner in found if partner is not None]

    # ---- what was asked ------------------------------------------------------------------------

    def order(self, partner: str, request: str) -> PartnerOrder | None:
        return self._desk.registers.get(PARTNER_ORDERS, order_key(partner, request))

    def outcome(self, partner: DeviceId, request: str) -> Recorded | None:
        """The committed answer to an order."""
        (recorded,) = self._desk.books.recorded([(partner, RequestId(request))])
        return recorded

    def payment_request(self, partner: str, request: str) -> PaymentRequest | None:
        return self._desk.registers.get(REQUESTS, order_key(partner, request))

    def hold(self, name: str) -> PartnerHold | None:
        return self._desk.registers.get(PARTNER_HOLDS, name)

    def authority(self, name: str) -> Authority | None:
        return self._desk.registers.get(AUTHORITIES, authority_key(name))

    # ---- accounts -------------------------------------------------------------------------------

    def find_account(self, name: str) -> AccountId | None:
        """The account behind an account id or `msisdn:<digits>`, when a customer holds it."""
        target = self._desk.registers.get(ALIASES, name) if name.startswith("msisdn:") else name
        if target is None:
            return None
        account = AccountId(target)
        return account if self.holder(account) is not None else None

    def holder(self, account: AccountId) -> CustomerRecord | None:
        try:
            owner = self._desk.ledger.account(account).owner
        except AccountUnknown:
            return None
        return self._desk.registers.get(CUSTOMERS, owner)

    def account(self, account: AccountId) -> AccountRow:
        """Refuses: AccountUnknown."""
        return self._desk.ledger.account(account)

    def transfers(self, account: AccountId, *, newest: int, since_ms: int = 0) -> list[TransferRow]:
        """The newest transfers of an account, from an instant on; the oldest comes first."""
        return list(self._desk.books.transfers(account=account, newest=newest, since_ms=since_ms))

    def now_ms(self) -> int:
        return self._clock.now_ms()

    @property
    def currency(self) -> str:
        return self._desk.policy.currency

    def parameter(self, name: str) -> int:
        return self._desk.policy.parameter(name)

    def chance(self, octets: int) -> bytes:
        return self._desk.chance(octets)

    # ---- notices --------------------------------------------------------------------------------

    def waiting(self, partner: DeviceId) -> Waiting | None:
        """The oldest notice that a partner was not told."""
        head = self._get(NOTICES_HEAD, partner) or 0
        number = (self._get(DELIVERED, partner) or 0) + 1 if head else 1
        if number > head:
            return None
        notice = self._desk.registers.get(NOTICES, f"{partner}.{number}")
        order = None if notice is None else self.order(partner, notice.request)
        if notice is None or order is None:
            raise ServiceClosed("a notice without its order")
        return Waiting(partner=partner, number=number, notice=notice, order=order)

    def delivered(self, waiting: Waiting) -> Future[Committed | None]:
        """Note that a notice was told or given up; the promise is kept after the commit."""
        self._corridor.catch_up()
        told = Mark(DELIVERED, waiting.partner, waiting.number)
        return self._corridor.settle(Settlement.of_marks(told, at_ms=self._clock.now_ms()))

    def _get(self, register: Register[int], key: str) -> int | None:
        return self._desk.registers.get(register, key)
