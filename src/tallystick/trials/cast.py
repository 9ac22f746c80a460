"""The cast: staff, and the customers that each trial has made for itself."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from tallystick.decide.policy import SecurityPolicy, TierLimits
from tallystick.ground.clock import Clock
from tallystick.ground.errors import Refused
from tallystick.ground.money import Amount
from tallystick.ground.secret import Secret
from tallystick.handset import (
    Answer,
    Application,
    Handset,
    Order,
    new_request,
    read_pin,
)
from tallystick.trials.result import CannotRun

APPLICATION = Application(version=1_000_000, build="sha256:trials", debuggable=False, rooted=False)
PIN_DIGITS, WRONG_DIGITS = "493015827364", "271846590318"
IBAN = "KE610080012345678901"
"""A well-formed account of no bank."""
GIVEN = ("Amina", "Baraka", "Chiku", "Dalila", "Erasto", "Faraja", "Goma", "Hasina")
FAMILY = ("Kiprono", "Wekesa", "Njoroge", "Achieng", "Mutiso", "Barasa", "Cherono", "Odhiambo")
LUMP = 2_000
"""Funds are confirmed for so many customers at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """The three devices that act for the provider and for its laboratory."""

    treasury: Handset
    backoffice: Handset
    laboratory: Handset


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """A customer with a handset, as the trial and the register both know them."""

    handset: Handset
    name: str
    account: str
    pin: Secret
    wrong_pin: Secret
    qr: str | None = None


def enrol_staff(
    base_url: str,
    verifier_key: str,
    *,
    codes: Mapping[str, str],
    clock: Clock,
    transport: httpx.BaseTransport | None = None,
) -> Staff:
    """Enrol the staff devices from their activation codes, by role. Refuses: Refusal."""
    handsets: dict[str, Handset] = {}
    try:
        for role in ("treasury", "backoffice", "laboratory"):
            handsets[role] = new_handset(base_url, verifier_key, clock=clock, transport=transport)
            handsets[role].enrol(codes[role], read_pin(PIN_DIGITS))
    except Refused:
        for handset in handsets.values():
            handset.close()
        raise
    return Staff(**handsets)


def new_handset(
    base_url: str,
    verifier_key: str,
    *,
    clock: Clock,
    transport: httpx.BaseTransport | None = None,
) -> Handset:
    """A device with its keys in software, bound to nobody yet."""
    return Handset.create(
        base_url,
        verifier_key,
        secure_environment="software",
        application=APPLICATION,
        clock=clock,
        transport=transport,
    )


