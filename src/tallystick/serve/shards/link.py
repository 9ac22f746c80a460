"""The link: other shards' halves come in by the batch, and each is answered by our receipt or null.

Nothing here is believed for who sends it: a half proves itself or is not decided. TLS and who may
connect are the operator's (docs/guides/shards.md).
"""

from __future__ import annotations

import logging
import re
from typing import Annotated

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tallystick.assembly import Crossings
from tallystick.ground.errors import Refused
from tallystick.protect.corridor import Pending
from tallystick.serve.bodies import read_body
from tallystick.serve.turns import kept

log = logging.getLogger("tallystick.shards")

HALVES = "/v1/halves"
BATCH_MAX = 64
OCTETS_MAX = BATCH_MAX * 16_384
JSON = "application/json"

Batch = Annotated[list[msgspec.Raw], msgspec.Meta(max_length=BATCH_MAX)]
_NUMBER = re.compile(r"[0-9]{1,9}")
_batch = msgspec.json.Decoder(Batch)


def application(crossings: Crossings) -> ASGIApp:
    """`POST /v1/halves/{number}`: a JSON list of halves of shard `number`, a list of answers."""

    async def take(request: Request) -> Response:
        number = request.path_params["number"]
        if not _NUMBER.fullmatch(number):
            return Response(status_code=404)
        halves = await _read(request)
        if halves is None:
            return Response(status_code=400)
        decided = [_decided(crossings, int(number), bytes(half)) for half in halves]
        answers = [await _answer(crossings, pending) for pending in decided]
        return Response(msgspec.json.encode(answers), media_type=JSON)

    link = Starlette(routes=[Route(HALVES + "/{number}", take, methods=["POST"])])
    link.router.redirect_slashes = False
    return link


async def _read(request: Request) -> list[msgspec.Raw] | None:
    octets = await read_body(request, octets_max=OCTETS_MAX)
    if octets is None:
        return None
    try:
        return _batch.decode(octets)
    except (msgspec.DecodeError, RecursionError):
        return None


def _decided(crossings: Crossings, number: int, half: bytes) -> Pending | None:
    try:
        return crossings.credit(number, half)
    except Refused as refusal:
        log.warning("a half of shard %d was not decided: %s", number, refusal.code)
    except Exception:  # fail closed: the operator sees it, the other shard asks again
        log.exception("a half of shard %d could not be decided", number)
    return None


async def _answer(crossings: Crossings, pending: Pending | None) -> msgspec.Raw | None:
    """Our receipt once it is committed; null asks to be asked again."""
    if pending is None:
        return None
    try:
        return msgspec.Raw(crossings.answer(pending.proven(await kept(pending.promise))))
    except Refused:
        return None
