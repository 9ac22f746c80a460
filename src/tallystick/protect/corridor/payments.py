"""The rooms that every payment passes, each only when the policy demands its fact."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tallystick.decide.policy.tables import DEVICE_ALONE, PIN, WITHIN
from tallystick.ground.errors import Refused
from tallystick.ground.facts import (
    CUSTOMER_AUTHENTICATED,
    INTENT_SIGNED,
    PARTIES_CLEAR,
    PAYEE_RESOLVED,
    RISK_ACCEPTABLE,
    TIER_WITHIN,
    TRANSFER_POSTED,
)
from tallystick.ground.identifiers import AccountId, NotAnIdentifier, account_id
from tallystick.protect import emoney
from tallystick.protect.corridor.bodies import PaymentBody
from tallystick.protect.corridor.desk import Decision, Desk, Visit
from tallystick.protect.corridor.terms import (
    demand_awake,
    price_signed,
    remember_unproven,
    sum_needs_pin,
    unproven_after,
)
from tallystick.protect.corridor.vetting import Known, PinVerdict, pin_call
from tallystick.protect.customers import (
    PIN_RECORDS,
    CustomerNotVerified,
    PinRecord,
    authenticate_by_pin,
)
from tallystick.protect.devices import Device
from tallystick.protect.diligence import (
    CUSTOMERS,
    RECEIPTS,
    USAGES,
    CustomerRecord,
    Usage,
    check_balance,
    check_received,
    check_tier,
    limits_of,
)
from tallystick.protect.emoney import AccountUnknown
from tallystick.protect.enforcement import (
    EnvironmentCap,
    Instruction,
    Mark,
    Transfer,
)
from tallystick.protect.monitoring import Movement, check_risk
from tallystick.protect.pin import DUMMY_REFERENCE
from tallystick.protect.screening import Party, check_parties
from tallystick.protect.signatures import Intent, IntentRefused, verify_intent


class PayeeUnknown(Refused):
    """No such payee here."""

    code, clause = "payee.unknown", "11"


class PayeeMismatch(Refused):
    """The payee is not the one that the payer was shown."""

    code, clause = "payee.mismatch", "10"


def authorise_payment(visit: Visit, body: PaymentBody) -> Intent:
    """Signed what was shown, within what this handset may authorise, and is it the customer?"""
    intent = signed_intent(visit, body)
    price_signed(visit, intent)
    authorise_amount(visit, intent.amount.minor, sealed_pin=body.pin)
    return intent


def signed_intent(visit: Visit, body: PaymentBody, *, also: Collection[str] = ()) -> Intent:
    """What the customer signed; `also` are currencies beside the service's own."""
    device = visit.device
    intent = read_intent(visit, body, also=also)
    if (intent.until_ms is not None) != (visit.message.operation == emoney.RESERVE):
        raise IntentRefused("the signed transaction is of another operation")
    visit.slip.payer, visit.slip.payee = device.account, intent.payee_id
    visit.slip.amount_minor, visit.slip.currency = intent.amount.minor, intent.amount.currency
    visit.slip.instruction = intent.instruction
    visit.instruction = Instruction(
        digest=intent.instruction,
        device=device.id,
        signed=body.transaction_data.encode("ascii"),
        signature=body.intent,
    )
    visit.tally.notch(INTENT_SIGNED, "C-INTENT-SIGN", instruction=intent.instruction)
    return intent


def read_intent(visit: Visit, body: PaymentBody, *, also: Collection[str] = ()) -> Intent:
    """What was signed: as an edge verified it with this very key, or verified here."""
    verdict, device = visit.intent, visit.device
    if verdict is not None and verdict.stands_for(
        transaction_data=body.transaction_data, signature=body.intent, key=device.signature_key
    ):
        return verdict.intent
    return verify_intent(
        transaction_data=body.transaction_data,
        signature=body.intent,
        key=device.signature_key,
        device=device.id,
        request=visit.message.request,
        currency=visit.desk.policy.currency,
        also=also,
    )


def authorise_amount(visit: Visit, amount_minor: int, *, sealed_pin: str | None) -> None:
    """May this handset authorise so much, and is it the customer? In the service's currency."""
    environment = visit.device.effective_environment
    needed = visit.desk.matcher.handset(visit.message.operation, environment, amount_minor)
    if needed not in (DEVICE_ALONE, PIN):  # refused, or no answer that we know
        raise EnvironmentCap(f"keys in {environment} do not authorise {amount_minor}")
    unproven = unproven_after(visit, amount_minor)
    with_pin = needed == PIN or sum_needs_pin(visit, unproven)
    proven = authenticate_customer(visit, with_pin=with_pin, sealed_pin=sealed_pin)
    remember_unproven(visit, unproven, proven=proven)
    demand_awake(visit, visit.device.account, visit.device.customer)


