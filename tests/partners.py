"""Partners on the stage of tests/stage.py: registered by staff, asking through the corridor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from tallystick.ground.identifiers import DeviceId, RequestId
from tallystick.handset import NewPartner, new_partner
from tallystick.protect.corridor import ExternalOrder
from tallystick.protect.partners import SCOPES
from tests.stage import Stage, kes

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Told:
    """The end of one order: what the leaf says, and the data beside it."""

    leaf: dict[str, Any]
    data: dict[str, Any] | None
    index: int

    @property
    def code(self) -> str:
        return str(self.leaf["code"])


@dataclass(frozen=True, slots=True)
class Server:
    """A partner's server: it may ask for whatever its scopes say."""

    stage: Stage
    made: NewPartner
    name: str
    id: DeviceId
    account: str

    def ask(self, operation: str, request: str | None = None, **changes: Any) -> Told:
        extra = {k: changes.pop(k) for k in ("issued_ms", "note", "callback") if k in changes}
        order = ExternalOrder(
            partner=self.id,
            request=RequestId(request or f"order-{next(_numbers):014d}"),
            operation=operation,
            body=json.dumps(changes).encode(),
            authenticated={"how": "oauth2"},
            **extra,
        )
        pending = self.stage.platform.partners.decide(order)
        committed = pending.proven(pending.promise.result(10))
        data = None if committed.data is None else json.loads(committed.data)
        return Told(json.loads(committed.leaf), data, committed.index)

    def pay(self, payee: str, amount: str, **more: Any) -> Told:
        return self.ask("partner.pay", payee=payee, amount=amount, currency="KES", **more)

    def collect(self, authority: str, amount: str, **more: Any) -> Told:
        named = {"authority": authority, "amount": amount, "currency": "KES"}
        return self.ask("partner.collect", **named, **more)

    @property
    def party(self) -> tuple[str, str]:
        return (self.name, self.account)


def server(
    stage: Stage,
    name: str = "Duka Online Ltd",
    *,
    scopes: Sequence[str] = SCOPES,
    minor: int = 0,
    role: str = "partner",
) -> Server:
    """Register a partner, with so much e-money on its account."""
    made = new_partner(
        name=name,
        registered="2015-03-01",
        country="KE",
        document=f"CPR{next(_numbers):06d}",
        tier="tier2",
        scopes=scopes,
        role=role,
    )
    answer = stage.staff("backoffice").handset.register_partner(made.order)
    assert answer.accepted, answer.code
    assert answer.data is not None
    found = Server(
        stage, made, name, DeviceId(str(answer.data["partner"])), str(answer.data["account"])
    )
    if minor:
        treasury = stage.staff("treasury").handset
        for done in (
            treasury.confirm_funds(kes(minor), f"partner-{next(_numbers)}"),
            treasury.issue(found.account, kes(minor)),
        ):
            assert done.accepted, done.code
    return found


def holds(stage: Stage, account: str) -> tuple[int, int]:
    """Credits minus debits of an account, and what of it is held; from the books."""
    stage.settled()
    row = stage.platform._books.account(account)  # type: ignore[arg-type]
    assert row is not None
    return row.credits - row.debits, row.debits_held
