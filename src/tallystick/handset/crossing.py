"""Payments to people at other providers: find them, see what it costs, pay."""

from __future__ import annotations

import secrets
from dataclasses import replace

from tallystick.ground.money import Amount
from tallystick.ground.secret import Secret
from tallystick.handset.orders import wire_amount
from tallystick.handset.paying import Paying
from tallystick.handset.receipts import Answer


class Crossing(Paying):
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
        *,
        code: Secret | None = None,
    ) -> Answer:
        """Pay what an inquiry offered, after it was shown. Refuses: NotConfirmed.

        With a `code` (see `draw_code`) the money is reserved, and leaves once the merchant's
        terminal has told this code; it is shown to the customer when the answer is there.
        """
        order = self.order_payment("interop.pay", payee_id, payee_name, amount, pin=pin)
        body = {**order.body, "inquiry": inquiry}
        if code is not None:
            body["code"] = code.reveal().decode("ascii")
            body["blind"] = secrets.token_urlsafe(16)
        return self.send(replace(order, body=body))


def draw_code(confirm: str) -> Secret:
    """A one-time code as an inquiry's `confirm` wants it: six digits to type, or a text to scan."""
    if confirm == "OTP":
        return Secret(f"{secrets.randbelow(10**6):06d}".encode())
    return Secret(secrets.token_urlsafe(16).encode())
