"""The other shards as this one knows them: where they answer, and the key of their evidence log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tallystick.crypto.mechanisms import PublicKey
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import AccountId, CustomerId
from tallystick.protect.corridor import Desk
from tallystick.protect.devices import DEVICES, Device, DeviceState
from tallystick.protect.shards import ALONE, ShardMap, clearing_account, shard_device


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
