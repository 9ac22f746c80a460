"""shards.toml: which shard this is, where its link listens, and who the others are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from tallystick.assembly import Peer, Shards
from tallystick.crypto.mechanisms import KeyRefused, public_key_from_jwk
from tallystick.ground.errors import Misconfigured
from tallystick.protect.shards import ShardMap
from tallystick.prove.evidence import NoteRefused, parse_verifier_key
from tallystick.serve.tables import read_table


class _PeerTable(msgspec.Struct, forbid_unknown_fields=True):
    number: Annotated[int, msgspec.Meta(ge=0)]
    url: Annotated[str, msgspec.Meta(pattern=r"\Ahttps?://[^\s/?#@]+\Z", max_length=200)]
    checkpoint: Annotated[str, msgspec.Meta(max_length=300)]
    key: dict[str, str]


class _ShardFile(msgspec.Struct, forbid_unknown_fields=True):
    number: Annotated[int, msgspec.Meta(ge=0)]
    count: Annotated[int, msgspec.Meta(ge=2)]
    listen: Annotated[str, msgspec.Meta(pattern=r"\A[0-9.]+:[0-9]{1,5}\Z")]
    peer: list[_PeerTable]


def read_shards(path: Path) -> Shards:
    """Read a shards file. Refuses: Misconfigured, naming what is wrong."""
    said = read_table(path, _ShardFile)
    try:
        shards = ShardMap(number=said.number, count=said.count)
        peers = {table.number: _peer(table) for table in said.peer}
    except (KeyRefused, NoteRefused, Misconfigured) as wrong:
        raise Misconfigured(str(wrong), where=str(path)) from None
    if len(peers) != len(said.peer) or set(peers) != set(shards.peers):
        raise Misconfigured(
            f"peers {sorted(table.number for table in said.peer)}",
            where=str(path),
            allowed=f"each of {list(shards.peers)} once",
        )
    return Shards(map=shards, listen=said.listen, peers=peers)


def _demand_port(url: str) -> None:
    try:
        urlsplit(url).port  # noqa: B018 - it is read when it is asked for
    except ValueError as wrong:
        raise Misconfigured(f"{wrong}", where=f"peer.url: {url}", allowed="0 to 65535") from None


def _peer(table: _PeerTable) -> Peer:
    parse_verifier_key(table.checkpoint)
    _demand_port(table.url)
    return Peer(
        number=table.number,
        url=table.url,
        checkpoint=table.checkpoint,
        key=public_key_from_jwk(dict(table.key)),
    )
