"""The server is killed under load, again and again: what handsets were told stays true.

Handsets talk HTTP, write each acknowledged answer to a file of their own with O_SYNC, and ask again until
they are answered. A killed process keeps what the operating system holds; power cuts are another test.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import tallystick
from tallystick.testing import example_policy
from tests.ports import free_port
from tests.postgres import Cluster
from tests.storm.bounds import POSTGRES_KILLS, SERVE_KILLS, SERVER_KILLS
from tests.storm.history import anomalies
from tests.storm.lives import (
    Crowd,
    Ledger,
    Server,
    demand_kept,
    enrol_holders,
    forked,
    from_the_command_line,
)
from tests.storm.people import Holder, moved_in, of_before
from tests.storm.replay import ROOT


@contextmanager
def open_server(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.close()


@pytest.mark.slow
def test_a_killed_server_keeps_every_promise(tmp_path: Path, seed: int) -> None:
    port = free_port()
    with open_server(forked(tmp_path / "home", port)) as server:
        people = enrol_holders(url_of(port), tmp_path / "home", policy=example_policy())
        kill_again_and_again(server, people, tmp_path, random.Random(seed), kills=SERVER_KILLS)


@pytest.mark.slow
def test_serve_keeps_every_promise(tmp_path: Path, seed: int) -> None:
    """The same of the command that operators start."""
    port, service = free_port(), tallystick.load_service(ROOT / "examples" / "wallet.toml")
    policy = tallystick.compile_policy(service, tallystick.analyse_risk(service))
    with open_server(from_the_command_line(tmp_path / "home", port)) as server:
        people = enrol_holders(url_of(port), tmp_path / "home", policy=policy)
        kill_again_and_again(server, people, tmp_path, random.Random(seed), kills=SERVE_KILLS)


def url_of(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@pytest.mark.slow
def test_a_killed_database_keeps_every_promise(
    own_postgres: Cluster, tmp_path: Path, seed: int
) -> None:
    """The same on PostgreSQL: now the server is killed, now a backend, now the whole cluster."""
    chance, port = random.Random(seed), free_port()
    address = own_postgres.url(own_postgres.make_database())

    def kill(server: Server) -> None:
        victim = chance.choice(("server", "backend", "cluster"))
        if victim == "server":
            server.kill()
            server.start()
        elif victim == "backend":
            there = own_postgres.backends()
            with suppress(ProcessLookupError, IndexError):  # just gone, or all of them
                os.kill(chance.choice(there), signal.SIGKILL)
        else:
            own_postgres.kill()
            own_postgres.start()

    with open_server(forked(tmp_path / "home", port, address)) as server:
        people = enrol_holders(url_of(port), tmp_path / "home", policy=example_policy())
        kill_again_and_again(server, people, tmp_path, chance, kills=POSTGRES_KILLS, kill=kill)


def kill_again_and_again(
    server: Server,
    holders: list[Holder],
    folder: Path,
    chance: random.Random,
    *,
    kills: int,
    kill: Callable[[Server], None] | None = None,
) -> None:
    home, ledger = folder / "home", Ledger(folder / "acknowledged")
    before = moved_in(home)
    crowd = Crowd(holders, ledger, await_up=lambda: server.up.wait(60))
    crowd.start(chance)
    for _ in range(kills):
        ledger.await_more(chance.randint(1, 12))
        if kill is not None:
            kill(server)
            continue
        server.kill()
        demand_kept(home, ledger)
        server.start()
    ledger.await_more(8)
    crowd.stop()
    demand_kept(home, ledger)
    calls = [*of_before(before), *crowd.chronicle.calls]
    floors = {holder.account: 0 for holder in holders}
    assert anomalies(calls, moved_in(home), floors=floors) == []
    for holder in holders:
        holder.handset.close()
    print(f"{kills} kills, {len(crowd.chronicle.calls)} orders, nothing acknowledged was lost")