def authenticate_customer(visit: Visit, *, with_pin: bool, sealed_pin: str | None) -> bool:
    """Ask for the transaction PIN when the policy does; else the device is the factor.

    Gives: whether the PIN was verified.
    """
    if not visit.tally.demands(CUSTOMER_AUTHENTICATED):
        return False
    factor = "device"
    if with_pin:
        if sealed_pin is None:
            raise CustomerNotVerified("this amount needs the transaction PIN", marks=())
        visit.marks.extend(verify_transaction_pin(visit, sealed_pin))
        factor = "device+pin"
    visit.tally.notch(CUSTOMER_AUTHENTICATED, "C-CUST-PIN", factor=factor)
    return with_pin


def verify_transaction_pin(visit: Visit, sealed_pin: str) -> tuple[Mark[Any], ...]:
    """Have the crypto module compare; a customer without a reference costs the same work."""
    desk, customer, verdict = visit.desk, visit.device.customer, visit.pin
    record = pin_record(desk, visit.device)
    if verdict is None or verdict.reference != record.reference:
        call = pin_call(visit.message, known_of(desk, visit.device), sealed_pin)
        (refusal,) = desk.module.verify_pins([call])
        verdict = PinVerdict(reference=record.reference, refusal=refusal)
    return authenticate_by_pin(
        customer=customer,
        record=record,
        verify=verdict.conclude,
        now_ms=visit.now_ms,
        tries_max=desk.policy.parameter("pin.tries_max"),
        lock_s=desk.policy.parameter("pin.lock_s"),
    )


def pin_record(desk: Desk, device: Device) -> PinRecord:
    """The customer's reference PIN and attempts, or a dummy that nothing matches."""
    known = desk.registers.get(PIN_RECORDS, device.customer)
    return known or PinRecord(reference=DUMMY_REFERENCE)


def known_of(desk: Desk, device: Device) -> Known:
    """What a vetter needs to know of a device."""
    return Known(
        device=device.id,
        customer=device.customer,
        session_key=device.session_key,
        signature_key=device.signature_key,
        agreement_key=device.agreement_key,
        reference=pin_record(desk, device).reference,
    )


def resolve_payee(visit: Visit, intent: Intent) -> CustomerRecord:
    """Find the payee in the provider's own register; the name shown must be the name there."""
    try:
        row = visit.desk.ledger.account(account_id(intent.payee_id))
    except (AccountUnknown, NotAnIdentifier):
        raise PayeeUnknown("no such payee") from None
    payee = visit.desk.registers.get(CUSTOMERS, row.owner)
    if payee is None or row.id == visit.device.account or row.currency != intent.amount.currency:
        raise PayeeUnknown("no such payee")
    if not same_name(payee.name, intent.payee_name):
        raise PayeeMismatch("the payee's registered name is another")
    if visit.tally.demands(PAYEE_RESOLVED):
        visit.tally.notch(PAYEE_RESOLVED, "C-PAYEE-RESOLVE")
    return payee


def clear_payment(visit: Visit, intent: Intent, payee: CustomerRecord | None) -> None:
    """May this tier move so much, is either party listed, does it look like abuse?

    `payee` is None when the money leaves for a bank: then only its name can be screened.
    """
    payer = customer_of(visit)
    if visit.tally.demands(TIER_WITHIN):
        _check_tiers(visit, intent, payer, payee)
    if visit.tally.demands(PARTIES_CLEAR):
        other = Party.of("payee", payee) if payee else Party(role="payee", name=intent.payee_name)
        seen = check_parties(visit.desk.screening, (Party.of("payer", payer), other))
        visit.tally.notch(PARTIES_CLEAR, "C-SCREEN-NAMES", **seen)
    if visit.tally.demands(RISK_ACCEPTABLE):
        _check_risk(visit, intent, payer)


def customer_of(visit: Visit) -> CustomerRecord:
    """The customer whose device asks. Refuses: PayeeUnknown for staff, who hold no e-money."""
    payer = visit.desk.registers.get(CUSTOMERS, visit.device.customer)
    if payer is None:
        raise PayeeUnknown("this device belongs to nobody who holds e-money")
    return payer


