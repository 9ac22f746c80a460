"""Activation codes: what the provider hands to a person so that one handset can be bound."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId, CustomerId
from tallystick.protect.enforcement import Mark, Register, decode_record, encode_record

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 letters and digits that are not mistaken for one another on paper."""
CHARACTERS = 12
LIFETIME_MS = 7 * 86_400_000


class ActivationRefused(Refused):
    """No such code, used before, or too old: one answer."""

    code, clause, public_code = "activation.refused", "7.2", "enrolment.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """An offer to bind one handset to a customer; the state `offered` of a device."""

    customer: CustomerId
    account: AccountId
    role: str
    expires_ms: int
    used: bool = False


def _encode(offer: Activation) -> bytes:
    return encode_record(
        {
            "customer": offer.customer,
            "account": offer.account,
            "role": offer.role,
            "expires_ms": offer.expires_ms,
            "used": offer.used,
        }
    )


ACTIVATIONS: Register[Activation] = Register(
    "activation", _encode, lambda octets: Activation(**decode_record(octets))
)
"""Offers by the digest of their code: the code itself is not kept here."""


def new_code(chance: bytes) -> str:
    """Write 8 octets of chance as a code of 60 bits, `ABCD-EFGH-JKLM`."""
    number = int.from_bytes(chance[:8], "big")
    letters = "".join(ALPHABET[number >> 5 * place & 31] for place in range(CHARACTERS))
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def key_of(code: str) -> str:
    """The register key of a code."""
    return hashlib.sha256(f"tallystick-activation.{code}".encode()).hexdigest()


def offer_device(
    code: str, *, customer: CustomerId, account: AccountId, role: str, now_ms: int
) -> Mark[Activation]:
    """Offer to bind one handset; good for seven days."""
    offer = Activation(
        customer=customer, account=account, role=role, expires_ms=now_ms + LIFETIME_MS
    )
    return Mark(ACTIVATIONS, key_of(code), offer)


def redeem_activation(
    offer: Activation | None, code: str, *, now_ms: int
) -> tuple[Activation, Mark[Activation]]:
    """Accept a code once. Refuses: ActivationRefused."""
    if offer is None or offer.used or now_ms >= offer.expires_ms:
        raise ActivationRefused("the activation code was refused")
    return offer, Mark(ACTIVATIONS, key_of(code), replace(offer, used=True))