class Cast:
    """Makes customers through the API, as the back office and the treasury would."""

    def __init__(
        self,
        staff: Staff,
        policy: SecurityPolicy,
        *,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.staff, self._policy, self._clock, self._transport = staff, policy, clock, transport
        self._made: list[Handset] = []
        self._confirmed_minor = 0

    # ---- who may do what, under this policy ----------------------------------------------------

    @property
    def small(self) -> TierLimits:
        """The tier that may move least."""
        return min(self._policy.tiers.values(), key=lambda tier: tier.per_transaction_minor)

    @property
    def roomy(self) -> TierLimits:
        """The tier that may hold most."""
        return max(self._policy.tiers.values(), key=lambda tier: tier.balance_minor)

    def tier_for(self, minor: int) -> TierLimits:
        """The smallest tier that may pay an amount at once, from a device with keys in software.

        Refuses: CannotRun when none may.
        """
        caps = self._policy.operation(self.payment).amount_max_minor
        tiers = sorted(self._policy.tiers.values(), key=lambda tier: tier.per_transaction_minor)
        for tier in tiers:
            if minor <= min(tier.per_transaction_minor, caps["software"]):
                return tier
        raise CannotRun(f"no tier may pay {self.amount(minor)} from software")

    @property
    def unit_minor(self) -> int:
        """An amount that a customer of the smallest tier may pay many times a day."""
        cap = min(self.small.per_transaction_minor, self.small.per_day_minor // 40)
        return max(1, cap // 3)

    @property
    def payment(self) -> str:
        """The way to pay that the service offers. Refuses: CannotRun."""
        for operation in ("remote.pay", "merchant.pay", "banking.transfer"):
            if self.offers(operation):
                return operation
        raise CannotRun("the service moves no money for customers")

    def offers(self, operation: str) -> bool:
        """Whether customers may ask for an operation at all."""
        rule = self._policy.operations.get(operation)
        return rule is not None and "customer" in rule.roles

    def amount(self, minor: int) -> Amount:
        return Amount(minor=minor, currency=self._policy.currency)

    # ---- people --------------------------------------------------------------------------------

    def payer(self, *, minor: int | None = None, tier: TierLimits | None = None) -> Player:
        """A customer with funds: of the smallest tier and twenty units, unless said otherwise."""
        player = self._player("customer", (tier or self.small).tier)
        self.fund(player, 20 * self.unit_minor if minor is None else minor)
        return player

    def payee(self, operation: str | None = None) -> Player:
        """Somebody whom the operation can pay, with all room for a balance."""
        merchant = (operation or self.payment) == "merchant.pay"
        return self._player("merchant" if merchant else "customer", self.roomy.tier)

    def fund(self, player: Player, minor: int) -> None:
        """Issue e-money to a player, against funds that are confirmed as needed."""
        treasury = self.staff.treasury
        if minor == 0:
            return
        if self._confirmed_minor < minor:
            lump = max(minor, LUMP * self.unit_minor)
            demand(treasury.confirm_funds(self.amount(lump), f"trial-{new_request()}"))
            self._confirmed_minor += lump
        demand(treasury.issue(player.account, self.amount(minor)))
        self._confirmed_minor -= minor

    def stranger(self) -> Handset:
        """A device that is bound to nobody."""
        staff = self.staff.backoffice
        handset = new_handset(
            staff.base_url, staff.verifier_key, clock=self._clock, transport=self._transport
        )
        self._made.append(handset)
        return handset

    def register(self, name: str, *, role: str, tier: str) -> Answer:
        """Ask the back office to take a customer on."""
        return self.staff.backoffice.register_customer(
            name=name,
            born="1990-01-01",
            country="KE",
            document=f"TR{secrets.token_hex(8)}",
            role=role,
            tier=tier,
        )

    def activation(self) -> str:
        """An activation code that nobody has used."""
        registered = demand(self.register("Juma Makori", role="customer", tier=self.small.tier))
        return str(registered["activation"])

    def order(
        self,
        payer: Player,
        payee: Player,
        minor: int,
        *,
        operation: str | None = None,
        pin: Secret | None = None,
    ) -> Order:
        """A signed order to pay, not sent; with the payer's own PIN unless another is given."""
        chosen = operation or self.payment
        bank = chosen == "banking.transfer"
        return payer.handset.order_payment(
            chosen,
            f"bank:{IBAN.lower()}" if bank else payee.account,
            payee.name,
            self.amount(minor),
            pin=payer.pin if pin is None else pin,
            qr=payee.qr if chosen == "merchant.pay" else None,
        )

    def flush(self) -> None:
        """Wait until everything before is on the provider's disk: an answer comes after its commit.

        What is asked is nothing that a laboratory may ask, so that nothing else happens.
        """
        self.staff.laboratory.balance()

    def close(self) -> None:
        """Let go of the devices of all customers; staff belong to whoever brought them."""
        for handset in self._made:
            handset.close()
        self._made.clear()

    def _player(self, role: str, tier: str) -> Player:
        number = len(self._made)
        name = f"{GIVEN[number % 8]} {FAMILY[number // 8 % 8]}"
        registered = demand(self.register(name, role=role, tier=tier))
        handset, digits = self.stranger(), self._policy.parameters.get("pin.digits_min", 4)
        pin, wrong = (read_pin(said[:digits]) for said in (PIN_DIGITS, WRONG_DIGITS))
        demand(handset.enrol(str(registered["activation"]), pin))
        return Player(
            handset=handset,
            name=name,
            account=str(registered["account"]),
            pin=pin,
            wrong_pin=wrong,
            qr=None if registered["qr"] is None else str(registered["qr"]),
        )


def demand(answer: Answer) -> Mapping[str, object]:
    """The data of an honest order that was accepted. Refuses: CannotRun for one that was not."""
    if not answer.accepted:
        operation = answer.leaf["operation"]
        raise CannotRun(f"the honest {operation} was refused: {answer.code}")
    return answer.data or {}
