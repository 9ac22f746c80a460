"""Offline purses: loaded by a signed order, deposited by payees, emptied at last."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from tallystick.crypto.mechanisms import KeyRefused, public_key_from_jwk
from tallystick.ground.canonical import digest
from tallystick.ground.facts import PARTIES_CLEAR, PAYEE_RESOLVED, PURSE_DOUBLE_SPENT
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url, to_base64url
from tallystick.ground.money import format_minor
from tallystick.protect import emoney
from tallystick.protect.corridor import (
    Decision,
    DepositBody,
    LoadBody,
    PayeeUnknown,
    UnloadBody,
    Visit,
    authorise_payment,
    clear_payment,
    customer_of,
    demand_room,
    post,
    read_body,
)
from tallystick.protect.diligence import CUSTOMERS
from tallystick.protect.enforcement import (
    CountedRefusal,
    Mark,
    OrderMalformed,
)
from tallystick.protect.purses import (
    DOUBLE_SPENDS,
    PURSE_OF,
    PURSES,
    VOUCHERS,
    Cover,
    Deposited,
    DoubleSpend,
    Purse,
    PurseRefused,
    PurseTerms,
    Voucher,
    VoucherDeposited,
    VoucherUncovered,
    certificate_octets,
    cover,
    load_purse,
    may_cost,
    named_purse,
    proof_key,
    purse_id,
    read_voucher,
    rest_of,
)
from tallystick.protect.screening import Party, check_parties

_JWK = ("kty", "crv", "x", "y")
_CERTIFIED = b"tallystick-purse\n"


class UncoveredTwice(CountedRefusal):
    """A second voucher under one counter whose loss is at its bound: refused, and proven."""

    code, clause = VoucherUncovered.code, VoucherUncovered.clause


def load(visit: Visit) -> Decision:
    """Move money into a purse; the customer signs for it as for any payment, to the purse's id."""
    body = read_body(visit.message.body, LoadBody)
    intent = authorise_payment(visit, body)
    try:
        key = public_key_from_jwk({name: getattr(body.key, name) for name in _JWK})
    except KeyRefused as refusal:
        raise OrderMalformed("not the key of a purse") from refusal
    name = purse_id(key.thumbprint)
    if intent.payee_id != name:
        raise PayeeUnknown("the order is not to this purse")
    if visit.tally.demands(PAYEE_RESOLVED):
        visit.tally.notch(PAYEE_RESOLVED, "C-PURSE-CAPPED", register="purse")
    clear_payment(visit, intent, None)
    purse = _loaded(visit, name, key.jwk(), intent.amount.minor)
    visit.marks += [Mark(PURSES, name, purse), Mark(PURSE_OF, visit.device.account, name)]
    payer, minor = visit.device.account, intent.amount.minor
    operation = visit.message.operation
    decision = post(
        visit, emoney.move(visit.transfer_id, payer, emoney.PURSE_POOL, minor, operation)
    )
    return replace(decision, data=_certified(visit, purse))


def deposit(visit: Visit) -> Decision:
    """Pay the payee of a voucher, once for each purse and counter."""
    body = read_body(visit.message.body, DepositBody)
    try:
        octets = from_base64url(body.voucher)
    except NotAnIdentifier as refusal:
        raise OrderMalformed("not base64url") from refusal
    purse = visit.desk.registers.get(PURSES, named_purse(octets))
    voucher = read_voucher(octets, purse)
    if purse is None or voucher.payee != visit.device.account:
        raise PayeeUnknown("the voucher is another payee's")
    place = f"{voucher.purse}.{voucher.counter}"
    first = visit.desk.registers.get(VOUCHERS, place)
    if visit.desk.registers.get(DOUBLE_SPENDS, proof_key(voucher)) is not None:
        raise VoucherDeposited("this voucher was deposited before")
    try:
        found = cover(
            voucher, purse, first, now_ms=visit.now_ms, currency=visit.desk.policy.currency
        )
    except VoucherUncovered:
        raise _uncovered(voucher, purse, first) from None
    _clear_deposit(visit, purse, voucher.amount_minor)
    _mark(visit, voucher, found, first)
    payer = emoney.PURSE_LOSS if found.lost else emoney.PURSE_POOL
    visit.slip.payer, visit.slip.payee = payer, visit.device.account
    visit.slip.amount_minor, visit.slip.currency = voucher.amount_minor, voucher.currency
    name = place if first is None else proof_key(voucher)
    payee, operation = visit.device.account, visit.message.operation
    try:
        return post(visit, emoney.move(name, payer, payee, voucher.amount_minor, operation))
    except emoney.FundsInsufficient as refusal:
        raise (_uncovered(voucher, purse, first) if found.lost else refusal) from None


