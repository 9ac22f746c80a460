"""bank: read bank files, pay redemptions out, take results in, reconcile, verify a day."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.cli.files import read_at_most
from tallystick.ground.errors import Misconfigured
from tallystick.ground.limits import BANK_FILE_MAX
from tallystick.ground.money import format_minor

if TYPE_CHECKING:
    from tallystick.cli.bank.results import Step
    from tallystick.serve.bank import Message

bank = typer.Typer(
    help="Exchange ISO 20022 files with the bank of the trust account.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A file of the bank (XML).")]
HomeOption = Annotated[Path, typer.Option("--home", help="The home directory of the platform.")]
HandsetOption = Annotated[
    Path | None,
    typer.Option(
        "--handset",
        help="The treasury's handset; HOME/staff/treasury.handset if not said.",
    ),
]
UrlOption = Annotated[
    str | None, typer.Option("--url", help="Where the service is; else where it was last.")
]


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into the application."""
    for command in (read, payouts, results, recall, reconcile, verify, status):
        bank.command()(command)
    app.add_typer(bank, name="bank")


def read(file: FileArgument) -> None:
    """Say what a file of the bank says; nothing is ordered."""
    from tallystick.cli.bank.showing import show_message

    for line in show_message(_message(file)):
        typer.echo(line)


def payouts(
    home: HomeOption,
    to: Annotated[Path, typer.Option("--to", help="The payment file: not there yet.")],
    name: Annotated[str, typer.Option("--name", help="Whose account pays.")],
    account: Annotated[str, typer.Option("--account", help="IBAN of the trust account.")],
    bic: Annotated[str, typer.Option("--bic", help="BIC of its bank.")] = "",
    kind: Annotated[str, typer.Option("--as", help="pain.001 or pacs.008.")] = "pain.001",
    again: Annotated[
        str | None,
        typer.Option("--again", help="Write the file of this name anew."),
    ] = None,
    handset: HandsetOption = None,
    url: UrlOption = None,
) -> None:
    """Put all open redemptions into one payment file; each stands in one file, once."""
    from tallystick.assembly import policy_in_force, read_trust_account
    from tallystick.cli.bank.desk import open_desk
    from tallystick.cli.bank.payouts import list_payouts, payment_file, unlisted
    from tallystick.serve.bank import AccountParty

    if kind not in ("pain.001", "pacs.008"):
        raise Misconfigured(f"{kind!r} pays nothing", where="--as", allowed="pain.001, pacs.008")
    _demand_new(to)
    currency, message = policy_in_force(home).currency, again
    if message is None:
        found = unlisted(read_trust_account(home))
        if not found:
            typer.echo("no redemption waits for a payment file")
            return
        with open_desk(home, handset=handset, url=url) as desk:
            message = list_payouts(desk, found)
    payer = AccountParty(name=name, account=account.replace(" ", ""), bic=bic)
    octets, listed = payment_file(home, message, kind=kind, payer=payer, currency=currency)
    _write(to, octets)
    total = format_minor(sum(one.hold.amount_minor for one in listed), currency)
    typer.echo(f"{message}: {len(listed)} payment(s), {total} {currency}, in {to}")


def results(
    file: FileArgument,
    home: HomeOption,
    dry: Annotated[bool, typer.Option("--dry", help="Order nothing, say what would be.")] = False,
    handset: HandsetOption = None,
    url: UrlOption = None,
) -> None:
    """Take a status report, return, notification or statement in: settle and confirm by it."""
    from tallystick.assembly import read_trust_account
    from tallystick.cli.bank.desk import open_desk
    from tallystick.cli.bank.results import LOOK, ORDER, steps_of

    message = _message(file)
    steps = steps_of(message, read_trust_account(home))
    todo = [step for step in steps if step.state == ORDER]
    refused = 0
    if todo and not dry:
        with open_desk(home, handset=handset, url=url) as desk:
            refused = _order(steps, desk.order)
    else:
        for step in steps:
            typer.echo(f"{step.state:<7} {step.what}")
    look = sum(step.state == LOOK for step in steps)
    typer.echo(f"{len(steps)} in all, {len(todo)} to order, {look} to look at, {refused} refused")
    raise typer.Exit(1 if look or refused else 0)


