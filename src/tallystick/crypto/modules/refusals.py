"""What a crypto module refuses. The reason stays inside; the text is always the same."""

from __future__ import annotations

from tallystick.ground.errors import Refused


class PinNotVerified(Refused):
    """Not this customer's PIN for this request; wrong, altered and misplaced look the same.

    `reason` is one short word for the fact: envelope, binding, field, length or digits.
    """

    code, clause, public_code = "pin.not_verified", "8", "customer.not_verified"

    def __init__(self, reason: str = "digits") -> None:
        super().__init__("PIN verification failed")
        self.reason = reason

    def __reduce__(self) -> tuple[type[PinNotVerified], tuple[str]]:
        return PinNotVerified, (self.reason,)


class PurposeRefused(Refused):
    """A key was asked to do what it is not for. `reason` names the purpose that was asked."""

    code, clause = "key.purpose", "8"

    def __init__(self, reason: str = "unknown") -> None:
        super().__init__("a key signs for its one purpose only")
        self.reason = reason

    def __reduce__(self) -> tuple[type[PurposeRefused], tuple[str]]:
        return PurposeRefused, (self.reason,)


class ModuleUnavailable(Refused):
    """The crypto module does not answer, so nothing that needs it is done."""

    code, clause, public_code = "module.unavailable", "8", "service.closed"
