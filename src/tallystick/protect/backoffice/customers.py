"""Customers and their handsets, as the back office registers and suspends them."""

from __future__ import annotations

import msgspec

from tallystick.ground.errors import Refused
from tallystick.ground.facts import (
    CUSTOMER_REGISTERED,
    DEVICE_REVOKED,
    DEVICE_SUSPENDED,
    PARTIES_CLEAR,
    TIER_WITHIN,
)
from tallystick.ground.identifiers import AccountId, CustomerId, drawn_name
from tallystick.protect.codes import CodeRefused, MerchantCode, write_code
from tallystick.protect.corridor import (
    Decision,
    OfferBody,
    RegisterBody,
    SuspendBody,
    Visit,
    read_body,
)
from tallystick.protect.devices import (
    DEVICES,
    DeviceState,
    new_code,
    offer_device,
)
from tallystick.protect.diligence import (
    ALIASES,
    CUSTOMERS,
    DOCUMENTS,
    AliasTaken,
    CustomerKnown,
    CustomerMalformed,
    CustomerRecord,
    limits_of,
    msisdn_alias,
    register_customer,
)
from tallystick.protect.enforcement import Mark, NewAccount
from tallystick.protect.screening import Party, check_parties


class TierUnknown(Refused):
    """The service has no such due-diligence tier."""

    code, clause, public_code = "tier.unknown", "B", "order.malformed"


class NotACustomer(Refused):
    """Nobody is registered under this name."""

    code, clause, public_code = "customer.unknown", "B", "payee.unknown"


class NotYourDevice(Refused):
    """There is no such handset, or it is somebody else's: one answer."""

    code, clause, public_code = "device.unknown", "7.2", "operation.forbidden"


def register(visit: Visit) -> Decision:
    """Take a customer on: screened, tiered, with an account and an offer to bind a handset."""
    body = read_body(visit.message.body, RegisterBody)
    desk = visit.desk
    tier = desk.policy.tiers.get(body.tier)
    if tier is None:
        raise TierUnknown("no such tier")
    name = desk.shards.own_name(lambda: drawn_name(desk.chance(9)))
    customer = register_customer(
        id=CustomerId(f"cus-{name}"),
        name=body.customer.name,
        born=body.customer.born,
        country=body.customer.country,
        role=body.role,
        tier=body.tier,
        document=body.customer.document,
        seal=desk.seal_document,
        now_ms=visit.now_ms,
    )
    if desk.registers.get(DOCUMENTS, customer.document) is not None:
        raise CustomerKnown("this document was shown before")
    if visit.tally.demands(PARTIES_CLEAR):
        seen = check_parties(desk.screening, (Party.of("payee", customer),))
        visit.tally.notch(PARTIES_CLEAR, "C-SCREEN-NAMES", **seen)
    if visit.tally.demands(TIER_WITHIN):
        visit.tally.notch(TIER_WITHIN, "C-TIER-LIMITS", tier=customer.tier)
    account = AccountId(f"acc-{name}")
    cap = limits_of(
        tier, role=body.role, agent_float_minor=desk.policy.terms.agent_float_minor
    ).balance_minor
    visit.tally.notch(
        CUSTOMER_REGISTERED,
        "C-TIER-LIMITS",
        tier=customer.tier,
        role=body.role,
        customer=customer.id,
        cap=cap,
    )
    code = new_code(desk.chance(8))
    visit.slip.payee = account
    if body.customer.msisdn is not None:
        visit.marks.append(_alias(visit, body.customer.msisdn, account))
    visit.marks += [
        Mark(CUSTOMERS, customer.id, customer),
        Mark(DOCUMENTS, customer.document, customer.id),
        offer_device(
            code, customer=customer.id, account=account, role=body.role, now_ms=visit.now_ms
        ),
    ]
    opened = NewAccount(id=account, owner=customer.id, currency=desk.policy.currency, cap=cap)
    data = {
        "customer": customer.id,
        "account": account,
        "activation": code,
        "qr": _merchant_code(visit, customer, account) if body.role == "merchant" else None,
    }
    return Decision(accounts=(opened,), data=msgspec.json.encode(data))


def _alias(visit: Visit, msisdn: str, account: AccountId) -> Mark[str]:
    """A phone number leads to one account."""
    key = msisdn_alias(msisdn)
    if visit.desk.registers.get(ALIASES, key) is not None:
        raise AliasTaken("this phone number leads to another account")
    return Mark(ALIASES, key, account)


def offer(visit: Visit) -> Decision:
    """Offer a customer to bind another handset: the old one is lost, or its code ran out.

    The PIN that is set with the new handset replaces the old one, and its lock.
    """
    body = read_body(visit.message.body, OfferBody)
    customer = visit.desk.registers.get(CUSTOMERS, CustomerId(body.customer))
    if customer is None:
        raise NotACustomer("nobody is registered under this name")
    account = AccountId(customer.id.replace("cus-", "acc-", 1))
    code = new_code(visit.desk.chance(8))
    visit.slip.payee = account
    visit.marks.append(
        offer_device(
            code,
            customer=customer.id,
            account=account,
            role=customer.role,
            now_ms=visit.now_ms,
        )
    )
    return Decision(data=msgspec.json.encode({"activation": code}))


def suspend(visit: Visit) -> Decision:
    """Suspend a handset: any by staff, one's own by its customer."""
    return _lead(visit, DeviceState.SUSPENDED, DEVICE_SUSPENDED)


def revoke(visit: Visit) -> Decision:
    """Give a handset up for good; whoever may suspend it may do this too."""
    return _lead(visit, DeviceState.REVOKED, DEVICE_REVOKED)


def _lead(visit: Visit, state: DeviceState, fact: str) -> Decision:
    body = read_body(visit.message.body, SuspendBody)
    device = visit.desk.registers.get(DEVICES, body.device)
    staff = visit.device.role == "backoffice"
    if device is None or not (staff or device.customer == visit.device.customer):
        raise NotYourDevice("no such device")
    visit.marks.append(Mark(DEVICES, device.id, device.in_state(state)))
    visit.tally.notch(fact, "C-DEV-BIND", device=device.id)
    return Decision()


def _merchant_code(visit: Visit, customer: CustomerRecord, account: AccountId) -> str:
    policy, module = visit.desk.policy, visit.desk.module
    code = MerchantCode(
        account=account,
        name=customer.name,
        currency=policy.currency,
        country=policy.jurisdiction,
    )
    try:
        return write_code(code, sign=lambda octets: module.sign(purpose="qr", octets=octets))
    except CodeRefused as refusal:
        raise CustomerMalformed("a code cannot carry this merchant's name") from refusal
