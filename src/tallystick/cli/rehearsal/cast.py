"""Who plays in a rehearsal: staff, customers and a merchant, each with a handset of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tallystick.decide.policy import SecurityPolicy
from tallystick.ground.clock import SystemClock
from tallystick.ground.errors import Defect
from tallystick.ground.money import Amount
from tallystick.handset import Answer, Application, Handset, read_pin

PIN, WRONG_PIN = "258014703692", "741036925814"
"""As long as a PIN may be: no policy asks for more digits."""
APPLICATION = Application(version=1, build=f"sha256:{'0' * 64}", debuggable=False, rooted=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """A person with a handset and an account."""

    name: str
    account: str
    tier: str
    handset: Handset
    qr: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody in a rehearsal."""

    treasury: Handset
    backoffice: Handset
    laboratory: Handset
    amina: Player
    brian: Player
    chebet: Player
    shop: Player
    agent: Player | None = None
    """Only where the service has agents who take and pay out cash."""

    def handsets(self) -> tuple[Handset, ...]:
        """All handsets, to be closed at the end."""
        players = [self.amina, self.brian, self.chebet, self.shop]
        if self.agent is not None:
            players.append(self.agent)
        staff = (self.treasury, self.backoffice, self.laboratory)
        return (*staff, *(player.handset for player in players))


def enrol_cast(policy: SecurityPolicy, *, url: str, home: Path) -> Cast:
    """Enrol the staff from their activation codes, then register and enrol the customers."""
    verifier_key = _verifier_key(home)
    codes = dict(line.split() for line in (home / "activation.txt").read_text("ascii").splitlines())
    staff = {role: _enrol(url, verifier_key, code) for role, code in codes.items()}
    small, large = tiers_by_size(policy)

    def take_on(name: str, *, role: str, tier: str) -> Player:
        answer = _accepted(
            staff["backoffice"].register_customer(
                name=name, born="1991-05-17", country=policy.jurisdiction,
                document=f"ID-{name}", role=role, tier=tier,
            )
        )  # fmt: skip
        data = answer.data or {}
        return Player(
            name=name,
            account=str(data["account"]),
            tier=tier,
            handset=_enrol(url, verifier_key, str(data["activation"])),
            qr=str(data["qr"]) if data["qr"] else None,
        )

    return Cast(
        treasury=staff["treasury"],
        backoffice=staff["backoffice"],
        laboratory=staff["laboratory"],
        amina=take_on("Amina Wairimu", role="customer", tier=small),
        brian=take_on("Brian Ochieng", role="customer", tier=large),
        chebet=take_on("Chebet Koskei", role="customer", tier=small),
        shop=take_on("Mama Zawadi Shop", role="merchant", tier=large),
        agent=take_on("Corner Kiosk", role="agent", tier=large)
        if policy.operation("agent.cash_in").roles
        else None,
    )


def tiers_by_size(policy: SecurityPolicy) -> tuple[str, str]:
    """The tier that may hold least and the one that may hold most."""
    ordered = sorted(policy.tiers.values(), key=lambda tier: (tier.balance_minor, tier.tier))
    return ordered[0].tier, ordered[-1].tier


def fund(cast: Cast, account: str, minor: int, *, currency: str, reference: str) -> None:
    """Confirm a credit at the bank and issue as much e-money. Refuses: Defect when refused."""
    amount = Amount(minor=minor, currency=currency)
    _accepted(cast.treasury.confirm_funds(amount, reference))
    _accepted(cast.treasury.issue(account, amount))


def _enrol(url: str, verifier_key: str, activation: str) -> Handset:
    handset = Handset.create(
        url,
        verifier_key,
        secure_environment="tee",
        application=APPLICATION,
        clock=SystemClock(),
        platform="android",
    )
    _accepted(handset.enrol(activation, read_pin(PIN)))
    return handset


def _verifier_key(home: Path) -> str:
    from tallystick.prove.certificate import TrustAnchor

    return TrustAnchor.read(home / "trust.txt").checkpoint


def _accepted(answer: Answer) -> Answer:
    if not answer.accepted:
        raise Defect(f"the rehearsal could not be set up: {answer.code}")
    return answer
