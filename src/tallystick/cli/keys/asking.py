"""From words to calls, and from calls to requests that others approve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.crypto.keys import Approval
    from tallystick.crypto.payment import ManagementCall, PaymentModule


def call_of(kind: Any, **members: Any) -> Any:
    """A call from words. Refuses: Misconfigured, with the option and what it takes."""
    import msgspec

    try:
        plain = msgspec.to_builtins(members)
        tag = kind.__struct_config__.tag
        return msgspec.convert({"type": tag, **plain}, kind)
    except msgspec.ValidationError as error:
        text = str(error).replace("$.", "--")
        member = text.rpartition("`--")[2].rstrip("`")
        raise Misconfigured(text, where="options", allowed=_choices(kind, member)) from None


def _choices(kind: Any, member: str) -> str:
    """The words that a member takes when they are a list; else nothing."""
    import enum
    import typing

    wanted = typing.get_type_hints(kind).get(member)
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        return ", ".join(str(one.value) for one in wanted)
    return ""


def asked(
    module: PaymentModule, call: ManagementCall, to: Path | None, name: str, key: Path | None
) -> bool:
    """Write a request when one is wanted; says whether it was."""
    from tallystick.cli.keys.people import sign_approval
    from tallystick.cli.keys.requests import new_request_word, show_request, write_request
    from tallystick.crypto.payment import statement

    if to is None:
        return False
    if not name or key is None:
        raise Misconfigured("who asks?", where="--to", allowed="--to with --as NAME and --key FILE")
    fingerprint = module.state().master
    call.requested_by, call.request = name, new_request_word()
    told = statement(call, module=fingerprint)
    approval = sign_approval(told, name=name, key_file=key)
    _demand_known(module, told, approval, key)
    call.approvals = [approval]
    write_request(to, fingerprint, call, new=True)
    typer.echo(show_request(fingerprint, call))
    typer.echo(f"{to} waits for its approvals: tallystick keys approve {to} --as NAME --key FILE")
    return True


def _demand_known(module: PaymentModule, told: bytes, approval: Approval, key: Path) -> None:
    """Who asks is known to the module by this key, if it knows anybody. Refuses: Misconfigured."""
    from tallystick.cli.keys.opening import ask_one
    from tallystick.crypto.keys import approval_octets
    from tallystick.crypto.mechanisms import SignatureRefused, ed25519_verify
    from tallystick.crypto.payment import Custodians, ReadCustodians

    shown = ask_one(module, ReadCustodians())
    if not isinstance(shown, Custodians) or not shown.people:
        return
    known = {one.name: one.public for one in shown.people}
    if approval.name not in known:
        raise Misconfigured("nobody of this module", where="--as", allowed=", ".join(known))
    octets = approval_octets(told, name=approval.name, at_ms=approval.at_ms)
    try:
        ed25519_verify(known[approval.name], octets, approval.signature)
    except SignatureRefused:
        raise Misconfigured(f"not the key of {approval.name}", where=str(key)) from None


def handle_of(module: PaymentModule, word: str) -> str:
    """A handle as it is; else the handle of the one key with this label that is not destroyed."""
    from tallystick.cli.keys.showing import every_key
    from tallystick.crypto.keys import KEY_ID

    if KEY_ID.fullmatch(word):
        return word
    found = [view for view in every_key(module) if view.label == word]
    living = [view.key for view in found if view.state != "destroyed"]
    if len(living) != 1:
        raise Misconfigured(f"{len(living)} keys have this label", where=word, allowed="a handle")
    return living[0]
