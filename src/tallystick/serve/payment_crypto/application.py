"""The ASGI application: one way in for every request of both planes.

Routed by the path as it was sent, signed, allowed to the access key, well formed; then handled. The
answer is one event with its length, which the server writes at once: a header and a body in packets
of their own cost a client's delayed acknowledgement, forty milliseconds each time.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

from tallystick.crypto.keys import AccessKey, AccessRole
from tallystick.ground.errors import Misconfigured, Refused
from tallystick.serve.payment_crypto.canonical import Request
from tallystick.serve.payment_crypto.desk import Asked
from tallystick.serve.payment_crypto.errors import WireRefused, denied, not_served
from tallystick.serve.payment_crypto.repeats import Repeats
from tallystick.serve.payment_crypto.routing import Router
from tallystick.serve.payment_crypto.shapes import Operation, planes
from tallystick.serve.payment_crypto.signature import Verifier
from tallystick.serve.payment_crypto.tokens import Door

log = logging.getLogger("tallystick.payment_crypto")

BODY_OCTETS_MAX = 256 * 1024
_PLAIN = b"application/json"
_AMZ = b"application/x-amz-json-1.0"
_LOOKS = ("Get", "List")
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_DOORS: Mapping[bytes, Door] = MappingProxyType({})


Handler = Callable[[Asked], Awaitable[dict[str, Any]]]


class Wire:
    """Both planes on one address; an operation without a handler is told as not served.

    `doors` are addresses of our own beside them, for callers who sign in the same way.
    """

    def __init__(
        self,
        verifier: Verifier,
        handlers: Mapping[str, Handler],
        unserved: Mapping[str, str] = _NOTHING,
        doors: Mapping[bytes, Door] = _NO_DOORS,
    ) -> None:
        self._doors = doors
        self._verifier, self._handlers, self._unserved = verifier, handlers, unserved
        self._planes, self._repeats = planes(), Repeats()
        self._router = Router(self._planes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            status, control, error, body = await self._answer(scope, receive)
            await _send(send, status, control=control, error=error, body=body)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bool, str, bytes]:
        """Status, whether in the manner of the control plane, name of the error, body."""
        control = bytes(scope["raw_path"]) == b"/"
        try:
            request = await _read(scope, receive)
            return 200, control, "", await self._handled(request)
        except WireRefused as refused:
            refusal = refused
        except Exception as error:  # fail closed: a stranger is told nothing of what broke
            refusal = _closed(error)
        plain = refusal.control_body() if control else refusal.data_body()
        return refusal.status, control, refusal.name, msgspec.json.encode(plain)

    async def _handled(self, request: Request) -> bytes:
        caller = self._verifier.verify(request)
        door = self._doors.get(request.path) if request.method == "POST" else None
        if door is not None:
            return msgspec.json.encode(await door(caller, request.body))
        route = self._router.find(request)
        demand_role(caller, route.operation)
        members = {**_members(request.body), **route.members}
        shapes = self._planes[route.operation.plane]
        handler = self._handlers.get(route.operation.name)
        checked = shapes.demand_input(route.operation, members)
        if handler is None:
            raise not_served(self._unserved.get(route.operation.name, "there is no such function"))
        invocations = request.values(b"amz-sdk-invocation-id")
        invocation = invocations[0].decode("latin-1")[:64] if invocations else ""
        asked = Asked(operation=route.operation, members=checked, caller=caller)

        async def work() -> bytes:
            return msgspec.json.encode(await handler(asked))

        if route.operation.plane == "data" or route.operation.name.startswith(_LOOKS):
            return await work()
        name = route.operation.name
        return await self._repeats.once(caller.id, name, invocation, request.body, work)


def demand_role(caller: AccessKey, operation: Operation) -> None:
    """Whether this access key may ask for this at all. Refuses: WireRefused."""
    if operation.plane == "data":
        allowed = AccessRole.DATA in caller.roles
    else:
        looks = operation.name.startswith(_LOOKS) and "Parameters" not in operation.name
        allowed = AccessRole.KEYS in caller.roles or (looks and AccessRole.READ in caller.roles)
    if not allowed:
        raise denied(f"{caller.id} is not authorized to perform {operation.name}")


def _members(body: bytes) -> dict[str, Any]:
    try:
        members = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise WireRefused("SerializationException", "The body is not JSON.") from None
    if not isinstance(members, dict):
        raise WireRefused("SerializationException", "The body is not a JSON object.")
    return members


async def _read(scope: Scope, receive: Receive) -> Request:
    """The whole request. Refuses: WireRefused for a body that is too long."""
    chunks, length, more = [], 0, True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise WireRefused("SerializationException", "The body is not whole.")
        chunk = event.get("body", b"")
        length += len(chunk)
        if length > BODY_OCTETS_MAX:
            told = f"The body is longer than {BODY_OCTETS_MAX} octets."
            raise WireRefused("RequestEntityTooLargeException", told)
        chunks.append(chunk)
        more = event.get("more_body", False)
    return Request(
        scope["method"],
        scope["raw_path"],
        scope["query_string"],
        scope["headers"],
        b"".join(chunks),
    )


async def _send(send: Send, status: int, *, control: bool, error: str, body: bytes) -> None:
    headers = [
        (b"content-type", _AMZ if control else _PLAIN),
        (b"content-length", str(len(body)).encode()),
        (b"x-amzn-requestid", str(uuid.uuid4()).encode()),
    ]
    if error:
        headers.append((b"x-amzn-errortype", error.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _closed(error: Exception) -> WireRefused:
    """What is told of an error that is not the client's."""
    if isinstance(error, Refused):
        log.warning("a refusal that the interface has no name for: %s", error.code)
    elif isinstance(error, Misconfigured):
        log.error("the service is misconfigured: %s", error)
    else:
        log.error("a request could not be handled", exc_info=error)
    return WireRefused("InternalServerException", "The request could not be handled.")


async def _live(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
