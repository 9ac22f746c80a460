"""Control plane: replication and approval teams, as far as one deployment can have them.

A deployment is one region with one crypto module. Its own region may be named, and is no
replication; another may not. Who has to approve the management of keys stands in the security
policy, and custodians sign for it in ceremonies: no program can associate a team with it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tallystick.crypto.payment import DescribeKey, KeyView
from tallystick.serve.payment_crypto.desk import Asked, Desk
from tallystick.serve.payment_crypto.errors import denied, not_found, unfit

_DEFAULT = "replication-regions"


def demand_here(desk: Desk, regions: Sequence[str] | None) -> None:
    """Refuses: WireRefused for a region that is not this deployment's."""
    if set(regions or ()) - {desk.names.region}:
        told = f"this deployment has one region: {desk.names.region}"
        raise unfit(told, path="ReplicationRegions")


async def change_replication(desk: Desk, asked: Asked) -> dict[str, Any]:
    """AddKeyReplicationRegions, RemoveKeyReplicationRegions."""
    demand_here(desk, asked.members["ReplicationRegions"])
    call = DescribeKey(key=desk.handle(asked, "KeyIdentifier"))
    view = await desk.ask(asked, call, KeyView)
    return {"Key": desk.names.key(view)}


async def enable_regions(desk: Desk, asked: Asked) -> dict[str, Any]:
    demand_here(desk, asked.members["ReplicationRegions"])
    known = {*_regions(desk), *asked.members["ReplicationRegions"]}
    desk.register.put_setting(_DEFAULT, json.dumps(sorted(known)))
    return await get_regions(desk, asked)


async def disable_regions(desk: Desk, asked: Asked) -> dict[str, Any]:
    demand_here(desk, asked.members["ReplicationRegions"])
    known = set(_regions(desk)) - set(asked.members["ReplicationRegions"])
    desk.register.put_setting(_DEFAULT, json.dumps(sorted(known)))
    return await get_regions(desk, asked)


async def get_regions(desk: Desk, asked: Asked) -> dict[str, Any]:
    return {"EnabledReplicationRegions": _regions(desk)}


async def change_team(desk: Desk, asked: Asked) -> dict[str, Any]:
    """AssociateMpaTeam, DisassociateMpaTeam."""
    raise denied(
        "who approves is set by the custodians of the crypto module in a ceremony, not by a program"
    )


async def get_team(desk: Desk, asked: Asked) -> dict[str, Any]:
    raise not_found(asked.members["Action"], "A team associated with")


def _regions(desk: Desk) -> list[str]:
    return list(json.loads(desk.register.setting(_DEFAULT) or "[]"))
