"""Books with some customers and a treasury to begin a simulation with: the same octets every time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from tallystick.crypto.mechanisms import PublicKey, public_key_from_jwk
from tallystick.decide.policy import SecurityPolicy
from tallystick.ground.identifiers import AccountId, CustomerId, DeviceId
from tallystick.ground.secret import Secret
from tallystick.handset import Handset
from tallystick.handset.keys import DeviceKey, HandsetKeys
from tallystick.handset.orders import Identity
from tallystick.protect.customers import PIN_RECORDS, PinRecord
from tallystick.protect.devices import DEVICES, Device, DeviceState
from tallystick.protect.diligence import CUSTOMERS, CustomerRecord
from tallystick.protect.enforcement import Mark, NewAccount, Settlement
from tallystick.testing import example_policy, opening, settle
from tests.stage import APPLICATION

NAMES = ("Alice Wanjiru", "Bob Otieno", "Carol Achieng", "Dan Mwangi", "Esi Mensah", "Femi Ade")
MERCHANT = "Lake Hotel"
BORN_MS = 1_700_000_000_000
REFERENCE = b"r" * 32
CAP_MINOR = 30_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody who acts: the provider's record of the handset, and the keys in it."""

    name: str
    device: Device
    keys: HandsetKeys


@cache
def policy() -> SecurityPolicy:
    return example_policy()


@cache
def parts() -> tuple[Part, ...]:
    """Customers first, then a merchant, the treasury last."""
    customers = (_part(name, "customer") for name in NAMES)
    return (*customers, _part(MERCHANT, "merchant"), _part("treasury", "treasury"))


def born() -> list[Settlement]:
    """What the books begin with, before anybody pays."""
    (first,) = opening()
    return [first, *(_registration(part) for part in parts())]


def handset_of(part: Part, verifier_key: str, clock: object) -> Handset:
    """The handset of a part; it never talks to anybody, it only writes and signs orders."""
    handset = Handset.create(
        "http://nowhere.example",
        verifier_key,
        secure_environment="software",
        application=APPLICATION,
        clock=clock,  # type: ignore[arg-type]
    )
    handset.keys = part.keys
    handset.identity = Identity(
        device=part.device.id,
        customer=part.device.customer,
        account=part.device.account,
        role=part.device.role,
    )
    return handset


def _part(name: str, role: str) -> Part:
    keys = HandsetKeys(
        **{use: _key(f"{name} {use}") for use in ("session", "signature", "agreement")}
    )
    word = name.split()[0].lower()
    device = Device(
        id=DeviceId(f"dev-{word}"),
        customer=CustomerId(f"cus-{word}"),
        account=AccountId("" if role == "treasury" else f"acc-{word}"),
        role=role,
        state=DeviceState.BOUND,
        session_key=_public(keys.session),
        signature_key=_public(keys.signature),
        agreement_key=_public(keys.agreement),
        platform="other",
        environment="software",
        vouched="software",
        bound_at_ms=BORN_MS,
    )
    return Part(name, device, keys)


def _key(of: str) -> DeviceKey:
    octets = hashlib.sha256(of.encode()).digest()
    return DeviceKey.restore(Secret(bytes([octets[0] & 0x7F]) + octets[1:]))


def _public(key: DeviceKey) -> PublicKey:
    return public_key_from_jwk(key.jwk)


def _registration(part: Part) -> Settlement:
    device = part.device
    marks: list[Mark[object]] = [Mark(DEVICES, device.id, device)]
    if not device.account:
        return settle(f"begin-0000-{device.customer}", marks=marks, at_ms=BORN_MS)
    record = CustomerRecord(
        id=device.customer,
        name=part.name,
        born="1990-01-01",
        country="KE",
        role=device.role,
        tier="tier2",
        document="sealed",
        registered_ms=BORN_MS,
    )
    account = NewAccount(id=device.account, owner=device.customer, currency="KES", cap=CAP_MINOR)
    marks += [
        Mark(CUSTOMERS, device.customer, record),
        Mark(PIN_RECORDS, device.customer, PinRecord(reference=REFERENCE)),
    ]
    return settle(f"begin-0000-{device.customer}", accounts=[account], marks=marks, at_ms=BORN_MS)
