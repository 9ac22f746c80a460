"""How a trial reaches a platform of its own: over HTTP when it is given a host, else by hand."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import httpx

from tallystick.assembly import InjectedFault, Platform
from tallystick.ground.errors import Refused, TallystickError
from tallystick.protect.corridor import Pending

log = logging.getLogger("tallystick.edge")

ANSWER_S = 30
STATUS = {
    # docs/reference/wire.md, refusals before the device is recognised.
    "message.refused": 400,
    "grant.refused": 401,
    "enrolment.refused": 403,
    "request.conflict": 409,
    "message.too_long": 413,
    "media.unsupported": 415,
    "service.closed": 503,
}
JOSE, PROBLEM = "application/jose", "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How a handset reaches a platform: an address, and a transport where there is no network."""

    base_url: str
    transport: httpx.BaseTransport | None = None


Host = Callable[[Platform], AbstractContextManager[Reach]]
"""Serves a platform of the trial's own for as long as the context lasts."""


@contextmanager
def in_process(platform: Platform) -> Iterator[Reach]:
    """Reach a platform in this process, without a network."""
    yield Reach(base_url="http://127.0.0.1", transport=PlatformTransport(platform))


class PlatformTransport(httpx.BaseTransport):
    """Answers the wire page's requests with a platform at hand; one decision at a time."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._deciding = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._answer(request, request.read().decode("ascii", "replace"))
        except Refused as refusal:
            return _problem(refusal.outside)
        except (TallystickError, InjectedFault) as wrong:
            log.error("a request could not be handled: %s", type(wrong).__name__)
            return _problem("service.closed")

    def _answer(self, request: httpx.Request, body: str) -> httpx.Response:
        arrivals, path = self._platform.arrivals, request.url.path
        if path == "/v1/service":
            return _json(self._platform.statement())
        if path == "/v1/consistency":
            asked = request.url.params
            return _json({"path": self._platform.consistency(asked["from"], asked["to"])})
        if path == "/v1/challenges":
            challenge, expires_ms = arrivals.challenge()
            return _json({"challenge": challenge, "expires_ms": expires_ms})
        if path == "/v1/sessions":
            with self._deciding:
                grant, expires_ms, counter = arrivals.open_session(body)
            return _json({"grant": grant, "expires_ms": expires_ms, "counter": counter})
        with self._deciding:
            pending = self._decide(request, body)
        answer = pending.answer(pending.promise.result(timeout=ANSWER_S))
        return httpx.Response(200, content=answer.encode("ascii"), headers={"content-type": JOSE})

    def _decide(self, request: httpx.Request, body: str) -> Pending:
        if request.url.path == "/v1/enrolments":
            return self._platform.arrivals.enrol(body)
        return self._platform.arrivals.message(
            body,
            grant=request.headers.get("authorization", "").removeprefix("DPoP "),
            proof=request.headers.get("dpop", ""),
            method=request.method,
            url=str(request.url),
        )


def _json(members: object) -> httpx.Response:
    return httpx.Response(200, json=members)


def _problem(code: str) -> httpx.Response:
    known = code if code in STATUS else "message.refused"
    members = {"type": "about:blank", "title": "Refused", "status": STATUS[known], "code": known}
    return httpx.Response(
        STATUS[known], content=json.dumps(members).encode(), headers={"content-type": PROBLEM}
    )
