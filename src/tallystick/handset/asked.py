"""What a partner asks a customer to sign, as the provider lists it: read before it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from tallystick.ground.money import Amount
from tallystick.handset.errors import Malformed
from tallystick.handset.reading import Strict, read_json
from tallystick.handset.terms import Terms
from tallystick.handset.transactions import read_wire_amount


class _Proposed(Strict):
    per_period: str | None
    period_days: int | None
    payments: int | None
    lifetime_s: int | None
    until: str | None


class Asked(Strict):
    """One of `requests`: a payment, or a code or mandate with the terms that are to be signed."""

    request: str
    payee: str
    name: str
    amount: str
    currency: str
    reference: str
    asked: str
    expires: str
    kind: Literal["payment", "code", "reserved code", "mandate"]
    terms: _Proposed | None

    def terms_at(self, now_ms: int) -> Terms:
        """The terms to show and sign now: a code lives from its signature on.

        Refuses: Malformed, also for a payment, which is approved.
        """
        said = self.terms
        if said is None or self.kind == "payment":
            raise Malformed("a request to pay is approved by paying it")
        return Terms(
            kind=self.kind,
            partner=(self.name, self.payee),
            amount=self._sum(self.amount),
            expires_ms=_end(said, now_ms),
            per_period=None if said.per_period is None else self._sum(said.per_period),
            period_days=said.period_days,
            payments=said.payments,
        )

    def _sum(self, text: str) -> Amount:
        return read_wire_amount(text, self.currency)


def read_asked(shown: Mapping[str, object]) -> Asked:
    """Read one of `requests`. Refuses: Malformed."""
    return read_json(msgspec.json.encode(dict(shown)), Asked)


def _end(said: _Proposed, now_ms: int) -> int:
    if said.lifetime_s is not None:
        return now_ms + said.lifetime_s * 1000
    try:
        at = datetime.strptime(said.until or "", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Malformed("the end of what is asked for is no instant") from None
    return int(at.timestamp()) * 1000
