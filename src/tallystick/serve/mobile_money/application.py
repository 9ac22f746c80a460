"""The ASGI application: routes, the one way in for every request, the courier beside it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tallystick.ground.clock import iso_instant
from tallystick.ground.errors import Refused
from tallystick.protect.corridor import Partners
from tallystick.serve.connections import MobileMoneyTable
from tallystick.serve.mobile_money.accounts import Accounts, Page
from tallystick.serve.mobile_money.arrivals import Asked, read_octets, read_request, recording
from tallystick.serve.mobile_money.authorities import Authorities
from tallystick.serve.mobile_money.batches import Batches
from tallystick.serve.mobile_money.callbacks import Courier, Put
from tallystick.serve.mobile_money.deciding import Decider
from tallystick.serve.mobile_money.errors import ApiRefused, not_served, refused_as
from tallystick.serve.mobile_money.openapi import openapi_document
from tallystick.serve.mobile_money.operations import OPERATIONS, UNSERVED, Operation
from tallystick.serve.mobile_money.quotes import Quotes
from tallystick.serve.mobile_money.targets import Resolve, pinned_address, read_target, resolve
from tallystick.serve.mobile_money.tokenpoint import grant
from tallystick.serve.mobile_money.tokens import TokenDesk
from tallystick.serve.mobile_money.transactions import Transactions
from tallystick.serve.turns import beside

log = logging.getLogger("tallystick.mobile_money")

Answered = tuple[int, dict[str, Any]] | Page
Call = Callable[[Asked], Awaitable[Answered]]


class Interface:
    """The API for one platform's partners."""

    def __init__(
        self, partners: Partners, table: MobileMoneyTable, *, resolver: Resolve = resolve
    ) -> None:
        self._partners, self._table, self._resolver = partners, table, resolver
        self.desk = TokenDesk(partners)
        decider = Decider(partners, synchronous=table.synchronous, check=self._check_callback)
        transactions, quotes = Transactions(partners, decider), Quotes(partners, decider)
        batches = Batches(partners, decider, transactions)
        accounts, authorities = Accounts(partners), Authorities(partners, decider)
        self.calls: dict[str, Call] = {
            "create": transactions.create,
            "view": transactions.view,
            "reverse": transactions.reverse,
            "state": transactions.state,
            "response": transactions.response,
            "balance": accounts.balance,
            "name": accounts.name,
            "status": accounts.status,
            "transactions": accounts.transactions,
            "statement": accounts.statement,
            "ask_code": authorities.ask_code,
            "code": authorities.code,
            "end_code": authorities.end_code,
            "ask_mandate": authorities.ask_mandate,
            "mandate": authorities.mandate,
            "end_mandate": authorities.end_mandate,
            "batch": batches.create,
            "batch_view": batches.view,
            "completions": batches.completions,
            "rejections": batches.rejections,
            "quote": quotes.create,
            "quote_view": quotes.view,
        }

    async def _check_callback(self, url: str) -> None:
        """Refuses: CallbackRefused before anything is decided, also for what a name leads to."""
        loopback = self._table.callbacks_to_loopback
        target = read_target(url, loopback=loopback)
        await asyncio.to_thread(pinned_address, target, loopback=loopback, resolver=self._resolver)

    async def answer(self, request: Request, operation: Operation) -> Response:
        """Read, decide, answer. Refuses: ApiRefused."""
        asked = await read_request(request, desk=self.desk, partners=self._partners)
        try:
            given = await self.calls[operation.call](asked)
        except ApiRefused as flaw:
            if operation.method != "GET" and not flaw.recorded:
                self._partners.record_flaw(asked.partner.id, asked.authenticated, flaw)
            raise
        return self._response(given)

    async def unserved(self, request: Request, why: str) -> Response:
        """Refuses: ApiRefused, with the reason, to whoever is known."""
        await read_request(request, desk=self.desk, partners=self._partners)
        raise not_served(why)

    async def token(self, request: Request) -> Response:
        body = await read_octets(request)
        with recording(self._partners):
            return JSONResponse(grant(self.desk, request.headers, body), headers=_UNKEPT)

    def _response(self, given: Answered) -> Response:
        headers = {"X-Date": iso_instant(self._partners.now_ms())}
        if isinstance(given, Page):
            headers["X-Records-Available-Count"] = str(given.available)
            headers["X-Records-Returned-Count"] = str(len(given.rows))
            return _json(200, list(given.rows), headers)
        return _json(given[0], given[1], headers)

    def refused(self, error: Exception) -> Response:
        """The error object; anything but a refusal is for the operator to see and nobody else."""
        now_ms = self._partners.now_ms()
        headers = {"X-Date": iso_instant(now_ms)}
        if isinstance(error, ApiRefused):
            if error.status == 401:
                headers["WWW-Authenticate"] = "Bearer"
            return _json(error.status, error.plain(now_ms), headers)
        if not isinstance(error, Refused):
            log.error("a request could not be handled", exc_info=error)
        closed = refused_as("service.closed" if not isinstance(error, Refused) else error.outside)
        return _json(closed.status, closed.plain(now_ms), headers)


def application(
    partners: Partners,
    table: MobileMoneyTable,
    *,
    resolver: Resolve = resolve,
    deliver: Put | None = None,
) -> ASGIApp:
    """The interface below its prefix, its token endpoint, its document; and the courier."""
    interface = Interface(partners, table, resolver=resolver)
    courier = Courier(partners, loopback=table.callbacks_to_loopback, deliver=deliver)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with beside(courier.run()):
            yield

    async def unknown(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        absent = ApiRefused("identification", "identifierError", "no such resource", status=status)
        return interface.refused(absent)

    document = JSONResponse(openapi_document(table))

    async def described(request: Request) -> Response:
        return document

    routes = [
        Route(table.token_path, _guarded(interface, interface.token), methods=["POST"]),
        Route(f"{table.prefix}/openapi.json", described, methods=["GET"]),
        *(_route(interface, table.prefix, one) for one in OPERATIONS),
        *(
            _unserved(interface, table.prefix, method, path, why)
            for (method, path), why in UNSERVED.items()
        ),
    ]
    served = Starlette(
        routes=routes, lifespan=lifespan, exception_handlers={404: unknown, 405: unknown}
    )
    served.router.redirect_slashes = False
    return served


def _route(interface: Interface, prefix: str, operation: Operation) -> Route:
    async def called(request: Request) -> Response:
        if operation.open:
            return interface._response((200, {"serviceStatus": "available"}))
        return await interface.answer(request, operation)

    path = f"{prefix}{operation.path}"
    return Route(path, _guarded(interface, called), methods=[operation.method])


def _unserved(interface: Interface, prefix: str, method: str, path: str, why: str) -> Route:
    async def called(request: Request) -> Response:
        return await interface.unserved(request, why)

    return Route(f"{prefix}{path}", _guarded(interface, called), methods=[method])


def _guarded(
    interface: Interface, handler: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except Exception as error:  # fail closed: see `refused`
            return interface.refused(error)

    return guarded


def _json(status: int, value: object, headers: dict[str, str]) -> Response:
    return Response(
        msgspec.json.encode(value), status, headers=headers, media_type="application/json"
    )


_UNKEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
