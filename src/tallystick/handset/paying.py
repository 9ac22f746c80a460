"""What a holder of electronic money asks for: payments, cash, refunds, exchange, enquiries."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.ground.identifiers import request_id, to_base64url
from tallystick.ground.money import Amount
from tallystick.ground.secret import Secret
from tallystick.handset.device import Device
from tallystick.handset.errors import Malformed, NotConfirmed, QrRefused
from tallystick.handset.messages import new_request
from tallystick.handset.orders import Order, bank_payee, own_account, payment_body, wire_amount
from tallystick.handset.purse import PURSE_NAME, Purse
from tallystick.handset.qr import read_code
from tallystick.handset.receipts import Answer
from tallystick.handset.transactions import (
    describe_order,
    read_wire_amount,
    sign_intent,
    write_transaction,
)

REFUND_NAME = "refund"
"""What stands for the payee's name in a refund."""


class Paying(Device):
    """A customer's, merchant's or agent's handset."""

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

    def load_purse(
        self, purse: Purse, amount: Amount, pin: Secret | None = None, request: str | None = None
    ) -> Answer:
        """Move money into a purse; the purse takes over what the provider certified."""
        order = self.order_payment(
            "purse.load", purse.id, PURSE_NAME, amount, pin=pin, request=request
        )
        body = {**order.body, "key": purse.jwk}
        answer = self.send(Order(request=order.request, operation=order.operation, body=body))
        if answer.accepted and answer.data is not None:
            total = read_wire_amount(str(answer.data["loaded"]), amount.currency)
            purse.loaded(total.minor, str(answer.data["certificate"]), qr_key=self.service().qr_key)
        return answer

    def deposit(self, voucher: bytes) -> Answer:
        """Be paid what a voucher says."""
        return self.ask("purse.deposit", {"voucher": to_base64url(voucher)})

    def unload_purse(self, purse: str) -> Answer:
        """Get back what is left of a purse whose time is over."""
        return self.ask("purse.unload", {"purse": purse})

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

    def cash_in(
        self, customer_id: str, customer_name: str, amount: Amount, pin: Secret | None = None
    ) -> Answer:
        """Agent: cash was taken; pay as much from the float into the customer's wallet."""
        return self.send(
            self.order_payment("agent.cash_in", customer_id, customer_name, amount, pin=pin)
        )

    def cash_out(
        self, agent_id: str, agent_name: str, amount: Amount, pin: Secret | None = None
    ) -> Answer:
        """Pay the agent, who hands out cash once the receipt is believed."""
        return self.send(
            self.order_payment("agent.cash_out", agent_id, agent_name, amount, pin=pin)
        )

    def refund(
        self, payment: str, payer_id: str, amount: Amount, pin: Secret | None = None
    ) -> Answer:
        """Give a payment back, or a part of it: its name and its payer stand in the statement."""
        order = self.order_payment(
            "payment.refund", payer_id, REFUND_NAME, amount, pin=pin, refunds=payment
        )
        return self.send(order)

    def reserve(
        self,
        merchant_id: str,
        merchant_name: str,
        amount: Amount,
        until_ms: int,
        pin: Secret | None = None,
        request: str | None = None,
    ) -> Answer:
        """Set money aside for a merchant, who takes it or a part of it before an instant.

        The instant (ms) is signed in whole seconds. The receipt's order is the reservation.
        """
        order = self.order_payment(
            "reservation.make", merchant_id, merchant_name, amount, pin=pin, request=request,
            until_ms=until_ms,
        )  # fmt: skip
        return self.send(order)

    def capture(self, reservation: str, amount: Amount) -> Answer:
        """Merchant: take what was reserved, or a part of it, once. `data`: taken, released."""
        body = {"reservation": reservation, "amount": wire_amount(amount)}
        return self.ask("reservation.capture", body)

    def release(self, reservation: str) -> Answer:
        """Merchant: let everything go that was reserved."""
        return self.ask("reservation.release", {"reservation": reservation})

    def reservations(self, before: int | None = None) -> Answer:
        """`data`: what was reserved on this account, the newest first; `next` leads on."""
        return self.ask("reservation.list", {} if before is None else {"before": before})

    def exchange(
        self, sold: Amount, receives: Amount, name: str, pin: Secret | None = None
    ) -> Answer:
        """Sell one currency for another, for exactly what a quote said that it gives."""
        home = self.service().currency
        target = own_account(self.bound().account, receives.currency, home=home)
        order = self.order_payment(
            "fx.exchange", str(target), name, sold, pin=pin, receives=receives
        )
        return self.send(order)

    def quote(self, operation: str, amount: Amount, receives: str | None = None) -> Answer:
        """`data`: currency, amount, fee, total, receives. `receives` is the currency bought."""
        body: dict[str, object] = {
            "operation": operation, "amount": wire_amount(amount), "currency": amount.currency,
        }  # fmt: skip
        return self.ask(
            "payment.quote", body if receives is None else {**body, "receives": receives}
        )

    def fee_of(self, operation: str, amount: Amount) -> Amount:
        """What a payment costs on top of its amount. Refuses: Malformed when nobody says."""
        data = self.quote(operation, amount).data
        if data is None:
            raise Malformed("the provider says no price")
        return read_wire_amount(str(data["fee"]), amount.currency)

    def balance(self, currency: str | None = None) -> Answer:
        """`data`: currency, available, reserved."""
        return self.ask("banking.balance", {} if currency is None else {"currency": currency})

    def statement(
        self, limit: int, before: int | None = None, currency: str | None = None
    ) -> Answer:
        """`data`: the newest lines before a place, 1 to 50 of them; `next` leads on."""
        body: dict[str, object] = {"limit": limit}
        if before is not None:
            body["before"] = before
        return self.ask(
            "banking.statement", body if currency is None else {**body, "currency": currency}
        )

    def open_account(self, currency: str) -> Answer:
        """Open an account in another currency. `data`: its id."""
        return self.ask("account.open", {"currency": currency})

    def reactivate(self, pin: Secret) -> Answer:
        """Wake a sleeping account."""
        request = new_request()
        body: Mapping[str, object] = {"pin": self.seal_pin(pin, request=request)}
        return self.send(Order(request=request, operation="account.reactivate", body=body))

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
        fee: Amount | None = None,
        refunds: str | None = None,
        receives: Amount | None = None,
        until_ms: int | None = None,
    ) -> Order:
        """Write T, show it, sign what was shown. Refuses: NotConfirmed, Malformed.

        `fee` is what the payment costs; the provider is asked when it is not given. `refunds` is
        the payment that is given back, `receives` what an exchange gives, `until_ms` how long
        money is only reserved.
        """
        chosen = new_request() if request is None else request_id(request)
        if fee is None and operation in self.service().fees:
            fee = self.fee_of(operation, amount)
        data = write_transaction(
            request=chosen,
            device=self.bound().device,
            at_ms=self.clock.now_ms(),
            payee_id=payee_id,
            payee_name=payee_name,
            amount=amount,
            fee=fee,
            refunds=refunds,
            receives=receives,
            until_ms=until_ms,
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
