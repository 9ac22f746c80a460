"""What came of an order: the facts that every order has, and the settlement it leaves as."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from tallystick.ground.canonical import digest
from tallystick.ground.errors import Refused
from tallystick.ground.facts import (
    APPLICATION_SOUND,
    DEVICE_AUTHENTICATED,
    MESSAGE_FRESH,
    ORDER_REFUSED,
    RECEIPT_BOUND,
)
from tallystick.protect.corridor.desk import Decision, Visit
from tallystick.protect.enforcement import (
    CountedRefusal,
    Mark,
    OperationForbidden,
    ServiceClosed,
    Settlement,
    Tally,
    postings_digest,
    record_details,
)
from tallystick.protect.hardening import check_version
from tallystick.protect.messages import (
    OutOfWindow,
)

log = logging.getLogger("tallystick.corridor")


def notch_receipt(
    tally: Tally, *, order: str, data: bytes | None, marks: Iterable[Mark[Any]]
) -> None:
    """The fact receipt.bound: the evidence stands for this order, this answer and these records."""
    answer = "" if data is None else digest(data)
    tally.notch(RECEIPT_BOUND, "C-RECEIPT-BOUND", order=order, data=answer, **record_details(marks))


def log_if_closed(refusal: Refused) -> None:
    """Tell the operator of a refusal that is not the payer's doing: a check could not be made."""
    if refusal.outside == ServiceClosed.code:
        log.error("a check could not be made (%s): %s", refusal.code, refusal)


def first_reason(refusal: BaseException) -> str:
    """What lies at the bottom of a refusal, in one short word of ours; empty when it says it all.

    It goes into the tally and never outside.
    """
    bottom = refusal
    while bottom.__cause__ is not None:
        bottom = bottom.__cause__
    if not isinstance(bottom, Refused):
        return "json"
    word = "" if bottom is refusal else bottom.code
    return str(getattr(bottom, "reason", "") or word)


def recognise(visit: Visit) -> None:
    """The facts that every order starts with, and whether this role may ask for this."""
    visit.device.demand_bound()
    visit.tally.notch(
        DEVICE_AUTHENTICATED,
        "C-DEV-BIND",
        environment=visit.device.effective_environment,
        vouched=visit.device.vouched,
        **visit.authenticated,
    )
    if visit.tally.demands(APPLICATION_SOUND):
        if visit.authenticated:
            raise OperationForbidden("only a handset may ask for this")
        minimum = visit.desk.policy.parameter("application.version_min")
        check_version(version=visit.application_version, version_min=minimum)
        visit.tally.notch(APPLICATION_SOUND, "C-APP-POSTURE", version=visit.application_version)
    if visit.authenticated:
        demand_sound(visit)
        visit.tally.notch(MESSAGE_FRESH, "C-MSG-FRESH", issued_s=visit.message.issued_s)
    else:
        visit.tally.notch(MESSAGE_FRESH, "C-MSG-FRESH", counter=visit.message.counter)
    if not visit.desk.matcher.may_ask(visit.message.operation, visit.device.role):
        raise OperationForbidden("this role may not ask for this operation")


def demand_sound(visit: Visit) -> None:
    """A partner's order is new by its id; where its protocol tells the time, that must be ours.

    Refuses: OutOfWindow, and what the interface found wrong with it.
    """
    if visit.flaw is not None:
        raise visit.flaw
    issued_s, window_s = visit.message.issued_s, visit.desk.policy.parameter("message.window_s")
    if issued_s and abs(visit.now_ms - issued_s * 1000) > window_s * 1000:
        raise OutOfWindow("the partner's clock is outside the window")


def accept(visit: Visit, decision: Decision) -> Settlement:
    """An accepted order as one settlement."""
    return _settlement(
        visit,
        code="ok",
        inside="ok",
        marks=tuple(visit.marks),
        decision=decision,
    )


def refuse(visit: Visit, refusal: Refused) -> Settlement:
    """A refused order as one settlement: recorded, counted, nothing moved.

    Of the marks that were collected only the first ones stay (the counter, the partner's order),
    and those that the refusal itself asks to remember.
    """
    counted = refusal.marks if isinstance(refusal, CountedRefusal) else ()
    detail: dict[str, str | int] = dict(getattr(refusal, "detail", {}))
    told: dict[str, str | int] = {
        "reason": refusal.code,
        "why": first_reason(refusal),
        "order": visit.message.order,
    }
    marks = (*visit.marks[: visit.kept], *counted)
    told |= record_details(marks)
    visit.tally.notch(ORDER_REFUSED, "C-REFUSAL-UNIFORM", **detail | told)
    return _settlement(
        visit, code=refusal.outside, inside=refusal.code, marks=marks, decision=Decision()
    )


def _settlement(
    visit: Visit,
    *,
    code: str,
    inside: str,
    marks: tuple[Mark[Any], ...],
    decision: Decision,
) -> Settlement:
    tally = visit.tally.octets(code=inside)
    return Settlement(
        device=visit.device.id,
        request=visit.message.request,
        order=visit.message.order,
        code=code,
        at_ms=visit.now_ms,
        leaf=visit.slip.leaf(code=code, tally=tally, postings=postings_digest(decision.transfers)),
        tally=tally,
        data=decision.data,
        accounts=decision.accounts,
        transfers=decision.transfers,
        instruction=visit.instruction if decision.transfers else None,
        marks=marks,
    )
