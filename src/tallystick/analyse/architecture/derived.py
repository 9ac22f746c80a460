"""The flows between the elements that follow from the facts of a service."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.describe import (
    Flow,
    Service,
    application_id,
    handset_id,
    keys_id,
    module_id,
    service_places,
)
from tallystick.standard.positions import in_order

_ORDER = ("credentials", "messages", "personal_data")
_PROVIDER = (
    # from, to, channel, what it carries
    ("gateway", "server", "local", ("messages", "personal_data")),
    ("server", "books", "local", ("money", "ledger")),
    ("server", "registers", "local", ("personal_data",)),
    ("server", "evidence-log", "local", ("evidence",)),
    ("registers", "back-office", "local", ("personal_data",)),
    ("back-office", "gateway", "local", ("messages",)),
    ("back-office", "server", "local", ("messages",)),
    ("build-chain", "server", "local", ("service",)),
    ("suppliers", "server", "line", ("service",)),
    ("suppliers", "build-chain", "line", ("application",)),
)
_LINES = {
    # an element of the others, and what goes there from the provider
    "trust-bank": ("back-office", ("float",)),
    "acquirer": ("server", ("messages", "personal_data")),
    "issuer": ("server", ("messages", "personal_data")),
    "payment-scheme": ("server", ("messages",)),
    "processor": ("server", ("messages", "personal_data")),
    "token-service-provider": ("server", ("messages", "credentials")),
    "secure-element-issuer": ("server", ("device_keys",)),
    "witness": ("evidence-log", ("evidence",)),
    "supervisor": ("back-office", ("personal_data", "evidence")),
    "laboratory": ("back-office", ("evidence",)),
}


def derived_flows(service: Service) -> tuple[Flow, ...]:
    """The flows that every service with these facts has; none is taken to be protected.

    Protection is what countermeasures give, and the analysis comes before them.
    """
    kinds = {place.id: place.kind for place in service_places(service)}
    return tuple(
        _flow(source, target, channel, carries)
        for source, target, channel, carries in (
            *_PROVIDER, *_devices(service), *_orders(service, kinds), *_nearby(service, kinds),
            *_others(kinds),
        )
        if source in kinds and target in kinds
    )  # fmt: skip


_Row = tuple[str, str, str, tuple[str, ...]]


def _flow(source: str, target: str, channel: str, carries: tuple[str, ...]) -> Flow:
    return Flow(
        source=source,
        target=target,
        channel=channel,
        carries=in_order(carries),
        protected="none",
    )


def _devices(service: Service) -> Iterator[_Row]:
    """The customer's hands, the device, the application, the keys."""
    for one in service.handsets:
        handset = handset_id(one.kind, one.secure_environment)
        keys = keys_id(one.kind, one.secure_environment)
        application = application_id(one.kind)
        yield "customer", handset, "hand", ("credentials",)
        yield handset, application, "local", ("credentials",)
        yield application, keys, "local", ("device_keys",)
        yield "sim", handset, "local", ("credentials",)
        yield handset, "mobile-network", _radio(service), _ORDER
        yield "build-chain", application, "internet", ("application",)
    yield "sim", "mobile-network", _radio(service), _ORDER


def _orders(service: Service, kinds: dict[str, str]) -> Iterator[_Row]:
    """The ways of orders to the provider."""
    for name, kind in kinds.items():
        if kind == "application":
            yield name, "internet", "internet", _ORDER
    yield "internet", "gateway", "internet", _ORDER
    yield "mobile-network", "gateway", _radio(service), _ORDER
    yield "agents", "customer", "hand", ("credentials", "personal_data")
    yield "agents", "internet", "internet", _ORDER
    yield "agents", "mobile-network", _radio(service), _ORDER
    for number in range(1, len(service.modules) + 1):
        yield "server", module_id(number), "local", ("credentials", "messages", "module_keys")


def _radio(service: Service) -> str:
    """The channel by which the mobile network carries orders, if it carries any."""
    return next((name for name in ("ussd", "sms") if name in service.channels), "line")


def _nearby(service: Service, kinds: dict[str, str]) -> Iterator[_Row]:
    """What passes between terminal and device, and from the merchant to the provider."""
    for channel, link in (("qr", "qr-code"), ("nfc", "nfc-tap"), ("ble", "ble-link")):
        yield "terminals", link, channel, ("messages",)
        if link in kinds:
            for name, kind in kinds.items():
                if kind == "application":
                    yield link, name, channel, ("messages",)
    yield "merchants", "terminals", "local", ("messages",)
    yield "merchants", "internet", "internet", ("messages",)
    if "merchants" in kinds and "internet" not in kinds:
        yield "merchants", "mobile-network", _radio(service), ("messages",)
    yield "terminals", "acquirer", "line", ("messages",)


def _others(kinds: dict[str, str]) -> Iterator[_Row]:
    for name, (near, carries) in _LINES.items():
        if name in kinds:
            yield near, name, "line", carries
