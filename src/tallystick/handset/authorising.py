"""What a customer lets partners take: codes, mandates, answers to requests to pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tallystick.ground.money import Amount
from tallystick.ground.secret import Secret
from tallystick.handset.asked import read_asked
from tallystick.handset.errors import NotConfirmed
from tallystick.handset.messages import new_request
from tallystick.handset.orders import Order, payment_body
from tallystick.handset.paying import Paying
from tallystick.handset.receipts import Answer
from tallystick.handset.terms import Terms, describe_terms, sign_terms, write_terms

_OPERATIONS = {
    "code": "code.create",
    "reserved code": "code.reserve",
    "mandate": "mandate.create",
}


class Authorising(Paying):
    """The customer's side of what partners do."""

    def create_code(
        self,
        amount: Amount,
        *,
        lifetime_s: int = 900,
        partner: tuple[str, str] | None = None,
        reserve: bool = False,
        pin: Secret | None = None,
    ) -> Answer:
        """Make a code for one payment of at most `amount`; `data`: `authority`, the code.

        `partner` is name and account of the one who may redeem it; with `reserve` the money is held
        for it, and the payment is of exactly this amount.
        """
        terms = Terms(
            kind="reserved code" if reserve else "code",
            partner=partner,
            amount=amount,
            expires_ms=self.clock.now_ms() + lifetime_s * 1000,
        )
        return self.send(self.order_authority(terms, pin=pin))

    def create_mandate(
        self,
        partner: tuple[str, str],
        amount: Amount,
        *,
        per_period: Amount,
        period_days: int,
        expires_ms: int,
        payments: int | None = None,
        pin: Secret | None = None,
    ) -> Answer:
        """Let a partner collect up to `amount` at a time; `data`: `authority`, its name."""
        terms = Terms(
            kind="mandate",
            partner=partner,
            amount=amount,
            expires_ms=expires_ms,
            per_period=per_period,
            period_days=period_days,
            payments=payments,
        )
        return self.send(self.order_authority(terms, pin=pin))

    def end_authority(self, authority: str) -> Answer:
        """End a code or a mandate."""
        return self.ask("authority.end", {"authority": authority})

    def release_code(self, authority: str) -> Answer:
        """Take back what a code keeps reserved."""
        return self.ask("code.release", {"authority": authority})

    def requests(self) -> Answer:
        """`data`: what partners ask for and waits for an answer: payments, codes, mandates."""
        return self.ask("request.list", {})

    def approve(
        self,
        request: str,
        payee_id: str,
        payee_name: str,
        amount: Amount,
        pin: Secret | None = None,
    ) -> Answer:
        """Pay what a partner requested, after it was shown. Refuses: NotConfirmed."""
        order = self.order_payment("request.approve", payee_id, payee_name, amount, pin=pin)
        return self.send(replace(order, body={**order.body, "request": request}))

    def allow(self, shown: Mapping[str, object], pin: Secret | None = None) -> Answer:
        """Sign the code or mandate that a partner asked for, after it was shown.

        `shown` is one of `requests`; `data`: `authority`. Refuses: NotConfirmed, Malformed.
        """
        asked = read_asked(shown)
        order = self.order_authority(asked.terms_at(self.clock.now_ms()), pin=pin)
        return self.send(replace(order, body={**order.body, "request": asked.request}))

    def decline(self, request: str) -> Answer:
        """Say no to what a partner asks for."""
        return self.ask("request.decline", {"request": request})

    def order_authority(self, terms: Terms, *, pin: Secret | None = None) -> Order:
        """Write the terms, show them, sign what was shown. Refuses: NotConfirmed, Malformed."""
        chosen = new_request()
        data = write_terms(
            terms, request=chosen, device=self.bound().device, at_ms=self.clock.now_ms()
        )
        shown = describe_terms(data)
        if not self.confirm(shown):
            raise NotConfirmed("the customer did not confirm the terms")
        body = payment_body(
            transaction_data=data,
            intent=sign_terms(data, shown=shown, key=self.keys.signature),
            sealed_pin=None if pin is None else self.seal_pin(pin, request=chosen),
        )
        return Order(request=chosen, operation=_OPERATIONS[terms.kind], body=body)
