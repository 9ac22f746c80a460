"""Authorities on the handset: the customer signs what a partner may take, and ends it."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from tallystick.decide.policy.tables import DEVICE_ALONE, PIN, WITHIN
from tallystick.ground.clock import DAY_MS
from tallystick.ground.facts import INTENT_SIGNED, TIER_WITHIN
from tallystick.ground.identifiers import AccountId, NotAnIdentifier, account_id, to_base64url
from tallystick.ground.money import Amount
from tallystick.protect.corridor import (
    ASKED_AS,
    AuthorityBody,
    AuthorityNameBody,
    Decision,
    PayeeMismatch,
    Visit,
    authenticate_customer,
    customer_of,
    demand_awake,
    holder_of,
    post,
    read_body,
    remember_unproven,
    same_name,
    sum_needs_pin,
    unproven_after,
)
from tallystick.protect.devices import new_code
from tallystick.protect.diligence import check_tier
from tallystick.protect.enforcement import (
    EnvironmentCap,
    Instruction,
    Mark,
    OrderMalformed,
    Transfer,
    TransferKind,
)
from tallystick.protect.interchange.parties import partner_of, write_down
from tallystick.protect.interchange.proposals import (
    CODE_DAYS_MAX,
    MANDATE_DAYS_MAX,
    demand_as_asked,
)
from tallystick.protect.interchange.requests import answered, own_request
from tallystick.protect.partners import (
    AUTHORITIES,
    CODE,
    MANDATE,
    Authority,
    RequestState,
    authority_key,
    end_authority,
    give_up,
)
from tallystick.protect.signatures import Terms, verify_terms


def create_code(visit: Visit) -> Decision:
    """A code that one partner may redeem once."""
    return _kept(visit, _signed(visit, "code"), CODE)


def reserve_code(visit: Visit) -> Decision:
    """A code whose money is reserved for its partner until it is redeemed or released."""
    terms = _signed(visit, "reserved code")
    held = Transfer(
        id=visit.transfer_id,
        kind=TransferKind.HOLD,
        debit=visit.device.account,
        credit=AccountId(terms.partner_id),
        amount_minor=terms.amount.minor,
        purpose=visit.message.operation,
    )
    kept = _kept(visit, terms, CODE, hold=held.id)
    return replace(post(visit, held), data=kept.data)


def create_mandate(visit: Visit) -> Decision:
    """A mandate under which a partner may collect until it ends."""
    return _kept(visit, _signed(visit, "mandate"), MANDATE)


def give_back(visit: Visit) -> Decision:
    """A partner will not use a code or mandate any more."""
    partner_of(visit)
    body = read_body(visit.message.body, AuthorityNameBody)
    key = authority_key(body.authority)
    ended = give_up(visit.desk.registers.get(AUTHORITIES, key), partner=visit.device.account)
    visit.slip.payer, visit.slip.payee = ended.account, ended.partner
    visit.marks.append(Mark(AUTHORITIES, key, ended))
    return Decision()


def end(visit: Visit) -> Decision:
    """End a code or a mandate of one's own."""
    _ended(visit, reserved=False)
    return Decision()


def release_code(visit: Visit) -> Decision:
    """Take back what a code of one's own keeps reserved."""
    ended = _ended(visit, reserved=True)
    currency = visit.desk.policy.currency
    write_down(
        visit, ended.account, ended.partner, Amount(minor=ended.amount_minor, currency=currency)
    )
    back = Transfer(
        id=visit.transfer_id,
        kind=TransferKind.VOID,
        debit=ended.account,
        credit=ended.partner,
        amount_minor=ended.amount_minor,
        purpose=visit.message.operation,
        pending=ended.hold,
    )
    return post(visit, back)


def _ended(visit: Visit, *, reserved: bool) -> Authority:
    body = read_body(visit.message.body, AuthorityNameBody)
    key = authority_key(body.authority)
    before = visit.desk.registers.get(AUTHORITIES, key)
    ended = end_authority(before, customer=visit.device.customer, reserved=reserved)
    visit.marks.append(Mark(AUTHORITIES, key, ended))
    return ended


def _signed(visit: Visit, kind: str) -> Terms:
    """Signed what was shown, within what handset and tier may authorise, and is it the customer?"""
    body = read_body(visit.message.body, AuthorityBody)
    device = visit.device
    terms = verify_terms(
        transaction_data=body.transaction_data,
        signature=body.intent,
        key=device.signature_key,
        device=device.id,
        request=visit.message.request,
        currency=visit.desk.policy.currency,
    )
    write_down(visit, device.account, AccountId(terms.partner_id), terms.amount)
    visit.slip.payee = terms.partner_id or None
    visit.slip.instruction = terms.instruction
    visit.tally.notch(INTENT_SIGNED, "C-INTENT-SIGN", instruction=terms.instruction)
    visit.instruction = Instruction(
        digest=terms.instruction,
        device=device.id,
        signed=body.transaction_data.encode("ascii"),
        signature=body.intent,
    )
    _demand_sensible(visit, terms, kind)
    _authorise(visit, terms, sealed_pin=body.pin)
    _check_tier(visit, terms.amount.minor)
    return terms


