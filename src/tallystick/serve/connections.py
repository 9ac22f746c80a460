"""connections.toml: which interfaces of other providers are open, where, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tallystick.serve.tables import read_table

Path_ = Annotated[str, msgspec.Meta(pattern=r"\A(/[A-Za-z0-9._~-]+)*\Z", max_length=128)]
Listen = Annotated[str, msgspec.Meta(pattern=r"\A[0-9.]+:[0-9]{1,5}\Z")]


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


Fsp = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9._~-]{1,32}\Z")]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=86_400)]


class InteropTable(
    msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename={"listen_at": "listen"}
):
    """`[interop]`: the API between a participant and the hub of its scheme (FSPIOP 1.1).

    `fsp_id` is our name in the scheme, `hub` where everything is sent, `principal` the hub's client
    id (needed when more than one hub is registered). `keys` is the sealed file of `partner
    hub-keys`, `passphrase_file` what opens it, `peers` the PEM file of each participant that signs.
    Paths are beside the file. `signatures`: which requests must be signed. `switch` is the name
    that the hub itself signs with.
    """

    listen_at: Listen
    fsp_id: Fsp
    hub: Annotated[str, msgspec.Meta(pattern=r"\Ahttps?://[A-Za-z0-9.:/_-]+\Z", max_length=256)]
    keys: str
    passphrase_file: str
    currency: Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{3}\Z")]
    principal: Annotated[str, msgspec.Meta(max_length=64)] = ""
    prefix: Path_ = ""
    signatures: Literal["all", "bodies", "off"] = "all"
    reserve: bool = False
    switch: Fsp = "switch"
    quote_lifetime_s: Seconds = 60
    clock_window_s: Seconds = 3600
    peers: dict[Fsp, str] = {}


Region = Annotated[str, msgspec.Meta(pattern=r"\A[a-z]{2}-[a-z]{1,16}-[0-9]+\Z")]
Account = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{12}\Z")]


class PaymentCryptoTable(
    msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename={"listen_at": "listen"}
):
    """`[payment_crypto]`: the wire of AWS Payment Cryptography over a payment module.

    `keys` is the folder of `keys init`, `passphrase_file` what opens it (nothing does where the
    master key is in a token), `access` the folder of `access create`. Paths are beside the file.
    `region` and `account` stand in the names of keys; clients must sign for this region. Keys that
    are made or imported over this interface belong to `domain`; what manages keys of production
    needs custodians, whom a program is not. `vault` is the folder of `tokens init` whose tokens are
    given at the same address; its keys must be those of `keys`.
    """

    listen_at: Listen
    keys: str
    access: str
    passphrase_file: str = ""
    region: Region = "us-east-1"
    account: Account = "000000000000"
    domain: Literal["test", "production"] = "test"
    vault: str = ""


class ConnectionsFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The whole file, one table for each interface."""

    mobile_money: MobileMoneyTable | None = None
    interop: InteropTable | None = None
    payment_crypto: PaymentCryptoTable | None = None


def read_connections(path: Path) -> ConnectionsFile:
    """Read the file. Refuses: Misconfigured, with the place and what is allowed there."""
    allowed = "the tables of docs/reference: mobile-money-api, mojaloop, payment-cryptography"
    return _placed(read_table(path, ConnectionsFile, allowed=allowed), path.parent)


def _placed(file: ConnectionsFile, folder: Path) -> ConnectionsFile:
    """The file with its paths from where it lies."""
    table, keys = file.interop, file.payment_crypto
    if table is not None:
        table = msgspec.structs.replace(
            table,
            keys=str(folder / table.keys),
            passphrase_file=str(folder / table.passphrase_file),
            peers={name: str(folder / pem) for name, pem in table.peers.items()},
        )
    if keys is not None:
        keys = msgspec.structs.replace(
            keys,
            keys=str(folder / keys.keys),
            passphrase_file=keys.passphrase_file and str(folder / keys.passphrase_file),
            access=str(folder / keys.access),
            vault=keys.vault and str(folder / keys.vault),
        )
    return msgspec.structs.replace(file, interop=table, payment_crypto=keys)


def address_of(text: str) -> tuple[str, int]:
    """Host and port of an address that the reader let pass."""
    host, _, port = text.rpartition(":")
    return host, int(port)