def post_payment(visit: Visit, intent: Intent, *, agent: AccountId | None = None) -> Decision:
    """Move what was signed from the payer's account to the payee's, and its fee with it.

    `agent` is the account of the agent who takes part and earns the commission.
    """
    price = price_signed(visit, intent)
    payer, payee = visit.device.account, AccountId(intent.payee_id)
    transfer = emoney.pay(
        transfer=visit.transfer_id,
        payer=payer,
        payee=payee,
        amount_minor=price.received_minor,
        operation=visit.message.operation,
    )
    linked = emoney.fee_transfers(transfer=visit.transfer_id, payer=payer, price=price, agent=agent)
    return post(visit, transfer, *linked, fee_minor=price.on_top_minor)


def post(visit: Visit, transfer: Transfer, *linked: Transfer, fee_minor: int = 0) -> Decision:
    """Post once, books balanced, and only on top of every fact that the policy demands.

    `transfer` is what the order is about; what it causes besides (a fee, a commission) is `linked`
    to it: all of them are posted or none. `fee_minor` is what the payer pays on top.
    """
    visit.tally.require(before=TRANSFER_POSTED)
    visit.desk.ledger.check((transfer, *linked), now_ms=visit.now_ms)
    visit.tally.notch(
        TRANSFER_POSTED,
        "C-LEDGER-DOUBLE",
        transfer=transfer.id,
        kind=str(transfer.kind),
        pending=transfer.pending or "",
        linked=len(linked),
    )
    if fee_minor:
        visit.slip.fee_minor = fee_minor
    return Decision(transfers=(transfer, *linked))


def _check_tiers(
    visit: Visit, intent: Intent, payer: CustomerRecord, payee: CustomerRecord | None
) -> None:
    tiers, account, amount = visit.desk.policy.tiers, visit.device.account, intent.amount.minor
    answer = visit.desk.matcher.tier(visit.message.operation, payer.tier, amount)
    used = check_tier(
        limits=tiers[payer.tier],
        within=answer == WITHIN,
        amount_minor=amount,
        usage=visit.desk.registers.get(USAGES, account),
        now_ms=visit.now_ms,
    )
    visit.marks.append(Mark(USAGES, account, used))
    if payee is not None:
        demand_room(visit, payee, AccountId(intent.payee_id), amount)
    visit.tally.notch(TIER_WITHIN, "C-TIER-LIMITS", tier=payer.tier)


def demand_room(visit: Visit, payee: CustomerRecord, account: AccountId, amount_minor: int) -> None:
    """May this holder receive and hold so much more? Then it counts. Refuses: TierExceeded."""
    received = foresee_room(visit, payee, account, amount_minor)
    if received is not None:
        visit.marks.append(Mark(RECEIPTS, account, received))


def foresee_room(
    visit: Visit, payee: CustomerRecord, account: AccountId, amount_minor: int
) -> Usage | None:
    """The same question when nothing moves yet: what this holder would have received.

    Refuses: TierExceeded for the tier's limits, an agent's float, and the account's own cap.
    """
    policy = visit.desk.policy
    limits = limits_of(
        policy.tiers[payee.tier], role=payee.role, agent_float_minor=policy.terms.agent_float_minor
    )
    held = visit.desk.ledger.account(account)
    check_balance(
        limits=limits,
        balance_minor=held.credits + held.credits_held - held.debits + amount_minor,
        cap_minor=held.cap,
    )
    return check_received(
        limits=limits,
        amount_minor=amount_minor,
        usage=visit.desk.registers.get(RECEIPTS, account),
        now_ms=visit.now_ms,
    )


def _check_risk(visit: Visit, intent: Intent, payer: CustomerRecord) -> None:
    policy = visit.desk.policy
    candidate = Movement(
        seq=0,
        at_ms=visit.now_ms,
        kind=visit.message.operation,
        payer=visit.device.account,
        payee=AccountId(intent.payee_id),
        amount_minor=intent.amount.minor,
        device=visit.device.id,
    )
    findings = visit.desk.windows.decide(
        candidate,
        policy.typologies,
        limit_minor=policy.tiers[payer.tier].per_transaction_minor,
    )
    alerts = check_risk(findings)
    visit.tally.notch(RISK_ACCEPTABLE, "C-MON-TYPOLOGIES", alerts=alerts)


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same to a reader: case and white space do not count."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
