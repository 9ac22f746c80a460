"""Transactions: read an order out of what was sent, have it decided, tell how it stands."""

from __future__ import annotations

from typing import Any

from tallystick.protect.corridor import Partners
from tallystick.serve.mobile_money.amounts import read_sum
from tallystick.serve.mobile_money.arrivals import Asked, read_instant
from tallystick.serve.mobile_money.deciding import Decider, Draft, Note
from tallystick.serve.mobile_money.errors import ApiRefused, malformed, not_found
from tallystick.serve.mobile_money.identifiers import Named, names_own, read_party
from tallystick.serve.mobile_money.shapes import ReversalBody, TransactionBody, plain, read_shape
from tallystick.serve.mobile_money.states import (
    FAILED,
    link_of,
    request_state,
    standing,
    transaction_object,
)

OUTWARD = ("disbursement", "transfer", "deposit", "adjustment")
"""Types by which a partner pays from its own account."""
INWARD = ("merchantpay", "transfer", "withdrawal")
"""Types by which a partner is paid by a customer."""
TYPES = tuple(dict.fromkeys((*OUTWARD, *INWARD)))


class Transactions:
    """What the API asks about transactions."""

    def __init__(self, partners: Partners, decider: Decider) -> None:
        self._partners, self.decider = partners, decider

    async def create(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """A transaction of a type in the path or the body."""
        body = read_shape(asked.body, TransactionBody)
        kind = asked.path.get("transactionType") or body.type or ""
        return await self._answered(asked, *self.draft(asked, kind, body))

    def draft(self, asked: Asked, kind: str, body: TransactionBody) -> tuple[Draft, Note]:
        """One transaction in our words. Refuses: ApiRefused."""
        if body.type is not None and body.type != kind:
            raise malformed("type", "another one in the path")
        if kind not in TYPES:
            raise ApiRefused("businessRule", "transactionTypeError", f"type: one of {TYPES}")
        if body.request_date is not None:
            read_instant(body.request_date, "requestDate")
        return self._draft(asked, kind, body), {"type": kind, "asked": told_again(body)}

    async def reverse(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """Give back what a transaction of this partner collected, or part of it."""
        body = read_shape(asked.body, ReversalBody)
        original = asked.path["transactionReference"].lower()
        if self._partners.order(asked.partner.id, original) is None:
            raise not_found()
        ours = self._partners.currency
        draft: dict[str, Any] = {"original": original, "currency": ours}
        told = told_again(body) | {"currency": ours}
        if body.amount is not None:
            draft["amount"] = told["amount"] = read_sum(
                body.amount, body.currency or ours, ours=ours
            )
        note = {"type": body.type, "asked": told, "original": original}
        return await self._answered(asked, ("partner.refund", draft), note)

    async def view(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        reference = asked.path["transactionReference"].lower()
        return 200, transaction_object(self._partners, asked.partner.id, reference)

    async def state(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        reference = asked.path["serverCorrelationId"].lower()
        return 200, request_state(self._partners, asked.partner.id, reference)

    async def response(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """Where the outcome of a request is, for a client that lost the answer."""
        reference = asked.path["clientCorrelationId"].lower()
        now = standing(self._partners, asked.partner.id, reference)
        if now.status == FAILED:
            raise not_found("this request made nothing; its state says why")
        return 200, {"link": link_of(self._partners, now, reference)}

    def _draft(self, asked: Asked, kind: str, body: TransactionBody) -> Draft:
        """Whose money it is decides what it takes: the partner's own order, or the customer's."""
        amount = read_sum(body.amount, body.currency, ours=self._partners.currency)
        sums = {"amount": amount, "currency": self._partners.currency}
        debit, credit = read_party(body.debit_party), read_party(body.credit_party)
        own_debit = names_own(self._partners, asked.partner, debit)
        own_credit = names_own(self._partners, asked.partner, credit)
        if own_debit and own_credit:
            raise ApiRefused("businessRule", "samePartiesError", "two parties are needed")
        if (own_debit or debit is None) and credit is not None and kind in OUTWARD:
            return self._outward(kind, body, credit, sums)
        if (own_credit or credit is None) and kind in INWARD:
            return _inward(body, debit, sums)
        raise ApiRefused(
            "authorisation",
            "requestingPartyAuthorisationError",
            f"a {kind} goes between the partner's own account and a customer's",
        )

    def _outward(
        self, kind: str, body: TransactionBody, credit: Named, sums: dict[str, str]
    ) -> Draft:
        if kind == "adjustment" and body.original_transaction_reference is not None:
            original = body.original_transaction_reference.lower()
            return "partner.refund", {"original": original[:64] or "none", **sums}
        if not credit.account:
            raise not_found("no such account")
        return "partner.pay", {"payee": credit.account, **sums}

    async def _answered(self, asked: Asked, draft: Draft, note: Note) -> tuple[int, dict[str, Any]]:
        deferred = draft[0] == "partner.request"
        return await self.decider.answered(
            asked, draft, note, show=transaction_object, deferred=deferred
        )


def _inward(body: TransactionBody, debit: Named | None, sums: dict[str, str]) -> Draft:
    """Under a code, under a mandate, or by asking the customer."""
    if body.one_time_code:
        payer = {"payer": debit.account} if debit is not None and debit.account else {}
        return "partner.collect", {"authority": body.one_time_code[:64], **payer, **sums}
    if debit is None:
        raise ApiRefused("validation", "mandatoryValueNotSupplied", "debitParty is missing")
    if debit.mandate:
        return "partner.collect", {"authority": debit.mandate, **sums}
    told = body.description_text or body.requesting_organisation_transaction_reference or ""
    return "partner.request", {"payer": debit.account, "reference": told[:128], **sums}


def told_again(body: TransactionBody | ReversalBody) -> dict[str, Any]:
    """What is shown again of a request: everything but the code, which is a secret of two."""
    told = plain(body)
    for name in ("oneTimeCode", "type"):
        told.pop(name, None)
    return told
