"""From the facts of a service, and from what its owner draws, to one architecture."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.analyse.architecture.derived import derived_flows
from tallystick.analyse.architecture.model import Architecture, Element
from tallystick.describe import Flow, Service, service_places
from tallystick.standard import COMPONENT_KINDS


def architecture_of(service: Service) -> Architecture:
    """The elements and flows of a service.

    What follows from the facts is always there. A component of the service file adds an element or
    refines one under its id; a flow adds one or refines the one with its ends and channel.
    """
    elements = _elements(service)
    return Architecture(
        elements=tuple(elements[name] for name in sorted(elements)),
        flows=_flows([*derived_flows(service), *service.flows]),
    )


def _elements(service: Service) -> dict[str, Element]:
    found = {}
    for place in service_places(service):
        kind = COMPONENT_KINDS[place.kind]
        found[place.id] = Element(
            id=place.id,
            kind=place.kind,
            zone=kind.zone,
            holds=kind.holds,
            drawn=False,
            environment=place.environment,
        )
    for one in service.components:
        environment = found[one.id].environment if one.id in found else ""
        found[one.id] = Element(
            id=one.id,
            kind=one.kind,
            zone=one.zone,
            holds=one.holds,
            drawn=True,
            environment=environment,
        )
    return found


def _flows(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """Sorted by ends and channel; a later one takes the place of an earlier."""
    found = {(flow.source, flow.target, flow.channel): flow for flow in flows}
    return tuple(found[key] for key in sorted(found))
