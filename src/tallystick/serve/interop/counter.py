"""What every endpoint shares: the hub, the books, who decides and who tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from tallystick.ground.clock import Clock
from tallystick.ground.errors import Refused
from tallystick.protect.corridor import Partners, Pending
from tallystick.protect.enforcement import RequestConflict, ServiceClosed
from tallystick.protect.interop import HubView
from tallystick.protect.partners import PartnerOrder
from tallystick.serve.interop.arriving import BODY_MAX, Arrived, arrive
from tallystick.serve.interop.bodies import ID, Open, read_api_body
from tallystick.serve.interop.concluding import Concluder
from tallystick.serve.interop.deciding import Desk
from tallystick.serve.interop.errors import (
    MODIFIED,
    UNAVAILABLE,
    VALIDATION,
    ApiRefused,
    api_code,
)
from tallystick.serve.interop.hub import Hub
from tallystick.serve.interop.messenger import Messenger
from tallystick.serve.interop.outward import Outward, put_error
from tallystick.serve.interop.telling import Teller
from tallystick.serve.turns import kept

_ID = re.compile(ID)
B = TypeVar("B", bound=Open)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """One hub, served by one platform."""

    hub: Hub
    partners: Partners
    view: HubView
    desk: Desk
    teller: Teller
    messenger: Messenger
    concluder: Concluder
    clock: Clock

    async def arrived(
        self, request: Request, resource: str, *, asks: bool = True, octets_max: int = BODY_MAX
    ) -> Arrived:
        """Refuses: ApiRefused (see arriving)."""
        return await arrive(
            request, self.hub, resource=resource, asks=asks, clock=self.clock,
            octets_max=octets_max,
        )  # fmt: skip

    def demand_party(self, arrived: Arrived, *parties: str) -> None:
        """Refuses: ApiRefused for somebody whose word this is not, though the signature holds.

        Without signatures the network in front has said who may speak at all.
        """
        if arrived.how == "jws" and arrived.envelope.source not in (*parties, self.hub.switch):
            raise ApiRefused(VALIDATION, "fspiop-source is no party of this")

    async def committed(self, *pendings: Pending) -> None:
        """Wait until orders stand in the books, whatever was decided. Refuses: ServiceClosed."""
        for pending in pendings:
            committed = await kept(pending.promise)
            pending.proven(committed)
        self.messenger.wake()

    def tell_again(self, request: str, order: PartnerOrder) -> None:
        """Answer a retry with what was answered first, when that is on the disk."""
        outward = self.teller.of_order(request, order)
        if isinstance(outward, Outward):
            self.messenger.pass_on(outward)

    def tell_error(self, arrived: Arrived, path: str, api: str, *, what: str = "") -> None:
        """Answer with an error, once."""
        self.messenger.pass_on(
            put_error(
                path, arrived.resource, api, to=arrived.envelope.source,
                version=arrived.envelope.version, what=what,
            )
        )  # fmt: skip


def read(arrived: Arrived, kind: type[B]) -> B:
    """The body of a request. Refuses: ApiRefused."""
    return read_api_body(arrived.body, kind)


def name_in(request: Request, parameter: str = "id") -> str:
    """An id of the path. Refuses: ApiRefused 3100."""
    name: str = request.path_params[parameter]
    if not _ID.fullmatch(name):
        raise ApiRefused(VALIDATION, "the id in the path is none")
    return name


def as_api(error: Exception) -> ApiRefused:
    """What the asker is told at once of a refusal that has no callback."""
    if isinstance(error, ApiRefused):
        return error
    if isinstance(error, RequestConflict):
        return ApiRefused(MODIFIED, "this id belongs to another request")
    if isinstance(error, ServiceClosed) or not isinstance(error, Refused):
        return ApiRefused(UNAVAILABLE)
    return ApiRefused(api_code(error.outside))


def accepted() -> Response:
    """The request was taken; its answer comes as a callback."""
    return Response(status_code=202)


def taken() -> Response:
    """The callback was taken."""
    return Response(status_code=200)
