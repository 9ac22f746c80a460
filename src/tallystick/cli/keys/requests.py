"""Request files: a call that waits for its signatures, carried from person to person."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any

import msgspec

from tallystick.crypto.payment import CALL_TYPE, ManagementCall, statement
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import to_base64url

_FILE_MAX = 256 * 1024


class RequestFile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A call for one module (by the fingerprint of its master key), with the signatures so far."""

    format: Annotated[str, msgspec.Meta(pattern="^tallystick-request 1$")]
    module: Annotated[str, msgspec.Meta(max_length=64)]
    call: Any


def new_request_word() -> str:
    """A word drawn for one request."""
    return to_base64url(secrets.token_bytes(18))


def read_request(path: Path) -> tuple[str, ManagementCall]:
    """The module and the call of a file. Refuses: Misconfigured."""
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None
    try:
        found = msgspec.json.decode(octets[:_FILE_MAX], type=RequestFile)
        call = msgspec.convert(found.call, CALL_TYPE)
    except (msgspec.MsgspecError, ValueError) as error:
        raise Misconfigured(f"not a request: {error}", where=str(path)) from None
    if not isinstance(call, ManagementCall):
        raise Misconfigured("not a request that is approved", where=str(path))
    return found.module, call


def write_request(path: Path, module: str, call: ManagementCall, *, new: bool) -> None:
    """Write the file; a new one never over something."""
    plain = RequestFile(
        format="tallystick-request 1", module=module, call=msgspec.to_builtins(call)
    )
    octets = msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n"
    try:
        with path.open("xb" if new else "wb") as file:
            file.write(octets)
    except OSError as error:
        raise Misconfigured(f"cannot be written: {error.strerror}", where=str(path)) from None


def show_request(module: str, call: ManagementCall) -> str:
    """Everything that is signed, as a person reads it."""
    plain = msgspec.json.decode(statement(call, module=module))["call"]
    lines = [line for name, value in sorted(plain.items()) for line in member_lines(name, value)]
    signed = ", ".join(one.name for one in call.approvals) or "nobody yet"
    return "\n".join([f"module           {module}", *lines, f"signed by        {signed}"])


def member_lines(name: str, value: object) -> list[str]:
    """One member as a person reads it: a table has a line for each of its members."""
    if isinstance(value, dict):
        inner = [line for one in sorted(value) for line in member_lines(str(one), value[one])]
        return [name, *(f"  {line}" for line in inner)] if inner else []
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        value = ", ".join(value)
    return [f"{name:<16} {'none' if value in (None, []) else value}"] if value != "" else []
