"""Partners, as the back office registers them: an organisation, an account, keys, scopes."""

from __future__ import annotations

import msgspec

from tallystick.crypto.mechanisms import KeyRefused, PublicKey, public_key_from_jwk
from tallystick.ground.facts import CUSTOMER_REGISTERED, PARTIES_CLEAR, TIER_WITHIN
from tallystick.ground.identifiers import AccountId, CustomerId, drawn_name
from tallystick.protect.corridor import (
    Decision,
    PartnerKeysBody,
    RegisterPartnerBody,
    Visit,
    read_body,
)
from tallystick.protect.devices import DEVICES, Device, DeviceState, device_id
from tallystick.protect.diligence import (
    CUSTOMERS,
    DOCUMENTS,
    CustomerKnown,
    CustomerRecord,
    register_customer,
)
from tallystick.protect.enforcement import Mark, NewAccount, OrderMalformed
from tallystick.protect.partners import DIRECTORY, DIRECTORY_KEY, PARTNERS, Partner
from tallystick.protect.screening import Party, check_parties


def register(visit: Visit) -> Decision:
    """Take a partner on: screened, tiered, with an account; of its secrets only digests come in."""
    body = read_body(visit.message.body, RegisterPartnerBody)
    desk = visit.desk
    tier = desk.policy.tiers.get(body.tier)
    if tier is None:
        raise OrderMalformed("no such tier")
    name = desk.shards.own_name(lambda: drawn_name(desk.chance(9)))
    organisation = _organisation(visit, body, CustomerId(f"cus-{name}"))
    account = AccountId(f"acc-{name}")
    device = _device(visit, body, organisation, account)
    partner = Partner(
        id=device.id,
        name=organisation.name,
        account=account,
        scopes=tuple(dict.fromkeys(body.scopes)),
        secret=body.secret,
        api_key=body.api_key,
        jws_key=body.jws_key,
        fsp=body.fsp,
    )
    if visit.tally.demands(PARTIES_CLEAR):
        seen = check_parties(desk.screening, (Party.of("payee", organisation),))
        visit.tally.notch(PARTIES_CLEAR, "C-SCREEN-NAMES", **seen)
    if visit.tally.demands(TIER_WITHIN):
        visit.tally.notch(TIER_WITHIN, "C-TIER-LIMITS", tier=organisation.tier)
    visit.tally.notch(
        CUSTOMER_REGISTERED,
        "C-TIER-LIMITS",
        tier=organisation.tier,
        role=body.role,
        customer=organisation.id,
        cap=tier.balance_minor,
    )
    visit.slip.payee = account
    visit.marks += [
        Mark(CUSTOMERS, organisation.id, organisation),
        Mark(DOCUMENTS, organisation.document, organisation.id),
        Mark(DEVICES, device.id, device),
        Mark(PARTNERS, partner.id, partner),
        Mark(
            DIRECTORY,
            DIRECTORY_KEY,
            [*(desk.registers.get(DIRECTORY, DIRECTORY_KEY) or []), partner.id],
        ),
    ]
    opened = NewAccount(
        id=account, owner=organisation.id, currency=desk.policy.currency, cap=tier.balance_minor
    )
    data = {"partner": device.id, "customer": organisation.id, "account": account}
    return Decision(accounts=(opened,), data=msgspec.json.encode(data))


def _organisation(visit: Visit, body: RegisterPartnerBody, customer: CustomerId) -> CustomerRecord:
    said = body.organisation
    record = register_customer(
        id=customer,
        name=said.name,
        born=said.registered,
        country=said.country,
        role=body.role,
        tier=body.tier,
        document=said.document,
        seal=visit.desk.seal_document,
        now_ms=visit.now_ms,
    )
    if visit.desk.registers.get(DOCUMENTS, record.document) is not None:
        raise CustomerKnown("this organisation is registered already")
    return record


def _device(
    visit: Visit, body: RegisterPartnerBody, organisation: CustomerRecord, account: AccountId
) -> Device:
    """The partner's server as a device that is bound: nobody vouches for where its keys are."""
    session, signature, agreement = _keys(body.keys)
    name = device_id(session)
    if visit.desk.registers.get(DEVICES, name) is not None:
        raise OrderMalformed("this session key is bound already")
    return Device(
        id=name,
        customer=organisation.id,
        account=account,
        role=body.role,
        state=DeviceState.BOUND,
        session_key=session,
        signature_key=signature,
        agreement_key=agreement,
        platform="server",
        environment="software",
        vouched="software",
        bound_at_ms=visit.now_ms,
    )


def _keys(said: PartnerKeysBody) -> tuple[PublicKey, PublicKey, PublicKey]:
    try:
        session, signature, agreement = (
            public_key_from_jwk(dict(jwk)) for jwk in (said.session, said.signature, said.agreement)
        )
    except KeyRefused as refusal:
        raise OrderMalformed("a key is not exactly a P-256 JWK") from refusal
    if len({session, signature, agreement}) < 3:
        raise OrderMalformed("one key, one purpose: the three keys must differ")
    return session, signature, agreement
