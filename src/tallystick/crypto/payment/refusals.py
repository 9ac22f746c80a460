"""What the payment functions refuse. What would help a guesser looks the same from outside.

`reason` is for the journal and for facts; `str` of a refusal is what the caller reads.
"""

from __future__ import annotations

from tallystick.ground.errors import Refused


class CallRefused(Refused):
    """Base of every refusal of a call. `where` names the member of the call, if one is to blame."""

    code, clause = "call.refused", "8"

    def __init__(self, text: str, *, where: str = "", reason: str = "") -> None:
        super().__init__(text)
        self.where, self.reason = where, reason or text


class CallMalformed(CallRefused):
    """A member of the call is not what this operation takes: `where`, and what is allowed."""

    code = "call.malformed"


class KeyNotFound(CallRefused):
    """No key of this handle."""

    code = "key.unknown"


class KeyUnusable(CallRefused):
    """The key is not for this, not now, or not any more; its record may be altered."""

    code = "key.unusable"


class NotVerified(CallRefused):
    """A PIN, MAC, card value or cryptogram is not right. One text for every reason.

    `what` is pin, mac, card_value or cryptogram.
    """

    code, public_code = "verification.failed", "verification.failed"

    def __init__(self, what: str, *, reason: str = "") -> None:
        super().__init__("verification failed", where=what, reason=reason)
        self.what = what


class PinRefused(CallRefused):
    """A PIN block cannot be taken in. One text for every reason."""

    code = "pin.refused"

    def __init__(self, *, reason: str = "") -> None:
        super().__init__("the PIN data was refused", reason=reason)


class CiphertextRefused(CallRefused):
    """A key block, cryptogram or sealed field does not open. One text for every reason."""

    code = "ciphertext.refused"

    def __init__(self, *, reason: str = "") -> None:
        super().__init__("the ciphertext was refused", reason=reason)


class BudgetSpent(CallRefused):
    """Too many failures, or too many operations, for now."""

    code = "budget.spent"


class ApprovalMissing(CallRefused):
    """Not enough custodians have approved this; nobody approves their own request."""

    code = "approval.missing"


class NotOffered(CallRefused):
    """A known operation that this module does not do, or that its policy switches off."""

    code = "operation.unavailable"


class Conflict(CallRefused):
    """The key is not in a state that allows this, or what is asked for exists already."""

    code = "key.conflict"
