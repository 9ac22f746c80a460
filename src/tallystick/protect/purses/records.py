"""What the books remember of a purse: loaded, paid out, lost; and which vouchers came in."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace

from tallystick.ground.clock import DAY_MS
from tallystick.ground.identifiers import AccountId
from tallystick.protect.enforcement import (
    Register,
    decode_record,
    encode_record,
)
from tallystick.protect.purses.refusals import PurseRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """One purse. `state` is active, revoked or closed; `key` is its public key as a JWK.

    `paid_minor` left the pool for payees; `lost_minor` was paid by the provider on top.
    """

    id: str
    account: AccountId
    customer: str
    key: dict[str, str]
    cap_minor: int
    loaded_minor: int
    expires_ms: int
    grace_ms: int
    paid_minor: int = 0
    lost_minor: int = 0
    state: str = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurseTerms:
    """The policy's terms for one customer: most in a purse, life time, time for late deposits."""

    cap_minor: int
    lifetime_days: int
    grace_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposited:
    """The voucher that took a counter, base64url, and who deposited it."""

    voucher: str
    payee: AccountId
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleSpend:
    """Two vouchers that one purse signed under one counter: the proof, base64url each."""

    first: str
    second: str


PURSES: Register[Purse] = Register(
    "purse",
    lambda purse: encode_record(asdict(purse)),
    lambda octets: Purse(**decode_record(octets)),
)
PURSE_OF: Register[str] = Register(
    "purse_of", lambda name: name.encode("ascii"), lambda octets: octets.decode("ascii")
)
"""By account: the purse that was loaded from it last, or the one that was revoked."""
VOUCHERS: Register[Deposited] = Register(
    "purse_voucher",
    lambda found: encode_record(asdict(found)),
    lambda octets: Deposited(**decode_record(octets)),
)
"""By purse and counter: the first voucher."""
DOUBLE_SPENDS: Register[DoubleSpend] = Register(
    "purse_double_spend",
    lambda found: encode_record(asdict(found)),
    lambda octets: DoubleSpend(**decode_record(octets)),
)
"""By purse, counter and digest of what the second voucher says."""


def purse_id(thumbprint: str) -> str:
    """The id of the purse whose key has this thumbprint; also its payee id in a signed order."""
    return f"purse:{hashlib.sha256(thumbprint.encode('ascii')).hexdigest()[:32]}"


def load_purse(
    known: Purse | None, fresh: Purse, *, amount_minor: int, now_ms: int, terms: PurseTerms
) -> Purse:
    """A purse with so much more in it: a new one, or the one that is known and alive.

    What may still be inside counts against the cap, so that a copy is worth no more than that.
    Refuses: PurseRefused.
    """
    purse = known or replace(
        fresh,
        cap_minor=terms.cap_minor,
        expires_ms=now_ms + terms.lifetime_days * DAY_MS,
        grace_ms=terms.grace_days * DAY_MS,
    )
    if (purse.account, purse.state) != (fresh.account, "active") or now_ms >= purse.expires_ms:
        raise PurseRefused("this purse is not loaded any more", reason=purse.state)
    if rest_of(purse) + amount_minor > purse.cap_minor:
        raise PurseRefused("more than a purse may hold", reason="cap")
    return replace(purse, loaded_minor=purse.loaded_minor + amount_minor)


def rest_of(purse: Purse) -> int:
    """What was loaded and has not been paid out."""
    return purse.loaded_minor - purse.paid_minor


def may_cost(purse: Purse, *, now_ms: int) -> bool:
    """Whether this purse stands in the way of another one: revoked, in its time, or not empty."""
    if purse.lost_minor or purse.state == "revoked":
        return True
    alive = now_ms < purse.expires_ms + purse.grace_ms
    return purse.state != "closed" and (alive or rest_of(purse) > 0)
