"""The file that says which token: TOML, strict, and nothing secret in it.

    module = "/usr/lib/softhsm/libsofthsm2.so"     the vendor's library
    token = "tallystick"                           the token's label
    pin_file = "/etc/tallystick/token.pin"         or pin_credential = "token-pin"
    serial = "958f47b64b5a057c"                    when labels repeat
    master = "tallystick-master"                   label of the keys of the master key
    sealing = "gcm"                                or "cbc-hmac"
    hardware = "HSM 4711, FIPS 140-3 level 3"      the operator's statement, see levels below
    rehearsal = true                               a token in software, taken for hardware
    [environment]                                  what the vendor's library reads
    SOFTHSM2_CONF = "/etc/softhsm/softhsm2.conf"

The file and the library are code for whoever may write them, so others must not.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tallystick.crypto.keys import credential_path
from tallystick.ground.errors import Misconfigured

SETTINGS_MAX = 16 * 1024
_Path = Annotated[str, msgspec.Meta(min_length=2, max_length=1024, pattern=r"^/[^\x00-\x1f]*$")]
_Label = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern=r"^[\x20-\x7e]+$")]
_Text = Annotated[str, msgspec.Meta(max_length=128, pattern=r"^[\x20-\x7e]*$")]
_Value = Annotated[str, msgspec.Meta(max_length=1024, pattern=r"^[^\x00-\x1f]*$")]
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_OURS = ("LD_", "PYTHON", "TALLYSTICK")
Sealing = Literal["gcm", "cbc-hmac"]


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    module: _Path
    token: _Label
    pin_file: _Path | None = None
    pin_credential: Annotated[str, msgspec.Meta(max_length=128)] | None = None
    serial: Annotated[str, msgspec.Meta(pattern=r"^[\x21-\x7e]{1,16}$")] | None = None
    master: _Label = "tallystick-master"
    sealing: Sealing | None = None
    hardware: _Text = ""
    rehearsal: bool = False
    environment: Annotated[dict[str, _Value], msgspec.Meta(max_length=16)] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSettings:
    """Which token, where its PIN is, and what the operator says of it. Nothing in it is secret.

    Exactly one of `pin_file` and `pin_credential` is there. `sealing` None takes the best that the
    token has.
    """

    module: Path
    token: str
    pin_file: Path | None
    pin_credential: Path | None
    serial: str | None = None
    master: str = "tallystick-master"
    sealing: Sealing | None = None
    hardware: str = ""
    rehearsal: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


def read_settings(path: Path) -> TokenSettings:
    """Read the file.

    Refuses: Misconfigured for a file, or a library, that is missing or that others may write, and
             for whatever `parse_settings` refuses.
    """
    try:
        octets = path.read_bytes() if path.stat().st_size <= SETTINGS_MAX else b"\xff"
    except OSError as error:
        problem = f"the token's file cannot be read: {error.strerror}"
        raise Misconfigured(problem, where=str(path)) from None
    settings = parse_settings(octets, where=str(path))
    for ours in (path, settings.module):
        _demand_nobody_else_writes(ours)
    return settings


def parse_settings(octets: bytes, *, where: str) -> TokenSettings:
    """Read what the file says.

    Refuses: Misconfigured for anything but the keys above, a PIN in the file or from the
             environment, and variables that would change our own process.
    """
    try:
        found = tomllib.loads(octets.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError):
        raise Misconfigured("not TOML in UTF-8", where=where) from None
    if any(name in found for name in ("pin", "pin_env", "user_pin", "so_pin")):
        raise Misconfigured(
            "a PIN is neither written here nor taken from the environment",
            where=where,
            allowed="pin_file (mode 0600) or pin_credential",
        )
    try:
        file = msgspec.convert(found, _File)
    except (msgspec.ValidationError, RecursionError) as error:
        raise Misconfigured(str(error)[:256], where=where) from None
    return _inside(file, where)


def _inside(file: _File, where: str) -> TokenSettings:
    if (file.pin_file is None) == (file.pin_credential is None):
        raise Misconfigured(
            "one source of the PIN", where=where, allowed="pin_file, or pin_credential"
        )
    if file.hardware and file.rehearsal:
        raise Misconfigured("hardware, or a rehearsal of it", where=where, allowed="one of the two")
    for name in file.environment:
        if not _VARIABLE.fullmatch(name) or name.upper().startswith(_OURS) or name == "PATH":
            raise Misconfigured("not a variable for a library", where=f"{where}: {name[:64]!r}")
    credential = file.pin_credential
    return TokenSettings(
        module=Path(file.module),
        token=file.token,
        pin_file=None if file.pin_file is None else Path(file.pin_file),
        pin_credential=None if credential is None else credential_path(credential),
        serial=file.serial,
        master=file.master,
        sealing=file.sealing,
        hardware=file.hardware,
        rehearsal=file.rehearsal,
        environment=dict(file.environment),
    )


def _demand_nobody_else_writes(path: Path) -> None:
    try:
        status = path.stat()
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise Misconfigured(problem, where=str(path)) from None
    if not stat.S_ISREG(status.st_mode):
        raise Misconfigured("not a file", where=str(path))
    if stat.S_IMODE(status.st_mode) & 0o022 or status.st_uid not in (0, os.geteuid()):
        raise Misconfigured(
            "others may write this", where=str(path), allowed="owned by root or us, mode 0644"
        )
