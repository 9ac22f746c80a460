"""What the catalogue says about other frameworks, as far as it says anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from tallystick.prove.exchange.material import Material


class Relation(Protocol):
    """One relation of a requirement to an entry of a framework."""

    @property
    def requirement(self) -> str: ...
    @property
    def framework(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def relationship(self) -> str: ...
    @property
    def rationale(self) -> str: ...
    @property
    def confidence_percent(self) -> int | None: ...


class Described(Protocol):
    """What a framework is called, in which edition, and where it can be read."""

    @property
    def title(self) -> str: ...
    @property
    def edition(self) -> str: ...
    @property
    def address(self) -> str: ...


def relations_of(material: Material) -> tuple[Relation, ...]:
    """What the catalogue says about other frameworks, by framework, requirement and reference."""
    found: Iterable[Relation] = getattr(material.catalogue, "mappings", ())
    return tuple(sorted(found, key=lambda one: (one.framework, one.requirement, one.reference)))


def frameworks_of(material: Material) -> Mapping[str, Described]:
    """The frameworks that the catalogue relates to, by the id that relations use."""
    found: Mapping[str, Described] = getattr(material.catalogue, "frameworks", {})
    return found
