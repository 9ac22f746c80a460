"""Which operation does a request ask for?

The control plane has one address and names its operation in a header; the data plane has an address
for each, with a key identifier in some. An identifier may hold slashes, sent as `%2F`: the path is
taken apart as it was sent, before anything is decoded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from tallystick.serve.payment_crypto.canonical import Request
from tallystick.serve.payment_crypto.errors import WireRefused
from tallystick.serve.payment_crypto.shapes import Operation, Shapes

IDENTIFIER_OCTETS_MAX = 1024


@dataclass(frozen=True, slots=True)
class Route:
    """An operation, and the members that its address holds."""

    operation: Operation
    members: Mapping[str, str]


class Router:
    """Finds operations of both planes."""

    def __init__(self, planes: Mapping[str, Shapes]) -> None:
        self._control, self._target = planes["control"].operations, planes["control"].target
        self._plain: dict[bytes, Route] = {}
        self._keyed: dict[bytes, tuple[Operation, str]] = {}
        for operation in planes["data"].operations.values():
            begin, brace, rest = operation.path.partition("{")
            if not brace:
                self._plain[operation.path.encode()] = Route(operation, {})
                continue
            member, _, end = rest.partition("}")
            self._keyed[end.encode()] = (operation, member)
            self._begin = begin.encode()

    def find(self, request: Request) -> Route:
        """Refuses: WireRefused for an address or a name that no operation has."""
        if request.method == "POST":
            if request.path == b"/":
                return self._by_target(request)
            known = self._plain.get(request.path)
            if known is not None:
                return known
            if request.path.startswith(self._begin):
                return self._by_key(request.path[len(self._begin) :])
        raise unknown_operation()

    def _by_target(self, request: Request) -> Route:
        targets = request.values(b"x-amz-target")
        service, _, name = (
            (targets[0] if len(targets) == 1 else b"").decode("latin-1").partition(".")
        )
        operation = self._control.get(name)
        if service != self._target or operation is None:
            raise unknown_operation()
        return Route(operation, {})

    def _by_key(self, rest: bytes) -> Route:
        """`<identifier>/<verb>`, where the identifier may hold slashes itself."""
        identifier, slash, verb = rest.rpartition(b"/")
        found = self._keyed.get(slash + verb)
        if found is None or not 0 < len(identifier) <= IDENTIFIER_OCTETS_MAX:
            raise unknown_operation()
        operation, member = found
        return Route(operation, {member: unquote_to_bytes(identifier).decode("utf-8", "replace")})


def unknown_operation() -> WireRefused:
    return WireRefused("UnknownOperationException", "The requested operation is not known.")
