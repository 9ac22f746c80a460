"""handset pay, cash-in, refund, ...: what a customer, merchant or agent does with a handset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tallystick.cli.handset_session import (
    CurrencyOption,
    NoPinOption,
    PinOption,
    StateOption,
    UrlOption,
    YesOption,
    amount_of,
    ask_pin,
    opened,
    pin_unless,
    tell,
)

AmountArgument = Annotated[str, typer.Argument(metavar="AMOUNT", help="Such as 1500.00.")]
NameOption = Annotated[str, typer.Option("--name", help="The payee's registered name.")]


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into `handset`."""
    for command in (balance, statement, quote, pay, refund, exchange, reactivate):
        app.command()(command)
    app.command("pay-code")(pay_code)
    app.command("to-bank")(to_bank)
    app.command("cash-in")(cash_in)
    app.command("cash-out")(cash_out)
    app.command("open-account")(open_account)


def balance(state: StateOption, currency: CurrencyOption = None, url: UrlOption = None) -> None:
    """Say what may be spent and what is reserved."""
    with opened(state, url=url) as handset:
        tell(handset.balance(currency))


def statement(
    state: StateOption,
    limit: Annotated[int, typer.Option(help="Lines of a page, 1 to 50.")] = 20,
    before: Annotated[
        int | None, typer.Option(help="The `next` of the page before, for the page after it.")
    ] = None,
    currency: CurrencyOption = None,
    url: UrlOption = None,
) -> None:
    """Show the newest lines of the account, each with the balance after it."""
    with opened(state, url=url) as handset:
        tell(handset.statement(limit, before, currency))


def quote(
    operation: Annotated[str, typer.Argument(help="Such as remote.pay or fx.exchange.")],
    amount: AmountArgument,
    state: StateOption,
    currency: CurrencyOption = None,
    receives: Annotated[
        str | None, typer.Option(help="The currency bought, of fx.exchange.")
    ] = None,
    url: UrlOption = None,
) -> None:
    """Ask what a payment costs, or what an exchange gives."""
    with opened(state, url=url) as handset:
        tell(handset.quote(operation, amount_of(handset, amount, currency), receives))


def pay(
    payee: Annotated[str, typer.Argument(help="The payee's account id.")],
    amount: AmountArgument,
    state: StateOption,
    name: NameOption,
    pin_file: PinOption = None,
    no_pin: NoPinOption = False,
    yes: YesOption = False,
    url: UrlOption = None,
) -> None:
    """Pay another customer."""
    with opened(state, url=url, yes=yes) as handset:
        pin = pin_unless(no_pin, pin_file)
        tell(handset.pay(payee, name, amount_of(handset, amount), pin))


def pay_code(
    code: Annotated[Path, typer.Argument(help="A file with the text of a merchant's code.")],
    amount: AmountArgument,
    state: StateOption,
    pin_file: PinOption = None,
    no_pin: NoPinOption = False,
    yes: YesOption = False,
    url: UrlOption = None,
) -> None:
    """Pay the merchant of a signed code."""
    from tallystick.cli.files import read_at_most

    text = read_at_most(code, 512).decode("ascii", "replace").strip()
    with opened(state, url=url, yes=yes) as handset:
        pin = pin_unless(no_pin, pin_file)
        tell(handset.pay_merchant(text, amount_of(handset, amount), pin))


def to_bank(
    iban: Annotated[str, typer.Argument(help="The bank account.")],
    amount: AmountArgument,
    state: StateOption,
    name: Annotated[str, typer.Option("--name", help="Whose bank account it is.")],
    pin_file: PinOption = None,
    no_pin: NoPinOption = False,
    yes: YesOption = False,
    url: UrlOption = None,
) -> None:
    """Redeem electronic money: held now, gone when the treasury says that the bank has paid."""
    with opened(state, url=url, yes=yes) as handset:
        pin = pin_unless(no_pin, pin_file)
        tell(handset.transfer_to_bank(iban, name, amount_of(handset, amount), pin))


def cash_in(
    customer: Annotated[str, typer.Argument(help="The customer's account id.")],
    amount: AmountArgument,
    state: StateOption,
    name: Annotated[str, typer.Option("--name", help="The customer's registered name.")],
    pin_file: PinOption = None,
    no_pin: NoPinOption = False,
    yes: YesOption = False,
    url: UrlOption = None,
) -> None:
    """Agent: cash was taken; fill the customer's wallet from the float."""
    with opened(state, url=url, yes=yes) as handset:
        pin = pin_unless(no_pin, pin_file)
        tell(handset.cash_in(customer, name, amount_of(handset, amount), pin))


def cash_out(
    agent: Annotated[str, typer.Argument(help="The agent's account id.")],
    amount: AmountArgument,
    state: StateOption,
    name: Annotated[str, typer.Option("--name", help="The agent's registered name.")],
    pin_file: PinOption = None,
    no_pin: NoPinOption = False,
    yes: YesOption = False,
    url: UrlOption = None,
) -> None:
    """Pay an agent, who hands out cash once the receipt is there."""
    with opened(state, url=url, yes=yes) as handset:
        pin = pin_unless(no_pin, pin_file)
        tell(handset.cash_out(agent, name, amount_of(handset, amount), pin))


def refund(
    payment: Annotated[str, typer.Argument(help="`payment` of the statement's line.")],
    amount: AmountArgument,
    state: StateOption,
    to: Annotated[str, typer.Option("--to", help="Who paid: the line's `counterparty`.")],
    pin_file: PinOption = None,
    no_pin: NoPinOption = False,
    yes: YesOption = False,
    url: UrlOption = None,
) -> None:
    """Give a payment back, whole or in part."""
    with opened(state, url=url, yes=yes) as handset:
        pin = pin_unless(no_pin, pin_file)
        tell(handset.refund(payment, to, amount_of(handset, amount), pin))


def open_account(
    currency: Annotated[str, typer.Argument(help="Such as USD.")],
    state: StateOption,
    url: UrlOption = None,
) -> None:
    """Open an account in another currency that the service exchanges."""
    with opened(state, url=url) as handset:
        tell(handset.open_account(currency))


def exchange(
    amount: AmountArgument,
    state: StateOption,
    receives: Annotated[str, typer.Option("--receives", help="The currency bought.")],
    name: Annotated[str, typer.Option("--name", help="Your own name, as it is shown.")],
    currency: CurrencyOption = None,
    pin_file: PinOption = None,
    no_pin: NoPinOption = False,
    yes: YesOption = False,
    url: UrlOption = None,
) -> None:
    """Sell one currency for another, for exactly what the quote says."""
    from tallystick.ground.money import parse_amount

    with opened(state, url=url, yes=yes) as handset:
        sold = amount_of(handset, amount, currency)
        said = handset.quote("fx.exchange", sold, receives)
        if not said.accepted or said.data is None:
            tell(said)
            return
        got = said.data["receives"]
        text = str(got["amount"]) if isinstance(got, dict) else ""
        pin = pin_unless(no_pin, pin_file)
        tell(handset.exchange(sold, parse_amount(text, receives), name, pin))


def reactivate(state: StateOption, pin_file: PinOption = None, url: UrlOption = None) -> None:
    """Wake a sleeping account; always with the PIN."""
    with opened(state, url=url) as handset:
        tell(handset.reactivate(ask_pin(pin_file)))
