"""An offline purse in software: it signs vouchers under a counter that only goes up."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import msgspec

from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import to_base64url
from tallystick.ground.secret import Secret
from tallystick.handset.errors import HandsetRefused, Malformed
from tallystick.handset.keys import DeviceKey, check_ed25519, check_es256, read_peer_key
from tallystick.handset.reading import EcJwk, Strict, Whole, read_json, read_octets

VOUCHER_MAX = 400
PURSE_NAME = "Offline purse"
"""The payee's name that a customer is shown who loads a purse."""
_CERTIFIED = b"tallystick-purse\n"
_HEADER = {1: -7, 3: "tallystick-voucher"}
_CLAIMS = {1: str, 2: bytes, 3: int, 4: str, 5: int}
_MEMBERS = {1: str, 2: int, 3: str, 4: int, 5: str, 6: bytes, 7: int}
_FIRST = bytes(32)
"""The digest before the first voucher."""


class PurseEmpty(HandsetRefused):
    """Less is in the purse, or its time is over."""

    code = "purse.empty"


class VoucherForged(HandsetRefused):
    """Not a voucher of a purse that the provider certified, for this payee, in its time."""

    code = "voucher.forged"


class StoredPurse(Strict, kw_only=True):
    """Everything that a purse is. Whoever copies it has copied the money: docs/limitations.md."""

    format: Literal["tallystick-purse:1"] = "tallystick-purse:1"
    key: bytes
    certificate: str
    loaded_minor: Whole
    spent_minor: Whole
    counter: Whole
    previous: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What the provider certified of a purse."""

    purse: str
    point: bytes
    cap_minor: int
    currency: str
    expires_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflinePayment:
    """A voucher that a payee has checked without a network."""

    purse: str
    counter: int
    payee: str
    amount_minor: int
    currency: str
    at_s: int


class Purse:
    """Keys, counter, money. Each payment moves the counter before its voucher leaves."""

    def __init__(self, key: DeviceKey, stored: StoredPurse | None = None) -> None:
        self._key = key
        self.certificate = stored.certificate if stored else ""
        self.loaded_minor = stored.loaded_minor if stored else 0
        self.spent_minor = stored.spent_minor if stored else 0
        self.counter = stored.counter if stored else 0
        self._previous = stored.previous if stored else _FIRST

    @classmethod
    def create(cls) -> Purse:
        """A purse with a fresh key and nothing in it."""
        return cls(DeviceKey.create())

    @classmethod
    def restore(cls, state: Secret) -> Purse:
        """The purse of a saved state. Refuses: Malformed."""
        stored = read_json(state.reveal(), StoredPurse)
        return cls(DeviceKey.restore(Secret(stored.key)), stored)

    def state(self) -> Secret:
        """All of it, the private key included; keep it with `save_state` after each payment."""
        return Secret(
            msgspec.json.encode(
                StoredPurse(
                    key=self._key.reveal().reveal(),
                    certificate=self.certificate,
                    loaded_minor=self.loaded_minor,
                    spent_minor=self.spent_minor,
                    counter=self.counter,
                    previous=self._previous,
                )
            )
        )

    @property
    def id(self) -> str:
        """The purse's name, which is the payee of orders that load it."""
        digest = hashlib.sha256(self._key.thumbprint.encode("ascii")).hexdigest()
        return f"purse:{digest[:32]}"

    @property
    def jwk(self) -> dict[str, str]:
        return self._key.jwk

    @property
    def rest_minor(self) -> int:
        """What it can still pay."""
        return self.loaded_minor - self.spent_minor

    def loaded(self, total_minor: int, certificate: str, *, qr_key: bytes) -> None:
        """Take over what the provider answered to an order to load. Refuses: VoucherForged."""
        claims = read_certificate(certificate, qr_key=qr_key)
        if claims.purse != self.id:
            raise VoucherForged("the certificate is of another purse")
        self.loaded_minor, self.certificate = total_minor, certificate

    def pay(self, payee: str, amount_minor: int, *, currency: str, now_s: int) -> bytes:
        """A voucher of at most 400 octets. Refuses: PurseEmpty."""
        claims = _claims(read_octets(self.certificate)[64:]) if self.certificate else None
        if claims is None or amount_minor <= 0 or amount_minor > self.rest_minor:
            raise PurseEmpty("not so much is in this purse")
        if now_s >= claims.expires_s or currency != claims.currency:
            raise PurseEmpty("this purse has expired, or is of another currency")
        counter = self.counter + 1
        members = {
            1: self.id,
            2: counter,
            3: payee,
            4: amount_minor,
            5: currency,
            6: self._previous,
            7: now_s,
        }
        voucher = _sign(self._key, _write(members))
        if len(voucher) > VOUCHER_MAX:
            raise Malformed("a voucher of this payee is too long")
        self.counter, self.spent_minor = counter, self.spent_minor + amount_minor
        self._previous = hashlib.sha256(voucher).digest()
        return voucher


