"""The HTTP edge: carries sealed messages to the platform and cannot read one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tallystick.assembly import Platform
from tallystick.ground.errors import Refused
from tallystick.ground.limits import HTTP_BODY_MAX, MESSAGE_MAX
from tallystick.protect.corridor import Pending
from tallystick.protect.enforcement import Committed, ServiceClosed
from tallystick.serve.api.problems import TooLong, UnsupportedMedia, problem

log = logging.getLogger("tallystick.edge")

JOSE = "application/jose"
Handler = Callable[[Request], Awaitable[Response]]


class Edge:
    """The endpoints of docs/reference/wire.md for one platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def service(self, request: Request) -> Response:
        return JSONResponse(self._platform.statement())

    async def challenges(self, request: Request) -> Response:
        challenge, expires_ms = self._platform.arrivals.challenge()
        return JSONResponse({"challenge": challenge, "expires_ms": expires_ms})

    async def enrolments(self, request: Request) -> Response:
        sealed = await read_token(request)
        return await self._answer(self._platform.arrivals.enrol(sealed))

    async def sessions(self, request: Request) -> Response:
        token = await read_token(request)
        grant, expires_ms, counter = self._platform.arrivals.open_session(token)
        return JSONResponse({"grant": grant, "expires_ms": expires_ms, "counter": counter})

    async def messages(self, request: Request) -> Response:
        sealed = await read_token(request)
        scheme, _, grant = request.headers.get("authorization", "").partition(" ")
        pending = self._platform.arrivals.message(
            sealed,
            grant=grant if scheme == "DPoP" else "",
            proof=request.headers.get("dpop", ""),
            method=request.method,
            url=f"{request.url.scheme}://{request.url.netloc}{request.url.path}",
        )
        return await self._answer(pending)

    async def checkpoint(self, request: Request) -> Response:
        return Response(self._platform.checkpoint(), media_type="text/plain; charset=utf-8")

    async def consistency(self, request: Request) -> Response:
        sizes = (request.query_params.get("from", ""), request.query_params.get("to", ""))
        return JSONResponse({"path": self._platform.consistency(*sizes)})

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "open"})

    async def _answer(self, pending: Pending) -> Response:
        committed = await _kept(pending.promise)
        return Response(pending.answer(committed), media_type=JOSE)


def application(platform: Platform) -> Starlette:
    """The ASGI application of one platform."""
    edge = Edge(platform)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        platform.deliver_with(_deliver_to(asyncio.get_running_loop()))
        yield

    routes = [
        _route("/v1/service", edge.service, "GET"),
        _route("/v1/challenges", edge.challenges, "POST"),
        _route("/v1/enrolments", edge.enrolments, "POST"),
        _route("/v1/sessions", edge.sessions, "POST"),
        _route("/v1/messages", edge.messages, "POST"),
        _route("/v1/checkpoint", edge.checkpoint, "GET"),
        _route("/v1/consistency", edge.consistency, "GET"),
        _route("/v1/healthz", edge.health, "GET"),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _route(path: str, handler: Handler, method: str) -> Route:
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except Refused as refusal:
            return problem(refusal)
        except Exception:  # fail closed: the operator sees it, the outsider learns nothing
            log.exception("a request could not be handled")
            return problem(ServiceClosed("a check could not be made"))

    return Route(path, guarded, methods=[method])


async def read_token(request: Request) -> str:
    """The body as one compact token. Refuses: UnsupportedMedia, TooLong (unread)."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != JOSE:
        raise UnsupportedMedia(f"only {JOSE} is taken here")
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MESSAGE_MAX:
        raise TooLong(f"a message is at most {MESSAGE_MAX} octets")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > min(MESSAGE_MAX, HTTP_BODY_MAX):
            raise TooLong(f"a message is at most {MESSAGE_MAX} octets")
    return body.decode("ascii", errors="replace")


def _deliver_to(
    loop: asyncio.AbstractEventLoop,
) -> Callable[[Sequence[Callable[[], None]]], None]:
    """Keep the promises of one batch on the event loop, with one wake-up for all of them."""

    def keep_all(deliveries: Sequence[Callable[[], None]]) -> None:
        for deliver in deliveries:
            deliver()

    def deliver(deliveries: Sequence[Callable[[], None]]) -> None:
        loop.call_soon_threadsafe(keep_all, deliveries)

    return deliver


async def _kept(promise: Future[Committed | None]) -> Committed | None:
    """Wait for a promise that is kept on this loop."""
    waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def kept(_: Future[Committed | None]) -> None:
        if not waiting.done():
            waiting.set_result(None)

    promise.add_done_callback(kept)
    await waiting
    return promise.result()
