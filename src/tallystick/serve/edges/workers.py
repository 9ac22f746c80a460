"""Starts edge workers and starts them again when they die."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from tallystick.assembly import Platform
from tallystick.ground.errors import Refused
from tallystick.serve.edges.station import Station
from tallystick.serve.turns import Turns

log = logging.getLogger("tallystick.workers")

_SOURCE = Path(__file__).parents[3]
READY_S_MAX = 60.0
STOP_S_MAX = 8.0
LIVED_S = 10.0
AGAIN_S = (0.0, 0.1, 0.5, 2.0, 5.0)
"""How long to wait before an edge is started again, the longer the more often it died young."""


class Workers:
    """So many edges in processes of their own, in front of one platform."""

    def __init__(
        self, platform: Platform, *, listener: socket.socket, public_url: str, count: int
    ) -> None:
        self._platform, self._listener = platform, listener
        self._public_url, self._count = public_url, count
        self._turns = Turns(platform.arrivals.sequencer)
        self._keeping: list[asyncio.Task[None]] = []
        self._stations: dict[int, Station] = {}
        self.processes: dict[int, subprocess.Popen[bytes]] = {}

    async def start(self) -> None:
        """Start all edges; gives back once each takes connections."""
        started = [asyncio.Event() for _ in range(self._count)]
        self._keeping = [
            asyncio.create_task(self._keep(slot, event)) for slot, event in enumerate(started)
        ]
        async with asyncio.timeout(READY_S_MAX):
            for event in started:
                await event.wait()

    async def stop(self) -> None:
        """Let the edges finish what they have, then end them."""
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        for process in self.processes.values():
            process.terminate()
        await asyncio.gather(*(asyncio.to_thread(_end, p) for p in self.processes.values()))
        for station in self._stations.values():
            station.close()

    async def _keep(self, slot: int, started: asyncio.Event) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            try:
                await self._keep_one(slot, started)
            except Refused as refusal:
                log.error("edge %d could not be started: %s", slot, refusal)
            failures = 0 if time.monotonic() - began > LIVED_S else failures + 1
            await asyncio.sleep(AGAIN_S[min(failures, len(AGAIN_S) - 1)])

    async def _keep_one(self, slot: int, started: asyncio.Event) -> None:
        """One edge from its start to its end. Refuses: ModuleUnavailable."""
        station = await self._start_one(slot)
        if await self._await_ready(station):
            started.set()
            await station.lost.wait()
        process = self.processes[slot]
        process.kill()
        code = await asyncio.to_thread(process.wait)
        log.error("edge %d ended with %d; it is started again", slot, code)

    async def _start_one(self, slot: int) -> Station:
        ours, theirs = socket.socketpair()
        with theirs, self._platform.admit_edge() as module:
            self.processes[slot] = _spawn(self._listener, theirs, module)
        station = Station(self._platform, turns=self._turns, public_url=self._public_url)
        self._stations[slot] = station
        await station.open(ours)
        return station

    async def _await_ready(self, station: Station) -> bool:
        waiting = [asyncio.create_task(event.wait()) for event in (station.ready, station.lost)]
        try:
            await asyncio.wait(waiting, timeout=READY_S_MAX, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        return station.ready.is_set() and not station.lost.is_set()


def _spawn(*sockets: socket.socket) -> subprocess.Popen[bytes]:
    numbers = [sock.fileno() for sock in sockets]
    command = [sys.executable, "-P", "-s", "-m", "tallystick.serve.edges.process"]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
        [*command, *map(str, numbers)],
        env={"PYTHONPATH": str(_SOURCE), "PATH": os.environ.get("PATH", "")},
        pass_fds=numbers,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_S_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
