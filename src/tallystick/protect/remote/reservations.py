"""Reservations: a customer's money is set aside for a merchant, who takes it once or lets it go.

The limits of both sides count when the money is set aside. What the merchant does not take is given
back to them, and so is all of it when nobody takes anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from tallystick.ground.clock import DAY_MS, iso_instant
from tallystick.ground.facts import PARTIES_CLEAR
from tallystick.ground.identifiers import AccountId
from tallystick.ground.money import format_minor
from tallystick.protect import emoney
from tallystick.protect.corridor import (
    CaptureBody,
    Decision,
    PayeeMismatch,
    PaymentBody,
    ReleaseBody,
    ReservationsBody,
    Visit,
    authorise_payment,
    clear_payment,
    holder_of,
    post,
    read_body,
    resolve_payee,
)
from tallystick.protect.diligence import RECEIPTS, USAGES, Usage, give_back
from tallystick.protect.enforcement import (
    Mark,
    Register,
    Registers,
    Transfer,
    TransferKind,
    TransferRow,
)
from tallystick.protect.screening import Party, check_parties
from tallystick.protect.signatures import IntentRefused, read_amount

SHOWN_MAX = 50
LOOKED_AT_MAX = 500
"""One page of reservations looks at so many of an account's transfers, and no more."""


def reserve(visit: Visit) -> Decision:
    """Set aside what the customer signed, for a merchant of these books, until an instant."""
    intent = authorise_payment(visit, read_body(visit.message.body, PaymentBody))
    if intent.until_ms is None:
        raise IntentRefused("nothing says until when")
    payee = resolve_payee(visit, intent)
    if payee.role != "merchant":
        raise PayeeMismatch("money is reserved for merchants")
    clear_payment(visit, intent, payee)
    _fee_of_merchant(visit, intent.amount.minor)
    account = AccountId(intent.payee_id)
    reservation = emoney.Reservation(
        id=visit.transfer_id,
        payer=visit.device.account,
        payee=account,
        amount_minor=intent.amount.minor,
        made_ms=visit.now_ms,
        expires_ms=intent.until_ms,
        sent=_counted(visit.marks, USAGES, visit.device.account),
        received=_counted(visit.marks, RECEIPTS, account),
    )
    transfer, marks = emoney.make_reservation(
        reservation,
        longest_ms=visit.desk.policy.terms.hold_days * DAY_MS,
        due_from_ms=visit.desk.horizon.looked_ms + 1,
    )
    visit.marks += marks
    return post(visit, transfer)


def capture(visit: Visit) -> Decision:
    """The merchant takes the money, in whole or in part, once; the rest is the customer's again.

    The fee that the terms have a merchant bear is taken out of what is taken.
    """
    body = read_body(visit.message.body, CaptureBody)
    held = _own(visit, body.reservation)
    currency = visit.desk.policy.currency
    amount = read_amount(body.amount, currency, currency)
    if visit.tally.demands(PARTIES_CLEAR):
        both = (("payer", held.payer), ("payee", held.payee))
        parties = [Party.of(role, holder_of(visit, account)) for role, account in both]
        seen = check_parties(visit.desk.screening, parties)
        visit.tally.notch(PARTIES_CLEAR, "C-SCREEN-NAMES", **seen)
    transfers, mark = emoney.capture_reservation(
        held,
        transfer=visit.transfer_id,
        amount_minor=amount.minor,
        fee_minor=_fee_of_merchant(visit, amount.minor),
    )
    return _ended(visit, *transfers, mark=mark)


def release(visit: Visit) -> Decision:
    """The merchant lets the money go, all of it."""
    body = read_body(visit.message.body, ReleaseBody)
    held = _own(visit, body.reservation)
    transfer, mark = emoney.release_reservation(held, transfer=visit.transfer_id)
    return _ended(visit, transfer, mark=mark)


