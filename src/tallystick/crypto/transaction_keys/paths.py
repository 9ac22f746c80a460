"""Paths: the intermediate keys between an initial key and the key of one transaction.

The key of a counter is derived from that of the counter without its lowest one. A host that keeps
the path to a device's last transaction has one derivation left for the next one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, Protocol, Self, TypeVar


class Node(Protocol):
    """The key of one counter, from which those below it are derived."""

    @property
    def counter(self) -> int: ...
    def child(self, counter: int) -> Self: ...


N = TypeVar("N", bound=Node)


class Path(Generic[N]):
    """The way from a device's initial key to its latest transaction. Not for two threads."""

    __slots__ = ("_nodes",)

    def __init__(self, root: N) -> None:
        self._nodes = [root]

    def to(self, counter: int) -> N:
        """The node of a counter, deriving what the last path does not share with it."""
        nodes = self._nodes
        node = nodes[-1]
        while len(nodes) > 1 and counter ^ node.counter >= node.counter & -node.counter:
            nodes.pop()
            node = nodes[-1]
        missing = counter ^ node.counter
        while missing:
            bit = 1 << missing.bit_length() - 1
            node = node.child(node.counter | bit)
            nodes.append(node)
            missing ^= bit
        return node


class Paths(Generic[N]):
    """The paths of the devices that were heard lately, at most `devices_max` of them."""

    __slots__ = ("_devices_max", "_paths", "_root")

    def __init__(self, root: Callable[[bytes], N], *, devices_max: int) -> None:
        self._root = root
        self._devices_max = devices_max
        self._paths: OrderedDict[bytes, Path[N]] = OrderedDict()

    def to(self, device: bytes, counter: int) -> N:
        """The node of a device's counter."""
        paths = self._paths
        path = paths.get(device)
        if path is None:
            path = Path(self._root(device))
            if self._devices_max:
                paths[device] = path
                if len(paths) > self._devices_max:
                    paths.popitem(last=False)
        else:
            paths.move_to_end(device)
        return path.to(counter)
