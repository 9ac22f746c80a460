"""Payments to people at other providers: find them, see what it costs, pay."""

from __future__ import annotations

from tallystick.ground.money import Amount
from tallystick.ground.secret import Secret
from tallystick.handset.device import Device
from tallystick.handset.errors import NotConfirmed
from tallystick.handset.messages import new_request
from tallystick.handset.orders import Order, payment_body, wire_amount
from tallystick.handset.receipts import Answer
from tallystick.handset.transactions import describe_order, sign_intent, write_transaction


class Crossing(Device):
    """The customer's side of payments that cross a hub."""

    def find_party(self, party_type: str, identifier: str, amount: Amount) -> Answer:
        """Ask who a party is and what paying it costs. `data`: `inquiry`; ask for it again soon."""
        body = {"type": party_type, "id": identifier, "amount": wire_amount(amount)}
        return self.ask("interop.find", body)

    def find_requester(self, request: str) -> Answer:
        """The same for a request to pay that came from another provider's merchant."""
        return self.ask("interop.find", {"request": request})

    def inquiry(self, inquiry: str) -> Answer:
        """`data`: state, payee, amount, what the payee receives, until when the offer stands."""
        return self.ask("interop.show", {"inquiry": inquiry})

    def pay_across(
        self,
        inquiry: str,
        payee_id: str,
        payee_name: str,
        amount: Amount,
        pin: Secret | None = None,
    ) -> Answer:
        """Pay what an inquiry offered, after it was shown. Refuses: NotConfirmed."""
        chosen = new_request()
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
        )
        return self.send(
            Order(request=chosen, operation="interop.pay", body=body | {"inquiry": inquiry})
        )
