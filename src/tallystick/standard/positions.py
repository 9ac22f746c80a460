"""The closed lists of an architecture: kinds of element, zones, flows, positions of an attacker.

A position is what an attacker holds between two steps of an attack. Each is tied to kinds of
element, so that a chain of steps can be walked through the elements of a described service.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tallystick.standard.registers import ASSETS
from tallystick.standard.vocabulary import CHANNELS

ZONES: Mapping[str, str] = {
    "public": "networks and the open air, where anybody may be",
    "customer": "what customers have in their hands",
    "partner": "what others run: agents, merchants, banks, suppliers",
    "edge": "where the provider meets the world",
    "inside": "the provider's own machines and people",
    "secure": "what the provider locks away from its own people",
}
"""Trust zones. Between two of them lies a trust boundary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentKind:
    """A kind of element: what it is, the zone in which it stands when nothing else is said, and the
    assets of the catalogue that it then holds."""

    means: str
    zone: str
    holds: tuple[str, ...] = ()


def in_order(assets: Collection[str]) -> tuple[str, ...]:
    """Assets in the order of the catalogue, none twice."""
    return tuple(asset for asset in ASSETS if asset in assets)


def _kind(means: str, zone: str, *holds: str) -> ComponentKind:
    return ComponentKind(means=means, zone=zone, holds=in_order(holds))


COMPONENT_KINDS: Mapping[str, ComponentKind] = {
    "customer": _kind("a person who pays or is paid", "customer", "credentials"),
    "handset": _kind("a mobile device", "customer"),
    "secure_environment": _kind("where a device keeps its keys", "customer", "device_keys"),
    "application": _kind("the mobile application", "customer", "application", "credentials"),
    "sim": _kind("the customer's number and the card behind it", "customer"),
    "network": _kind("the internet and the networks on the way to it", "public", "messages"),
    "mobile_network": _kind("the network of a mobile operator", "partner", "messages"),
    "proximity": _kind("what is shown or sent over a hand's width", "public", "messages"),
    "merchant": _kind("a merchant and its premises", "partner"),
    "terminal": _kind("the merchant's payment terminal or code", "partner"),
    "agent": _kind("a person who takes cash in and pays it out", "partner", "personal_data"),
    "gateway": _kind("the edge at which messages arrive", "edge", "messages", "service"),
    "server": _kind("a program of the provider behind the edge", "inside", "messages", "service"),
    "crypto_module": _kind("a crypto module", "secure", "module_keys", "credentials"),
    "books": _kind("the books", "inside", "money", "ledger"),
    "registers": _kind("registers of customers, devices and cases", "inside", "personal_data"),
    "evidence_log": _kind("the evidence log", "inside", "evidence"),
    "back_office": _kind("staff and their workplaces", "inside", "personal_data", "standing"),
    "build_chain": _kind("where programs are built and released", "inside", "application"),
    "bank": _kind("a bank that holds or moves money", "partner", "float"),
    "partner": _kind("another company in the chain of a payment", "partner", "personal_data"),
    "supplier": _kind("who supplies programs and services", "partner"),
    "witness": _kind("who vouches for the evidence log", "partner"),
    "authority": _kind("a supervisor or laboratory", "partner"),
}

CARRIERS = ("network", "mobile_network", "proximity")
"""Kinds that only carry what others send."""

FLOW_CHANNELS: tuple[str, ...] = (*CHANNELS, "hand", "local", "line")
"""Ways of a flow: those of a service, by hand, inside one zone, a line between companies."""

PROTECTIONS = ("none", "transport", "message")
"""How a flow is protected: not at all, hop by hop, or from end to end."""

OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What an attacker holds, in words, and the kinds of element at which it is held."""

    means: str
    kinds: tuple[str, ...]


def _held(means: str, *kinds: str) -> Position:
    return Position(means=means, kinds=kinds)


POSITIONS: Mapping[str, Position] = {
    OUTSIDE: _held("nothing yet"),
    "customer": _held("what a customer knows, or a customer's trust", "customer"),
    "number": _held("a customer's number", "sim", "mobile_network"),
    "handset": _held("a customer's device in hand", "handset"),
    "malware": _held("a program of the attacker's on a device", "handset"),
    "application": _held("the application on a device", "application"),
    "device_keys": _held("the keys of a device", "secure_environment"),
    "channel": _held("a place on the internet, on the way of messages", "network"),
    "air": _held("a place in a mobile network or its signalling", "mobile_network"),
    "nearby": _held("a place within reach of a tap, a code or a short radio", "proximity"),
    "merchant": _held("a merchant's terminal or code", "merchant", "terminal"),
    "agent": _held("an agent", "agent"),
    "partner": _held(
        "another company's access", "partner", "bank", "supplier", "witness", "authority"
    ),
    "account": _held("a customer's account", "gateway"),
    "money": _held("money moved out of an account", "books"),
    "edge": _held("a program at the edge", "gateway"),
    "inside": _held("a machine behind the edge", "server"),
    "back_office": _held("the access of staff", "back_office"),
    "build": _held("what is built and released", "build_chain"),
    "module": _held("the use of a crypto module", "crypto_module"),
    "books": _held("the books themselves", "books"),
    "records": _held("registers or the evidence log", "registers", "evidence_log"),
}
"""What an attacker may hold between two steps."""