def _authorise(visit: Visit, terms: Terms, *, sealed_pin: str | None) -> None:
    """May this handset sign so much away, and is it the customer?

    What a mandate allows in a period is signed away now: the PIN is asked for by that sum, and it
    counts with everything else since the last PIN.
    """
    device, each = visit.device, terms.amount.minor
    most = each if terms.per_period is None else terms.per_period.minor
    environment, handset = device.effective_environment, visit.desk.matcher.handset
    needed = handset(ASKED_AS, environment, each)
    if needed not in (DEVICE_ALONE, PIN):  # refused, or no answer that we know
        raise EnvironmentCap(f"keys in {environment} do not authorise {each}")
    unproven = unproven_after(visit, most)
    alone = handset(ASKED_AS, environment, most) == DEVICE_ALONE
    with_pin = not alone or sum_needs_pin(visit, unproven)
    proven = authenticate_customer(visit, with_pin=with_pin, sealed_pin=sealed_pin)
    remember_unproven(visit, unproven, proven=proven)
    demand_awake(visit, device.account, device.customer)


def _demand_sensible(visit: Visit, terms: Terms, kind: str) -> None:
    days = MANDATE_DAYS_MAX if kind == MANDATE else CODE_DAYS_MAX
    if terms.kind != kind or not 0 < terms.expires_ms - visit.now_ms <= days * DAY_MS:
        raise OrderMalformed(f"terms of a {kind} end within {days} days")
    if terms.per_period is not None and terms.per_period.minor < terms.amount.minor:
        raise OrderMalformed("a period allows at least one payment")
    if terms.partner_id:
        _demand_partner(visit, terms)


def _demand_partner(visit: Visit, terms: Terms) -> None:
    """The partner named is registered, under the name that was shown."""
    try:
        partner = holder_of(visit, account_id(terms.partner_id))
    except NotAnIdentifier as refusal:
        raise PayeeMismatch("no such partner") from refusal
    registered = partner.role in ("partner", "hub")
    if not (registered and same_name(partner.name, terms.partner_name)):
        raise PayeeMismatch("the partner's registered name is another")


def _check_tier(visit: Visit, amount_minor: int) -> None:
    customer = customer_of(visit)
    if visit.tally.demands(TIER_WITHIN):
        answer = visit.desk.matcher.tier(ASKED_AS, customer.tier, amount_minor)
        check_tier(
            limits=visit.desk.policy.tiers[customer.tier],
            within=answer == WITHIN,
            amount_minor=amount_minor,
            usage=None,
            now_ms=visit.now_ms,
        )
        visit.tally.notch(TIER_WITHIN, "C-TIER-LIMITS", tier=customer.tier)


def _kept(visit: Visit, terms: Terms, kind: str, hold: str = "") -> Decision:
    """Keep the authority as it was signed, and tell its name."""
    words = visit.instruction
    if words is None:
        raise OrderMalformed("an authority that nobody signed")
    name = new_code(visit.desk.chance(8))
    if kind == MANDATE:
        name = f"mandate-{to_base64url(visit.desk.chance(12))}"
    authority = Authority(
        name=name,
        kind=kind,
        account=visit.device.account,
        customer=visit.device.customer,
        device=visit.device.id,
        partner=AccountId(terms.partner_id),
        amount_minor=terms.amount.minor,
        expires_ms=terms.expires_ms,
        created_ms=visit.now_ms,
        instruction=words.digest,
        signed=words.signed.decode("ascii"),
        signature=words.signature,
        period_minor=terms.per_period.minor if terms.per_period else 0,
        period_days=terms.period_days,
        payments_max=terms.payments,
        hold=hold,
    )
    visit.marks.append(Mark(AUTHORITIES, authority_key(name), authority))
    _answer_request(visit, terms, authority)
    return Decision(data=msgspec.json.encode({"authority": name}))


def _answer_request(visit: Visit, terms: Terms, authority: Authority) -> None:
    """The partner's request that this answers, if any: as it was asked, and told to the partner."""
    body = read_body(visit.message.body, AuthorityBody)
    if body.request is not None:
        request = own_request(visit, body.request, kind=terms.kind)
        demand_as_asked(visit, terms, request)
        approved = request.answered(RequestState.APPROVED, authority=authority.name)
        visit.marks += answered(visit, approved)
