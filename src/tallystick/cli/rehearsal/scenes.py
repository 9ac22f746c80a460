"""The operations of a rehearsal: what must be accepted is, and what must be refused is too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tallystick.cli.rehearsal.cast import PIN, Cast, Player, fund
from tallystick.decide.policy import SecurityPolicy
from tallystick.ground.money import Amount
from tallystick.ground.secret import Secret
from tallystick.handset import Answer, read_pin

BANK = "ke91000123456789012"


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

    def step_up(self) -> int:
        """From here on a payment needs the PIN; a tenth of the limit when it never does."""
        step_up = self.policy.operation("remote.pay").step_up_minor
        return step_up if step_up else self.limit(self.cast.amina) // 10


def play(stage: Stage) -> Iterator[Scene]:
    """Play every scene that the policy's operations allow, in order."""
    _set_up(stage)
    for title, expected, act in (*_accepted(stage), *_refused(stage)):
        yield Scene(title=title, expected=expected, seen=act().code)


Act = tuple[str, str, Callable[[], Answer]]


def _set_up(stage: Stage) -> None:
    cast, currency = stage.cast, stage.policy.currency
    tiers = stage.policy.tiers
    fund(cast, cast.brian, _purse(stage, cast.brian), currency=currency, reference="BANK-0001")
    fund(cast, cast.amina, tiers[cast.amina.tier].balance_minor // 2,
         currency=currency, reference="BANK-0002")  # fmt: skip
    fund(cast, cast.chebet, tiers[cast.chebet.tier].balance_minor * 3 // 4,
         currency=currency, reference="BANK-0003")  # fmt: skip


def _purse(stage: Stage, player: Player) -> int:
    tier = stage.policy.tiers[player.tier]
    return min(tier.balance_minor // 2, 3 * tier.per_transaction_minor)


def _accepted(stage: Stage) -> Iterator[Act]:
    amina, brian, shop = stage.cast.amina, stage.cast.brian, stage.cast.shop
    small, large = stage.amount(stage.step_up() - 100), stage.amount(stage.step_up())
    pay = brian.handset.pay
    yield (
        "small payment, the device is enough",
        "ok",
        partial(pay, amina.account, amina.name, small),
    )
    yield (
        "larger payment, with the PIN",
        "ok",
        partial(pay, amina.account, amina.name, large, read_pin(PIN)),
    )
    yield (
        "at the merchant's, by QR code",
        "ok",
        partial(amina.handset.pay_merchant, str(shop.qr), small),
    )
    yield "balance enquiry", "ok", amina.handset.balance
    yield "statement", "ok", partial(brian.handset.statement, 10)
    yield "to a bank account, paid by the bank", "ok", partial(_redeem, stage, "paid")
    yield "to a bank account, returned by the bank", "ok", partial(_redeem, stage, "failed")


def _redeem(stage: Stage, verdict: str) -> Answer:
    brian = stage.cast.brian
    amount = stage.amount(stage.step_up())
    held = brian.handset.transfer_to_bank(BANK, brian.name, amount, read_pin(PIN))
    if not held.accepted:
        return held
    hold = f"{held.leaf['device']}.{held.leaf['request']}"
    return stage.cast.treasury.settle(hold, verdict)


def _refused(stage: Stage) -> Iterator[Act]:
    amina, brian, chebet = stage.cast.amina, stage.cast.brian, stage.cast.chebet
    pin, step_up = read_pin(PIN), stage.amount(stage.step_up())
    to_brian = partial(amina.handset.pay, brian.account, brian.name)
    over = stage.amount(stage.limit(amina) + 100)
    yield "over the limit of the tier", "tier.exceeded", partial(to_brian, over, pin)
    yield (
        "with a wrong PIN",
        "customer.not_verified",
        partial(to_brian, step_up, read_pin("0000")),
    )
    yield (
        "to a listed party",
        "payment.declined",
        partial(brian.handset.transfer_to_bank, BANK, stage.listed, step_up, pin),
    )
    yield "taking on a listed party", "payment.declined", partial(_take_on_listed, stage)
    yield (
        "more e-money than money at the bank",
        "funds.insufficient",
        partial(stage.cast.treasury.issue, brian.account, stage.amount(100)),
    )
    yield from _structuring(stage, pin)
    yield "a lost handset is revoked", "ok", partial(_revoke, stage)
    yield (
        "the lost handset tries to pay",
        "device.suspended",
        partial(chebet.handset.pay, brian.account, brian.name, step_up, pin),
    )


def _revoke(stage: Stage) -> Answer:
    lost = stage.cast.chebet.handset.bound().device
    return stage.cast.backoffice.revoke("reported lost", device=lost)


def _structuring(stage: Stage, pin: Secret) -> Iterator[Act]:
    brian, chebet = stage.cast.brian, stage.cast.chebet
    near = stage.limit(chebet) * 97 // 100
    rule = next((r for r in stage.policy.typologies if r.id == "structuring"), None)
    if rule is not None and rule.action == "refuse":
        last = rule.numbers["count_min"]
        for number in range(1, last + 1):
            yield (
                f"just under the limit, {number} of {last} (structuring)",
                "ok" if number < last else "payment.declined",
                partial(
                    chebet.handset.pay, brian.account, brian.name, stage.amount(near + number), pin
                ),
            )


def _take_on_listed(stage: Stage) -> Answer:
    return stage.cast.backoffice.register_customer(
        name=stage.listed, born="1961-03-04", country=stage.policy.jurisdiction,
        document="ID-LISTED", role="customer", tier=stage.cast.amina.tier,
    )  # fmt: skip
