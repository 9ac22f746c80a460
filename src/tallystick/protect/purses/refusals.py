"""What purses and their vouchers are refused for."""

from __future__ import annotations

from tallystick.ground.errors import Refused


class PurseRefused(Refused):
    """No such purse of this customer, or not in a state to be loaded or emptied."""

    code, clause = "purse.refused", "13"

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class VoucherRefused(Refused):
    """Not a voucher that a purse of ours signed for this payee in its time: one answer for all."""

    code, clause = "voucher.refused", "13"

    def __init__(self, reason: str) -> None:
        super().__init__("the voucher was refused")
        self.reason = reason


class VoucherDeposited(Refused):
    """This very voucher was deposited before."""

    code, clause = "voucher.deposited", "13"


class VoucherUncovered(Refused):
    """The purse spent more than was loaded, and the loss is at its bound."""

    code, clause = "voucher.uncovered", "13"
