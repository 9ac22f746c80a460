"""handset reserve, capture, ...: money that is set aside for a merchant, and what becomes of it."""

from __future__ import annotations

from typing import Annotated

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

ReservationArgument = Annotated[
    str, typer.Argument(metavar="RESERVATION", help="The customer's order, `<device>.<request>`.")
]
AmountArgument = Annotated[str, typer.Argument(metavar="AMOUNT", help="Such as 1500.00.")]
HOUR_MS = 3_600_000


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into `handset`."""
    for command in (reserve, capture, release, reservations):
        app.command()(command)


def reserve(
    merchant: Annotated[str, typer.Argument(help="The merchant's account id.")],
    amount: AmountArgument,
    state: StateOption,
    name: Annotated[str, typer.Option("--name", help="The merchant's registered name.")],
    hours: Annotated[int, typer.Option(min=1, help="For so long, from now on.")] = 24,
    pin_file: PinOption = None,
    no_pin: NoPinOption = False,
    yes: YesOption = False,
    url: UrlOption = None,
) -> None:
    """Set money aside for a merchant, who may take it or a part of it, once."""
    with opened(state, url=url, yes=yes) as handset:
        pin = pin_unless(no_pin, pin_file)
        until_ms = handset.clock.now_ms() + hours * HOUR_MS
        tell(handset.reserve(merchant, name, amount_of(handset, amount), until_ms, pin))


def capture(
    reservation: ReservationArgument,
    amount: AmountArgument,
    state: StateOption,
    url: UrlOption = None,
) -> None:
    """Merchant: take what was reserved or a part of it; the rest is the customer's again."""
    with opened(state, url=url) as handset:
        tell(handset.capture(reservation, amount_of(handset, amount)))


def release(reservation: ReservationArgument, state: StateOption, url: UrlOption = None) -> None:
    """Merchant: let go what was reserved, all of it."""
    with opened(state, url=url) as handset:
        tell(handset.release(reservation))


def reservations(
    state: StateOption,
    before: Annotated[
        int | None, typer.Option(help="The `next` of the page before, for the page after it.")
    ] = None,
    url: UrlOption = None,
) -> None:
    """Show what was reserved on the account, the newest first, and what became of it."""
    with opened(state, url=url) as handset:
        tell(handset.reservations(before))
