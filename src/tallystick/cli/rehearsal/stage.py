"""What the scenes of a rehearsal are played on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tallystick.cli.rehearsal.cast import Cast, Player
from tallystick.decide.policy import SecurityPolicy
from tallystick.ground.money import Amount
from tallystick.ground.secret import Secret
from tallystick.handset import Answer

BANK = "ke91000123456789012"
PAYMENTS = ("remote.pay", "merchant.pay", "banking.transfer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One operation as it went: what was expected and what was seen."""

    title: str
    expected: str
    seen: str

    @property
    def held(self) -> bool:
        return self.expected == self.seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What the scenes are played on. `listed` is a name from the screening list."""

    policy: SecurityPolicy
    cast: Cast
    listed: str

    def amount(self, minor: int) -> Amount:
        return Amount(minor=minor, currency=self.policy.currency)

    def limit(self, player: Player) -> int:
        """What one payment of this player may move at most, minor units."""
        return self.policy.tiers[player.tier].per_transaction_minor

    def offers(self, operation: str) -> bool:
        """Whether the service has this operation at all."""
        return bool(self.policy.operation(operation).roles)

    def paying(self) -> str:
        """The payment that most scenes are played with: the first one that the service offers."""
        return next(kind for kind in PAYMENTS if self.offers(kind))

    def step_up(self) -> int:
        """From here on a payment needs the PIN; a tenth of the limit when all or none do."""
        step_up = self.policy.operation(self.paying()).step_up_minor
        cap = self.policy.operation(self.paying()).amount_max_minor["software"]
        return step_up or min(self.limit(self.cast.amina) // 10, cap // 10)

    def pay(self, payer: Player, minor: int, pin: Secret | None = None) -> Answer:
        """Pay somebody else in the way that the service offers."""
        amount, other = self.amount(minor), self.cast.brian
        if other is payer:
            other = self.cast.amina
        match self.paying():
            case "remote.pay":
                return payer.handset.pay(other.account, other.name, amount, pin)
            case "merchant.pay":
                return payer.handset.pay_merchant(str(self.cast.shop.qr), amount, pin)
            case _:
                return payer.handset.transfer_to_bank(BANK, payer.name, amount, pin)


Act = tuple[str, str, Callable[[], Answer]]
"""Title, the code that must be seen, and what is done."""
