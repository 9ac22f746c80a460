"""The treasury's handset at work: each order once, whatever happened to the answer before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tallystick.cli.staffing import close_staff, find_staff
from tallystick.ground.clock import SystemClock
from tallystick.ground.errors import Misconfigured, Refused
from tallystick.ground.identifiers import to_base64url
from tallystick.handset import Answer, Handset, Order, load_state, save_state

_AGAIN_MAX = 16
"""An order whose refusal is on record is asked anew under its next name, so many times."""


class DeskRefused(Refused):
    """The provider refused an order of the treasury."""

    code, clause = "bank.order_refused", "13"


@dataclass(frozen=True, slots=True)
class Desk:
    """Sends the treasury's orders; the handset's state is kept after each."""

    handset: Handset
    file: Path

    def order(self, operation: str, body: Mapping[str, object], *, once: str) -> Answer:
        """Send an order that has one effect for ever; `once` names the effect.

        Its request id follows from that name, so whoever asks again is given the first answer. A
        refusal moved nothing: then the next name is tried, until one was never asked before.
        Refuses: DeskRefused with the code of the last refusal.
        """
        code = ""
        for again in range(_AGAIN_MAX):
            request = _request(f"{operation}\n{once}\n{again}")
            known = self.handset.remembered.size if self.handset.remembered else 0
            answer = self._send(Order(request=request, operation=operation, body=dict(body)))
            if answer.accepted:
                return answer
            code = answer.code
            if answer.index >= known:
                break
        raise DeskRefused(f"{operation} was refused: {code}")

    def _send(self, order: Order) -> Answer:
        self.handset.unanswered[order.request] = order
        try:
            return self.handset.send(order)
        finally:
            self.handset.unanswered.pop(order.request, None)
            save_state(self.file, self.handset.state())


@contextmanager
def open_desk(home: Path, *, handset: Path | None, url: str | None) -> Iterator[Desk]:
    """The treasury's handset: of the file named, else of the home, enrolled on first use.

    Refuses: Misconfigured when there is none, or no address to find the service at.
    """
    file = handset or home / "staff" / "treasury.handset"
    if not file.exists():
        if handset is not None or url is None:
            raise Misconfigured(
                "no handset of the treasury",
                where=str(file),
                allowed="its state with --handset, or --url of the served home to enrol staff",
            )
        staff, _ = find_staff(url, home=home, folder=None)
        close_staff(staff)
    opened = Handset.restore(load_state(file), clock=SystemClock(), base_url=url)
    try:
        role = opened.bound().role
        if role != "treasury":
            raise Misconfigured(f"is a handset of {role}", where=str(file), allowed="treasury")
        yield Desk(opened, file)
    finally:
        opened.close()


def _request(name: str) -> str:
    return to_base64url(hashlib.sha256(name.encode("utf-8")).digest())[:32]
