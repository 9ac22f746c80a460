"""Control plane: keys and their life."""

from __future__ import annotations

from typing import Any

from tallystick.crypto.key_blocks import Exportability, KeyAlgorithm
from tallystick.crypto.keys import LifeState
from tallystick.crypto.payment import ChangeState, CreateKey, DescribeKey, Keys, KeyView, ListKeys
from tallystick.serve.payment_crypto.certificates import create_pair
from tallystick.serve.payment_crypto.desk import Asked, Desk
from tallystick.serve.payment_crypto.errors import WireRefused, not_found, unfit
from tallystick.serve.payment_crypto.names import USAGES, key_state, mode_of
from tallystick.serve.payment_crypto.paging import page_size, page_start, page_token
from tallystick.serve.payment_crypto.regions import demand_here

WAITING_DAYS = 7
"""How long a key waits for its destruction when the request does not say."""
_CLASS_OF = {True: "SYMMETRIC_KEY", False: "ASYMMETRIC_KEY_PAIR"}
_CHECKS = {"T": "ANSI_X9_24", "A": "CMAC", "H": "HMAC"}


async def create_key(desk: Desk, asked: Asked) -> dict[str, Any]:
    members = asked.members
    wanted = members["KeyAttributes"]
    algorithm = KeyAlgorithm(wanted["KeyAlgorithm"])
    if wanted["KeyClass"] != _CLASS_OF[algorithm.is_symmetric]:
        told = f"a key of {algorithm} is made as {_CLASS_OF[algorithm.is_symmetric]}"
        raise unfit(told, path="KeyAttributes.KeyClass")
    demand_check(algorithm, members.get("KeyCheckValueAlgorithm"))
    demand_here(desk, members.get("ReplicationRegions"))
    if not algorithm.is_symmetric:
        view = await create_pair(desk, asked)
    else:
        view = await _create_symmetric(desk, asked)
    keep_tags(desk, view, members)
    return {"Key": desk.names.key(view)}


async def _create_symmetric(desk: Desk, asked: Asked) -> KeyView:
    members = asked.members
    wanted = members["KeyAttributes"]
    if members.get("DeriveKeyUsage") is not None:
        raise unfit("only a pair that agrees on keys names their usage", path="DeriveKeyUsage")
    call = CreateKey(
        usage=USAGES[wanted["KeyUsage"]],
        algorithm=KeyAlgorithm(wanted["KeyAlgorithm"]),
        mode=mode_of(wanted["KeyModesOfUse"]),
        exportability=exportability_of(members["Exportable"]),
        domain=desk.domain,
        active=members.get("Enabled") is not False,
    )
    return await desk.ask(asked, call, KeyView)


async def get_key(desk: Desk, asked: Asked) -> dict[str, Any]:
    return {"Key": desk.names.key(await described(desk, asked))}


async def list_keys(desk: Desk, asked: Asked) -> dict[str, Any]:
    """One page; those of another state are passed over."""
    wanted, size = asked.members.get("KeyState"), page_size(asked.members)
    shown: list[KeyView] = []
    after, more = page_start(asked.members), True
    while more and len(shown) <= size:
        found = await desk.ask(asked, ListKeys(after=after, limit=size + 1), Keys)
        known = filter(desk.names.knows, found.keys)
        fitting = [one for one in known if wanted in (None, key_state(one))]
        shown += fitting
        more = found.more
        after = found.keys[-1].key if found.keys else after
    told: dict[str, Any] = {"Keys": [desk.names.summary(one) for one in shown[:size]]}
    if len(shown) > size:
        told["NextToken"] = page_token(shown[size - 1].key)
    return told


async def delete_key(desk: Desk, asked: Asked) -> dict[str, Any]:
    view = await described(desk, asked)
    if key_state(view) != "CREATE_COMPLETE":
        raise _conflict("the key is deleted, or waits for it, already")
    days = asked.members.get("DeleteKeyInDays") or WAITING_DAYS
    return await _changed(desk, asked, view, LifeState.DESTROYED, days=days)


async def restore_key(desk: Desk, asked: Asked) -> dict[str, Any]:
    view = await described(desk, asked)
    if key_state(view) != "DELETE_PENDING":
        raise _conflict("the key does not wait for its deletion")
    return await _changed(desk, asked, view, LifeState.ACTIVE)


async def start_key_usage(desk: Desk, asked: Asked) -> dict[str, Any]:
    return await _switched(desk, asked, LifeState.ACTIVE)


async def stop_key_usage(desk: Desk, asked: Asked) -> dict[str, Any]:
    return await _switched(desk, asked, LifeState.SUSPENDED)


async def described(desk: Desk, asked: Asked, member: str = "KeyIdentifier") -> KeyView:
    """The key that a member names."""
    call = DescribeKey(key=desk.handle(asked, member))
    view = await desk.ask(asked, call, KeyView, places={"key": member})
    if not desk.names.knows(view):
        raise not_found(asked.members[member])
    return view


def exportability_of(exportable: bool) -> Exportability:
    return Exportability.EXPORTABLE if exportable else Exportability.NOT_EXPORTABLE


def demand_check(algorithm: KeyAlgorithm, method: str | None) -> None:
    """Refuses: WireRefused for a check value that a key of this algorithm does not have here."""
    known = _CHECKS.get(algorithm.letter)
    if method is not None and known is not None and method != known:
        told = f"the check value of a key of {algorithm} is made by {known} here"
        raise unfit(told, path="KeyCheckValueAlgorithm")


def keep_tags(desk: Desk, view: KeyView, members: Any) -> None:
    """Keep the tags that a new key is given."""
    tags = members.get("Tags")
    if tags:
        desk.register.put_tags(view.key, {one["Key"]: one["Value"] for one in tags})


async def _switched(desk: Desk, asked: Asked, to: LifeState) -> dict[str, Any]:
    """Start or stop a key; one that is where it should be stays there."""
    view = await described(desk, asked)
    if key_state(view) != "CREATE_COMPLETE":
        raise _conflict("the key is deleted, or waits for it")
    off = view.state in (LifeState.CREATED, LifeState.SUSPENDED)
    if view.state is to or (off and to is LifeState.SUSPENDED):
        return {"Key": desk.names.key(view)}
    return await _changed(desk, asked, view, to)


async def _changed(
    desk: Desk, asked: Asked, view: KeyView, to: LifeState, *, days: int = 0
) -> dict[str, Any]:
    call = ChangeState(key=view.key, to=to, days=days, reason=f"asked for by {asked.caller.id}")
    changed = await desk.ask(asked, call, KeyView)
    return {"Key": desk.names.key(changed)}


def _conflict(text: str) -> WireRefused:
    return WireRefused("ConflictException", text)
