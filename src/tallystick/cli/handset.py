"""handset: drive a served platform from the command line, as a customer or as staff, over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tallystick.cli import (
    handset_holder,
    handset_merchant,
    handset_requests,
    handset_staff,
)
from tallystick.cli.handset_session import (
    PinOption,
    StateOption,
    UrlOption,
    ask_pin,
    opened,
    say,
    tell,
)
from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.handset import Handset

BODY_MAX = 8 * 1024

group = typer.Typer(
    help="One handset: enrol it, and order with it. Keys stay in its file.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into the application."""
    for command in (enrol, show, order, retry):
        group.command()(command)
    handset_holder.add_commands(group)
    handset_merchant.add_commands(group)
    handset_requests.add_commands(group)
    handset_staff.add_commands(group)
    app.add_typer(group, name="handset")


def enrol(
    state: Annotated[Path, typer.Option("--state", help="The new handset's file.")],
    url: Annotated[str, typer.Option("--url", help="Where the service is.")],
    trust: Annotated[Path, typer.Option("--trust", help="The provider's trust.txt.")],
    code: Annotated[
        str | None, typer.Option("--code", help="The activation code of a registration.")
    ] = None,
    staff: Annotated[
        str | None,
        typer.Option("--staff", help="Enrol staff instead: ROLE of the activation file beside."),
    ] = None,
    pin_file: PinOption = None,
    environment: Annotated[
        Literal["se", "tee", "software"], typer.Option(help="Where the device says its keys are.")
    ] = "software",
) -> None:
    """Make keys, bind them to whoever the code is for, and set the PIN."""
    from tallystick.cli.handset_enrolling import enrol_in_file, new_handset, waiting_handset
    from tallystick.prove.certificate import TrustAnchor

    checkpoint = TrustAnchor.read(trust).checkpoint
    activation = _code(code, staff, trust)
    if state.exists():
        handset = waiting_handset(state, url, checkpoint, activation)
    else:
        handset = new_handset(url, checkpoint, environment)
    with handset:
        answer = enrol_in_file(
            handset, state, activation, lambda: ask_pin(pin_file, prompt="New PIN: ")
        )
    tell(answer)


def _code(code: str | None, staff: str | None, trust: Path) -> str:
    """The activation code itself, or that of a role from activation.txt beside the trust anchor."""
    if (code is None) == (staff is None):
        raise Misconfigured("whom to enrol?", allowed="--code CODE or --staff ROLE")
    if code is not None:
        return code
    file = trust.with_name("activation.txt")
    try:
        codes = dict(line.split() for line in file.read_text("ascii").splitlines())
    except (OSError, ValueError):
        raise Misconfigured("no activation codes of staff", where=str(file)) from None
    if staff not in codes:
        raise Misconfigured(f"no staff of role {staff!r}", allowed=", ".join(codes))
    return codes[str(staff)]


def show(state: StateOption) -> None:
    """Say whose handset it is and where its provider is; asks nobody."""
    with opened(state) as handset:
        bound = handset.bound()
        for what, said in (
            ("provider", handset.base_url),
            ("role", bound.role),
            ("customer", bound.customer),
            ("account", bound.account or "none"),
            ("device", bound.device),
            ("unanswered", ", ".join(handset.unanswered) or "none"),
        ):
            typer.echo(f"{what:<11} {said}")


def order(
    operation: Annotated[str, typer.Argument(help="Such as banking.balance.")],
    body: Annotated[str, typer.Argument(help="The order's body as JSON, or @FILE.")],
    state: StateOption,
    url: UrlOption = None,
) -> None:
    """Send any order that needs no signature of its own (docs/reference/wire.md)."""
    with opened(state, url=url) as handset:
        tell(handset.ask(operation, _body(body)))


def retry(state: StateOption, url: UrlOption = None) -> None:
    """Send again what was never answered, exactly as it was: it has one effect."""
    with opened(state, url=url) as handset:
        handset.bound()
        waiting = list(handset.unanswered)
        if not waiting:
            typer.echo("nothing is unanswered")
        said = [_again(handset, request) for request in waiting]
        if not all(said):
            raise typer.Exit(1)


def _again(handset: Handset, request: str) -> bool:
    """Send one order again and say what came of it; a refusal does not keep the next one back."""
    from tallystick.handset import Refusal

    try:
        answer = handset.retry(request)
    except Refusal as refusal:
        if refusal.undecided:
            raise
        typer.echo(f"refused: {refusal.code}")
        return False
    say(answer)
    return answer.accepted


def _body(text: str) -> dict[str, object]:
    from tallystick.cli.files import read_at_most

    said = text
    if text.startswith("@"):
        said = read_at_most(Path(text[1:]), BODY_MAX).decode("utf-8", "replace")
    try:
        body = json.loads(said)
    except ValueError:
        raise Misconfigured("not JSON", where="BODY", allowed="an object") from None
    if not isinstance(body, dict):
        raise Misconfigured("not an object", where="BODY", allowed="an object such as {}")
    return body
