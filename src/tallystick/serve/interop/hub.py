"""The hub as the operator describes it: who we are to it, where it is, which keys count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tallystick.crypto.keys import HubKeys
from tallystick.crypto.mechanisms import PeerKey
from tallystick.ground.identifiers import DeviceId

Demand = Literal["all", "bodies", "off"]
"""Which requests must be signed: all, those with a body (as hubs do that sign no GET), none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """One hub that this service is a participant of.

    `principal` is the hub's device id (`partner.register` with the role hub); `fsp` our name in the
    scheme. `url` is where everything is sent, and nothing is ever sent anywhere else. `peers` are
    the keys of those who sign, by their name in the scheme. With `reserve` a transfer is held until
    the hub says that it is settled; else it is the payee's at once. `switch` is the name that the
    hub signs with itself.
    """

    principal: DeviceId
    fsp: str
    url: str
    currency: str
    keys: HubKeys
    peers: Mapping[str, PeerKey] = field(default_factory=dict)
    demand: Demand = "all"
    reserve: bool = False
    switch: str = "switch"
    quote_lifetime_s: int = 60
    clock_window_s: int = 3600
    send_timeout_s: int = 10
    prefix: str = ""
