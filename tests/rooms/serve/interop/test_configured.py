"""`[interop]` of connections.toml: what opens, and what is refused before anything listens."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tallystick.cli.partnering import hub_keys
from tallystick.ground.errors import Misconfigured
from tallystick.serve import open_gates, read_connections
from tests.partners import server
from tests.stage import Stage

GOOD = """
[interop]
listen = "127.0.0.1:0"
fsp_id = "userdfsp"
hub = "https://hub.example"
keys = "hub.keys"
passphrase_file = "hub.passphrase"
currency = "KES"

[interop.peers]
payerfsp = "hub.pem"
"""


@pytest.fixture
def folder(tmp_path: Path, cheap_passphrase: None) -> Path:
    hub_keys(tmp_path / "hub")
    assert (tmp_path / "hub/hub.passphrase").stat().st_mode & 0o077 == 0
    return tmp_path / "hub"


def opened(stage: Stage, folder: Path, text: str) -> int:
    path = folder / "connections.toml"
    path.write_text(text)
    connections = read_connections(path)

    async def ask() -> int:
        async with open_gates(stage.platform, connections) as urls:
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"{urls['interop']}/parties/MSISDN/1")
            return answer.status_code

    return asyncio.run(ask())


def test_a_registered_hub_is_served(stage: Stage, folder: Path) -> None:
    server(stage, "Hub of the scheme", role="hub", scopes=("settle", "request"))
    assert opened(stage, folder, GOOD) == 400


def test_a_hub_that_nobody_registered_is_not_served(stage: Stage, folder: Path) -> None:
    with pytest.raises(Misconfigured, match="0 hubs are registered"):
        opened(stage, folder, GOOD)
    server(stage, "Duka Online Ltd")
    with pytest.raises(Misconfigured, match="0 hubs are registered"):
        opened(stage, folder, GOOD)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('currency = "KES"', 'currency = "USD"', "moves KES"),
        ("https://hub.example", "http://hub.example", "over TLS"),
        ("https://hub.example", "http://10.0.0.1:4000", "over TLS"),
        ("https://hub.example", "ftp://hub.example", "hub"),
        ("https://hub.example", "https://user:word@hub.example", "hub"),
        ('payerfsp = "hub.pem"', "", "signature could be verified"),
        ('"hub.pem"', '"hub.keys"', "not a public key"),
        ('"hub.pem"', '"nothing.pem"', "cannot be read"),
        ('"hub.passphrase"', '"hub.pem"', "read by others"),
        ('keys = "hub.keys"', 'keys = "hub.passphrase"', "do not open"),
        ('currency = "KES"', 'currency = "KES"\nsurprise = 1', "surprise"),
        ('currency = "KES"', 'currency = "KES"\nprincipal = "dev-x"', "0 hubs"),
        ('currency = "KES"', 'currency = "KES"\nsignatures = "none"', "signatures"),
        ("127.0.0.1:0", "0.0.0.0:0", ""),
    ],
)
def test_what_is_wrong_is_said_before_anything_listens(
    stage: Stage, folder: Path, old: str, new: str, said: str
) -> None:
    server(stage, "Hub of the scheme", role="hub", scopes=("settle", "request"))
    text = GOOD.replace(old, new)
    if not said:
        text, said = (
            text.replace("[interop]", '[interop]\nsignatures = "off"'),
            "this machine alone",
        )
    with pytest.raises(Misconfigured, match=said):
        opened(stage, folder, text)
