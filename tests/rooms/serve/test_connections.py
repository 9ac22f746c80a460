"""connections.toml, and the listeners that it opens."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tallystick.ground.errors import Misconfigured
from tallystick.serve import open_gates, read_connections
from tests.stage import Stage

GOOD = '[mobile_money]\nlisten = "127.0.0.1:0"\nprefix = "/mm/v1.2"\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "connections.toml"
    path.write_text(text)
    return path


def test_a_table_opens_a_listener_of_its_own(stage: Stage, tmp_path: Path) -> None:
    connections = read_connections(written(tmp_path, GOOD))

    async def ask() -> tuple[int, set[str]]:
        async with open_gates(stage.platform, connections) as urls:
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"{urls['mobile_money']}/mm/v1.2/heartbeat")
            return answer.status_code, set(urls)

    assert asyncio.run(ask()) == (200, {"mobile_money"})


def test_no_table_opens_nothing(stage: Stage, tmp_path: Path) -> None:
    connections = read_connections(written(tmp_path, ""))

    async def ask() -> dict[str, str]:
        async with open_gates(stage.platform, connections) as urls:
            return dict(urls)

    assert asyncio.run(ask()) == {}


@pytest.mark.parametrize(
    "text",
    [
        "[mobile_money]\n",
        '[mobile_money]\nlisten = "nowhere"\n',
        GOOD + "surprise = 1\n",
        "[surprise]\n",
        '[mobile_money]\nlisten = "127.0.0.1:0"\nprefix = "mm"\n',
        "not toml",
    ],
)
def test_what_is_not_known_is_refused(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(Misconfigured, match=r"connections\.toml"):
        read_connections(path)
    with pytest.raises(Misconfigured):
        read_connections(tmp_path / "nothing.toml")


def test_an_address_that_is_taken_is_told(stage: Stage, tmp_path: Path) -> None:
    connections = read_connections(written(tmp_path, GOOD.replace(":0", ":99999")))

    async def ask() -> None:
        async with open_gates(stage.platform, connections):
            pass

    with pytest.raises(Misconfigured, match="cannot listen"):
        asyncio.run(ask())
