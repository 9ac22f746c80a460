"""An earlier payment, found again by its name: what its own leaf says, and its transfers."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import (
    AccountId,
    DeviceId,
    NotAnIdentifier,
    account_id,
    request_id,
)
from tallystick.protect import emoney
from tallystick.protect.corridor.desk import Visit
from tallystick.protect.enforcement import (
    Transfer,
    TransferKind,
    TransferRow,
    decode_record,
    postings_digest,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierPayment:
    """A payment that was accepted. `name` is `<device id>.<request id>`."""

    name: str
    operation: str
    payer: AccountId
    payee: AccountId
    amount_minor: int
    at_ms: int
    postings: str | None


def find_payment(visit: Visit, name: str) -> EarlierPayment:
    """A committed payment between two holders. Refuses: PaymentUnknown."""
    device, _, request = name.rpartition(".")
    try:
        asked = (DeviceId(account_id(device)), request_id(request))
    except NotAnIdentifier:
        raise emoney.PaymentUnknown("no payment has such a name") from None
    (recorded,) = visit.desk.books.recorded([asked])
    leaf = {} if recorded is None else decode_record(recorded.committed.leaf)
    known = (*emoney.REVERSIBLE, *emoney.REFUNDABLE)
    if leaf.get("outcome") != "accepted" or leaf["operation"] not in known:
        raise emoney.PaymentUnknown("no such payment between holders")
    return EarlierPayment(
        name=name,
        operation=leaf["operation"],
        payer=AccountId(leaf["payer"]),
        payee=AccountId(leaf["payee"]),
        amount_minor=leaf["amount_minor"],
        at_ms=leaf["at_ms"],
        postings=leaf.get("postings"),
    )


def transfers_of(visit: Visit, payment: EarlierPayment) -> tuple[TransferRow, ...]:
    """Every transfer of a payment, in order, as the evidence has them.

    Refuses: Defect when the books do not bear out the leaf: then nothing is built on them.
    """
    found: dict[int, TransferRow] = {}
    for account in (payment.payer, payment.payee):
        for row in visit.desk.books.transfers(since_ms=payment.at_ms, account=account):
            if emoney.payment_name(row.id) == payment.name:
                if row.purpose not in emoney.CORRECTING:
                    found[row.seq] = row
            elif found and row.at_ms > payment.at_ms:
                break
    rows = tuple(found[seq] for seq in sorted(found))
    if not rows or (payment.postings and postings_digest(_posted(rows)) != payment.postings):
        raise Defect("the books do not have the transfers that the evidence tells of")
    return rows


def _posted(rows: tuple[TransferRow, ...]) -> tuple[Transfer, ...]:
    return tuple(
        Transfer(
            id=row.id,
            kind=TransferKind(row.kind),
            debit=row.debit,
            credit=row.credit,
            amount_minor=row.amount_minor,
            purpose=row.purpose,
            pending=row.pending,
        )
        for row in rows
    )
