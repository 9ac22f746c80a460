"""Gates: the interfaces of other providers, each on a listener of its own beside the handsets' one.

They run on the event loop of the process that decides.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial

import uvicorn
from starlette.types import ASGIApp

from tallystick.assembly import Platform, carry_vault_facts, record_keys_soon
from tallystick.crypto.payment import PaymentModule
from tallystick.ground.errors import Refused
from tallystick.serve import interop, mobile_money, payment_crypto, shards
from tallystick.serve.connections import ConnectionsFile, address_of
from tallystick.serve.listening import bound
from tallystick.serve.sweeping import sweeping
from tallystick.serve.turns import beside
from tallystick.serve.writing import OneWrite

KEEP_ALIVE_S = 75
"""How long an idle connection is kept: other providers' servers come back to theirs."""

RECORD_KEYS_S = 60

log = logging.getLogger("tallystick.gates")
Gate = tuple[str, str, ASGIApp]
"""Name, where it listens, what answers."""


class _Server(uvicorn.Server):
    """A server that leaves signals to the one in front of it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def gates_of(platform: Platform, connections: ConnectionsFile) -> list[Gate]:
    """The interfaces that are open."""
    gates: list[Gate] = []
    table = connections.mobile_money
    if table is not None:
        gates.append(
            ("mobile_money", table.listen_at, mobile_money.application(platform.partners, table))
        )
    if connections.interop is not None:
        hub = interop.read_hub(connections.interop, partners=platform.partners)
        listen = connections.interop.listen_at
        gates.append(("interop", listen, interop.hub_application(platform, hub)))
    if platform.crossings.shards.peers:
        link = shards.application(platform.crossings)
        gates.append(("shards", platform.crossings.shards.listen, link))
    return gates


@asynccontextmanager
async def open_gates(
    platform: Platform, connections: ConnectionsFile | None
) -> AsyncIterator[dict[str, str]]:
    """Serve every interface while the context lasts; gives the base URL of each.

    Refuses: Misconfigured when an address cannot be bound.
    """
    urls: dict[str, str] = {}
    connections = connections or ConnectionsFile()
    async with AsyncExitStack() as open_ones:
        gates = gates_of(platform, connections)
        table = connections.payment_crypto
        if table is not None:
            carry = partial(carry_vault_facts, platform)
            opened = open_ones.enter_context(payment_crypto.open_gate(table, carry))
            await open_ones.enter_async_context(_recording(platform, opened.module))
            if opened.tokens is not None:
                await opened.tokens.carry()  # what was done on the command line meanwhile
            gates.append(("payment_crypto", table.listen_at, opened.wire))
        for name, listen, application in gates:
            host, port = address_of(listen)
            listener = bound(host, port)
            open_ones.callback(listener.close)
            listener.listen()
            urls[name] = f"http://{host}:{listener.getsockname()[1]}"
            await open_ones.enter_async_context(_serving(application, listener))
        await open_ones.enter_async_context(_carrying(platform))
        await open_ones.enter_async_context(sweeping(platform))
        yield urls


@asynccontextmanager
async def _recording(platform: Platform, module: PaymentModule) -> AsyncIterator[None]:
    """Put what the payment module did into the evidence, and what it does about once a minute.

    What it did last is recorded when the service is opened again.
    Refuses: ModuleRolledBack at the start; later it is logged, and said again at the next start.
    """
    await record_keys_soon(platform, module)
    async with beside(_go_on_recording(platform, module)):
        yield


async def _go_on_recording(platform: Platform, module: PaymentModule) -> None:
    while True:
        await asyncio.sleep(RECORD_KEYS_S)
        try:
            await record_keys_soon(platform, module)
        except Refused:
            log.exception("what the payment module did could not be recorded")


@asynccontextmanager
async def _carrying(platform: Platform) -> AsyncIterator[None]:
    """Carry payments to other shards as long as there are any."""
    if not platform.crossings.shards.peers:
        yield
        return
    async with beside(shards.Courier(platform.crossings).run()):
        yield


@asynccontextmanager
async def _serving(application: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        application, loop="none", http=OneWrite, access_log=False, log_level="warning",
        server_header=False, proxy_headers=False, ws="none", timeout_graceful_shutdown=5,
        timeout_keep_alive=KEEP_ALIVE_S,
    )  # fmt: skip
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
