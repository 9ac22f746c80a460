"""What a request is refused with: the names that clients of the service know, one shape per plane.

Clients tell errors apart by name alone. A name never says more than a stranger may know: a request
that is not signed by a known access key gets one answer, whatever is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tallystick.ground.errors import Refused

STATUSES: Mapping[str, int] = MappingProxyType(
    {
        "ValidationException": 400,
        "VerificationFailedException": 400,
        "ConflictException": 400,
        "PublicPolicyException": 400,
        "ServiceQuotaExceededException": 400,
        "SerializationException": 400,
        "UnknownOperationException": 404,
        "ResourceNotFoundException": 404,
        "AccessDeniedException": 403,
        "MissingAuthenticationTokenException": 403,
        "IncompleteSignatureException": 403,
        "InvalidSignatureException": 403,
        "RequestEntityTooLargeException": 413,
        "ThrottlingException": 429,
        "InternalServerException": 500,
        "ServiceUnavailableException": 503,
    }
)
"""Every error of this interface and its HTTP status."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with a request: where, and what is allowed there. Never the value."""

    path: str
    message: str


class WireRefused(Refused):
    """A request that is answered with an error of the service. `name` is one of STATUSES."""

    code, clause = "payment_crypto.refused", "8"

    def __init__(
        self,
        name: str,
        message: str,
        *,
        reason: str = "",
        resource: str = "",
        fields: Sequence[Flaw] = (),
    ) -> None:
        super().__init__(f"{name}: {message}")
        self.name, self.message = name, message
        self.reason, self.resource, self.fields = reason, resource, tuple(fields)

    @property
    def status(self) -> int:
        return STATUSES[self.name]

    def control_body(self) -> dict[str, Any]:
        """JSON 1.0: the name in `__type`."""
        if self.name == "ResourceNotFoundException":
            return {"__type": self.name, "ResourceId": self.resource, "Message": self.message}
        return {"__type": self.name, "Message": self.message}

    def data_body(self) -> dict[str, Any]:
        """REST JSON: the name is in the header `x-amzn-ErrorType`."""
        match self.name:
            case "ValidationException":
                fields = [{"path": one.path, "message": one.message} for one in self.fields]
                return {"message": self.message, "fieldList": fields}
            case "VerificationFailedException":
                return {"Reason": self.reason, "Message": self.message}
            case "ResourceNotFoundException":
                return {"ResourceId": self.resource, "Message": self.message}
        return {"Message": self.message}


def invalid(flaws: Sequence[Flaw]) -> WireRefused:
    """A request whose members are not what the operation takes."""
    count = f"{len(flaws)} validation error{'s' if len(flaws) > 1 else ''} detected"
    told = "; ".join(
        f"Value at '{flaw.path}' failed to satisfy constraint: {flaw.message}" for flaw in flaws
    )
    return WireRefused("ValidationException", f"{count}: {told}", fields=flaws)


def unfit(message: str, *, path: str = "") -> WireRefused:
    """A well-formed request that the operation cannot be given."""
    fields = (Flaw(path, message),) if path else ()
    return WireRefused("ValidationException", message, fields=fields)


def not_found(resource: str, what: str = "Key") -> WireRefused:
    return WireRefused(
        "ResourceNotFoundException", f"{what} {resource} does not exist", resource=resource
    )


def not_served(why: str) -> WireRefused:
    """An operation, or a variant of one, that this service knows of and does not do."""
    return WireRefused("ValidationException", f"not served here: {why}")


def denied(why: str) -> WireRefused:
    return WireRefused("AccessDeniedException", why)
