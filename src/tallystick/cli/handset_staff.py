"""handset register, confirm, issue, ...: what the provider's own people do with a handset."""

from __future__ import annotations

from typing import Annotated

import typer

from tallystick.cli.handset_session import (
    CurrencyOption,
    StateOption,
    UrlOption,
    amount_of,
    opened,
    tell,
)

HoldArgument = Annotated[
    str, typer.Argument(metavar="ORDER", help="The order to the bank, `<device>.<request>`.")
]


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into `handset`."""
    for command in (register, offer, suspend, revoke, confirm, issue, settle, expire, reverse):
        app.command()(command)


def register(
    state: StateOption,
    name: Annotated[str, typer.Option(help="The customer's name.")],
    born: Annotated[str, typer.Option(help="YYYY-MM-DD.")],
    country: Annotated[str, typer.Option(help="Two letters (ISO 3166-1).")],
    document: Annotated[str, typer.Option(help="Number of the document that was shown.")],
    tier: Annotated[str, typer.Option(help="A due-diligence tier of the service.")],
    role: Annotated[str, typer.Option(help="customer, merchant or agent.")] = "customer",
    msisdn: Annotated[
        str | None, typer.Option(help="Phone number: the digits of E.164 without +.")
    ] = None,
    url: UrlOption = None,
) -> None:
    """Back office: take a customer on; the activation code binds the first handset."""
    with opened(state, url=url) as handset:
        tell(
            handset.register_customer(
                name=name, born=born, country=country, document=document, role=role, tier=tier,
                msisdn=msisdn,
            )
        )  # fmt: skip


def offer(
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    state: StateOption,
    url: UrlOption = None,
) -> None:
    """Back office: a code to bind another handset of a customer."""
    with opened(state, url=url) as handset:
        tell(handset.offer_device(customer))


def suspend(
    reason: Annotated[str, typer.Argument(help="Why.")],
    state: StateOption,
    device: Annotated[str | None, typer.Option(help="By default this one.")] = None,
    url: UrlOption = None,
) -> None:
    """Suspend a handset: one's own, or any by the back office."""
    with opened(state, url=url) as handset:
        tell(handset.suspend(reason, device))


def revoke(
    reason: Annotated[str, typer.Argument(help="Why.")],
    state: StateOption,
    device: Annotated[str | None, typer.Option(help="By default this one.")] = None,
    url: UrlOption = None,
) -> None:
    """Give a handset up for good: one's own, or any by the back office."""
    with opened(state, url=url) as handset:
        tell(handset.revoke(reason, device))


def confirm(
    amount: Annotated[str, typer.Argument(help="Such as 100000.00.")],
    state: StateOption,
    reference: Annotated[str, typer.Option("--reference", help="The bank's; it counts once.")],
    currency: CurrencyOption = None,
    url: UrlOption = None,
) -> None:
    """Treasury: a credit was seen on the trust account."""
    with opened(state, url=url) as handset:
        tell(handset.confirm_funds(amount_of(handset, amount, currency), reference))


def issue(
    account: Annotated[str, typer.Argument(help="A holder's account, or emoney.fees.")],
    amount: Annotated[str, typer.Argument(help="Such as 2500.00.")],
    state: StateOption,
    currency: CurrencyOption = None,
    url: UrlOption = None,
) -> None:
    """Treasury: issue electronic money against confirmed funds."""
    with opened(state, url=url) as handset:
        tell(handset.issue(account, amount_of(handset, amount, currency)))


def settle(
    order: HoldArgument,
    verdict: Annotated[str, typer.Argument(help="paid or failed.")],
    state: StateOption,
    url: UrlOption = None,
) -> None:
    """Treasury: the bank paid a redemption, or did not."""
    with opened(state, url=url) as handset:
        tell(handset.settle(order, verdict))


def expire(order: HoldArgument, state: StateOption, url: UrlOption = None) -> None:
    """Treasury: give back a redemption that nobody settled in time."""
    with opened(state, url=url) as handset:
        tell(handset.expire(order))


def reverse(
    payment: Annotated[str, typer.Argument(help="The payment, `<device>.<request>`.")],
    state: StateOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the record.")],
    url: UrlOption = None,
) -> None:
    """Back office: take a payment back as a whole."""
    with opened(state, url=url) as handset:
        tell(handset.reverse(payment, reason))
