"""Shards: who keeps which account, and what is under way between two of them.

Clauses: 6.2.3, 13.
Enters:  account ids; how many shards there are and which one this is.
Leaves:  ShardMap, the clearing account of another shard, the records of crossings.
Refuses: Misconfigured for a map that cannot be.
Proof:   tests/rooms/protect/shards, tests/journeys/test_shards.py, tests/storm/test_crossings.py.
"""

from tallystick.protect.shards.places import (
    ALONE,
    CLEARING,
    SHARDS_MAX,
    ShardMap,
    clearing_account,
    clearing_accounts,
    clearing_of,
    shard_device,
)
from tallystick.protect.shards.records import (
    CROSSINGS,
    UNDER_WAY,
    UNDER_WAY_KEY,
    Crossing,
    crossing_request,
)

__all__ = [
    "ALONE",
    "CLEARING",
    "CROSSINGS",
    "SHARDS_MAX",
    "UNDER_WAY",
    "UNDER_WAY_KEY",
    "Crossing",
    "ShardMap",
    "clearing_account",
    "clearing_accounts",
    "clearing_of",
    "crossing_request",
    "shard_device",
]
