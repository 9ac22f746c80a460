"""The error codes of the API: what went wrong, in the words that every participant shares.

2xxx is ours, 3xxx the request's, 4xxx the payer's, 5xxx the payee's.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tallystick.ground.errors import Refused

SERVER, UNAVAILABLE, UNIMPLEMENTED = "2001", "2003", "2002"
VERSION, URI = "3001", "3002"
VALIDATION, MALFORMED, MISSING = "3100", "3101", "3102"
TOO_LARGE, BAD_SIGNATURE, MODIFIED = "3104", "3105", "3106"
ID_UNKNOWN, PARTY_UNKNOWN, QUOTE_UNKNOWN = "3200", "3204", "3205"
REQUEST_UNKNOWN, TRANSFER_UNKNOWN = "3206", "3208"
BULK_QUOTE_UNKNOWN, BULK_TRANSFER_UNKNOWN = "3209", "3210"
QUOTE_EXPIRED, TRANSFER_EXPIRED = "3302", "3303"
PAYER_LIQUIDITY, PAYER_REJECTED = "4001", "4101"
PAYEE_ERROR, PAYEE_UNSUPPORTED, PAYEE_REJECTED_QUOTE = "5000", "5102", "5103"
PAYEE_REJECTED, PAYEE_CURRENCY, PAYEE_LIMIT, PAYEE_BLOCKED = "5105", "5106", "5200", "5400"

MEANING: Mapping[str, str] = MappingProxyType(
    {
        SERVER: "Internal server error",
        UNAVAILABLE: "Service currently unavailable",
        UNIMPLEMENTED: "Not implemented",
        VERSION: "Unacceptable version requested",
        URI: "Unknown URI",
        VALIDATION: "Generic validation error",
        MALFORMED: "Malformed syntax",
        MISSING: "Missing mandatory element",
        TOO_LARGE: "Too large payload",
        BAD_SIGNATURE: "Invalid signature",
        MODIFIED: "Modified request",
        ID_UNKNOWN: "Generic ID not found",
        PARTY_UNKNOWN: "Party not found",
        QUOTE_UNKNOWN: "Quote ID not found",
        REQUEST_UNKNOWN: "Transaction request ID not found",
        TRANSFER_UNKNOWN: "Transfer ID not found",
        BULK_QUOTE_UNKNOWN: "Bulk quote ID not found",
        BULK_TRANSFER_UNKNOWN: "Bulk transfer ID not found",
        QUOTE_EXPIRED: "Quote expired",
        TRANSFER_EXPIRED: "Transfer expired",
        PAYER_LIQUIDITY: "Payer FSP insufficient liquidity",
        PAYER_REJECTED: "Payer rejected transaction request",
        PAYEE_ERROR: "Generic payee error",
        PAYEE_UNSUPPORTED: "Payee FSP unsupported transaction type",
        PAYEE_REJECTED_QUOTE: "Payee FSP rejected quote",
        PAYEE_REJECTED: "Payee FSP rejected transaction",
        PAYEE_CURRENCY: "Payee unsupported currency",
        PAYEE_LIMIT: "Payee limit error",
        PAYEE_BLOCKED: "Generic payee blocked error",
    }
)
"""Codes and their short names: identifiers of the API, nothing else is taken from its text."""

DESCRIPTION_MAX = 128

STATUS: Mapping[str, int] = MappingProxyType(
    {SERVER: 500, UNAVAILABLE: 503, UNIMPLEMENTED: 501, VERSION: 406, URI: 404, TOO_LARGE: 413}
)
"""What an error is as an answer to the request itself; every other one is 400."""

_OF_CODE: Mapping[str, str] = MappingProxyType(
    {
        "payee.unknown": ID_UNKNOWN,
        "quote.unknown": QUOTE_UNKNOWN,
        "quote.expired": QUOTE_EXPIRED,
        "quote.used": MODIFIED,
        "transfer.unknown": TRANSFER_UNKNOWN,
        "transfer.expired": TRANSFER_EXPIRED,
        "terms.mismatch": VALIDATION,
        "fulfilment.refused": VALIDATION,
        "amount.malformed": VALIDATION,
        "order.malformed": VALIDATION,
        "currency.mismatch": PAYEE_CURRENCY,
        "tier.exceeded": PAYEE_LIMIT,
        "payment.declined": PAYEE_BLOCKED,
        "funds.insufficient": PAYER_LIQUIDITY,
        "request.conflict": MODIFIED,
        "service.closed": UNAVAILABLE,
    }
)


class ApiRefused(Refused):
    """A request of the hub that is refused with a code of the API."""

    code, clause = "interop.refused", "11"

    def __init__(self, api: str, what: str = "") -> None:
        self.api = api
        self.what = what
        super().__init__(f"{api} {what}")

    @property
    def status(self) -> int:
        """The HTTP status when this is the answer to the request itself."""
        return STATUS.get(self.api, 400)


def api_code(code: str) -> str:
    """The API's code for a refusal of ours; anything that has none is the payee's refusal.

    >>> api_code("tier.exceeded"), api_code("customer.known")
    ('5200', '5105')
    """
    return _OF_CODE.get(code, PAYEE_REJECTED)


def error_body(api: str, what: str = "") -> dict[str, object]:
    """`errorInformation` of one error; the description fits the API's 128 characters.

    >>> error_body("3208")["errorInformation"]["errorDescription"]
    'Transfer ID not found'
    """
    name = MEANING.get(api, "Error")
    said = f"{name} - {what}" if what else name
    return {"errorInformation": {"errorCode": api, "errorDescription": said[:DESCRIPTION_MAX]}}
