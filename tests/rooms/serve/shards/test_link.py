"""The link takes batches from anybody and believes nothing but proofs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.errors import Misconfigured
from tallystick.serve.api import deliver_to
from tallystick.serve.shards import BATCH_MAX, HALVES, Courier, application, read_shards
from tests.journeys.test_shards import Shard, known
from tests.stage import pay


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Shard]]:
    folder = tmp_path_factory.mktemp("shards")
    made = [Shard(folder / str(number), number) for number in range(2)]
    yield made
    for shard in made:
        shard.close()


def post(shard: Shard, path: str, octets: bytes) -> httpx.Response:
    async def ask() -> httpx.Response:
        committer = shard.platform._committer
        before, committer.deliver = committer.deliver, deliver_to(asyncio.get_running_loop())
        try:
            transport = httpx.ASGITransport(application(shard.crossings))
            async with httpx.AsyncClient(transport=transport, base_url="http://peer") as client:
                return await client.post(path, content=octets)
        finally:
            committer.deliver = before

    return asyncio.run(ask())


def test_a_batch_is_answered_half_by_half(pair: list[Shard]) -> None:
    here, there = pair
    alice = here.person("Alice Wanjiru", minor=100_000)
    bob = there.person("Bob Otieno")
    assert pay(alice, bob, 1_000).accepted
    crossing, half = here.half()
    answer = post(there, f"{HALVES}/0", b"[" + half + b",{},null," + half + b"]")
    assert answer.status_code == 200
    first, *wrong, again = msgspec.json.decode(answer.content, type=list[msgspec.Raw])
    assert [bytes(one) for one in wrong] == [b"null", b"null"]
    leaf = msgspec.json.decode(first)["leaf"]
    assert msgspec.json.decode(again)["leaf"] == leaf
    assert here.resolved(crossing, bytes(first))["outcome"] == "accepted"
    assert there.balance(bob) == (1_000, 0)


@pytest.mark.parametrize(
    "octets", [b"", b"{}", b"[", b"[" * 1_000, b"[" + b",".join([b"{}"] * (BATCH_MAX + 1)) + b"]"]
)
def test_what_is_no_batch_is_refused(pair: list[Shard], octets: bytes) -> None:
    assert post(pair[1], f"{HALVES}/0", octets).status_code == 400


@given(octets=st.binary(max_size=300) | st.just(b"[1,2,{}]"), number=st.integers(0, 9))
def test_no_octets_move_anything(pair: list[Shard], octets: bytes, number: int) -> None:
    before = pair[1].platform.evidence.size()
    assert post(pair[1], f"{HALVES}/{number}", octets).status_code in (200, 400)
    assert pair[1].platform.evidence.size() == before


@pytest.mark.parametrize("number", ["9" * 5_000, "-1", "1_0", "%D9%A1", "0/"])
def test_what_is_no_shard_has_no_link(pair: list[Shard], number: str) -> None:
    assert post(pair[1], f"{HALVES}/{number}", b"[]").status_code == 404


def test_the_courier_outlives_whatever_goes_wrong(
    pair: list[Shard], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> int:
        courier, tried, enough = Courier(pair[0].crossings), 0, asyncio.Event()

        async def turn() -> int:
            nonlocal tried
            tried += 1
            if tried == 1:
                raise ValueError("nobody thought of this")
            enough.set()
            return 0

        monkeypatch.setattr(courier, "turn", turn)
        monkeypatch.setattr("tallystick.serve.shards.courier.RETRY_S", 0.01)
        task = asyncio.create_task(courier.run())
        async with asyncio.timeout(10):
            await enough.wait()
        task.cancel()
        return tried

    assert asyncio.run(run()) >= 2


def file_of(**changes: Any) -> str:
    peer = known(1)
    jwk = ", ".join(f'{name} = "{value}"' for name, value in peer.key.jwk().items())
    said = {
        "number": "0", "count": "2", "listen": '"127.0.0.1:9101"', "peer_number": "1",
        "url": '"http://127.0.0.1:9102"', "checkpoint": f'"{peer.checkpoint}"',
    } | changes  # fmt: skip
    top = "".join(f"{name} = {said[name]}\n" for name in ("number", "count", "listen"))
    table = f"[[peer]]\nnumber = {said['peer_number']}\nurl = {said['url']}\n"
    return top + table + f"checkpoint = {said['checkpoint']}\nkey = {{ {jwk} }}\n"


def test_a_shards_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "shards.toml").write_text(file_of())
    shards = read_shards(tmp_path / "shards.toml")
    assert (shards.map.number, shards.map.count, shards.listen) == (0, 2, "127.0.0.1:9101")
    assert shards.peers == {1: known(1).__class__(number=1, url="http://127.0.0.1:9102", checkpoint=known(1).checkpoint, key=known(1).key)}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "2"},
        {"number": '"0"'},
        {"count": "1"},
        {"count": "3"},
        {"peer_number": "0"},
        {"listen": '"localhost:1"'},
        {"url": '"ftp://x"'},
        {"url": '"http://127.0.0.1:99999"'},
        {"url": '"http://us:word@127.0.0.1:9"'},
        {"checkpoint": '"x"'},
        {"count": "2\nmore = 1"},
    ],
)
def test_a_slip_in_it_is_told(tmp_path: Path, changes: dict[str, str]) -> None:
    (tmp_path / "shards.toml").write_text(file_of(**changes))
    with pytest.raises(Misconfigured, match=r"shards\.toml"):
        read_shards(tmp_path / "shards.toml")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "shards.toml").write_bytes(b"number = \xff")
    with pytest.raises(Misconfigured, match=r"shards\.toml"):
        read_shards(tmp_path / "shards.toml")
