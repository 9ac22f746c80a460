"""keys: make a home for keys, name the people, make keys and move them on, see what there is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tallystick.cli.keys.asking import asked, call_of, handle_of
from tallystick.cli.keys.blocks import add_blocks
from tallystick.cli.keys.ceremony import add_ceremony
from tallystick.cli.keys.custody import add_custody
from tallystick.cli.keys.inventory import add_inventory
from tallystick.cli.keys.joining import add_joining
from tallystick.cli.keys.opening import ask_one, opened_module, read_passphrase
from tallystick.cli.keys.trusting import add_trusting
from tallystick.ground.errors import Misconfigured

keys = typer.Typer(
    help="Manage the keys of a payment module: life cycle, dual control, ceremonies.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

HomeArgument = Annotated[Path, typer.Argument(metavar="HOME", help="The folder of the keys.")]
KeyArgument = Annotated[
    str, typer.Argument(metavar="KEY", help="The handle of a key, or its label.")
]
RequestArgument = Annotated[Path, typer.Argument(metavar="REQUEST", help="The request file.")]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase", help="A file with the passphrase of the keys; else asked for."),
]
AsOption = Annotated[str, typer.Option("--as", metavar="NAME", help="Who you are.")]
SignerOption = Annotated[Path, typer.Option("--key", help="Your signing key.")]
ToOption = Annotated[
    Path | None,
    typer.Option("--to", help="Write a request for others to approve, instead of doing it."),
]
AskingOption = Annotated[str, typer.Option("--as", metavar="NAME", help="Who asks, for a request.")]
AskingKeyOption = Annotated[
    Path | None, typer.Option("--key", help="The signing key of who asks, for a request.")
]


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into the application."""
    for command in (init, person, people, create, show, state, approve, submit, events):
        keys.command()(command)
    keys.command("list")(list_)
    add_blocks(keys)
    add_joining(keys)
    add_ceremony(keys)
    add_custody(keys)
    add_inventory(keys)
    add_trusting(keys)
    app.add_typer(keys, name="keys")


def init(home: HomeArgument, passphrase: PassphraseOption = None) -> None:
    """Make a folder for keys, with a fresh master key sealed under a passphrase."""
    from tallystick.assembly import create_payment_home

    secret = read_passphrase(passphrase, "Passphrase of the keys (12 octets or more)")
    create_payment_home(home, secret)
    with opened_module(home, passphrase) if passphrase else _just_made(home, secret) as module:
        now = module.state()
    typer.echo(f"{home} holds the keys of module {now.master}, level {now.level}")


def person(
    name: Annotated[str, typer.Argument(help="A short name of small letters.")],
    role: Annotated[str, typer.Option("--role", help="officer, custodian or auditor.")],
    to: Annotated[
        Path | None, typer.Option("--to", help="The key file; NAME.key if not said.")
    ] = None,
    passphrase: PassphraseOption = None,
) -> None:
    """Make a person's signing key; print the lines for the file of people."""
    from tallystick.cli.keys.people import create_person

    path = to or Path(f"{name}.key")
    secret = read_passphrase(passphrase, "") if passphrase else None
    typer.echo(create_person(name, role, path, secret), nl=False)
    typer.echo(f"{path} signs as {name}: keep it to yourself. The lines are public.", err=True)


def people(
    home: HomeArgument,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The file of people; none to show.")
    ] = None,
    to: ToOption = None,
    name: AskingOption = "",
    key: AskingKeyOption = None,
    passphrase: PassphraseOption = None,
) -> None:
    """Show the people of a module, or say who they are; successors need approval."""
    from tallystick.cli.keys.people import read_people, show_people
    from tallystick.crypto.payment import Custodians, ReadCustodians, SetCustodians

    with opened_module(home, passphrase) as module:
        if file is None:
            shown = ask_one(module, ReadCustodians())
        else:
            call = SetCustodians(people=read_people(file))
            if asked(module, call, to, name, key):
                return
            shown = ask_one(module, call)
        if isinstance(shown, Custodians):
            typer.echo(show_people(shown.people) or "nobody yet: tallystick keys people HOME FILE")


