"""Settlements as a corridor would decide them: leaf, tally and transfer say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tallystick.ground.canonical import digest, digest_of
from tallystick.ground.facts import CUSTOMER_REGISTERED, RECEIPT_BOUND, TRANSFER_POSTED
from tallystick.ground.identifiers import AccountId, DeviceId, RequestId
from tallystick.protect.emoney import system_accounts
from tallystick.protect.enforcement import (
    SALT_OCTETS,
    Mark,
    NewAccount,
    Register,
    Settlement,
    Tally,
    Transfer,
    TransferKind,
    postings_digest,
    record_details,
)
from tallystick.protect.messages import Slip

CURRENCY = "KES"
POLICY = digest_of("a policy of testing")
AT_MS = 1_700_000_000_000

NOTES: Register[str] = Register("testing", str.encode, bytes.decode)
"""A register that belongs to nobody, for marks."""


def settle(
    request: str,
    *,
    device: str = "dev-0",
    transfer: Transfer | None = None,
    also: Sequence[Transfer] = (),
    accounts: Sequence[NewAccount] = (),
    marks: Sequence[Mark[Any]] = (),
    order: str = "sha256:order",
    code: str = "ok",
    data: bytes | None = None,
    at_ms: int = AT_MS,
) -> Settlement:
    """One decided order with its evidence, which tells of `transfer`, or of the account opened."""
    tally = Tally(subject=request, policy=POLICY, at_ms=at_ms, demanded=(), salt=bytes(SALT_OCTETS))
    answer = "" if data is None else digest(data)
    tally.notch(RECEIPT_BOUND, "C-RECEIPT-BOUND", order=order, data=answer, **record_details(marks))
    slip = Slip(
        request=request, operation="testing.order", device=device, at_ms=at_ms, policy=POLICY
    )
    for account in accounts[:1]:
        slip.operation, slip.payee = "customer.register", account.id
        tally.notch(CUSTOMER_REGISTERED, "C-TIER-LIMITS", customer=account.owner, cap=account.cap)
    if transfer is not None:
        tally.notch(
            TRANSFER_POSTED,
            "C-LEDGER-DOUBLE",
            transfer=transfer.id,
            kind=str(transfer.kind),
            pending=transfer.pending or "",
        )
        slip.operation = transfer.purpose
        slip.payer, slip.payee = transfer.debit, transfer.credit
        slip.amount_minor, slip.currency = transfer.amount_minor, CURRENCY
    octets = tally.octets(code=code)
    transfers = (transfer, *also) if transfer is not None else tuple(also)
    return Settlement(
        device=DeviceId(device),
        request=RequestId(request),
        order=order,
        code=code,
        at_ms=at_ms,
        leaf=slip.leaf(code=code, tally=octets, postings=postings_digest(transfers)),
        tally=octets,
        data=data,
        accounts=tuple(accounts),
        transfers=transfers,
        marks=tuple(marks),
    )


def marks_only(*marks: Mark[Any], device: str = "dev-0") -> Settlement:
    """A settlement without evidence: it may write marks and nothing else."""
    return Settlement.of_marks(*marks, at_ms=AT_MS, device=DeviceId(device))


def opening(*holders: str, currency: str = CURRENCY) -> list[Settlement]:
    """What a fresh set of books starts with: the system accounts, and some registered holders."""
    tally = Tally(subject="books", policy=POLICY, at_ms=AT_MS, demanded=(), salt=bytes(SALT_OCTETS))
    octets = tally.octets(code="ok")
    slip = Slip(request=None, operation="platform.open", device=None, at_ms=AT_MS, policy=POLICY)
    first = Settlement(
        device=None,
        request=None,
        order="",
        code="ok",
        at_ms=AT_MS,
        leaf=slip.leaf(code="ok", tally=octets),
        tally=octets,
        accounts=system_accounts(currency),
    )
    return [first, *(registration(wallet(name, currency=currency)) for name in holders)]


def registration(account: NewAccount) -> Settlement:
    """One holder's account is opened."""
    return settle(f"register-0000-{account.id}", accounts=[account])


def wallet(name: str, *, cap: int = 1_000_000, currency: str = CURRENCY) -> NewAccount:
    """A holder's account: floor zero, a cap."""
    return NewAccount(id=AccountId(name), owner=f"cus-{name}", currency=currency, cap=cap)


def move(
    request: str,
    debit: str,
    credit: str,
    minor: int,
    *,
    device: str = "dev-0",
    kind: TransferKind = TransferKind.MOVE,
    purpose: str = "remote.pay",
    pending: str | None = None,
) -> Transfer:
    """One transfer, named after its order as every transfer is."""
    return Transfer(
        id=f"{device}.{request}",
        kind=kind,
        debit=AccountId(debit),
        credit=AccountId(credit),
        amount_minor=minor,
        purpose=purpose,
        pending=pending,
    )
