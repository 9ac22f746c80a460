"""The operations of a rehearsal: what must be accepted is, and what must be refused is too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tallystick.cli.rehearsal.cast import PIN, WRONG_PIN, fund
from tallystick.cli.rehearsal.money import fund_agent, money_accepted, money_refused
from tallystick.cli.rehearsal.stage import BANK, Act, Scene, Stage
from tallystick.ground.secret import Secret
from tallystick.handset import Answer, read_pin


def play(stage: Stage) -> Iterator[Scene]:
    """Play every scene that the policy's operations allow, in order."""
    _set_up(stage)
    acts = (*_accepted(stage), *money_accepted(stage), *money_refused(stage), *_refused(stage))
    for title, expected, act in acts:
        yield Scene(title=title, expected=expected, seen=act().code)


def _set_up(stage: Stage) -> None:
    """Confirm a credit for each customer and issue as much: three quarters of what each may hold,
    and never more than ten payments' worth."""
    fund_agent(stage)
    players = (stage.cast.amina, stage.cast.brian, stage.cast.chebet)
    for number, player in enumerate(players, 1):
        tier = stage.policy.tiers[player.tier]
        purse = min(tier.balance_minor * 3 // 4, 10 * tier.per_transaction_minor)
        currency = stage.policy.currency
        fund(stage.cast, player.account, purse, currency=currency, reference=f"BANK-{number:04d}")


def _accepted(stage: Stage) -> Iterator[Act]:
    amina, brian, shop = stage.cast.amina, stage.cast.brian, stage.cast.shop
    step_up, pin = stage.step_up(), read_pin(PIN)
    if stage.policy.operation(stage.paying()).step_up_minor:
        yield "small payment, the device is enough", "ok", partial(stage.pay, brian, step_up - 1)
    yield "larger payment, with the PIN", "ok", partial(stage.pay, brian, step_up, pin)
    if stage.offers("merchant.pay"):
        at_shop = partial(amina.handset.pay_merchant, str(shop.qr), stage.amount(step_up), pin)
        yield "at the merchant's, by QR code", "ok", at_shop
    if stage.offers("banking.balance"):
        yield "balance enquiry", "ok", amina.handset.balance
        yield "statement", "ok", partial(brian.handset.statement, 10)
    if stage.offers("banking.transfer"):
        yield "to a bank account, paid by the bank", "ok", partial(_redeem, stage, "paid")
        yield "to a bank account, returned by the bank", "ok", partial(_redeem, stage, "failed")


def _redeem(stage: Stage, verdict: str) -> Answer:
    brian = stage.cast.brian
    amount = stage.amount(stage.step_up())
    held = brian.handset.transfer_to_bank(BANK, brian.name, amount, read_pin(PIN))
    if not held.accepted:
        return held
    hold = f"{held.leaf['device']}.{held.leaf['request']}"
    return stage.cast.treasury.settle(hold, verdict)


def _refused(stage: Stage) -> Iterator[Act]:
    amina, brian, chebet = stage.cast.amina, stage.cast.brian, stage.cast.chebet
    pin, step_up = read_pin(PIN), stage.step_up()
    over = stage.limit(amina) + 1
    cap = stage.policy.operation(stage.paying()).amount_max_minor["software"]
    refused = "tier.exceeded" if over <= cap else "environment.cap"
    yield "over the limit of the tier", refused, partial(stage.pay, amina, over, pin)
    wrong = partial(stage.pay, amina, step_up, read_pin(WRONG_PIN))
    yield "with a wrong PIN", "customer.not_verified", wrong
    if stage.offers("banking.transfer"):
        to_listed = partial(
            brian.handset.transfer_to_bank, BANK, stage.listed, stage.amount(step_up), pin
        )
        yield "to a listed party", "payment.declined", to_listed
    yield "taking on a listed party", "payment.declined", partial(_take_on_listed, stage)
    unbacked = partial(stage.cast.treasury.issue, brian.account, stage.amount(100))
    yield "more e-money than money at the bank", "funds.insufficient", unbacked
    yield from _structuring(stage, pin)
    yield "a lost handset is revoked", "ok", partial(_revoke, stage)
    lost = partial(stage.pay, chebet, step_up, pin)
    yield "the lost handset tries to pay", "device.suspended", lost


def _revoke(stage: Stage) -> Answer:
    """Revoke a handset that has a session: from then on its grant is worth nothing."""
    stage.cast.chebet.handset.open_session()
    lost = stage.cast.chebet.handset.bound().device
    return stage.cast.backoffice.revoke("reported lost", device=lost)


def _structuring(stage: Stage, pin: Secret) -> Iterator[Act]:
    """Payments each just under the limit, as many as the policy takes for splitting."""
    chebet = stage.cast.chebet
    tier = stage.policy.tiers[chebet.tier]
    near = tier.per_transaction_minor * 97 // 100
    rule = next((r for r in stage.policy.typologies if r.id == "structuring"), None)
    last = rule.numbers["count_min"] if rule is not None and rule.action == "refuse" else 0
    if (near + last) * last > tier.per_day_minor:
        return
    for number in range(1, last + 1):
        yield (
            f"just under the limit, {number} of {last} (structuring)",
            "ok" if number < last else "payment.declined",
            partial(stage.pay, chebet, near + number, pin),
        )


def _take_on_listed(stage: Stage) -> Answer:
    return stage.cast.backoffice.register_customer(
        name=stage.listed, born="1961-03-04", country=stage.policy.jurisdiction,
        document="ID-LISTED", role="customer", tier=stage.cast.amina.tier,
    )  # fmt: skip
