"""Payments between shards while the courier loses, repeats and reorders, and shards are restarted."""

from __future__ import annotations

import asyncio
import random
import threading
from pathlib import Path

import msgspec
import pytest

from tallystick.serve.api import deliver_to
from tallystick.serve.shards import Courier
from tests.journeys.test_shards import Shard
from tests.stage import Person, pay

SHARDS = 3
PAYMENTS = 25
FUNDS = 100_000
STEPS_MAX = 400


class World:
    """Three shards, six people, and a road between the shards that nobody should trust."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.chance = folder, random.Random(seed)
        self.shards = [Shard(folder / str(n), n, SHARDS) for n in range(SHARDS)]
        self.people: list[tuple[int, Person]] = []
        for number, shard in enumerate(self.shards):
            for name in (f"Alice Nomer{number}", f"Bob Nomer{number}"):
                person = shard.person(name, minor=FUNDS)
                shard.states[name] = person.handset.state()
                self.people.append((number, person))
        self.one_at_a_time = threading.Lock()
        self.kept: list[tuple[int, int, bytes]] = []

    def close(self) -> None:
        for shard in self.shards:
            shard.close()

    def total(self) -> int:
        return sum(self.shards[n].balance(person)[0] for n, person in self.people)

    def clearing(self) -> int:
        return sum(
            self.shards[n].clearing(other)
            for n in range(SHARDS)
            for other in range(SHARDS)
            if other != n
        )

    def pay_somebody(self) -> None:
        (_, payer), (_, payee) = self.chance.sample(self.people, 2)
        pay(payer, payee, self.chance.randint(1, 3_000))

    def carry(self, number: int) -> None:
        """One turn of a shard's courier over a road that loses, repeats and delays."""
        asyncio.run(self._carried(number))

    async def _carried(self, number: int) -> None:
        """As when served: this loop is where the promises of the shard's commits are kept."""
        committer = self.shards[number].platform._committer
        before, committer.deliver = committer.deliver, deliver_to(asyncio.get_running_loop())
        try:
            await Courier(self.shards[number].crossings, carry=self._road).turn()
        finally:
            committer.deliver = before

    def restart(self, number: int) -> None:
        names = [person.name for n, person in self.people if n == number]
        states = {p.name: p.handset.state() for n, p in self.people if n == number}
        clock = self.shards[number].clock
        self.shards[number].close()
        shard = Shard(self.folder / str(number), number, SHARDS, clock=clock)
        shard.states = states
        self.shards[number] = shard
        restored = {name: Person(shard.restored(name), name) for name in names}
        self.people = [(n, restored[p.name] if n == number else p) for n, p in self.people]

    def _road(self, peer, number: int, batch: bytes) -> bytes:
        """Deliver now, deliver and lose the answer, lose it, or deliver something old as well."""
        with self.one_at_a_time:
            return self._travel(peer.number, number, batch)

    def _travel(self, to: int, number: int, batch: bytes) -> bytes:
        self.kept.append((to, number, batch))
        if self.chance.random() < 0.3:
            old = self.chance.choice(self.kept)
            self._deliver(*old)
        fate = self.chance.random()
        if fate < 0.2:
            raise OSError("lost on the way")
        answers = self._deliver(to, number, batch)
        if fate < 0.4:
            raise OSError("the answer was lost")
        return answers

    def _deliver(self, to: int, sender: int, batch: bytes) -> bytes:
        halves = msgspec.json.decode(batch, type=list[msgspec.Raw])
        answers = [msgspec.Raw(self.shards[to].credited(sender, bytes(half))) for half in halves]
        return msgspec.json.encode(answers)


@pytest.mark.parametrize("turn", range(3))
def test_no_road_and_no_restart_makes_or_loses_money(
    tmp_path: Path, seed: int, turn: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallystick.serve.shards.courier.RETRY_S", 0.0)
    world = World(tmp_path, seed + turn)
    try:
        everything = world.total()
        for _ in range(PAYMENTS):
            world.chance.choice(
                [world.pay_somebody] * 3
                + [
                    lambda: world.carry(world.chance.randrange(SHARDS)),
                    lambda: world.carry(world.chance.randrange(SHARDS)),
                    lambda: world.restart(world.chance.randrange(SHARDS)),
                ]
            )()
            # Credited there and not posted here: the clearing accounts say exactly how much.
            assert world.total() == everything - world.clearing()
            assert world.clearing() <= 0
        for step in range(STEPS_MAX):
            if not any(shard.crossings.under_way() for shard in world.shards):
                break
            world.carry(step % SHARDS)
        assert [shard.crossings.under_way() for shard in world.shards] == [[]] * SHARDS
        assert (world.total(), world.clearing()) == (everything, 0)
        assert [shard.findings() for shard in world.shards] == [[]] * SHARDS
    finally:
        world.close()
