"""What the picture of an architecture shows: zones with their elements, and numbered flows.

Flows that cross the same trust boundary over the same channel are one arrow with one number; the
table under the picture says what each carries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tallystick.analyse import Architecture, Element
from tallystick.describe import Flow, Service
from tallystick.prove.report.cards import Card
from tallystick.prove.report.words import count, listed, percent, say

_ZONES: Mapping[str, tuple[str, str]] = {
    "customer": ("Customers", "people and their devices"),
    "public": ("Networks", "where anybody may be"),
    "edge": ("Edge", "where messages arrive"),
    "inside": ("Inside", "machines and people"),
    "secure": ("Locked away", "also from own people"),
    "partner": ("Others", "who take part"),
}
_CHANNELS = {"hand": "by hand", "local": "inside", "line": "line"}
_PROTECTED = {
    "none": "no",
    "transport": "hop by hop",
    "message": "from end to end",
}
_CARRIED = {"device_keys": "device keys", "module_keys": "module keys", "float": "bank money"}
_ROLES = {"merchants": "merchant", "agents": "agent"}
_KEYS = {"se": "keys in SE", "tee": "keys in TEE", "software": "keys in software"}
_TITLES = {
    "customer": "Customers",
    "sim": "SIM",
    "qr-code": "QR code",
    "nfc-tap": "NFC tap",
    "ble-link": "Bluetooth link",
}
_FIRST = (
    "customer", "handset", "application", "sim", "network", "gateway", "server", "books",
    "registers", "evidence_log", "merchant", "terminal", "agent", "mobile_network", "bank",
)  # fmt: skip
"""Kinds of element in the order in which they are looked for; others come after these."""
_FOLDED = "secure_environment"
"""Keys of a device that follow from the facts are told by the edge of the device's own box."""
_NAMED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One zone with its cards."""

    id: str
    title: str
    subtitle: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """The flows between two zones over one channel, under one number."""

    number: int
    zones: tuple[str, str]
    channel: str
    between: str
    carries: str
    protected: str
    ends: str
    weakest: str
    """How the least protected of its flows is protected in itself."""
    bare: bool
    """Whether nothing but countermeasures protects any of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is drawn."""

    provider: str
    parts: tuple[Part, ...]
    crossings: tuple[Crossing, ...]


def scene_of(service: Service, architecture: Architecture) -> Scene:
    """Zones and crossings of an architecture, with the names that the service file gives."""
    zone = {one.id: one.zone for one in architecture.elements}
    teller = _Teller(service, architecture)
    crossings = teller.crossings(zone)
    parts = []
    for name, (title, subtitle) in _ZONES.items():
        cards = [
            teller.card(one)
            for one in sorted(architecture.elements, key=_place)
            if one.zone == name and (one.drawn or one.kind != _FOLDED)
        ]
        if cards:
            numbers = [str(one.number) for one in crossings if name in one.zones]
            word = "flow" if len(numbers) == 1 else "flows"
            crossed = f"{subtitle}; {word} {', '.join(numbers)}" if numbers else subtitle
            parts.append(Part(id=name, title=title, subtitle=crossed, cards=tuple(cards)))
    return Scene(provider=service.provider.name, parts=tuple(parts), crossings=crossings)


class _Teller:
    def __init__(self, service: Service, architecture: Architecture) -> None:
        self.service, self.architecture = service, architecture
        self.parties = {party.role: party.name for party in service.parties}
        self.handsets = {
            f"handset-{one.kind}-{one.secure_environment}": one for one in service.handsets
        }
        self.modules = {f"module-{place}": one for place, one in enumerate(service.modules, 1)}

    def card(self, element: Element) -> Card:
        """One box; what follows from the facts is told with the facts."""
        if handset := self.handsets.get(element.id):
            return Card(
                title=f"{say(handset.kind)}, {percent(handset.share_permille)}",
                lines=(_KEYS[handset.secure_environment],),
                keys=handset.secure_environment,
            )
        if module := self.modules.get(element.id):
            told = f"certificate: {module.certificate or 'none'}"
            return Card(title=f"Crypto module: {module.name}", lines=(told,), keys=module.kind)
        return Card(title=self.title(element.id), lines=tuple(self._lines(element)))

    def title(self, name: str) -> str:
        """What an element is called."""
        if name in self.handsets:
            one = self.handsets[name]
            return f"{say(one.kind)} ({_KEYS[one.secure_environment]})"
        if name.startswith("app-"):
            return f"Application on {say(name.removeprefix('app-'))}"
        if name in self.modules:
            return f"Crypto module: {self.modules[name].name}"
        return _TITLES.get(name, _words(name))

    def _lines(self, element: Element) -> Iterable[str]:
        if element.id == "customer":
            yield count(self.service.volumes.customers)
        if element.id == "server":
            yield from (say(word) for word in self.service.services)
        if element.id == "evidence-log":
            yield f"vouched for by {say(self.service.witness).lower()}"
        role = _ROLES.get(element.id, element.id.replace("-", "_"))
        if role in self.parties:
            yield self.parties[role]
        if element.id == "agents" and self.service.agents.count:
            yield count(self.service.agents.count)
        if element.drawn and element.id not in self.modules:
            yield _words(element.kind).lower()

    def crossings(self, zone: Mapping[str, str]) -> tuple[Crossing, ...]:
        order = list(_ZONES)
        groups: dict[tuple[int, int, str], list[Flow]] = {}
        for flow in self.architecture.flows:
            one, two = sorted((order.index(zone[flow.source]), order.index(zone[flow.target])))
            if one != two:
                groups.setdefault((one, two, flow.channel), []).append(flow)
        return tuple(
            self._crossing(number, (order[key[0]], order[key[1]]), key[2], groups[key])
            for number, key in enumerate(sorted(groups), start=1)
        )

    def _crossing(
        self, number: int, zones: tuple[str, str], channel: str, flows: Sequence[Flow]
    ) -> Crossing:
        states = sorted({one.protected for one in flows}, key=list(_PROTECTED).index)
        ends = [self._ends(one, mixed=len(states) > 1) for one in flows]
        carried = dict.fromkeys(word for one in flows for word in one.carries)
        return Crossing(
            number=number,
            zones=zones,
            channel=_CHANNELS.get(channel) or say(channel),
            between=f"{_ZONES[zones[0]][0]} and {_ZONES[zones[1]][0].lower()}",
            carries=listed([_CARRIED.get(word, _words(word).lower()) for word in carried]),
            protected=_PROTECTED[states[0]] if len(states) == 1 else "in part",
            weakest=states[0],
            bare=states == ["none"],
            ends="; ".join(ends[:_NAMED])
            + (f"; and {len(ends) - _NAMED} more" if len(ends) > _NAMED else ""),
        )

    def _ends(self, flow: Flow, *, mixed: bool) -> str:
        """Where a flow begins and ends; its protection where not all of a crossing share one."""
        told = f"{self.title(flow.source)} → {self.title(flow.target)}"
        protected = mixed and flow.protected != "none"
        return f"{told} ({_PROTECTED[flow.protected]})" if protected else told


def _place(element: Element) -> tuple[int, str]:
    order = _FIRST.index(element.kind) if element.kind in _FIRST else len(_FIRST)
    return order, element.id


def _words(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").capitalize()
