"""Control plane: aliases, tags and resource policies."""

from __future__ import annotations

from typing import Any

from tallystick.crypto.payment import DescribeKey, KeyView
from tallystick.serve.payment_crypto.desk import Asked, Desk
from tallystick.serve.payment_crypto.errors import not_found, unfit
from tallystick.serve.payment_crypto.paging import page
from tallystick.serve.payment_crypto.policies import demand_private, read_policy

_RESERVED = "alias/aws/"


async def create_alias(desk: Desk, asked: Asked) -> dict[str, Any]:
    name = asked.members["AliasName"]
    if name.startswith(_RESERVED):
        raise unfit(f"names under {_RESERVED} are the service's own", path="AliasName")
    desk.register.put_alias(name, await _bound(desk, asked), new=True)
    return _alias(desk, name)


async def update_alias(desk: Desk, asked: Asked) -> dict[str, Any]:
    """Without a key the alias names nothing from now on."""
    name = asked.members["AliasName"]
    desk.register.find_alias(name)
    desk.register.put_alias(name, await _bound(desk, asked), new=False)
    return _alias(desk, name)


async def get_alias(desk: Desk, asked: Asked) -> dict[str, Any]:
    return _alias(desk, asked.members["AliasName"])


async def delete_alias(desk: Desk, asked: Asked) -> dict[str, Any]:
    desk.register.drop_alias(asked.members["AliasName"])
    return {}


async def list_aliases(desk: Desk, asked: Asked) -> dict[str, Any]:
    arn = asked.members.get("KeyArn")
    wanted = None if arn is None else desk.names.handle(arn)
    rows = [
        (name, _alias(desk, name)["Alias"])
        for name, handle in sorted(desk.register.aliases().items())
        if wanted in (None, handle)
    ]
    shown, more = page(rows, asked.members)
    return {"Aliases": shown, **more}


async def tag_resource(desk: Desk, asked: Asked) -> dict[str, Any]:
    handle = await _existing(desk, asked, "ResourceArn")
    given = {one["Key"]: one["Value"] for one in asked.members["Tags"]}
    desk.register.put_tags(handle, {**desk.register.tags(handle), **given})
    return {}


async def untag_resource(desk: Desk, asked: Asked) -> dict[str, Any]:
    handle = await _existing(desk, asked, "ResourceArn")
    gone = set(asked.members["TagKeys"])
    left = {name: value for name, value in desk.register.tags(handle).items() if name not in gone}
    desk.register.put_tags(handle, left)
    return {}


async def list_tags(desk: Desk, asked: Asked) -> dict[str, Any]:
    handle = await _existing(desk, asked, "ResourceArn")
    tags = sorted(desk.register.tags(handle).items())
    shown, more = page(
        [(name, {"Key": name, "Value": value}) for name, value in tags], asked.members
    )
    return {"Tags": shown, **more}


async def put_policy(desk: Desk, asked: Asked) -> dict[str, Any]:
    handle, text = await _existing(desk, asked, "ResourceArn"), asked.members["Policy"]
    demand_private(read_policy(text))
    desk.register.put_policy(handle, text)
    return {"ResourceArn": asked.members["ResourceArn"], "Policy": text}


async def get_policy(desk: Desk, asked: Asked) -> dict[str, Any]:
    handle = await _existing(desk, asked, "ResourceArn")
    text = desk.register.policy(handle)
    if text is None:
        raise not_found(asked.members["ResourceArn"], "A policy of")
    return {"ResourceArn": asked.members["ResourceArn"], "Policy": text}


async def delete_policy(desk: Desk, asked: Asked) -> dict[str, Any]:
    handle = await _existing(desk, asked, "ResourceArn")
    if desk.register.policy(handle) is None:
        raise not_found(asked.members["ResourceArn"], "A policy of")
    desk.register.put_policy(handle, None)
    return {}


async def _bound(desk: Desk, asked: Asked) -> str:
    """The handle that an alias shall name; "" when no key is said."""
    return await _existing(desk, asked, "KeyArn") if asked.members.get("KeyArn") else ""


async def _existing(desk: Desk, asked: Asked, member: str) -> str:
    """The handle of a key that is there; its policy does not matter for what manages it."""
    call = DescribeKey(key=desk.names.handle(asked.members[member]))
    return (await desk.ask(asked, call, KeyView, places={"key": member})).key


def _alias(desk: Desk, name: str) -> dict[str, Any]:
    handle = desk.register.find_alias(name)
    bound = {"KeyArn": desk.names.arn(handle)} if handle else {}
    return {"Alias": {"AliasName": name, **bound}}