def show_reservations(visit: Visit) -> Decision:
    """What was reserved on one's account, by whom or for whom, the newest first."""
    body = read_body(visit.message.body, ReservationsBody)
    account = visit.slip.payer = visit.device.account
    rows = list(
        visit.desk.books.transfers(account=account, newest=LOOKED_AT_MAX, before_seq=body.before)
    )
    shown: list[dict[str, object]] = []
    left = rows[0].seq if len(rows) == LOOKED_AT_MAX else None
    for row in reversed(rows):
        if len(shown) == SHOWN_MAX:
            left = row.seq + 1
            break
        shown += _shown(visit, row)
    return Decision(data=msgspec.json.encode({"reservations": shown, "next": left}))


def give_back_limits(registers: Registers, ended: emoney.Reservation) -> tuple[Mark[Usage], ...]:
    """What was not taken counts no longer: neither for the customer nor for the merchant."""
    left_minor = ended.amount_minor - ended.taken_minor
    sides = ((USAGES, ended.payer, ended.sent), (RECEIPTS, ended.payee, ended.received))
    marks = []
    for register, account, counted in sides:
        usage = registers.get(register, account)
        if left_minor and counted is not None and usage is not None:
            after = give_back(usage, day=counted.day, month=counted.month, amount_minor=left_minor)
            marks.append(Mark(register, account, after))
    return tuple(marks)


def _own(visit: Visit, name: str) -> emoney.Reservation:
    """An open reservation for the merchant who asks."""
    return emoney.find_reservation(
        visit.desk.registers.get(emoney.RESERVATIONS, name),
        payee=visit.device.account,
        now_ms=visit.now_ms,
    )


def _fee_of_merchant(visit: Visit, amount_minor: int) -> int:
    """What a capture costs its merchant by the terms of now.

    Refuses: FeeExceedsAmount where nothing would be left of the amount.
    """
    rule = visit.desk.policy.terms.fees.get(emoney.PRICED_AS)
    return amount_minor - emoney.price_of(rule, amount_minor).received_minor


def _ended(
    visit: Visit, transfer: Transfer, *linked: Transfer, mark: Mark[emoney.Reservation]
) -> Decision:
    ended, currency = mark.value, visit.desk.policy.currency
    visit.marks += [mark, *give_back_limits(visit.desk.registers, ended)]
    visit.slip.payer, visit.slip.payee = ended.payer, ended.payee
    visit.slip.amount_minor = ended.taken_minor or ended.amount_minor
    visit.slip.currency = currency
    said = {
        "reservation": ended.id,
        "taken": format_minor(ended.taken_minor, currency),
        "released": format_minor(ended.amount_minor - ended.taken_minor, currency),
    }
    decision = post(visit, transfer, *linked)
    return Decision(transfers=decision.transfers, data=msgspec.json.encode(said))


def _counted(
    marks: Iterable[Mark[Any]], register: Register[Usage], account: AccountId
) -> emoney.Counted | None:
    """In which day and month this order counts against an account's limits."""
    for mark in marks:
        if mark.register is register and mark.key == account:
            return emoney.Counted(day=mark.value.day, month=mark.value.month)
    return None


def _shown(visit: Visit, row: TransferRow) -> list[dict[str, object]]:
    """A transfer as a line of the list, when it reserves money."""
    if row.kind != TransferKind.HOLD or row.purpose != emoney.RESERVE:
        return []
    one = visit.desk.registers.get(emoney.RESERVATIONS, row.id)
    if one is None:
        return []
    currency = visit.desk.policy.currency
    line: dict[str, object] = {
        "reservation": one.id,
        "payer": one.payer,
        "payee": one.payee,
        "amount": format_minor(one.amount_minor, currency),
        "made": iso_instant(one.made_ms),
        "until": iso_instant(one.expires_ms),
        "state": one.state,
        "taken": format_minor(one.taken_minor, currency),
    }
    return [line]
