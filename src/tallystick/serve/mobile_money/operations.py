"""What is served, and what is not and why: the one list that routes and documents are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tallystick.serve.mobile_money.shapes import (
    BatchBody,
    CodeRequestBody,
    MandateRequestBody,
    Patch,
    QuotationBody,
    ReversalBody,
    TransactionBody,
)

ACCOUNT = ("/accounts/{first}/{second}", "/accounts/{first}")
"""An account by one identifier, or by `type@identifier`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: `call` names what answers it, `body` what it takes (`many`: a list of
    them), `gives` its answers."""

    method: str
    path: str
    call: str
    says: str
    body: type[Any] | None = None
    gives: tuple[int, ...] = (200,)
    many: bool = False
    paged: bool = False
    open: bool = False


def _both(method: str, below: str, call: str, says: str, **more: Any) -> tuple[Operation, ...]:
    """The same below both spellings of an account."""
    return tuple(
        Operation(method=method, path=f"{at}{below}", call=call, says=says, **more)
        for at in ACCOUNT
    )


_MADE = (201, 202)
_ASKED = (202,)
OPERATIONS: tuple[Operation, ...] = (
    Operation(method="GET", path="/heartbeat", call="heartbeat", says="Whether orders are taken.",
              open=True),
    Operation(method="POST", path="/transactions/type/{transactionType}", call="create",
              says="Pay from the own account, or collect.", body=TransactionBody, gives=_MADE),
    Operation(method="POST", path="/transactions", call="create",
              says="The same, the type in the body.", body=TransactionBody, gives=_MADE),
    Operation(method="GET", path="/transactions/{transactionReference}", call="view",
              says="One's own transaction."),
    Operation(method="POST", path="/transactions/{transactionReference}/reversals", call="reverse",
              says="Give back what was collected.", body=ReversalBody, gives=_MADE),
    Operation(method="GET", path="/requeststates/{serverCorrelationId}", call="state",
              says="How a request stands."),
    Operation(method="GET", path="/responses/{clientCorrelationId}", call="response",
              says="What a request made."),
    Operation(method="POST", path="/batchtransactions", call="batch", body=BatchBody, gives=_MADE,
              says="Many transactions, each with its own outcome."),
    Operation(method="GET", path="/batchtransactions/{batchId}", call="batch_view",
              says="How a batch ended."),
    Operation(method="GET", path="/batchtransactions/{batchId}/completions", call="completions",
              says="What was done of a batch.", paged=True),
    Operation(method="GET", path="/batchtransactions/{batchId}/rejections", call="rejections",
              says="What was not done of a batch, and why.", paged=True),
    Operation(method="POST", path="/quotations", call="quote", body=QuotationBody, gives=_MADE,
              says="What a payment would cost."),
    Operation(method="GET", path="/quotations/{quotationReference}", call="quote_view",
              says="One's own quotation."),
    Operation(method="GET", path="/accounts/balance", call="balance",
              says="The balance of the own account."),
    *_both("GET", "/balance", "balance", "The balance of the own account."),
    *_both("GET", "/accountname", "name", "The name of a payee (scope names)."),
    *_both("GET", "/status", "status", "The status of a payee (scope names)."),
    *_both("GET", "/transactions", "transactions", "Transactions of the own account.", paged=True),
    *_both("GET", "/statemententries", "statement", "Statement of the own account.", paged=True),
    *_both("POST", "/authorisationcodes", "ask_code", "Ask a customer to sign a code.",
           body=CodeRequestBody, gives=_ASKED),
    *_both("GET", "/authorisationcodes/{authorisationCode}", "code", "A code of a customer."),
    *_both("PATCH", "/authorisationcodes/{authorisationCode}", "end_code",
           "Give up a code that reserves nothing.", body=Patch, many=True, gives=_ASKED),
    *_both("POST", "/debitmandates", "ask_mandate", "Ask a customer to sign a mandate.",
           body=MandateRequestBody, gives=_ASKED),
    *_both("GET", "/debitmandates/{debitMandateReference}", "mandate", "A mandate of a customer."),
    *_both("PATCH", "/debitmandates/{debitMandateReference}", "end_mandate",
           "Give up a mandate.", body=Patch, many=True, gives=_ASKED),
)  # fmt: skip

_CUSTOMERS = "customers are taken on by the back office"
_MONEY = "an order that moved money is final; give it back by a reversal"
UNSERVED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        **{("GET", f"{at}/authorisationcodes"): "codes are secrets of their customer"
           for at in ACCOUNT},
        **{("GET", f"{at}/debitmandates"): "mandates are told to the partner one by one"
           for at in ACCOUNT},
        **{("POST", f"{at}/links"): "no partner sees a customer's account" for at in ACCOUNT},
        **{("GET", f"{at}/bills"): "there are no bills in these books" for at in ACCOUNT},
        **{("GET", f"{at}/billcompanies"): "there are no bills in these books" for at in ACCOUNT},
        ("GET", "/billcompanies"): "there are no bills in these books",
        ("POST", "/accounts/{first}"): _CUSTOMERS,
        ("PATCH", "/accounts/{first}/{second}"): _CUSTOMERS,
        ("PATCH", "/transactions/{transactionReference}"): _MONEY,
        ("PATCH", "/requeststates/{serverCorrelationId}"): "callbacks are sent with PUT",
        ("PATCH", "/batchtransactions/{batchId}"): "a batch is done when it is sent",
        ("GET", "/statemententries/{transactionReference}"): "read the account's statement",
    }
)  # fmt: skip
"""What the API has and is refused here, with its error object and this reason."""
