"""What a handset refuses, and what it is refused. A small tree under `ground.errors.Refused`.

Refused
├── Refusal            the provider refused before it recognised the device (problem+json)
└── HandsetRefused     the handset itself will not go on
    ├── Malformed          octets that do not have the shape that the wire page gives them
    ├── StatementRefused   the service statement is not the pinned provider's
    ├── ReceiptRefused     an answer whose proof does not hold
    ├── QrRefused          a QR code that the provider did not sign
    ├── ShownDiffers       what was shown is not what would be signed
    ├── NotConfirmed       the customer said no
    ├── NotEnrolled        an order from a handset that is not bound to a customer
    └── AnswerLost         sent, and no answer came: retry the same order
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import NotAnIdentifier


class Refusal(Refused):
    """The provider's problem+json: an HTTP status and a stable code, nothing else."""

    code: str  # type: ignore[misc]  # the provider's word, so each refusal has its own

    def __init__(self, status: int, code: str) -> None:
        self.status, self.code = status, code
        super().__init__(f"refused by the provider: {status} {code}")

    @property
    def undecided(self) -> bool:
        """Whether the provider says of itself that it cannot tell what became of an order."""
        return self.status >= 500


class HandsetRefused(Refused):
    """The handset itself will not go on."""

    code, clause = "handset.refused", "7"


class Malformed(HandsetRefused):
    """Octets that do not have the shape that the wire page gives them."""

    code = "handset.malformed"


class StatementRefused(HandsetRefused):
    """The service statement is not the pinned provider's."""

    code = "statement.refused"


class ReceiptRefused(HandsetRefused):
    """An answer whose proof does not hold, or that answers another question."""

    code = "receipt.refused"


class QrRefused(HandsetRefused):
    """A QR code that is damaged, of another kind, or not signed by the provider."""

    code, clause = "qr.refused", "10"


class ShownDiffers(HandsetRefused):
    """What was shown to the customer is not what would be signed."""

    code = "intent.differs"


class NotConfirmed(HandsetRefused):
    """The customer was shown the order and did not confirm it."""

    code = "intent.not_confirmed"


class NotEnrolled(HandsetRefused):
    """This handset is not bound to a customer yet."""

    code = "handset.not_enrolled"


class AnswerLost(HandsetRefused):
    """The order was sent and no answer came; the same order may be sent again."""

    code = "answer.lost"


@contextmanager
def refusing(kind: type[HandsetRefused], what: str) -> Iterator[None]:
    """Turn a malformed part of `what` into the one refusal of its door."""
    try:
        yield
    except (Malformed, NotAnIdentifier) as wrong:
        raise kind(f"{what}: {wrong}") from None
