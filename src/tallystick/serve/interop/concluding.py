"""The end of a one-time code: decided, and what is never sent given back."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.protect.corridor import Pending
from tallystick.protect.interop import Consent, ConsentState, HubView
from tallystick.protect.partners import order_key
from tallystick.serve.interop.deciding import Desk
from tallystick.serve.interop.hub import Hub
from tallystick.serve.turns import kept


@dataclass(frozen=True, slots=True)
class Concluder:
    """Ends what waits for a code: by the word of the merchant's side, or because time is over."""

    hub: Hub
    desk: Desk
    view: HubView

    def key(self, wire: str) -> str:
        """Under which a request to pay is known, of its id at the hub."""
        return order_key(self.hub.principal, f"request-{wire}")

    async def answered(
        self, wire: str, response: str, code: str | None, *, hold: str, how: str
    ) -> None:
        """Decide an answer; money of a payment that is not sent goes back at once."""
        await _committed(self.desk.confirm(f"request-{wire}", response, code=code, how=how))
        after = self.view.consent(self.key(wire))
        if after is not None and after.state is ConsentState.CLOSED:
            await self.give_back(hold, how=how)

    async def overdue(self, wire: str, consent: Consent, now_ms: int) -> None:
        """What nobody answered in time, or what a crash left between the end and the money."""
        if consent.late_at(now_ms):
            await self.answered(wire, "late", None, hold=consent.hold, how="clock")
        elif consent.state is ConsentState.CLOSED:
            await self.give_back(consent.hold, how="clock")

    async def give_back(self, hold: str, *, how: str) -> None:
        await _committed(self.desk.settle(hold, posted=False, how=how))


async def _committed(pending: Pending) -> None:
    pending.proven(await kept(pending.promise))
