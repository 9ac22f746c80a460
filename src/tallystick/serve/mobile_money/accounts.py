"""Accounts: the partner's own in full, a customer's name and status where the partner may ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tallystick.ground.clock import iso_instant
from tallystick.ground.identifiers import AccountId
from tallystick.ground.money import format_minor
from tallystick.protect.banking import StatementLine, statement_lines
from tallystick.protect.corridor import Partners
from tallystick.protect.partners import Partner
from tallystick.serve.mobile_money.arrivals import Asked, read_instant
from tallystick.serve.mobile_money.errors import ApiRefused, malformed, not_found
from tallystick.serve.mobile_money.identifiers import own_or_none, read_path

T = TypeVar("T")

PAGE_MAX = 50
REACHED_MAX = 10_000
"""So many of an account's newest transfers are counted and reached by paging."""
_TYPES = {
    # What the purposes of transfers are in the API; everything else is an adjustment.
    "partner.pay": "disbursement",
    "partner.collect": "merchantpay",
    "request.approve": "merchantpay",
    "remote.pay": "transfer",
    "merchant.pay": "merchantpay",
    "reservation.capture": "merchantpay",
    "emoney.issue": "deposit",
    "banking.transfer": "withdrawal",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a list, and how long the whole of it is."""

    rows: Sequence[dict[str, Any]]
    available: int


class Accounts:
    """What the API asks about accounts. What one may not see looks like what is not there."""

    def __init__(self, partners: Partners) -> None:
        self._partners = partners

    async def balance(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """Of the partner's own account; `/accounts/balance` names none."""
        row = self._partners.account(self._own(asked))
        spendable = row.credits - row.debits - row.debits_held
        return 200, {
            "accountStatus": "available",
            "currentBalance": self._sum(row.credits - row.debits),
            "availableBalance": self._sum(spendable),
            "reservedBalance": self._sum(row.debits_held),
            "unclearedBalance": self._sum(row.credits_held),
            "currency": row.currency,
        }

    async def name(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """The name behind an account, for a partner that may look payees up."""
        holder = self._partners.holder(self._seen(asked))
        if holder is None:
            raise not_found("no such account")
        return 200, {"name": {"fullName": holder.name}}

    async def status(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        self._seen(asked)
        return 200, {"accountStatus": "available"}

    async def transactions(self, asked: Asked) -> Page:
        """The newest first."""
        return self._page(asked, self._transaction)

    async def statement(self, asked: Asked) -> Page:
        """Statement entries with the balance after each, the newest first."""
        return self._page(asked, self._entry)

    def _find(self, asked: Asked) -> AccountId | None:
        named = read_path(asked.path["first"], asked.path.get("second"))
        if named.mandate:
            return None
        return self._partners.find_account(named.account)

    def _own(self, asked: Asked) -> AccountId:
        if "first" not in asked.path:
            return asked.partner.account
        named = read_path(asked.path["first"], asked.path.get("second"))
        account = own_or_none(self._partners, asked.partner, named)
        if account is None:
            raise not_found("no such account")
        return account

    def _seen(self, asked: Asked) -> AccountId:
        account = self._find(asked)
        may = "names" in asked.partner.scopes or account == asked.partner.account
        if account is None or not may:
            raise not_found("no such account")
        return account

    def _sum(self, minor: int) -> str:
        return format_minor(minor, self._partners.currency)

    def _page(self, asked: Asked, show: Any) -> Page:
        account = self._own(asked)
        since_ms = max(0, _instant(asked, "fromDateTime") or 0)
        until_ms = _instant(asked, "toDateTime")
        kind = asked.query.get("transactionType")
        rows = self._partners.transfers(account, newest=REACHED_MAX, since_ms=since_ms)
        lines = [
            line
            for line in reversed(statement_lines(rows, account=account))
            if line.at_ms >= since_ms
            and (until_ms is None or line.at_ms <= until_ms)
            and (kind is None or _TYPES.get(line.purpose, "adjustment") == kind)
        ]
        return page_of(asked, lines, lambda line: show(asked.partner, line))

    def _transaction(self, partner: Partner, line: StatementLine) -> dict[str, Any]:
        out = line.amount_minor < 0
        mine = [{"key": "walletid", "value": partner.account}]
        theirs = [{"key": "walletid", "value": line.counterparty}]
        return {
            "transactionReference": line.reference,
            "transactionStatus": "completed",
            "type": _TYPES.get(line.purpose, "adjustment"),
            "amount": self._sum(abs(line.amount_minor)),
            "currency": self._partners.currency,
            "debitParty": mine if out else theirs,
            "creditParty": theirs if out else mine,
            "creationDate": iso_instant(line.at_ms),
        }

    def _entry(self, partner: Partner, line: StatementLine) -> dict[str, Any]:
        shown = self._transaction(partner, line)
        shown["transactionType"] = shown.pop("type")
        return shown | {
            "displayType": line.purpose,
            "customData": [{"key": "balance", "value": self._sum(line.balance_minor)}],
        }


def page_of(asked: Asked, rows: Sequence[T], show: Callable[[T], dict[str, Any]]) -> Page:
    """The part of a list that was asked for; nothing else of it is shown. Refuses: ApiRefused."""
    offset = _number(asked, "offset", 0, most=10**9)
    limit = _number(asked, "limit", PAGE_MAX, most=PAGE_MAX)
    shown = [show(row) for row in rows[offset : offset + limit]]
    return Page(rows=shown, available=len(rows))


def _instant(asked: Asked, name: str) -> int | None:
    text = asked.query.get(name)
    return read_instant(text, name) if text else None


def _number(asked: Asked, name: str, usual: int, *, most: int) -> int:
    text = asked.query.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        if name == "offset":
            raise ApiRefused("validation", "invalidOffset", "offset: a whole number")
        raise malformed(name, "a whole number")
    return min(int(text), most)
