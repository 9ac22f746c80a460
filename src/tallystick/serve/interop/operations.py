"""What is served, once: the routes and the OpenAPI document are made from this list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tallystick.serve.interop.bodies import (
    AuthorizationAnswer,
    BulkQuoteBody,
    BulkTransferBody,
    ErrorAnswer,
    Open,
    PartyAnswer,
    QuoteAnswer,
    QuoteBody,
    RequestAnswer,
    TransactionRequestBody,
    TransferAnswer,
    TransferBody,
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: who handles it (`side` and `handler`), what it reads, what it is for.

    What `asks` is answered 202 and later by a callback; everything else is a callback and is
    answered 200.
    """

    method: str
    path: str
    side: Literal["payee", "payer"]
    handler: str
    body: type[Open] | None
    says: str

    @property
    def resource(self) -> str:
        return self.path.split("/")[1]

    @property
    def asks(self) -> bool:
        return self.method in ("GET", "POST")


_PARTY, _ID = "/parties/{kind}/{name}", "/{id}"
OPERATIONS = (
    Operation("GET", _PARTY, "payee", "party", None, "Who is behind a number."),
    Operation("GET", _PARTY + "/{sub}", "payee", "party", None, "Never known: none has a sub-id."),
    Operation("POST", "/quotes", "payee", "quote", QuoteBody, "What we would take."),
    Operation("GET", "/quotes" + _ID, "payee", "show_quote", None, "The answer again."),
    Operation("POST", "/transfers", "payee", "transfer", TransferBody, "Take what we quoted."),
    Operation("GET", "/transfers" + _ID, "payee", "show_transfer", None, "What became of it."),
    Operation("PATCH", "/transfers" + _ID, "payee", "notify", TransferAnswer, "It is settled."),
    Operation(
        "POST", "/transactionRequests", "payee", "ask", TransactionRequestBody,
        "A merchant elsewhere asks our customer to pay.",
    ),
    Operation(
        "GET", "/transactionRequests" + _ID, "payee", "show_request", None,
        "What the customer said.",
    ),
    Operation(
        "GET", "/authorizations" + _ID, "payee", "authorise", None,
        "Never known: merchants here ask for no payment elsewhere.",
    ),
    Operation("POST", "/bulkQuotes", "payee", "bulk_quote", BulkQuoteBody, "Quotes, together."),
    Operation("GET", "/bulkQuotes" + _ID, "payee", "show_bulk_quote", None, "The answer again."),
    Operation(
        "POST", "/bulkTransfers", "payee", "bulk_transfer", BulkTransferBody,
        "Transfers that came together, each with its own end.",
    ),
    Operation(
        "GET", "/bulkTransfers" + _ID, "payee", "show_bulk_transfer", None, "The answer again.",
    ),
    Operation("PUT", _PARTY, "payer", "party", PartyAnswer, "Who our customer's payee is."),
    Operation("PUT", _PARTY + "/error", "payer", "party_error", ErrorAnswer, "Nobody, and why."),
    Operation("PUT", "/quotes" + _ID, "payer", "quote", QuoteAnswer, "What they would take."),
    Operation(
        "PUT", "/quotes" + _ID + "/error", "payer", "quote_error", ErrorAnswer, "Nothing, and why.",
    ),
    Operation("PUT", "/transfers" + _ID, "payer", "transfer", TransferAnswer, "How it ended."),
    Operation(
        "PUT", "/transfers" + _ID + "/error", "payer", "transfer_error", ErrorAnswer,
        "It did not happen, and why.",
    ),
    Operation(
        "PUT", "/transactionRequests" + _ID, "payer", "request", RequestAnswer,
        "Never known: we ask for none.",
    ),
    Operation(
        "PUT", "/authorizations" + _ID, "payer", "authorisation", AuthorizationAnswer,
        "What became of a one-time code at the merchant's terminal.",
    ),
    Operation(
        "PUT", "/authorizations" + _ID + "/error", "payer", "authorisation_error", ErrorAnswer,
        "The code cannot be asked for, and why.",
    ),
    Operation("PUT", "/bulkQuotes" + _ID, "payer", "bulk_quote", None, "Never known."),
    Operation("PUT", "/bulkTransfers" + _ID, "payer", "bulk_transfer", None, "Never known."),
)  # fmt: skip
