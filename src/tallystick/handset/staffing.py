"""What the provider's own people ask for with their devices."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.ground.money import Amount
from tallystick.handset.device import Device
from tallystick.handset.orders import wire_amount
from tallystick.handset.receipts import Answer


class Staffing(Device):
    """Back office, treasury and laboratory; each role may ask for its own orders alone."""

    def offer_device(self, customer: str) -> Answer:
        """Offer a customer to bind another handset. `data`: the activation code."""
        return self.ask("device.offer", {"customer": customer})

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
        body = {**self._money(amount), "reference": reference}
        return self.ask("funds.confirm", body)

    def issue(self, account: str, amount: Amount) -> Answer:
        """Treasury: issue electronic money against confirmed funds."""
        return self.ask("emoney.issue", {"account": account, **self._money(amount)})

    def settle(self, hold: str, verdict: str) -> Answer:
        """Treasury: the bank paid a transfer, or failed to (`paid`, `failed`)."""
        return self.ask("emoney.settle", {"hold": hold, "verdict": verdict})

    def expire(self, hold: str) -> Answer:
        """Treasury: give back a transfer to a bank that nobody settled in time."""
        return self.ask("emoney.expire", {"hold": hold})

    def reverse(self, payment: str, reason: str) -> Answer:
        """Back office: take a payment back as a whole, `<device id>.<request id>`."""
        return self.ask("payment.reverse", {"payment": payment, "reason": reason})

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

    def _money(self, amount: Amount) -> dict[str, object]:
        """Amount and, where it is not the service's own, currency."""
        said: dict[str, object] = {"amount": wire_amount(amount)}
        if amount.currency != self.service().currency:
            said["currency"] = amount.currency
        return said
