"""Attacks between what the customer was shown and what is asked: amount, payee, currency."""

from __future__ import annotations

from functools import partial
from typing import Any

from tallystick.ground.identifiers import from_base64url, to_base64url
from tallystick.handset import Order, keys
from tallystick.trials import forging
from tallystick.trials.bout import Bout
from tallystick.trials.cast import Player

INTENT = "intent.refused"
FORGED = "intent.refused signature.refused"


def change_amount(bout: Bout) -> None:
    """The amount is changed after the customer signed, or the signature is another's."""
    (payer, payee), mallory = bout.pair(), bout.cast.payer()
    handset, earlier = payer.handset, bout.order(payer, payee)
    with bout.unmoved(payer, payee):
        for what, minor in (("more", 3 * bout.cast.unit_minor), ("less", 1)):
            amount = str(bout.cast.amount(minor)).split()[0]
            order = bout.order(payer, payee)
            _unsigned(bout, f"{what} than was signed", payer, order, amount=amount)
        before = {name: earlier.body[name] for name in ("transaction_data", "intent")}
        for what, change, inside in (
            ("no signature", lambda _: {"intent": ""}, FORGED),
            ("zeros for a signature", lambda _: {"intent": to_base64url(bytes(64))}, FORGED),
            ("half a signature", lambda order: {"intent": _half(order)}, FORGED),
            ("signed by the session key",
             lambda order: {"intent": _sign(order, handset.keys.session)}, FORGED),
            ("signed by another customer",
             lambda order: {"intent": _sign(order, mallory.handset.keys.signature)}, FORGED),
            ("signed for another order", lambda _: before, INTENT),
        ):  # fmt: skip
            order = bout.order(payer, payee)
            sent = forging.altered(order, **change(order))
            bout.refused(what, partial(forging.post_order, handset, sent), outside=INTENT,
                         inside=inside)  # fmt: skip


def change_payee(bout: Bout) -> None:
    """The payee is changed after the customer signed, or is not who was shown."""
    (payer, payee), mallory = bout.pair(), bout.cast.payee()
    with bout.unmoved(payer, payee, mallory):
        order = bout.order(payer, payee)
        named = forging.transaction(order)["payload"]["payee"]
        other = {"name": mallory.name, "id": mallory.account}
        _unsigned(bout, "another payee", payer, order, payee=other)
        _unsigned(bout, "another account", payer, bout.order(payer, payee),
                  payee={**named, "id": mallory.account})  # fmt: skip
        _unsigned(bout, "another name", payer, bout.order(payer, payee),
                  payee={**named, "name": "Somebody Else"})  # fmt: skip
        if bout.cast.payment == "banking.transfer":
            return
        shown = bout.order(payer, payee)
        said = forging.transaction(shown)
        said["payload"]["payee"] = {"name": payee.name, "id": mallory.account}
        signed = forging.signed_order(payer.handset, shown, forging.encode(said))
        bout.refused("one name shown over another's account",
                     partial(forging.post_order, payer.handset, signed),
                     outside="payee.mismatch", inside="payee.mismatch")  # fmt: skip


def change_currency(bout: Bout) -> None:
    """The currency is changed after the customer signed; and an order in another one is signed."""
    payer, payee = bout.pair()
    foreign = "EUR" if bout.policy.currency != "EUR" else "USD"
    with bout.unmoved(payer, payee):
        _unsigned(bout, "another currency", payer, bout.order(payer, payee), currency=foreign)
        for currency in (foreign, "XXX", bout.policy.currency.lower(), ""):
            order = bout.order(payer, payee)
            said = forging.transaction(order)
            said["payload"]["currency"] = currency
            signed = forging.signed_order(payer.handset, order, forging.encode(said))
            bout.refused(f"signed in {currency or 'no currency'}",
                         partial(forging.post_order, payer.handset, signed),
                         outside="currency.mismatch", inside="currency.mismatch")  # fmt: skip


def _unsigned(bout: Bout, what: str, payer: Player, order: Order, **payload: Any) -> None:
    """Change T and keep the signature over what it was."""
    said = forging.transaction(order)
    said["payload"] |= payload
    sent = forging.altered(order, transaction_data=to_base64url(forging.encode(said)))
    bout.refused(what, partial(forging.post_order, payer.handset, sent), outside=INTENT,
                 inside=FORGED)  # fmt: skip


def _sign(order: Order, key: keys.DeviceKey) -> str:
    return to_base64url(key.sign(str(order.transaction_data).encode("ascii")))


def _half(order: Order) -> str:
    return to_base64url(from_base64url(str(order.body["intent"]))[:32])
