"""handset requests, approve, decline, end: what partners ask a customer for."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tallystick.cli.handset_session import (
    NoPinOption,
    PinOption,
    StateOption,
    UrlOption,
    YesOption,
    amount_of,
    opened,
    pin_unless,
    tell,
)
from tallystick.ground.errors import Misconfigured

RequestArgument = Annotated[str, typer.Argument(help="The `request` of `handset requests`.")]


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into `handset`."""
    for command in (requests, approve, decline, end):
        app.command()(command)


def requests(state: StateOption, url: UrlOption = None) -> None:
    """List what partners ask for and waits: payments, codes, mandates."""
    with opened(state, url=url) as handset:
        tell(handset.requests())


def approve(
    request: RequestArgument,
    state: StateOption,
    pin_file: PinOption = None,
    no_pin: NoPinOption = False,
    yes: YesOption = False,
    url: UrlOption = None,
) -> None:
    """Pay what was requested, or sign the code or mandate, once it was shown."""
    with opened(state, url=url, yes=yes) as handset:
        listed = handset.requests()
        if not listed.accepted or listed.data is None:
            tell(listed)
            return
        asked = _named(request, listed.data["requests"])
        pin = pin_unless(no_pin, pin_file)
        if asked["kind"] != "payment":
            tell(handset.allow(asked, pin))
            return
        amount = amount_of(handset, asked["amount"], asked["currency"])
        tell(handset.approve(request, asked["payee"], asked["name"], amount, pin))


def decline(request: RequestArgument, state: StateOption, url: UrlOption = None) -> None:
    """Say no to what a partner asks for."""
    with opened(state, url=url) as handset:
        tell(handset.decline(request))


def end(
    authority: Annotated[str, typer.Argument(help="A code, or the name of a mandate.")],
    state: StateOption,
    url: UrlOption = None,
) -> None:
    """End a code or a mandate of one's own that reserves nothing."""
    with opened(state, url=url) as handset:
        tell(handset.end_authority(authority))


def _named(request: str, listed: Any) -> dict[str, Any]:
    """One of what waits. Refuses: Misconfigured."""
    for one in listed:
        if one["request"] == request:
            found: dict[str, Any] = one
            return found
    raise Misconfigured(
        "no such request waits", allowed="one of `tallystick handset requests`", where="REQUEST"
    )
