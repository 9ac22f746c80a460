"""From the table of connections.toml to a hub that can be served: keys read, addresses judged."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from tallystick.crypto.keys import read_hub_file, read_private
from tallystick.crypto.mechanisms import KeyRefused, PeerKey, read_public_pem
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import DeviceId
from tallystick.ground.secret import Secret
from tallystick.protect.corridor import Partners
from tallystick.serve.connections import InteropTable, address_of
from tallystick.serve.interop.hub import Hub

PEM_MAX = 64 * 1024
PASSPHRASE_MAX = 1024


def read_hub(table: InteropTable, *, partners: Partners) -> Hub:
    """The hub of a table.

    Refuses: Misconfigured for another currency, keys that do not open, a signer without a key,
             unsigned requests from other machines, and a hub over http that is not on this one.
    """
    where = "interop"
    if table.currency != partners.currency:
        raise Misconfigured(
            f"the service moves {partners.currency}", where=f"{where}.currency",
            allowed=partners.currency,
        )  # fmt: skip
    _demand_addresses(table, where)
    passphrase = read_private(Path(table.passphrase_file), octets_max=PASSPHRASE_MAX)
    return Hub(
        principal=_principal(table, partners, where),
        fsp=table.fsp_id,
        url=table.hub,
        currency=table.currency,
        keys=read_hub_file(Path(table.keys), Secret(passphrase.rstrip(b"\n"))),
        peers=_peers(table.peers, where),
        demand=table.signatures,
        reserve=table.reserve,
        switch=table.switch,
        quote_lifetime_s=table.quote_lifetime_s,
        clock_window_s=table.clock_window_s,
        prefix=table.prefix,
    )


def _demand_addresses(table: InteropTable, where: str) -> None:
    if table.signatures == "off" and not _is_loopback(address_of(table.listen_at)[0]):
        raise Misconfigured(
            "unsigned requests are taken from this machine alone", where=f"{where}.listen",
            allowed='an address such as 127.0.0.1:8082, or signatures = "all"',
        )  # fmt: skip
    if table.signatures != "off" and not table.peers:
        raise Misconfigured(
            "nobody's signature could be verified", where=f"{where}.peers",
            allowed="the PEM file of each participant that signs",
        )  # fmt: skip
    url = urlsplit(table.hub)
    if url.scheme == "http" and not _is_loopback(url.hostname or ""):
        raise Misconfigured(
            "a hub on another machine is spoken to over TLS", where=f"{where}.hub",
            allowed="https://..., or http to a proxy on this machine",
        )  # fmt: skip


def _principal(table: InteropTable, partners: Partners, where: str) -> DeviceId:
    """The hub's principal: the one that is named, or the only one that is registered."""
    hubs = [one.id for one in partners.partners() if _is_hub(partners, one.id)]
    if table.principal:
        hubs = [name for name in hubs if name == table.principal]
    if len(hubs) != 1:
        raise Misconfigured(
            f"{len(hubs)} hubs are registered under it" if table.principal
            else f"{len(hubs)} hubs are registered",
            where=f"{where}.principal",
            allowed="the client id of one hub: tallystick partner new --hub, partner register",
        )  # fmt: skip
    return hubs[0]


def _is_hub(partners: Partners, name: DeviceId) -> bool:
    device = partners.device(name)
    return device is not None and device.role == "hub"


def _peers(peers: Mapping[str, str], where: str) -> dict[str, PeerKey]:
    keys: dict[str, PeerKey] = {}
    for name, file in peers.items():
        path = Path(file)
        try:
            with path.open("rb") as opened:
                keys[name] = read_public_pem(opened.read(PEM_MAX))
        except OSError as error:
            problem = f"cannot be read: {error.strerror}"
            raise Misconfigured(problem, where=f"{where}.peers.{name}: {path}") from None
        except KeyRefused as refusal:
            raise Misconfigured(
                str(refusal), where=f"{where}.peers.{name}: {path}",
                allowed="a public key or certificate in PEM: RSA of 2048 bits or more, or P-256",
            ) from None  # fmt: skip
    return keys


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
