"""connections.toml: which interfaces of other providers are open, where, and how."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from tallystick.ground.errors import Misconfigured
from tallystick.ground.limits import SERVICE_FILE_MAX

Path_ = Annotated[str, msgspec.Meta(pattern=r"\A(/[A-Za-z0-9._~-]+)*\Z", max_length=128)]
Listen = Annotated[str, msgspec.Meta(pattern=r"\A[0-9.]+:[0-9]{1,5}\Z")]
Url = Annotated[str, msgspec.Meta(pattern=r"\A(https?://[A-Za-z0-9.:\[\]-]+)?\Z", max_length=256)]


class MobileMoneyTable(
    msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename={"listen_at": "listen"}
):
    """`[mobile_money]`: the GSMA Mobile Money API.

    `listen`: address and port; TLS ends at a front proxy. `prefix`: where the API begins.
    `token_path`: where partners get access tokens. `synchronous`: an order is answered with its
    outcome, unless a customer has to approve it. `callbacks_to_loopback`: let callbacks go over
    http and to this machine; for trying things out, and for nothing else.
    """

    listen_at: Listen
    prefix: Path_ = "/mm/v1.2"
    token_path: Path_ = "/oauth/token"  # noqa: S105 - a path
    synchronous: bool = False
    callbacks_to_loopback: bool = False


class ConnectionsFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The whole file, one table for each interface."""

    mobile_money: MobileMoneyTable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where an interface listens."""

    host: str
    port: int


def read_connections(path: Path) -> ConnectionsFile:
    """Read the file. Refuses: Misconfigured, with the place and what is allowed there."""
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None
    if len(octets) > SERVICE_FILE_MAX:
        raise Misconfigured("too long", where=str(path))
    try:
        plain = tomllib.loads(octets.decode("utf-8"))
        return msgspec.convert(plain, ConnectionsFile, strict=True)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"not TOML: {error}", where=str(path)) from None
    except msgspec.ValidationError as error:
        raise Misconfigured(
            str(error), where=str(path), allowed="the tables of docs/reference/mobile-money-api.md"
        ) from None


def address_of(text: str) -> Address:
    """Split an address that the reader let pass."""
    host, _, port = text.rpartition(":")
    return Address(host=host, port=int(port))
