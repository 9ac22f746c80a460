"""The courier: carries what is under way to its shard and back until it is resolved."""

from __future__ import annotations

import asyncio
import http.client
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from urllib.parse import urlsplit

import msgspec

from tallystick.assembly import Crossings, Peer
from tallystick.ground.errors import Refused
from tallystick.protect.shards import Crossing
from tallystick.serve.shards.link import BATCH_MAX, HALVES, JSON, OCTETS_MAX
from tallystick.serve.turns import kept

log = logging.getLogger("tallystick.shards")

IDLE_S = 0.05
RETRY_S = 1.0
REFUSED_S = 60.0
"""How long a shard waits whose answer could not be acted upon here: each try leaves evidence."""
TIMEOUT_S = 15.0
_answers = msgspec.json.Decoder(list[msgspec.Raw])
_AGAIN = b"null"

Carry = Callable[[Peer, int, bytes], bytes]
"""Brings a batch of ours (our number) to a peer and its answers back; raises OSError otherwise."""


def carry_over_http(peer: Peer, number: int, batch: bytes) -> bytes:
    """One POST to a peer's link. Raises OSError when it does not answer as it should."""
    target = urlsplit(peer.url)
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = kind(target.hostname or "", target.port, timeout=TIMEOUT_S)
    try:
        connection.request("POST", f"{HALVES}/{number}", batch, {"Content-Type": JSON})
        answer = connection.getresponse()
        octets = answer.read(OCTETS_MAX + 1)
    except http.client.HTTPException as wrong:
        raise OSError(f"shard {peer.number} does not speak HTTP: {wrong}") from None
    finally:
        connection.close()
    if answer.status != 200 or len(octets) > OCTETS_MAX:
        raise OSError(f"shard {peer.number} answered {answer.status}")
    return octets


class Courier:
    """Runs on the loop of the process that decides; only the carrying is done elsewhere."""

    def __init__(self, crossings: Crossings, *, carry: Carry = carry_over_http) -> None:
        self._crossings, self._carry = crossings, carry
        self._not_before: dict[int, float] = {}

    async def run(self) -> None:
        """Carry until cancelled. What fails is tried again; nothing is given up."""
        while True:
            try:
                carried = await self.turn()
            except Exception:  # the operator sees it; what is under way stays so and is carried on
                log.exception("nothing could be carried to other shards")
                await asyncio.sleep(RETRY_S)
                continue
            if not carried:
                await asyncio.sleep(IDLE_S)

    async def turn(self) -> int:
        """Carry what is under way once, to every shard that answers; gives how many it resolved."""
        under_way = sorted(self._crossings.under_way(), key=lambda crossing: crossing.shard)
        groups = [
            (number, list(group)[:BATCH_MAX])
            for number, group in groupby(under_way, key=lambda crossing: crossing.shard)
        ]
        done = await asyncio.gather(*(self._visit(number, some) for number, some in groups))
        return sum(done)

    async def _visit(self, number: int, crossings: Sequence[Crossing]) -> int:
        peer = self._crossings.shards.peers.get(number)
        if peer is None or time.monotonic() < self._not_before.get(number, 0.0):
            return 0
        ready = self._crossings.halves(crossings)
        if not ready:
            return 0
        try:
            answers = await self._fetch(peer, [half for _, half in ready])
        except (OSError, msgspec.DecodeError, RecursionError) as wrong:
            self._not_before[number] = time.monotonic() + RETRY_S
            log.warning("shard %d was not reached: %s", number, wrong)
            return 0
        resolved, refused = await self._resolve(zip((c for c, _ in ready), answers, strict=False))
        if refused:
            self._not_before[number] = time.monotonic() + REFUSED_S
        return resolved

    async def _fetch(self, peer: Peer, halves: Sequence[bytes]) -> list[msgspec.Raw]:
        batch = b"[" + b",".join(halves) + b"]"
        ours = self._crossings.shards.map.number
        octets = await asyncio.get_running_loop().run_in_executor(
            None, self._carry, peer, ours, batch
        )
        return _answers.decode(octets)

    async def _resolve(self, answered: Iterable[tuple[Crossing, msgspec.Raw]]) -> tuple[int, int]:
        """How many were resolved, and how many were refused here."""
        pending = []
        for crossing, answer in answered:
            if bytes(answer) == _AGAIN:
                continue
            try:
                pending.append(self._crossings.resolve(crossing, bytes(answer)))
            except Refused as refusal:
                log.warning("the answer to %s was not believed: %s", crossing.id, refusal.code)
        resolved = refused = 0
        for one in pending:
            try:
                leaf = one.proven(await kept(one.promise)).leaf
            except Refused:
                log.warning("a crossing was not resolved; it is tried again")
                continue
            accepted = msgspec.json.decode(leaf)["outcome"] == "accepted"
            resolved, refused = resolved + accepted, refused + (not accepted)
        if refused:
            log.error("%d crossings were refused when they were to be resolved", refused)
        return resolved, refused
