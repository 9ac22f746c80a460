"""Vouchers: what a purse signs without a network, small enough for a code on a screen."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.crypto.envelopes import EnvelopeRefused, parse_sign1, read_cbor, write_cbor
from tallystick.crypto.mechanisms import KeyRefused, public_key_from_jwk
from tallystick.ground.canonical import digest
from tallystick.ground.identifiers import from_base64url
from tallystick.ground.money import AMOUNT_MINOR_MAX
from tallystick.protect.purses.records import Purse
from tallystick.protect.purses.refusals import VoucherRefused

VOUCHER_MAX = 400
CONTENT_TYPE = "tallystick-voucher"
_HEADER = {1: -7, 3: CONTENT_TYPE}
_MEMBERS = {1: str, 2: int, 3: str, 4: int, 5: str, 6: bytes, 7: int}


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """One payment of a purse (docs/reference/wire.md). `previous` is the digest of the one before.

    `octets` are the whole signed voucher. Which voucher it is, `said` tells and not they: an ECDSA
    signature has a second form, which anybody makes of the first without the key.
    """

    purse: str
    counter: int
    payee: str
    amount_minor: int
    currency: str
    previous: bytes
    at_s: int
    octets: bytes

    @property
    def said(self) -> str:
        """The digest of what the purse signed."""
        members = (
            self.purse, self.counter, self.payee, self.amount_minor, self.currency,
            self.previous, self.at_s,
        )  # fmt: skip
        return digest(write_cbor(dict(enumerate(members, 1))))


def named_purse(octets: bytes) -> str:
    """The purse that a voucher names, before anything is believed. Refuses: VoucherRefused."""
    return _read(octets).purse


def said_by(octets: bytes) -> str:
    """What `Voucher.said` is of a voucher that was believed before. Refuses: VoucherRefused."""
    return _read(octets).said


def read_voucher(octets: bytes, purse: Purse | None) -> Voucher:
    """A voucher that this purse signed. Refuses: VoucherRefused, for an unknown purse as well."""
    voucher = _read(octets)
    if purse is None or voucher.purse != purse.id:
        raise VoucherRefused("purse")
    try:
        parse_sign1(octets, octets_max=VOUCHER_MAX).verify(public_key_from_jwk(purse.key))
    except (EnvelopeRefused, KeyRefused):
        raise VoucherRefused("signature") from None
    return voucher


def certificate_octets(purse: Purse, *, currency: str) -> bytes:
    """What the provider signs of a purse, so that payees without a network can tell it is ours."""
    point = from_base64url(purse.key["x"]) + from_base64url(purse.key["y"])
    claims = {1: purse.id, 2: point, 3: purse.cap_minor, 4: currency, 5: purse.expires_ms // 1000}
    return write_cbor(claims)


def _read(octets: bytes) -> Voucher:
    try:
        parsed = parse_sign1(octets, octets_max=VOUCHER_MAX)
        members = read_cbor(parsed.payload, octets_max=VOUCHER_MAX)
    except EnvelopeRefused as refusal:
        raise VoucherRefused(refusal.reason) from None
    if dict(parsed.protected) != _HEADER or parsed.unprotected:
        raise VoucherRefused("header")
    if type(members) is not dict or {k: type(v) for k, v in members.items()} != _MEMBERS:
        raise VoucherRefused("members")
    counter, minor, at_s, previous = members[2], members[4], members[7], members[6]
    whole = all(0 < number <= AMOUNT_MINOR_MAX for number in (counter, minor, at_s))
    if not whole or len(previous) != 32:
        raise VoucherRefused("members")
    return Voucher(
        purse=members[1],
        counter=counter,
        payee=members[3],
        amount_minor=minor,
        currency=members[5],
        previous=previous,
        at_s=at_s,
        octets=octets,
    )
