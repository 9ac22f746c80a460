"""The interoperability API of one hub as an ASGI application."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from tallystick.assembly import Platform
from tallystick.ground.clock import Clock, SystemClock
from tallystick.serve.interop.concluding import Concluder
from tallystick.serve.interop.counter import Counter, as_api
from tallystick.serve.interop.deciding import Desk
from tallystick.serve.interop.errors import URI, ApiRefused, error_body
from tallystick.serve.interop.hub import Hub
from tallystick.serve.interop.messenger import Messenger
from tallystick.serve.interop.openapi import openapi_document
from tallystick.serve.interop.operations import OPERATIONS
from tallystick.serve.interop.payee import Payee
from tallystick.serve.interop.payer import Payer
from tallystick.serve.interop.telling import Teller

log = logging.getLogger("tallystick.interop")

Handler = Callable[[Request], Awaitable[Response]]


def hub_application(
    platform: Platform,
    hub: Hub,
    *,
    clock: Clock | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Starlette:
    """The application that a hub talks to. Run it on the thread that decides for the platform.

    `transport` is the way to the hub when it is not the network.
    """
    counter = _counter(platform, hub, clock or SystemClock(), transport)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with counter.messenger.running():
            yield

    routes: list[BaseRoute] = _routes(Payee(counter), Payer(counter), openapi_document(hub.prefix))
    if hub.prefix:
        routes = [Mount(hub.prefix, routes=routes)]
    served = Starlette(
        routes=routes, lifespan=lifespan, exception_handlers={404: _nowhere, 405: _nowhere}
    )
    served.router.redirect_slashes = False
    return served


def _counter(
    platform: Platform, hub: Hub, clock: Clock, transport: httpx.AsyncBaseTransport | None
) -> Counter:
    teller = Teller(hub, platform.partners, platform.interop)
    desk = Desk(hub, platform.partners)
    concluder = Concluder(hub, desk, platform.interop)
    return Counter(
        hub=hub,
        partners=platform.partners,
        view=platform.interop,
        desk=desk,
        teller=teller,
        concluder=concluder,
        messenger=Messenger(
            hub,
            platform.partners,
            platform.interop,
            teller.of_notice,
            concluder.overdue,
            clock=clock,
            transport=transport,
        ),
        clock=clock,
    )


def _routes(payee: Payee, payer: Payer, document: dict[str, Any]) -> list[BaseRoute]:
    sides = {"payee": payee, "payer": payer}

    async def described(_: Request) -> Response:
        return JSONResponse(document)

    described_at: list[BaseRoute] = [Route("/openapi.json", described, methods=["GET"])]
    return described_at + [
        Route(one.path, _guarded(getattr(sides[one.side], one.handler)), methods=[one.method])
        for one in OPERATIONS
    ]


def _guarded(handler: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except Exception as error:  # fail closed: refusals are told, everything else is ours
            refusal = as_api(error)
            if refusal.status >= 500:
                log.error("a request of the hub could not be handled", exc_info=error)
            return _refused(refusal)

    return guarded


def _refused(refusal: ApiRefused) -> Response:
    return JSONResponse(error_body(refusal.api, refusal.what), status_code=refusal.status)


async def _nowhere(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return JSONResponse(error_body(URI), status_code=status)