def read_certificate(text: str, *, qr_key: bytes) -> Certificate:
    """A purse's certificate that the provider signed. Refuses: VoucherForged."""
    try:
        octets = read_octets(text)
        check_ed25519(public=qr_key, octets=_CERTIFIED + octets[64:], signature=octets[:64])
        return _claims(octets[64:])
    except Malformed:
        raise VoucherForged("the provider did not certify this purse") from None


def check_voucher(
    voucher: bytes, certificate: str, *, qr_key: bytes, payee: str, now_s: int
) -> OfflinePayment:
    """What a payee checks without a network: whose purse, for whom, how much, until when.

    It cannot tell whether the same purse paid somebody else the same money.
    Refuses: VoucherForged.
    """
    claims = read_certificate(certificate, qr_key=qr_key)
    try:
        paid = _payment(voucher, claims)
    except Malformed as wrong:
        raise VoucherForged(f"not a voucher of this purse: {wrong}") from None
    if paid.payee != payee or paid.currency != claims.currency:
        raise VoucherForged("the voucher is for somebody else")
    if not 0 < paid.amount_minor <= claims.cap_minor or now_s >= claims.expires_s:
        raise VoucherForged("more than a purse may hold, or too late")
    return paid


def _payment(voucher: bytes, claims: Certificate) -> OfflinePayment:
    value = _read(voucher)
    parts = getattr(value, "value", None)
    if getattr(value, "tag", None) != 18 or not isinstance(parts, list | tuple) or len(parts) != 4:
        raise Malformed("not a COSE_Sign1")
    head, open_head, payload, signature = parts
    if head != _write(_HEADER) or open_head != {} or not isinstance(payload, bytes):
        raise Malformed("another header")
    if not isinstance(signature, bytes):
        raise Malformed("no signature")
    x, y = to_base64url(claims.point[:32]), to_base64url(claims.point[32:])
    key = read_peer_key(EcJwk(kty="EC", crv="P-256", x=x, y=y))
    check_es256(key.public, octets=_signed(head, payload), signature=signature)
    members = _read(payload)
    if type(members) is not dict or {k: type(v) for k, v in members.items()} != _MEMBERS:
        raise Malformed("other members")
    if members[1] != claims.purse:
        raise Malformed("another purse")
    return OfflinePayment(
        purse=members[1],
        counter=members[2],
        payee=members[3],
        amount_minor=members[4],
        currency=members[5],
        at_s=members[7],
    )


def _claims(octets: bytes) -> Certificate:
    members = _read(octets)
    if type(members) is not dict or {k: type(v) for k, v in members.items()} != _CLAIMS:
        raise Malformed("not the claims of a purse")
    if len(members[2]) != 64:
        raise Malformed("a P-256 point is 64 octets")
    return Certificate(
        purse=members[1],
        point=members[2],
        cap_minor=members[3],
        currency=members[4],
        expires_s=members[5],
    )


def _sign(key: DeviceKey, payload: bytes) -> bytes:
    head = _write(_HEADER)
    signature = key.sign(_signed(head, payload))
    return _write(_library().CBORTag(18, [head, {}, payload, signature]))


def _signed(head: bytes, payload: bytes) -> bytes:
    """The Sig_structure of RFC 9052 §4.4."""
    return _write(["Signature1", head, b"", payload])


def _write(value: Any) -> bytes:
    octets: bytes = _library().dumps(value, canonical=True)
    return octets


def _read(octets: bytes) -> Any:
    """One CBOR item in its deterministic spelling. Refuses: Malformed."""
    library = _library()
    if len(octets) > VOUCHER_MAX:
        raise Malformed("too long")
    try:
        value = library.loads(octets)
        again = library.dumps(value, canonical=True)
    except (library.CBORError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError):
        raise Malformed("not CBOR") from None
    if again != octets:
        raise Malformed("not the deterministic spelling")
    return value


def _library() -> Any:
    try:
        return import_module("cbor2")
    except ModuleNotFoundError:
        raise Misconfigured(
            "offline purses need cbor2", allowed="pip install 'tallystick[purses]'"
        ) from None
