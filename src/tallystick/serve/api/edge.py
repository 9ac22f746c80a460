"""The HTTP edge: carries sealed messages to whoever decides.

The one hot endpoint, POST /v1/messages, is plain ASGI; everything else is Starlette's.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Counted
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tallystick.assembly import Platform
from tallystick.ground.limits import MESSAGE_MAX
from tallystick.protect.corridor import Arrival
from tallystick.protect.enforcement import ServiceClosed
from tallystick.serve.api.counter import Counter
from tallystick.serve.api.endpoints import closed
from tallystick.serve.api.openapi import openapi_octets
from tallystick.serve.api.ports import Front, Reply
from tallystick.serve.api.problems import TooLong, UnsupportedMedia, problem_of
from tallystick.serve.api.table import ENDPOINTS, JOSE, JSON, Endpoint

MESSAGES = "/v1/messages"
SIZE_CHARACTERS_MAX = 32
"""A longer size of the log is refused here: no frame would take it."""
_JOSE = JOSE.encode("ascii")
_JOSE_HEADERS = [(b"content-type", _JOSE)]
Headers = dict[bytes, bytes]
Handler = Callable[[Request], Awaitable[Reply]]


class Edge:
    """The endpoints of docs/reference/wire.md in front of whoever decides."""

    def __init__(self, front: Front, *, public_url: str | None) -> None:
        self._front = front
        self._public_url = public_url

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
        return (await self._front.message(arrival)).encode("ascii")

    def taking(self, endpoint: str) -> Callable[[Request], Awaitable[Reply]]:
        """An endpoint that takes one compact token."""

        async def take(request: Request) -> Reply:
            token = await read_token(single_headers(request.scope["headers"]), request.receive)
            return await self._front.other(endpoint, token)

        return take

    def saying(self, endpoint: str) -> Callable[[Request], Awaitable[Reply]]:
        """An endpoint that takes nothing."""

        async def say(_: Request) -> Reply:
            return await self._front.other(endpoint)

        return say

    async def consistency(self, request: Request) -> Reply:
        sizes = [request.query_params.get(name, "") for name in ("from", "to")]
        if any(len(size) > SIZE_CHARACTERS_MAX for size in sizes):
            return problem_of("range.refused")
        return await self._front.other("consistency", *sizes)


def application(platform: Platform, *, public_url: str | None = None) -> ASGIApp:
    """The ASGI application of one platform in this process.

    `public_url` is where handsets find it, such as https://pay.example: session proofs must name
    it. Without one that is the address that the server is bound to, never what a request says.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        platform.deliver_with(deliver_to(asyncio.get_running_loop()))
        yield

    return edge_application(Counter(platform), public_url=public_url, lifespan=lifespan)


Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def edge_application(
    front: Front, *, public_url: str | None, lifespan: Lifespan | None = None
) -> ASGIApp:
    """The ASGI application in front of whoever decides."""
    edge = Edge(front, public_url=public_url)
    rest = Starlette(
        routes=_routes(edge),
        lifespan=lifespan,
        exception_handlers={404: _elsewhere, 405: _elsewhere},
    )
    rest.router.redirect_slashes = False

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        hot = scope["type"] == "http" and scope["path"] == MESSAGES and scope["method"] == "POST"
        if not hot:
            await rest(scope, receive, send)
            return
        try:
            body = await edge.message(scope, receive)
        except Exception as error:  # fail closed: see `closed`
            await _response(closed(error))(scope, receive, send)
            return
        length = (b"content-length", b"%d" % len(body))
        await send(
            {"type": "http.response.start", "status": 200, "headers": [*_JOSE_HEADERS, length]}
        )
        await send({"type": "http.response.body", "body": body})

    return serve


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
    if headers.get(b"content-type", b"").partition(b";")[0].strip() != _JOSE:
        raise UnsupportedMedia(f"only {JOSE} is taken here")
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


def deliver_to(
    loop: asyncio.AbstractEventLoop,
) -> Callable[[Sequence[Callable[[], None]]], None]:
    """Keep the promises of one batch on the event loop, with one wake-up for all of them."""

    def keep_all(deliveries: Sequence[Callable[[], None]]) -> None:
        for deliver in deliveries:
            deliver()

    def deliver(deliveries: Sequence[Callable[[], None]]) -> None:
        loop.call_soon_threadsafe(keep_all, deliveries)

    return deliver


def _bound_url(scope: Scope) -> str:
    """Scheme, host and port of the server's own end, without the scheme's own port."""
    host, port = scope["server"]
    own = {"http": 80, "https": 443}.get(scope["scheme"])
    return f"{scope['scheme']}://{host}" + ("" if port in (own, None) else f":{port}")


def _routes(edge: Edge) -> list[Route]:
    routes = [_route(one, _handler(edge, one)) for one in ENDPOINTS]

    async def document(_: Request) -> Response:
        return Response(openapi_octets(), media_type=JSON)

    return [*routes, Route("/v1/openapi.json", document, methods=["GET"])]


def _handler(edge: Edge, one: Endpoint) -> Handler:
    if one.sizes:
        return edge.consistency
    return edge.taking(one.name) if one.takes else edge.saying(one.name)


def _route(one: Endpoint, handler: Handler) -> Route:
    async def guarded(request: Request) -> Response:
        try:
            return _response(await handler(request))
        except Exception as error:  # fail closed: see `closed`
            return _response(closed(error))

    return Route(one.path, guarded, methods=[one.method])


async def _elsewhere(request: Request, error: Exception) -> Response:
    """Nothing is there, or it is asked in another way."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    reply = _response(problem_of("method.unsupported" if status == 405 else "path.unknown"))
    reply.headers.update(getattr(error, "headers", None) or {})
    return reply


def _response(reply: Reply) -> Response:
    return Response(reply.octets, status_code=reply.status, media_type=reply.media)