def unload(visit: Visit) -> Decision:
    """Give back what is left, once no voucher of the purse can be deposited any more.

    What copies of the purse cost the provider is made up for first.
    """
    body = read_body(visit.message.body, UnloadBody)
    purse = visit.desk.registers.get(PURSES, body.purse)
    if purse is None or purse.account != visit.device.account or purse.state == "closed":
        raise PurseRefused("no such purse of yours", reason="unknown")
    if visit.now_ms < purse.expires_ms + purse.grace_ms:
        raise PurseRefused("vouchers of this purse may still come in", reason="early")
    rest = rest_of(purse)
    if rest == 0:
        raise PurseRefused("nothing is left", reason="empty")
    closed = replace(purse, state="closed", paid_minor=purse.loaded_minor)
    visit.marks.append(Mark(PURSES, purse.id, closed))
    owed = min(rest, purse.lost_minor)
    parts = ((purse.account, rest - owed), (emoney.PURSE_LOSS, owed))
    names = (visit.transfer_id, f"{visit.transfer_id}.loss")
    moves = [
        emoney.move(name, emoney.PURSE_POOL, payee, minor, visit.message.operation)
        for name, (payee, minor) in zip(names, parts, strict=True)
        if minor
    ]
    visit.slip.payer, visit.slip.payee = emoney.PURSE_POOL, moves[0].credit
    visit.slip.amount_minor = moves[0].amount_minor
    visit.slip.currency = visit.desk.policy.currency
    return post(visit, *moves)


def _loaded(visit: Visit, name: str, key: dict[str, str], minor: int) -> Purse:
    """The purse after the load; while another one of the account is alive, only that one.

    An empty purse is alive as well: its copies may still cost the provider up to its cap.
    """
    policy, account = visit.desk.policy, visit.device.account
    other = visit.desk.registers.get(PURSES, visit.desk.registers.get(PURSE_OF, account) or "")
    if other is not None and other.id != name and may_cost(other, now_ms=visit.now_ms):
        raise PurseRefused("another purse of this account can still pay", reason="other")
    balance = policy.tiers[customer_of(visit).tier].balance_minor
    terms = PurseTerms(
        cap_minor=balance * policy.parameter("purse.cap_permille") // 1000,
        lifetime_days=policy.parameter("purse.lifetime_days"),
        grace_days=policy.parameter("purse.grace_days"),
    )
    fresh = Purse(
        id=name,
        account=account,
        customer=visit.device.customer,
        key=key,
        cap_minor=0,
        loaded_minor=0,
        expires_ms=0,
        grace_ms=0,
    )
    known = visit.desk.registers.get(PURSES, name)
    return load_purse(known, fresh, amount_minor=minor, now_ms=visit.now_ms, terms=terms)


def _certified(visit: Visit, purse: Purse) -> bytes:
    """What the handset is given: the purse and the provider's signature over it."""
    currency = visit.desk.policy.currency
    claims = certificate_octets(purse, currency=currency)
    signature = visit.desk.module.sign(purpose="qr", octets=_CERTIFIED + claims)
    return msgspec.json.encode(
        {
            "purse": purse.id,
            "loaded": format_minor(purse.loaded_minor, currency),
            "certificate": to_base64url(signature + claims),
        }
    )


def _clear_deposit(visit: Visit, purse: Purse, minor: int) -> None:
    """May the payee hold so much more, and is either party listed?"""
    payee = customer_of(visit)
    demand_room(visit, payee, visit.device.account, minor)
    if visit.tally.demands(PARTIES_CLEAR):
        payer = visit.desk.registers.get(CUSTOMERS, purse.customer)
        parties = [Party.of("payee", payee), *([Party.of("payer", payer)] if payer else [])]
        seen = check_parties(visit.desk.screening, parties)
        visit.tally.notch(PARTIES_CLEAR, "C-SCREEN-NAMES", **seen)


def _mark(visit: Visit, voucher: Voucher, found: Cover, first: Deposited | None) -> None:
    visit.marks.append(Mark(PURSES, voucher.purse, found.purse))
    if found.lost:  # no other purse for this account
        visit.marks.append(Mark(PURSE_OF, found.purse.account, found.purse.id))
    if first is None:
        taken = Deposited(
            voucher=to_base64url(voucher.octets),
            payee=visit.device.account,
            amount_minor=voucher.amount_minor,
        )
        visit.marks.append(Mark(VOUCHERS, f"{voucher.purse}.{voucher.counter}", taken))
    elif found.proof is not None:
        visit.marks.append(Mark(DOUBLE_SPENDS, proof_key(voucher), found.proof))
        visit.tally.notch(
            PURSE_DOUBLE_SPENT,
            "C-PURSE-CAPPED",
            purse=voucher.purse,
            counter=voucher.counter,
            first=digest(from_base64url(found.proof.first)),
            second=digest(voucher.octets),
            lost_minor=found.purse.lost_minor,
        )


def _uncovered(voucher: Voucher, purse: Purse, first: Deposited | None) -> UncoveredTwice:
    """The refusal that keeps the proof: the purse is revoked although nothing is paid."""
    marks: tuple[Mark[Purse] | Mark[DoubleSpend] | Mark[str], ...] = (
        Mark(PURSES, purse.id, replace(purse, state="revoked")),
        Mark(PURSE_OF, purse.account, purse.id),
    )
    if first is not None:
        proof = DoubleSpend(first=first.voucher, second=to_base64url(voucher.octets))
        marks = (*marks, Mark(DOUBLE_SPENDS, proof_key(voucher), proof))
    return UncoveredTwice("the loss of this purse is at its bound", marks=marks)