def create(
    home: HomeArgument,
    usage: Annotated[str, typer.Option("--usage", help="Two characters of X9.143, such as P0.")],
    algorithm: Annotated[str, typer.Option("--algorithm", help="Such as AES_128.")],
    mode: Annotated[str, typer.Option("--mode", help="One character of X9.143, such as B.")],
    exportability: Annotated[str, typer.Option("--exportability", help="E, N or S.")] = "N",
    domain: Annotated[str, typer.Option("--domain", help="test or production.")] = "test",
    label: Annotated[str, typer.Option("--label", help="What people call it.")] = "",
    days: Annotated[int, typer.Option("--days", min=0, help="Its cryptoperiod; 0 for none.")] = 0,
    to: ToOption = None,
    name: AskingOption = "",
    key: AskingKeyOption = None,
    passphrase: PassphraseOption = None,
) -> None:
    """Create a symmetric key inside of the module."""
    from tallystick.cli.keys.showing import show_key
    from tallystick.crypto.payment import CreateKey, KeyView

    call = call_of(
        CreateKey,
        usage=usage,
        algorithm=algorithm,
        mode=mode,
        exportability=exportability,
        domain=domain,
        label=label,
        expires_ms=_in_days(days),
    )
    with opened_module(home, passphrase) as module:
        if not asked(module, call, to, name, key):
            made = ask_one(module, call)
            if isinstance(made, KeyView):
                typer.echo(show_key(made))


def list_(home: HomeArgument, passphrase: PassphraseOption = None) -> None:
    """List the keys of a home: handle, usage, algorithm, state, domain, check value, label.

    Of a service's home: purpose, algorithm, where the key is used, check value.
    """
    from tallystick.assembly import has_own_keys, has_payment_keys
    from tallystick.cli.keys.showing import every_key, key_line
    from tallystick.cli.own_keys import own_key_list

    if has_own_keys(home) and not has_payment_keys(home):
        secret = None if passphrase is None else read_passphrase(passphrase, "")
        for line in own_key_list(home, secret):
            typer.echo(line)
        return
    with opened_module(home, passphrase) as module:
        for view in every_key(module):
            typer.echo(key_line(view))


def show(home: HomeArgument, key: KeyArgument, passphrase: PassphraseOption = None) -> None:
    """Show everything about one key but the key."""
    from tallystick.cli.keys.showing import show_key
    from tallystick.crypto.payment import DescribeKey, KeyView

    with opened_module(home, passphrase) as module:
        view = ask_one(module, call_of(DescribeKey, key=handle_of(module, key)))
        if isinstance(view, KeyView):
            typer.echo(show_key(view))


def state(
    home: HomeArgument,
    key: KeyArgument,
    state: Annotated[
        str,
        typer.Argument(
            metavar="STATE",
            help="active, suspended, expired, archived, compromised or destroyed.",
        ),
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.")],
    days: Annotated[
        int, typer.Option("--days", help="Announce destruction, so many days ahead.")
    ] = 0,
    to: ToOption = None,
    name: AskingOption = "",
    signer: AskingKeyOption = None,
    passphrase: PassphraseOption = None,
) -> None:
    """Move a key on in its life."""
    from tallystick.cli.keys.showing import key_line
    from tallystick.crypto.payment import ChangeState, KeyView

    with opened_module(home, passphrase) as module:
        handle = handle_of(module, key)
        call = call_of(ChangeState, key=handle, to=state, reason=reason, days=days)
        if not asked(module, call, to, name, signer):
            moved = ask_one(module, call)
            if isinstance(moved, KeyView):
                typer.echo(key_line(moved))


def approve(request: RequestArgument, name: AsOption, key: SignerOption) -> None:
    """Read a request and sign it; the file gets the signature."""
    from tallystick.cli.keys.people import sign_approval
    from tallystick.cli.keys.requests import read_request, show_request, write_request
    from tallystick.crypto.payment import statement

    module, call = read_request(request)
    if name in {one.name for one in call.approvals}:
        raise Misconfigured(f"{name} signed already", where=str(request))
    call.approvals.append(sign_approval(statement(call, module=module), name=name, key_file=key))
    write_request(request, module, call, new=False)
    typer.echo(show_request(module, call))


def submit(
    home: HomeArgument, request: RequestArgument, passphrase: PassphraseOption = None
) -> None:
    """Have the module do what a request asks, once enough people have signed it."""
    from tallystick.cli.keys.requests import read_request
    from tallystick.cli.keys.showing import show_answer

    _, call = read_request(request)
    with opened_module(home, passphrase) as module:
        typer.echo(show_answer(ask_one(module, call)))


def events(
    home: HomeArgument,
    after: Annotated[int, typer.Option("--after", help="Only those after this entry.")] = 0,
    passphrase: PassphraseOption = None,
) -> None:
    """Tell what was done to keys and by whom, oldest first."""
    from tallystick.cli.keys.showing import every_event

    with opened_module(home, passphrase) as module:
        for line in every_event(module, after=after):
            typer.echo(line)


def _in_days(days: int) -> int | None:
    import time

    from tallystick.ground.clock import DAY_MS

    return None if days == 0 else time.time_ns() // 1_000_000 + days * DAY_MS


def _just_made(home: Path, secret: Any) -> Any:
    from tallystick.assembly import open_payment_module

    return open_payment_module(home, secret)
