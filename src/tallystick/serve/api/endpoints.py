"""The endpoints of the wire but the hot one, answered beside the platform."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import msgspec

from tallystick.assembly import Platform
from tallystick.ground.errors import Refused
from tallystick.protect.enforcement import ServiceClosed
from tallystick.serve.api.answers import (
    Challenge,
    Consistency,
    Health,
    ServiceStatement,
    Session,
)
from tallystick.serve.api.ports import Reply
from tallystick.serve.api.problems import problem_of
from tallystick.serve.api.table import JOSE, JSON, TEXT
from tallystick.serve.turns import kept

log = logging.getLogger("tallystick.edge")

Handler = Callable[..., Awaitable[Reply]]


class Endpoints:
    """Enrolments, sessions and what anybody may read, for one platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._by_name: dict[str, Handler] = {
            "service": self.service,
            "challenges": self.challenges,
            "enrolments": self.enrolments,
            "sessions": self.sessions,
            "checkpoint": self.checkpoint,
            "consistency": self.consistency,
            "healthz": self.health,
        }

    async def answer(self, endpoint: str, *arguments: str) -> Reply:
        """The answer, or the problem that an outsider is told of."""
        try:
            return await self._by_name[endpoint](*arguments)
        except Exception as error:  # fail closed: see `closed`
            return closed(error)

    async def service(self) -> Reply:
        return _json(ServiceStatement(**self._platform.statement()))

    async def challenges(self) -> Reply:
        challenge, expires_ms = self._platform.arrivals.challenge()
        return _json(Challenge(challenge=challenge, expires_ms=expires_ms))

    async def enrolments(self, sealed: str) -> Reply:
        pending = self._platform.arrivals.enrol(sealed)
        answer = pending.answer(await kept(pending.promise))
        return Reply(status=200, media=JOSE, octets=answer.encode("ascii"))

    async def sessions(self, token: str) -> Reply:
        grant, expires_ms, counter = self._platform.arrivals.open_session(token)
        return _json(Session(grant=grant, expires_ms=expires_ms, counter=counter))

    async def checkpoint(self) -> Reply:
        return Reply(status=200, media=TEXT, octets=self._platform.checkpoint().encode("utf-8"))

    async def consistency(self, old: str, new: str) -> Reply:
        return _json(Consistency(path=self._platform.consistency(old, new)))

    async def health(self) -> Reply:
        self._platform.demand_open()
        return _json(Health(status="open"))


def closed(error: Exception) -> Reply:
    """What an outsider is told: a refusal's code, or that the service is closed.

    Anything but a refusal is for the operator to see and for nobody else.
    """
    if isinstance(error, Refused):
        return problem_of(error.outside)
    log.error("a request could not be handled", exc_info=error)
    return problem_of(ServiceClosed.code)


def _json(answer: msgspec.Struct) -> Reply:
    return Reply(status=200, media=JSON, octets=msgspec.json.encode(answer))
