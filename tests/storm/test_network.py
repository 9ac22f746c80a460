"""Handsets behind a network that loses, cuts and repeats: one effect each, one order for all."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from tallystick.serve import application
from tests.stage import Stage
from tests.storm.bounds import NETWORK_ORDERS
from tests.storm.history import Snapshot, anomalies
from tests.storm.people import Chronicle, Holder, act, moved_in, of_before, snapshot
from tests.storm.proxy import Proxy, Trouble

TROUBLES = [Trouble.NONE] * 8 + list(Trouble)


@contextmanager
def served(stage: Stage, proxy: Proxy) -> Iterator[None]:
    """The real edge on a port of its own, behind the proxy."""
    config = uvicorn.Config(
        application(stage.platform, public_url=proxy.url),
        host="127.0.0.1",
        port=0,
        http="httptools",
        loop="uvloop",
        log_level="critical",
        access_log=False,
    )
    server, listener = uvicorn.Server(config), config.bind_socket()
    proxy.lead_to(listener.getsockname()[1])
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def holders(stage: Stage) -> list[Holder]:
    """Four people with money, by name; their handsets are restored where they are needed."""
    names = ["Carol Achieng", "Dan Mwangi", "Esi Mensah"]
    states = {"Alice Wanjiru": stage.states["alice"]}
    for name in names:
        states[name] = stage.person(name, minor=60_000).handset.state()
    stage.states |= states
    return [Holder(stage.restored(name), name) for name in states]


@pytest.mark.slow
def test_every_order_has_one_effect_and_all_have_one_order(
    stage: Stage, holders: list[Holder], seed: int
) -> None:
    chance = random.Random(seed)
    draws = random.Random(chance.random())
    stage.settled()
    before, chronicle = moved_in(stage.home), Chronicle()
    with Proxy(lambda: draws.choice(TROUBLES)) as proxy, served(stage, proxy):
        mine = [
            Holder(
                type(h.handset).restore(
                    stage.states[h.name], clock=stage.clock, base_url=proxy.url
                ),
                h.name,
            )
            for h in holders
        ]
        shots = act_together(mine, chronicle, chance, home=stage.home)
    assert all(proxy.seen.values()), Counter(proxy.seen)
    stage.settled()
    calls = [*of_before(before), *chronicle.calls]
    floors = {holder.account: 0 for holder in holders}
    assert anomalies(calls, moved_in(stage.home), shots, floors=floors) == []
    assert stage.findings() == []


def act_together(
    holders: list[Holder], chronicle: Chronicle, chance: random.Random, *, home: Path
) -> list[Snapshot]:
    """All at once, while somebody else reads the books again and again; gives what that one saw."""
    troubles: list[BaseException] = []

    def run(holder: Holder, mine: random.Random) -> None:
        try:
            act(holder, holders, mine, chronicle, orders=NETWORK_ORDERS, again=lambda: None)
        except BaseException as trouble:  # told by the thread that waits
            troubles.append(trouble)

    threads = [
        threading.Thread(target=run, args=(holder, random.Random(chance.random())))
        for holder in holders
    ]
    for thread in threads:
        thread.start()
    shots = []
    for thread in threads:
        while thread.is_alive():
            shots.append(snapshot(home))
            thread.join(0.05)
    for holder in holders:
        holder.handset.close()
    if troubles:
        raise troubles[0]
    return shots
