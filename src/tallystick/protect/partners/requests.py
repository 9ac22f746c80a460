"""Requests: a partner asks for a payment or an authority, the customer answers on the handset."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId, DeviceId
from tallystick.protect.enforcement import Register, decode_record, encode_record

PAYMENT = "payment"
PENDING_MAX = 20
"""Requests that may wait on one account at once: nobody's screen is flooded."""
PENDING_EACH_MAX = 10
"""So many of them may be one partner's, so that none keeps the others from asking."""


class RequestUnknown(Refused):
    """No open request of that name for this customer: one answer."""

    code, clause = "request.unknown", "13"


class RequestState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """One request. `payer` is empty where nobody is behind the name that was asked for.

    `kind` is a payment, or that of the authority that the customer shall sign: `amount_minor` is
    then the most of one payment, `period_minor`, `period_days` and `payments_max` bound a mandate,
    which ends at `until_ms`; a code lives `lifetime_s` from its signature on. `transfer` is what
    paid a payment, `authority` the name of what was signed.
    """

    id: str
    partner: DeviceId
    request: str
    payer: AccountId
    payee: AccountId
    payee_name: str
    amount_minor: int
    reference: str
    asked_ms: int
    expires_ms: int
    state: RequestState = RequestState.PENDING
    transfer: str = ""
    kind: str = PAYMENT
    period_minor: int = 0
    period_days: int = 0
    payments_max: int = 0
    lifetime_s: int = 0
    until_ms: int = 0
    authority: str = ""

    def state_at(self, now_ms: int) -> RequestState:
        """Its state, an unanswered one as expired once its time is over."""
        late = self.state is RequestState.PENDING and now_ms >= self.expires_ms
        return RequestState.EXPIRED if late else self.state

    def demand_open(self, payer: AccountId, now_ms: int, *, kind: str | None = PAYMENT) -> None:
        """Refuses: RequestUnknown for anybody else's, answered and expired ones, and for one that
        is answered in another way than by this kind; None is any kind."""
        if self.payer != payer or self.state_at(now_ms) is not RequestState.PENDING:
            raise RequestUnknown("no open request of that name")
        if kind is not None and self.kind != kind:
            raise RequestUnknown("a request of another kind")

    def answered(
        self, state: RequestState, transfer: str = "", authority: str = ""
    ) -> PaymentRequest:
        return replace(self, state=state, transfer=transfer, authority=authority)


def _request(octets: bytes) -> PaymentRequest:
    plain = decode_record(octets)
    return PaymentRequest(**plain | {"state": RequestState(plain["state"])})


REQUESTS: Register[PaymentRequest] = Register(
    "payment_request",
    lambda one: encode_record(asdict(one) | {"state": str(one.state)}),
    _request,
)
"""By partner and the partner's own request id, which is the id of the request."""

PENDING_REQUESTS: Register[list[str]] = Register(
    "pending_requests",
    lambda names: json.dumps(names, separators=(",", ":")).encode(),
    lambda octets: list(json.loads(octets)),
)
"""Account -> ids of the requests that wait for it, oldest first."""