def recall(
    home: HomeOption,
    payment: Annotated[str, typer.Option("--payment", help="End-to-end id of a payment of ours.")],
    to: Annotated[Path, typer.Option("--to", help="The camt.056: not there yet.")],
    asks: Annotated[str, typer.Option("--asks", help="BIC of the bank that asks.")],
    asked: Annotated[str, typer.Option("--asked", help="BIC of the bank that is asked.")],
    reason: Annotated[str, typer.Option("--reason", help="A code, DUPL for example.")] = "DUPL",
) -> None:
    """Ask for one of our payments back. Nothing moves: the payee's bank decides."""
    from tallystick.assembly import policy_in_force, read_trust_account
    from tallystick.cli.bank.recalling import recall_file

    _demand_new(to)
    octets = recall_file(
        read_trust_account(home),
        payment,
        currency=policy_in_force(home).currency,
        asks=asks,
        asked=asked,
        reason=reason,
    )
    _write(to, octets)
    typer.echo(f"{payment}: recall in {to}")


def reconcile(
    file: FileArgument,
    home: HomeOption,
    account: Annotated[
        str | None, typer.Option("--account", help="Which account, when the file has several.")
    ] = None,
    offset: Annotated[
        str, typer.Option("--utc-offset", help="The bank's days: +03:00 for example.")
    ] = "+00:00",
    dry: Annotated[bool, typer.Option("--dry", help="Compare and record nothing.")] = False,
    handset: HandsetOption = None,
    url: UrlOption = None,
) -> None:
    """Compare a day's statement (camt.053) with the books, record it, write the day's document."""
    from tallystick.assembly import policy_in_force
    from tallystick.cli.bank.days import compare, end_of_day, read_statement, record
    from tallystick.cli.bank.desk import open_desk
    from tallystick.cli.bank.showing import show_day

    policy = policy_in_force(home)
    statement, digest = read_statement(file, account)
    if statement.currency != policy.currency:
        raise Misconfigured(f"is in {statement.currency}", where=str(file), allowed=policy.currency)
    until_ms = end_of_day(statement.day, offset)
    day = compare(statement, digest, home=home, until_ms=until_ms, service=policy.service_id)
    for line in show_day(day.report):
        typer.echo(line)
    if not dry:
        with open_desk(home, handset=handset, url=url) as desk:
            path, document = record(day, desk, home=home)
        typer.echo(f"recorded as entry {document.index}: {path}")
    raise typer.Exit(1 if day.outcome.breaks else 0)


def verify(
    document: Annotated[Path, typer.Argument(metavar="DOCUMENT", help="The document of a day.")],
    trust: Annotated[
        Path, typer.Option(metavar="TRUST.txt", help="The verifier keys, from elsewhere.")
    ],
    statement: Annotated[
        Path | None, typer.Option("--statement", help="The bank's file, to compare it as well.")
    ] = None,
) -> None:
    """Verify the document of a day from its file alone."""
    from tallystick.cli.bank.showing import show_day
    from tallystick.prove.certificate import TrustAnchor
    from tallystick.prove.reconciliation import OCTETS_MAX, read_document, verify_document

    verified = verify_document(
        read_document(read_at_most(document, OCTETS_MAX)),
        vkey=TrustAnchor.read(trust).checkpoint,
        statement=None if statement is None else read_at_most(statement, BANK_FILE_MAX),
    )
    for number, step in enumerate(verified.steps, 1):
        typer.echo(f"{number:>2}  {step}")
    for line in show_day(verified.report):
        typer.echo(line)


def status(home: HomeOption) -> None:
    """Say how bank and books stand: the newest reconciliation, redemptions under way."""
    from tallystick.assembly import policy_in_force, read_trust_account
    from tallystick.cli.bank.showing import show_status

    policy = policy_in_force(home)
    for line in show_status(read_trust_account(home), policy):
        typer.echo(line)


def _order(steps: Iterable[Step], order: object) -> int:
    from tallystick.cli.bank.desk import DeskRefused

    refused = 0
    for step in steps:
        try:
            for operation, body, once in step.orders:
                order(operation, body, once=once)  # type: ignore[operator]
        except DeskRefused as refusal:
            refused += 1
            typer.echo(f"refused {step.what}: {refusal}")
            continue
        typer.echo(f"{step.state:<7} {step.what}")
    return refused


def _message(file: Path) -> Message:
    from tallystick.serve.bank import BankFileRefused, read_message

    try:
        return read_message(read_at_most(file, BANK_FILE_MAX))
    except BankFileRefused as refusal:
        where = f"{file}, {refusal.where}" if refusal.where else str(file)
        raise BankFileRefused(refusal.problem, where=where, allowed=refusal.allowed) from None


def _demand_new(path: Path) -> None:
    if path.exists():
        raise Misconfigured(
            "is there already; nothing was written", where=str(path), allowed="another name"
        )


def _write(path: Path, octets: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(octets)
    except OSError as error:
        raise Misconfigured(f"cannot be written: {error.strerror}", where=str(path)) from None
