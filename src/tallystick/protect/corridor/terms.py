"""What the terms of the service add to a payment: its fee, the sum behind the PIN, sleep."""

from __future__ import annotations

from tallystick.ground.clock import day_of
from tallystick.ground.identifiers import AccountId, CustomerId
from tallystick.protect import emoney
from tallystick.protect.corridor.desk import Visit
from tallystick.protect.diligence import CUSTOMERS, UNPROVEN, USAGES
from tallystick.protect.enforcement import Mark
from tallystick.protect.signatures import Intent, IntentRefused


def price_signed(visit: Visit, intent: Intent) -> emoney.Price:
    """What the payment costs, exactly as the payer signed it.

    Refuses: FeeMismatch; IntentRefused for a member that this operation does not have.
    """
    operation = visit.message.operation
    if (intent.refunds is not None) != (operation == "payment.refund") or (
        intent.receives is not None
    ) != (operation == "fx.exchange"):
        raise IntentRefused("the signed transaction is of another operation")
    rule = visit.desk.policy.terms.fees.get(operation)
    price = emoney.price_of(rule, intent.amount.minor)
    if price.on_top_minor != intent.fee_minor:
        raise emoney.FeeMismatch(f"it costs {price.on_top_minor}, not {intent.fee_minor}")
    return price


def unproven_after(visit: Visit, amount_minor: int) -> int | None:
    """What was paid since the last PIN, this payment included; None when nobody asks."""
    if visit.desk.policy.terms.step_up_sum_minor is None:
        return None
    return (visit.desk.registers.get(UNPROVEN, visit.device.customer) or 0) + amount_minor


def sum_needs_pin(visit: Visit, unproven_minor: int | None) -> bool:
    """Whether so much was paid since the last PIN that it is asked for now."""
    most = visit.desk.policy.terms.step_up_sum_minor
    return most is not None and unproven_minor is not None and unproven_minor >= most


def remember_unproven(visit: Visit, unproven_minor: int | None, *, proven: bool) -> None:
    """Count on from here; a verified PIN begins anew."""
    if unproven_minor is not None:
        after = 0 if proven else unproven_minor
        visit.marks.append(Mark(UNPROVEN, visit.device.customer, after))


def demand_awake(visit: Visit, account: AccountId, holder: CustomerId) -> None:
    """Refuses: AccountDormant for money that would leave a sleeping account."""
    after_days = visit.desk.policy.terms.dormant_after_days
    if after_days is None:
        return
    today = day_of(visit.now_ms)
    if emoney.sleeps(_last_day(visit, account, holder), today=today, after_days=after_days):
        raise emoney.AccountDormant("this account sleeps; wake it first")


def _last_day(visit: Visit, account: AccountId, holder: CustomerId) -> str | None:
    """The newest day on which the holder did anything: an order, a payment, the registration."""
    registers = visit.desk.registers
    noted = registers.get(emoney.ACTIVITIES, account)
    if noted is not None:
        return noted
    usage = registers.get(USAGES, account)
    if usage is not None:
        return usage.day
    known = registers.get(CUSTOMERS, holder)
    return None if known is None else day_of(known.registered_ms)


def note_activity(visit: Visit) -> None:
    """An order of the holder's own keeps an account awake; written once a day."""
    terms, device = visit.desk.policy.terms, visit.device
    if terms.dormant_after_days is None or not device.account:
        return
    today = day_of(visit.now_ms)
    noted = _last_day(visit, device.account, device.customer)
    woken = visit.message.operation == "account.reactivate"
    if not woken and emoney.sleeps(noted, today=today, after_days=terms.dormant_after_days):
        return
    if visit.desk.registers.get(emoney.ACTIVITIES, device.account) != today:
        visit.marks.append(Mark(emoney.ACTIVITIES, device.account, today))
