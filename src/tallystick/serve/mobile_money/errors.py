"""What went wrong, in the words of the API: a category, a code, and one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.ground.clock import iso_instant
from tallystick.ground.errors import Refused

DESCRIPTION_MAX = 256
STATUS: Mapping[str, int] = {
    "businessRule": 400,
    "validation": 400,
    "authorisation": 400,
    "identification": 404,
    "internal": 503,
    "serviceUnavailable": 503,
}


class ApiRefused(Refused):
    """The interface itself refuses a request."""

    code, clause, public_code = "interface.refused", "7.1", "order.malformed"
    recorded = False
    """Whether the evidence has it already, because it was the corridor that refused."""

    def __init__(
        self, category: str, error: str, description: str, *, status: int | None = None
    ) -> None:
        super().__init__(description)
        said = description[:DESCRIPTION_MAX]  # it may quote the client, and it is kept for ever
        self.category, self.error, self.description = category, error, said
        self.status = status or STATUS[category]
        self.detail: Mapping[str, str | int] = {
            "interface": "mobile_money",
            "error": error,
            "said": said,
        }

    def plain(self, now_ms: int) -> dict[str, str]:
        """The API's error object."""
        return error_object(self.category, self.error, self.description, now_ms)


class CallbackRefused(ApiRefused):
    """A callback would go somewhere that is not the open internet."""

    code = "callback.refused"

    def __init__(self, description: str) -> None:
        super().__init__("validation", "formatError", f"X-Callback-URL: {description}")


def malformed(where: str, what: str) -> ApiRefused:
    return ApiRefused("validation", "formatError", f"{where}: {what}")


def missing(where: str) -> ApiRefused:
    return ApiRefused("validation", "mandatoryValueNotSupplied", f"{where} is missing")


def not_found(what: str = "no such resource, or not yours to see") -> ApiRefused:
    return ApiRefused("identification", "identifierError", what)


def not_served(why: str) -> ApiRefused:
    return ApiRefused("businessRule", "genericError", f"not served: {why}")


def unauthorised() -> ApiRefused:
    """One answer for every reason."""
    return ApiRefused(
        "authorisation", "clientAuthorisationError", "a valid access token is needed", status=401
    )


def error_object(category: str, error: str, description: str, now_ms: int) -> dict[str, str]:
    return {
        "errorCategory": category,
        "errorCode": error,
        "errorDescription": description[:DESCRIPTION_MAX],
        "errorDateTime": iso_instant(now_ms),
    }


_SAID: Mapping[str, tuple[str, str, str]] = {
    # What the corridor's outside codes are in the API.
    "amount.malformed": ("validation", "formatError", "not an amount of this currency"),
    "currency.mismatch": ("businessRule", "currencyNotSupported", "another currency than ours"),
    "payee.unknown": ("identification", "identifierError", "no such account"),
    "payee.mismatch": ("identification", "identifierError", "no such account"),
    "funds.insufficient": ("businessRule", "insufficientFunds", "not enough money"),
    "tier.exceeded": ("businessRule", "accountMaxTotalValueExceeded", "a limit would be exceeded"),
    "payment.declined": ("authorisation", "requestDeclined", "declined"),
    "authority.refused": (
        "authorisation",
        "requestingPartyAuthorisationError",
        "no code or mandate of the customer allows this",
    ),
    "refund.refused": ("businessRule", "incorrectState", "nothing collected is left to give back"),
    "hold.unknown": ("businessRule", "incorrectState", "nothing is reserved"),
    "operation.forbidden": (
        "authorisation",
        "servicingPartyAuthorisationError",
        "this partner was not let do that",
    ),
    "device.suspended": ("authorisation", "clientAuthorisationError", "suspended"),
    "message.refused": ("validation", "genericError", "X-Date: outside of the window"),
    "order.malformed": ("validation", "formatError", "not as it must be"),
    "service.closed": ("serviceUnavailable", "genericError", "a check could not be made"),
    "request.declined": ("authorisation", "requestDeclined", "the customer declined"),
    "request.expired": ("businessRule", "incorrectState", "the customer did not answer in time"),
}


def said(code: str, now_ms: int) -> dict[str, str]:
    """The error object for a code of the corridor."""
    generic = ("businessRule", "genericError", "refused")
    return error_object(*_SAID.get(code, generic), now_ms)


def refused_as(code: str) -> ApiRefused:
    """The same as a refusal that is answered at once."""
    refusal = ApiRefused(*_SAID.get(code, ("businessRule", "genericError", "refused")))
    refusal.recorded = True
    return refusal
