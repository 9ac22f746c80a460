"""The other shards as this one knows them: where they answer, and the key of their evidence log."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec

from tallystick.crypto.mechanisms import KeyRefused, PublicKey, public_key_from_jwk
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import AccountId, CustomerId
from tallystick.protect.corridor import Desk
from tallystick.protect.devices import DEVICES, Device, DeviceState
from tallystick.protect.shards import ALONE, ShardMap, clearing_account, shard_device
from tallystick.prove.evidence import NoteRefused, parse_verifier_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another shard: `url` of its link, `checkpoint` its verifier key, `key` its message key."""

    number: int
    url: str
    checkpoint: str
    key: PublicKey

    def device(self, *, now_ms: int) -> Device:
        """The peer as a device of role `shard`: its evidence alone proves what it asks for."""
        return Device(
            id=shard_device(self.number),
            customer=CustomerId(shard_device(self.number)),
            account=AccountId(clearing_account(self.number)),
            role="shard",
            state=DeviceState.BOUND,
            session_key=self.key,
            signature_key=self.key,
            agreement_key=self.key,
            platform="server",
            environment="software",
            vouched="software",
            bound_at_ms=now_ms,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shards:
    """Which shard this is, where its link listens, and who the others are."""

    map: ShardMap = ALONE
    listen: str = ""
    peers: Mapping[int, Peer] = field(default_factory=dict)

    def strangers(self, desk: Desk, *, now_ms: int) -> list[Device]:
        """The peers that these books do not know yet.

        Refuses: Misconfigured when a peer's key is not the one that the books know it by.
        """
        found = []
        for peer in self.peers.values():
            known = desk.registers.get(DEVICES, shard_device(peer.number))
            if known is None:
                found.append(peer.device(now_ms=now_ms))
            elif known.session_key != peer.key:
                raise Misconfigured(f"shard {peer.number} has another key than these books know")
        return found


NO_SHARDS = Shards()


class _PeerTable(msgspec.Struct, forbid_unknown_fields=True):
    number: Annotated[int, msgspec.Meta(ge=0)]
    url: Annotated[str, msgspec.Meta(pattern=r"\Ahttps?://[^\s/?#]+\Z", max_length=200)]
    checkpoint: Annotated[str, msgspec.Meta(max_length=300)]
    key: dict[str, str]


class _ShardFile(msgspec.Struct, forbid_unknown_fields=True):
    number: Annotated[int, msgspec.Meta(ge=0)]
    count: Annotated[int, msgspec.Meta(ge=2)]
    listen: Annotated[str, msgspec.Meta(pattern=r"\A[0-9.]+:[0-9]{1,5}\Z")]
    peer: list[_PeerTable]


def read_shards(path: Path) -> Shards:
    """Read a shards file. Refuses: Misconfigured, naming what is wrong."""
    try:
        said = msgspec.convert(tomllib.loads(path.read_text()), _ShardFile)
        shards = _map(said, path)
        peers = {table.number: _peer(table) for table in said.peer}
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, KeyRefused, NoteRefused) as wrong:
        raise Misconfigured(str(wrong), where=str(path)) from None
    if len(peers) != len(said.peer) or set(peers) != set(shards.peers):
        raise Misconfigured(
            f"peers {sorted(table.number for table in said.peer)}",
            where=str(path),
            allowed=f"each of {list(shards.peers)} once",
        )
    return Shards(map=shards, listen=said.listen, peers=peers)


def _map(said: _ShardFile, path: Path) -> ShardMap:
    try:
        return ShardMap(number=said.number, count=said.count)
    except Misconfigured as wrong:
        raise Misconfigured(f"{wrong}", where=str(path)) from None


def _peer(table: _PeerTable) -> Peer:
    parse_verifier_key(table.checkpoint)
    return Peer(
        number=table.number,
        url=table.url,
        checkpoint=table.checkpoint,
        key=public_key_from_jwk(dict(table.key)),
    )
