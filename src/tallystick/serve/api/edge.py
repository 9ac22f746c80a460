"""The HTTP edge: carries sealed messages to the platform and cannot read one.

The one hot endpoint, POST /v1/messages, is plain ASGI; everything else is Starlette's.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter as Counted
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tallystick.assembly import Platform
from tallystick.ground.errors import Refused
from tallystick.ground.limits import MESSAGE_MAX
from tallystick.protect.corridor import Arrival, Pending
from tallystick.protect.enforcement import Committed, ServiceClosed
from tallystick.serve.api.counter import Counter
from tallystick.serve.api.problems import TooLong, UnsupportedMedia, problem

log = logging.getLogger("tallystick.edge")

JOSE = b"application/jose"
MESSAGES = "/v1/messages"
_JOSE_HEADERS = [(b"content-type", JOSE)]
Headers = dict[bytes, bytes]


class Edge:
    """The endpoints of docs/reference/wire.md for one platform."""

    def __init__(self, platform: Platform, *, public_url: str | None) -> None:
        self._platform = platform
        self._public_url = public_url
        self._counter = Counter(platform.arrivals.messages)

    async def service(self, request: Request) -> Response:
        return JSONResponse(self._platform.statement())

    async def challenges(self, request: Request) -> Response:
        challenge, expires_ms = self._platform.arrivals.challenge()
        return JSONResponse({"challenge": challenge, "expires_ms": expires_ms})

    async def enrolments(self, request: Request) -> Response:
        sealed = await read_token(single_headers(request.scope["headers"]), request.receive)
        answer = await answered(self._platform.arrivals.enrol(sealed))
        return Response(answer, media_type=JOSE.decode())

    async def sessions(self, request: Request) -> Response:
        token = await read_token(single_headers(request.scope["headers"]), request.receive)
        grant, expires_ms, counter = self._platform.arrivals.open_session(token)
        return JSONResponse({"grant": grant, "expires_ms": expires_ms, "counter": counter})

    async def checkpoint(self, request: Request) -> Response:
        return Response(self._platform.checkpoint(), media_type="text/plain; charset=utf-8")

    async def consistency(self, request: Request) -> Response:
        sizes = (request.query_params.get("from", ""), request.query_params.get("to", ""))
        return JSONResponse({"path": self._platform.consistency(*sizes)})

    async def health(self, request: Request) -> Response:
        self._platform.demand_open()
        return JSONResponse({"status": "open"})

    async def message(self, scope: Scope, receive: Receive) -> bytes:
        """One financial message: the sealed answer. Refuses: what the platform refuses."""
        headers = single_headers(scope["headers"])
        sealed = await read_token(headers, receive)
        kind, _, grant = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        arrival = Arrival(
            sealed=sealed,
            grant=grant if kind == "DPoP" else "",
            proof=headers.get(b"dpop", b"").decode("latin-1"),
            method="POST",
            url=f"{self._public_url or _bound_url(scope)}{MESSAGES}",
        )
        return (await answered(await self._counter.hand_in(arrival))).encode("ascii")


def application(platform: Platform, *, public_url: str | None = None) -> ASGIApp:
    """The ASGI application of one platform.

    `public_url` is where handsets find it, such as https://pay.example: session proofs must name
    it. Without one that is the address that the server is bound to, never what a request says.
    """
    edge = Edge(platform, public_url=public_url)
    rest = _starlette(edge, platform)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        hot = scope["type"] == "http" and scope["path"] == MESSAGES and scope["method"] == "POST"
        if not hot:
            await rest(scope, receive, send)
            return
        try:
            body = await edge.message(scope, receive)
        except Exception as error:  # fail closed: see `closed`
            await closed(error)(scope, receive, send)
            return
        length = (b"content-length", b"%d" % len(body))
        await send(
            {"type": "http.response.start", "status": 200, "headers": [*_JOSE_HEADERS, length]}
        )
        await send({"type": "http.response.body", "body": body})

    return serve


def closed(error: Exception) -> Response:
    """What an outsider is told: a refusal's code, or that the service is closed.

    Anything but a refusal is for the operator to see and for nobody else.
    """
    if isinstance(error, Refused):
        return problem(error)
    log.error("a request could not be handled", exc_info=error)
    return problem(ServiceClosed("a check could not be made"))


def single_headers(fields: Sequence[tuple[bytes, bytes]]) -> Headers:
    """The headers of a request; one that stands twice counts as none (RFC 9449 §4.3)."""
    headers = dict(fields)
    if len(headers) < len(fields):
        for name, times in Counted(name for name, _ in fields).items():
            if times > 1:
                del headers[name]
    return headers


async def read_token(headers: Headers, receive: Receive) -> str:
    """The body as one compact token. Refuses: UnsupportedMedia, TooLong (unread)."""
    if headers.get(b"content-type", b"").partition(b";")[0].strip() != JOSE:
        raise UnsupportedMedia(f"only {JOSE.decode()} is taken here")
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length[:12]) > MESSAGE_MAX:
        raise TooLong(f"a message is at most {MESSAGE_MAX} octets")
    body, more = b"", True
    while more:
        chunk = await receive()
        if chunk["type"] == "http.disconnect":
            raise ServiceClosed("the handset went away")
        body += chunk.get("body", b"")
        more = chunk.get("more_body", False)
        if len(body) > MESSAGE_MAX:
            raise TooLong(f"a message is at most {MESSAGE_MAX} octets")
    return body.decode("ascii", errors="replace")


async def answered(pending: Pending) -> str:
    """Wait for the commit, then seal the answer."""
    return pending.answer(await kept(pending.promise))


async def kept(promise: Future[Committed | None]) -> Committed | None:
    """Wait for a promise that is kept on this loop."""
    if not promise.done():
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake(_: Future[Committed | None]) -> None:
            if not waiting.done():
                waiting.set_result(None)

        promise.add_done_callback(wake)
        await waiting
    return promise.result()


def _bound_url(scope: Scope) -> str:
    """Scheme, host and port of the server's own end, without the scheme's own port."""
    host, port = scope["server"]
    own = {"http": 80, "https": 443}.get(scope["scheme"])
    return f"{scope['scheme']}://{host}" + ("" if port in (own, None) else f":{port}")


def _starlette(edge: Edge, platform: Platform) -> Starlette:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        platform.deliver_with(_deliver_to(asyncio.get_running_loop()))
        yield

    routes = [
        _route("/v1/service", edge.service, "GET"),
        _route("/v1/challenges", edge.challenges, "POST"),
        _route("/v1/enrolments", edge.enrolments, "POST"),
        _route("/v1/sessions", edge.sessions, "POST"),
        _route("/v1/checkpoint", edge.checkpoint, "GET"),
        _route("/v1/consistency", edge.consistency, "GET"),
        _route("/v1/healthz", edge.health, "GET"),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _route(path: str, handler: Callable[[Request], Awaitable[Response]], method: str) -> Route:
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except Exception as error:  # fail closed: see `closed`
            return closed(error)

    return Route(path, guarded, methods=[method])


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
