"""Have orders decided: one, or many that leave in one commit; and answer as the provider chose."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import DeviceId, RequestId
from tallystick.protect.corridor import ExternalOrder, Partners
from tallystick.protect.enforcement import RequestConflict
from tallystick.serve.mobile_money.arrivals import Asked
from tallystick.serve.mobile_money.callbacks import INTERFACE
from tallystick.serve.mobile_money.errors import ApiRefused, refused_as
from tallystick.serve.mobile_money.states import request_state

Check = Callable[[str], Awaitable[None]]
"""Looks whether a callback may go to an address. Refuses: CallbackRefused."""
Draft = tuple[str, Mapping[str, Any]]
"""The operation, and its body in our words."""
Note = Mapping[str, Any]
"""What the interface wants to read again of the wire."""
Show = Callable[[Partners, DeviceId, str], dict[str, Any]]


class Decider:
    """`synchronous`: the outcome is the answer, unless somebody else has to act first."""

    def __init__(self, partners: Partners, *, synchronous: bool, check: Check) -> None:
        self._partners, self._synchronous, self._check = partners, synchronous, check

    async def answered(
        self, asked: Asked, draft: Draft, note: Note, *, show: Show, deferred: bool = False
    ) -> tuple[int, dict[str, Any]]:
        """Decide one order and answer it. Refuses: ApiRefused."""
        asynchronous = not self._synchronous or deferred
        callback = await self.callback(asked, asynchronous=asynchronous)
        order = self.order(asked, asked.id, draft, note, callback=callback)
        (code,) = await self.decide([order])
        if code == "message.refused" or (code != "ok" and not asynchronous):
            raise refused_as(code)
        if asynchronous:
            return 202, request_state(self._partners, asked.partner.id, asked.id, first=True)
        return 201, show(self._partners, asked.partner.id, asked.id)

    async def callback(self, asked: Asked, *, asynchronous: bool) -> str:
        """Where the outcome is to be told, looked at. Refuses: CallbackRefused."""
        if not asked.callback or not asynchronous:
            return ""
        await self._check(asked.callback)
        return asked.callback

    def order(
        self,
        asked: Asked,
        request: str,
        draft: Draft,
        note: Note,
        *,
        callback: str = "",
        flaw: Refused | None = None,
    ) -> ExternalOrder:
        return ExternalOrder(
            partner=asked.partner.id,
            request=RequestId(request),
            operation=draft[0],
            body=canonical_json(dict(draft[1])),
            authenticated=asked.authenticated,
            issued_ms=asked.issued_ms,
            note=canonical_json({**note, "channel": asked.channel}).decode(),
            interface=INTERFACE,
            callback=callback,
            flaw=flaw,
        )

    async def decide(self, orders: Sequence[ExternalOrder]) -> list[str]:
        """Decide one after the other, wait for the disk once, and read each outcome."""
        try:
            pending = [self._partners.decide(order) for order in orders]
        except RequestConflict:
            raise ApiRefused(
                "businessRule",
                "duplicateRequest",
                "X-CorrelationID: belongs to another request",
                status=409,
            ) from None
        promises = [asyncio.shield(asyncio.wrap_future(one.promise)) for one in pending]
        committed = await asyncio.gather(*promises)
        leaves = [one.proven(proof).leaf for one, proof in zip(pending, committed, strict=True)]
        return [str(json.loads(leaf)["code"]) for leaf in leaves]
