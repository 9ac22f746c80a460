"""The reference handset: what a customer, an operator or a laboratory does with one device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import httpx

from tallystick.ground.clock import Clock
from tallystick.ground.identifiers import request_id
from tallystick.ground.money import Amount
from tallystick.ground.secret import Secret
from tallystick.handset import store
from tallystick.handset.authorising import Authorising
from tallystick.handset.crossing import Crossing
from tallystick.handset.device import Confirm
from tallystick.handset.errors import NotConfirmed, QrRefused
from tallystick.handset.keys import HandsetKeys
from tallystick.handset.messages import Application, Platform, SecureEnvironment, new_request
from tallystick.handset.orders import Order, bank_payee, payment_body, wire_amount
from tallystick.handset.qr import read_code
from tallystick.handset.receipts import Answer
from tallystick.handset.transactions import describe_order, sign_intent, write_transaction


def confirm_all(shown: str) -> bool:
    """The customer of a rehearsal, who says yes to every order that can be shown."""
    return bool(shown)


class Handset(Authorising, Crossing):
    """One device of one customer, talking to one pinned provider."""

    @classmethod
    def create(
        cls,
        base_url: str,
        verifier_key: str,
        *,
        secure_environment: SecureEnvironment,
        application: Application,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        platform: Platform = "other",
        confirm: Confirm = confirm_all,
    ) -> Self:
        """A new device with fresh keys, bound to nobody. Refuses: Malformed verifier key."""
        return cls(
            base_url=base_url,
            verifier_key=verifier_key,
            keys=HandsetKeys.create(),
            platform=platform,
            secure_environment=secure_environment,
            application=application,
            clock=clock,
            transport=transport,
            confirm=confirm,
        )

    def state(self) -> Secret:
        """Everything but the grant, private keys included; keep it with `save_state`."""
        return store.write_state(
            store.StoredHandset(
                base_url=self.base_url,
                verifier_key=self.verifier_key,
                platform=self.platform,
                secure_environment=self.secure_environment,
                application=self.application,
                keys=store.store_keys(self.keys),
                counter=self.counter,
                identity=self.identity,
                remembered=self.remembered,
                unanswered=list(self.unanswered.values()),
            )
        )

    @classmethod
    def restore(
        cls,
        state: Secret,
        *,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        confirm: Confirm = confirm_all,
        base_url: str | None = None,
    ) -> Self:
        """The device of a saved state; it opens a new session by itself. Refuses: Malformed.

        `base_url` is where the provider is found now; by default where it was. The verifier key
        stays the pinned one.
        """
        stored = store.read_state(state)
        handset = cls(
            base_url=base_url or stored.base_url,
            verifier_key=stored.verifier_key,
            keys=store.restore_keys(stored.keys),
            platform=stored.platform,
            secure_environment=stored.secure_environment,
            application=stored.application,
            clock=clock,
            transport=transport,
            confirm=confirm,
        )
        handset.counter, handset.identity = stored.counter, stored.identity
        handset.remembered = stored.remembered
        handset.unanswered = {order.request: order for order in stored.unanswered}
        return handset

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def pay(
        self,
        payee_id: str,
        payee_name: str,
        amount: Amount,
        pin: Secret | None = None,
        request: str | None = None,
    ) -> Answer:
        """Pay another customer at a distance."""
        return self.send(
            self.order_payment("remote.pay", payee_id, payee_name, amount, pin=pin, request=request)
        )

    def pay_merchant(
        self, qr: str, amount: Amount, pin: Secret | None = None, request: str | None = None
    ) -> Answer:
        """Pay the merchant of a signed code. Refuses: QrRefused before anything is signed."""
        code = read_code(qr, qr_key=self.service().qr_key)
        if code.currency != amount.currency:
            raise QrRefused("the code is in another currency")
        return self.send(
            self.order_payment(
                "merchant.pay", code.account, code.name, amount, pin=pin, request=request, qr=qr
            )
        )

    def transfer_to_bank(
        self,
        iban: str,
        name: str,
        amount: Amount,
        pin: Secret | None = None,
        request: str | None = None,
    ) -> Answer:
        """Move money from the wallet to a bank account."""
        return self.send(
            self.order_payment(
                "banking.transfer", bank_payee(iban), name, amount, pin=pin, request=request
            )
        )

    def balance(self) -> Answer:
        """`data`: currency, available, reserved."""
        return self.ask("banking.balance", {})

    def statement(self, limit: int) -> Answer:
        """`data`: the newest lines, 1 to 50 of them."""
        return self.ask("banking.statement", {"limit": limit})

    def offer_device(self, customer: str) -> Answer:
        """Offer a customer to bind another handset. `data`: the activation code."""
        return self.ask("device.offer", {"customer": customer})

    def suspend(self, reason: str, device: str | None = None) -> Answer:
        """Suspend this device, or another one of the same customer."""
        return self.ask(
            "device.suspend", {"device": device or self.bound().device, "reason": reason}
        )

    def revoke(self, reason: str, device: str | None = None) -> Answer:
        """Give this device up for good, or another one of the same customer."""
        return self.ask(
            "device.revoke", {"device": device or self.bound().device, "reason": reason}
        )

    def register_customer(
        self,
        *,
        name: str,
        born: str,
        country: str,
        document: str,
        role: str,
        tier: str,
        msisdn: str | None = None,
    ) -> Answer:
        """Backoffice: `data` holds customer, account, activation code and a merchant's QR."""
        customer = {"name": name, "born": born, "country": country, "document": document}
        if msisdn is not None:
            customer["msisdn"] = msisdn
        return self.ask("customer.register", {"customer": customer, "role": role, "tier": tier})

    def register_partner(self, order: Mapping[str, object]) -> Answer:
        """Backoffice: take on the partner of a registration order (`tallystick partner new`)."""
        return self.ask("partner.register", order)

    def confirm_funds(self, amount: Amount, reference: str) -> Answer:
        """Treasury: a credit was seen on the trust account, under the bank's own reference."""
        body = {"amount": wire_amount(amount), "reference": reference}
        return self.ask("funds.confirm", body)

    def issue(self, account: str, amount: Amount) -> Answer:
        """Treasury: issue electronic money against confirmed funds."""
        return self.ask("emoney.issue", {"account": account, "amount": wire_amount(amount)})

    def settle(self, hold: str, verdict: str) -> Answer:
        """Treasury: the bank paid a transfer, or failed to (`paid`, `failed`)."""
        return self.ask("emoney.settle", {"hold": hold, "verdict": verdict})

    def record_trial(
        self, *, trial: str, threat: str, outcome: str, expected: str, seen: str
    ) -> Answer:
        """Laboratory: put the result of a trial into the evidence log."""
        body = {
            "trial": trial,
            "threat": threat,
            "outcome": outcome,
            "expected": expected,
            "seen": seen,
        }
        return self.ask("evidence.record", body)

    def order_payment(
        self,
        operation: str,
        payee_id: str,
        payee_name: str,
        amount: Amount,
        *,
        pin: Secret | None = None,
        request: str | None = None,
        qr: str | None = None,
    ) -> Order:
        """Write T, show it, sign what was shown. Refuses: NotConfirmed, Malformed."""
        chosen = new_request() if request is None else request_id(request)
        data = write_transaction(
            request=chosen,
            device=self.bound().device,
            at_ms=self.clock.now_ms(),
            payee_id=payee_id,
            payee_name=payee_name,
            amount=amount,
        )
        shown = describe_order(data)
        if not self.confirm(shown):
            raise NotConfirmed("the customer did not confirm the order")
        body = payment_body(
            transaction_data=data,
            intent=sign_intent(data, shown=shown, key=self.keys.signature),
            sealed_pin=None if pin is None else self.seal_pin(pin, request=chosen),
            qr=qr,
        )
        return Order(request=chosen, operation=operation, body=body)
