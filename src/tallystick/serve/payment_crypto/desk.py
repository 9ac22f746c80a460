"""The desk: what every handler works on, and how a key is named, looked up and asked about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from tallystick.crypto.keys import AccessKey
from tallystick.crypto.payment import Answer, Call, Denied, KeyUsed
from tallystick.ground.errors import Defect
from tallystick.serve.payment_crypto.asking import ModuleDesk, refused_as
from tallystick.serve.payment_crypto.errors import denied, not_found
from tallystick.serve.payment_crypto.names import Names
from tallystick.serve.payment_crypto.policies import allows
from tallystick.serve.payment_crypto.register import Register
from tallystick.serve.payment_crypto.shapes import Operation

A = TypeVar("A", bound=Answer)
_KEY = MappingProxyType({"key": "KeyIdentifier"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that is signed, allowed and well formed."""

    operation: Operation
    members: Mapping[str, Any]
    caller: AccessKey


class Desk:
    """One deployment: its names, its notes, its crypto module."""

    def __init__(
        self, *, names: Names, register: Register, module: ModuleDesk, domain: str = "test"
    ) -> None:
        self.names, self.register, self.domain = names, register, domain
        self._module = module

    def handle(self, asked: Asked, member: str) -> str:
        """The handle of the key that a member of the request names; see `named`."""
        return self.named(asked, asked.members[member])

    def named(self, asked: Asked, identifier: str) -> str:
        """The handle of the key that an identifier names: a resource name or an alias.

        Refuses: WireRefused for an alias that is not there or names nothing, for a key of another
                 deployment, and when the key's resource policy does not let this caller.
        """
        alias = self.names.alias(identifier)
        if alias is None:
            handle = self.names.handle(identifier)
        else:
            handle = self.register.find_alias(alias)
            if not handle:
                raise not_found(identifier)
        policy = self.register.policy(handle)
        if policy is not None and not allows(policy, asked.caller.id, asked.operation.name):
            raise denied(f"the key's policy does not allow {asked.operation.name}")
        return handle

    async def ask(
        self, asked: Asked, call: Call, kind: type[A], *, places: Mapping[str, str] = _KEY
    ) -> A:
        """The module's answer. Refuses: WireRefused, in the service's words for its refusals.

        `places`: from members of the call to those of the request. A client is never told of a
        member that has no place there.
        """
        answer = await self._module.ask(call)
        if isinstance(answer, Denied):
            path = places.get(answer.where, "")
            identifier = str(asked.members.get(path, ""))
            data = asked.operation.plane == "data"
            raise refused_as(answer, identifier=identifier, path=path, data=data)
        if not isinstance(answer, kind):
            raise Defect("the crypto module gave the answer to another question")
        return answer

    def used(self, key: KeyUsed, prefix: str = "Key") -> dict[str, Any]:
        """A key that was used, as answers of the data plane tell it."""
        return {
            f"{prefix}Arn": self.names.arn(key.key),
            f"{prefix}CheckValue": key.check_value,
        }


Handler = Callable[[Desk, Asked], Awaitable[dict[str, Any]]]
