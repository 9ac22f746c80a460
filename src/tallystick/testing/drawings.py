"""Generated services with as many components and flows as one asks for, for tests and benchmarks.

Regular on purpose: cells of servers, registers and networks behind the edge, tied to each other and
to the elements that follow from the facts, so that a few trust boundaries cut it into many areas.
"""

from __future__ import annotations

from dataclasses import replace

from tallystick.describe import Component, Flow, Service
from tallystick.standard import COMPONENT_KINDS

_CELL = ("server", "registers", "network", "server", "books", "application", "back_office")


def drawn_service(service: Service, *, components: int, flows: int) -> Service:
    """A service with so many drawn components and flows, always the same ones.

    Takes: at least one component; at most so many flows as the pattern has distinct ends for.
    """
    drawn = tuple(_component(number) for number in range(components))
    return replace(service, components=drawn, flows=_flows(drawn, flows))


def _component(number: int) -> Component:
    kind = _CELL[number % len(_CELL)]
    return Component(
        id=f"x{number}",
        kind=kind,
        zone=COMPONENT_KINDS[kind].zone,
        holds=COMPONENT_KINDS[kind].holds,
    )


def _flows(drawn: tuple[Component, ...], count: int) -> tuple[Flow, ...]:
    """Each component to the next, then to the gateway, then to those further on."""
    ends: dict[tuple[str, str], None] = {}
    strides = iter(range(1, len(drawn)))
    while len(ends) < count:
        stride = next(strides)
        for at, one in enumerate(drawn):
            target = drawn[at + stride].id if at + stride < len(drawn) else "gateway"
            ends.setdefault((one.id, target))
    return tuple(
        Flow(source=source, target=target, channel="local", carries=("messages",), protected="none")
        for source, target in list(ends)[:count]
    )
