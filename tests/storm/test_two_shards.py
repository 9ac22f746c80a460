"""Two shards as an operator starts them: set up by the guide, paid across, one killed in between."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tallystick.assembly import check_home
from tallystick.cli.planning import plan
from tests.ports import free_port
from tests.stage import kes
from tests.storm.lives import ENVIRONMENT, ROOT, enrol_holders, from_the_command_line
from tests.storm.people import Holder

pytestmark = pytest.mark.slow

EXAMPLE = ROOT / "examples" / "wallet.toml"
PATIENCE_S = 60


def table(home: Path, number: int, port: int) -> str:
    command = [sys.executable, "-m", "tallystick", "shard", str(EXAMPLE), "--home", str(home),
               "--number", str(number), "--url", f"http://127.0.0.1:{port}"]  # fmt: skip
    return subprocess.run(
        command, env=ENVIRONMENT, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def available(holder: Holder) -> float:
    answer = holder.handset.balance()
    assert answer.data is not None
    return float(str(answer.data["available"]))


def await_balance(holder: Holder, wanted: float) -> None:
    until = time.monotonic() + PATIENCE_S
    while available(holder) != wanted:
        assert time.monotonic() < until, (available(holder), wanted)
        time.sleep(0.1)


def test_money_crosses_although_a_shard_is_killed(tmp_path: Path) -> None:
    homes = [tmp_path / f"shard{number}" / "home" for number in range(2)]
    for home in homes:
        home.parent.mkdir()
    links, ports = [free_port(), free_port()], [free_port(), free_port()]
    tables = [table(home, number, links[number]) for number, home in enumerate(homes)]
    servers = []
    for number, home in enumerate(homes):
        own = f'number = {number}\ncount = 2\nlisten = "127.0.0.1:{links[number]}"\n\n'
        (home.parent / "shards.toml").write_text(own + tables[1 - number])
        options = ("--shards", str(home.parent / "shards.toml"), "--workers", "1")
        servers.append(from_the_command_line(home, ports[number], *options))
    try:
        for server in servers:
            server.start()
        policy = plan(EXAMPLE)
        people = [
            enrol_holders(f"http://127.0.0.1:{port}", home, policy=policy)
            for port, home in zip(ports, homes, strict=True)
        ]
        payer, payee = people[0][0], people[1][0]
        before, had = available(payer), available(payee)
        for _ in range(3):
            answer = payer.handset.pay(payee.account, payee.name, kes(1_000), pin=payer.pin)
            assert answer.accepted, answer.code
        await_balance(payee, had + 30)
        servers[1].kill()
        assert payer.handset.pay(payee.account, payee.name, kes(500), pin=payer.pin).accepted
        assert available(payer) == before - 35
        servers[1].start()
        await_balance(payee, had + 35)
        wrong = payer.handset.pay(payee.account, "Somebody Else", kes(700), pin=payer.pin)
        assert wrong.accepted
        await_balance(payer, before - 35)
        for holder in (*people[0], *people[1]):
            holder.handset.close()
    finally:
        for server in servers:
            server.close()
    assert [check_home(home) for home in homes] == [[], []]
