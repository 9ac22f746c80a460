"""What an attacker sees: the code of one answer, opened where it is sealed for the attacker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tallystick.handset import Answer, Handset, HandsetRefused, Order, Refusal, connection
from tallystick.trials.transport import STATUS

_MEDIA = (connection.JOSE, connection.JSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One answer: its code, its HTTP status, the receipt if there is one, how long it is."""

    code: str
    status: int
    answer: Answer | None = None
    octets: int = 0


Attempt = Callable[[], Seen]


def look(handset: Handset, order: Order, reply: connection.Reply) -> Seen:
    """Read the answer to a message; a receipt counts only with its proof."""
    try:
        answer = handset.read_reply(order, reply.expect(connection.JOSE))
    except Refusal as refusal:
        return _problem(refusal, reply)
    except HandsetRefused as wrong:
        return Seen(code=wrong.code, status=reply.status)
    return Seen(code=answer.code, status=reply.status, answer=answer, octets=len(reply.octets))


def look_at_grant(reply: connection.Reply) -> Seen:
    """Read the answer to a session request or an enrolment."""
    try:
        reply.expect(reply.media if reply.media in _MEDIA else connection.JSON)
    except Refusal as refusal:
        return _problem(refusal, reply)
    except HandsetRefused as wrong:
        return Seen(code=wrong.code, status=reply.status)
    return Seen(code="ok", status=reply.status)


def _problem(refusal: Refusal, reply: connection.Reply) -> Seen:
    known = STATUS.get(refusal.code) == reply.status
    code = refusal.code if known else f"{refusal.code} under {reply.status}"
    return Seen(code=code, status=reply.status, octets=len(reply.octets))
