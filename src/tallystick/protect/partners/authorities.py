"""Authorities: what a customer signed, so that a partner may take money later.

A code is good for one payment, a mandate for one in each step of its limits. The signed terms are
kept as they were signed: whoever reads the books can verify that each debit had one.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace

from tallystick.ground.clock import DAY_MS
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId, CustomerId, DeviceId
from tallystick.protect.enforcement import (
    Instruction,
    Register,
    decode_record,
    encode_record,
)

CODE, MANDATE = "code", "mandate"


class AuthorityRefused(Refused):
    """No such authority, another partner's, used, ended, run out or too small: one word."""

    code, clause = "authority.refused", "13"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """One code or mandate. Amounts in minor units; `signed` is T, the text that was signed.

    `partner` is the account that may be paid, or empty for a code that anybody may redeem.
    `period_minor` and `period_days` bound a mandate, and `payments_max` where it is not 0; `hold`
    is what a code keeps reserved.
    """

    name: str
    kind: str
    account: AccountId
    customer: CustomerId
    device: DeviceId
    partner: AccountId
    amount_minor: int
    expires_ms: int
    created_ms: int
    instruction: str
    signed: str
    signature: str
    period_minor: int = 0
    period_days: int = 0
    hold: str = ""
    state: str = "open"
    period_from_ms: int = 0
    period_used_minor: int = 0
    payments_max: int = 0
    payments: int = 0

    @property
    def words(self) -> Instruction:
        """What the customer signed, as the books keep it beside a transfer."""
        return Instruction(
            digest=self.instruction,
            device=self.device,
            signed=self.signed.encode("ascii"),
            signature=self.signature,
        )

    def open_at(self, now_ms: int) -> bool:
        return self.state == "open" and now_ms < self.expires_ms


AUTHORITIES: Register[Authority] = Register(
    "authority",
    lambda authority: encode_record(asdict(authority)),
    lambda octets: Authority(**decode_record(octets)),
)
"""By the digest of the code, or of the mandate's name: the code itself is a secret of two."""


def authority_key(name: str) -> str:
    """The register key of a code or mandate as it is told."""
    octets = f"tallystick-authority.{name}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(octets).hexdigest()


def draw_on(
    authority: Authority | None, *, payee: AccountId, amount_minor: int, now_ms: int
) -> Authority:
    """The authority after one payment under it. Refuses: AuthorityRefused.

    A code that reserved its money pays exactly what it reserved.
    """
    if authority is None or not authority.open_at(now_ms):
        raise AuthorityRefused("no authority of that name is open")
    if authority.partner not in ("", payee) or payee == authority.account:
        raise AuthorityRefused("the authority is for another partner")
    if not 0 < amount_minor <= authority.amount_minor:
        raise AuthorityRefused("more than the customer signed for one payment")
    if authority.hold and amount_minor != authority.amount_minor:
        raise AuthorityRefused("another amount than was reserved")
    if authority.kind == CODE:
        return replace(authority, state="used")
    if authority.payments_max and authority.payments >= authority.payments_max:
        raise AuthorityRefused("as many payments as the customer signed were made")
    return replace(_in_period(authority, amount_minor, now_ms), payments=authority.payments + 1)


def end_authority(
    authority: Authority | None, *, customer: CustomerId, reserved: bool
) -> Authority:
    """End one's own authority. Refuses: AuthorityRefused.

    `reserved` says which kind is meant: money that is held goes back by another operation.
    """
    if authority is None or authority.customer != customer or authority.state != "open":
        raise AuthorityRefused("no authority of yours of that name is open")
    if bool(authority.hold) != reserved:
        raise AuthorityRefused("a code that reserves money is released, every other one ended")
    return replace(authority, state="ended")


def give_up(authority: Authority | None, *, partner: AccountId) -> Authority:
    """End an authority that was signed for this partner alone. Refuses: AuthorityRefused.

    Money that a code reserves is the customer's to take back.
    """
    if authority is None or authority.partner != partner or authority.state != "open":
        raise AuthorityRefused("no authority for this partner of that name is open")
    if authority.hold:
        raise AuthorityRefused("a code that reserves money is released by its customer")
    return replace(authority, state="ended")


def _in_period(authority: Authority, amount_minor: int, now_ms: int) -> Authority:
    """Periods follow one another from the day of the signature on."""
    length = authority.period_days * DAY_MS
    start = authority.created_ms + (now_ms - authority.created_ms) // length * length
    used = authority.period_used_minor if start <= authority.period_from_ms else 0
    if used + amount_minor > authority.period_minor:
        raise AuthorityRefused("more than the customer signed for one period")
    return replace(
        authority,
        period_from_ms=max(start, authority.period_from_ms),
        period_used_minor=used + amount_minor,
    )
