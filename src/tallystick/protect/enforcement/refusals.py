"""Refusals that belong to no single check."""

from __future__ import annotations

from typing import Any

from tallystick.ground.errors import Refused
from tallystick.protect.enforcement.settlement import Mark


class OrderMalformed(Refused):
    """The order inside a sealed message does not have the shape of its operation."""

    code, clause = "order.malformed", "7.1"


class OperationForbidden(Refused):
    """This role may not ask for this operation."""

    code, clause = "operation.forbidden", "7.1"


class RequestConflict(Refused):
    """The same request id came back with another order."""

    code, clause = "request.conflict", "7.1"


class EnvironmentCap(Refused):
    """More than a key in this secure environment may authorise."""

    code, clause = "environment.cap", "7.2"


class ServiceClosed(Refused):
    """A check could not be made, so the answer is no."""

    code, clause = "service.closed", "7.1"


class CountedRefusal(Refused):
    """A refusal that must be remembered: its marks are committed although nothing else is."""

    def __init__(self, message: str, *, marks: tuple[Mark[Any], ...]) -> None:
        super().__init__(message)
        self.marks = marks
