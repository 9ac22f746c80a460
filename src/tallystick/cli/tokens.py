"""tokens: a vault of payment tokens: made, asked under its rules, brought under another key."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.ground.errors import Defect, Misconfigured

if TYPE_CHECKING:
    from tallystick.assembly import VaultHome
    from tallystick.crypto.payment import PaymentModule
    from tallystick.protect.tokens import Asker

    Members = dict[str, str | int | Sequence[str]]

tokens = typer.Typer(
    name="tokens",
    help="A vault of payment tokens: account numbers sealed, tokens that are good in one domain.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

VaultArgument = Annotated[Path, typer.Argument(metavar="VAULT", help="The folder of the vault.")]
DomainArgument = Annotated[str, typer.Argument(metavar="DOMAIN", help="Such as merchant:m-17.")]
TokensArgument = Annotated[list[str], typer.Argument(metavar="TOKEN...", help="One or more.")]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase", help="A file with the passphrase of the keys; else asked for."),
]
AsOption = Annotated[str, typer.Option("--as", metavar="PARTY", help="Who asks; it is recorded.")]
ForOption = Annotated[str, typer.Option("--for", metavar="PURPOSE", help="What for; recorded too.")]
_PARTY_MAX, _PANS_MAX = 140, 100_000


def add_commands(app: typer.Typer) -> None:
    for command in (init, domain, rule, tokenise, detokenise, mask, state, rotate, facts):
        tokens.command()(command)
    app.add_typer(tokens)


def init(
    vault: VaultArgument,
    keys: Annotated[Path, typer.Option("--keys", help="The folder of `keys init`.")],
    sealing: Annotated[
        str, typer.Option("--sealing", help="A field-sealing key (11, AES_256, B); else made.")
    ] = "",
    index: Annotated[
        str, typer.Option("--index", help="A key for digests (M7, HMAC_SHA256, G); else made.")
    ] = "",
    store: Annotated[
        str,
        typer.Option("--store", help="Keep the rows in a database: postgresql://user@host/name."),
    ] = "",
    passphrase: PassphraseOption = None,
) -> None:
    """Make a vault: its settings, and two keys of the test domain unless you name others.

    Keys of the production domain are made by people who approve: `keys create --domain production`.
    """
    from tallystick.assembly import create_vault_file, read_vault_file
    from tallystick.cli.keys import opened_module

    with opened_module(keys, passphrase) as module:
        sealing = _key(module, sealing, "11", "AES_256", "B", label="vault sealing")
        index = _key(module, index, "M7", "HMAC_SHA256", "G", label="vault index")
    create_vault_file(vault, keys=keys, sealing=sealing, index=index, store=store)
    typer.echo(f"{vault} is {read_vault_file(vault).id}: sealing key {sealing}, index key {index}")


def domain(
    vault: VaultArgument,
    name: DomainArgument,
    prefix: Annotated[str, typer.Option("--prefix", help="What its tokens begin with.")],
    maker: Annotated[list[str], typer.Option("--maker", help="Who may have tokens made.")],
    keeper: Annotated[
        list[str] | None, typer.Option("--keeper", help="Who may suspend and delete tokens.")
    ] = None,
    length: Annotated[int, typer.Option("--length", help="Digits of a token.")] = 16,
    days: Annotated[int, typer.Option("--days", help="How long a token lives; 0 for good.")] = 0,
) -> None:
    """Add a domain of tokens to the settings."""
    from tallystick.assembly import add_to_vault_file

    members: Members = {"name": name, "prefix": prefix, "length": length, "days": days,
               "makers": _parties(maker), "keepers": _parties(keeper or [])}  # fmt: skip
    settings = add_to_vault_file(vault, "domain", members)
    typer.echo(f"{len(settings.domains)} domain(s), {len(settings.rules)} rule(s)")


def rule(
    vault: VaultArgument,
    party: AsOption,
    purpose: ForOption,
    domains: Annotated[
        list[str], typer.Option("--domain", help="A domain, or its beginning and a *.")
    ],
    per_day: Annotated[int, typer.Option("--per-day", help="How many in a day of UTC.")],
    whole: Annotated[bool, typer.Option("--whole", help="Whole numbers, not masked ones.")] = False,
) -> None:
    """Add a rule to the settings: who may have account numbers, for what, and how many."""
    from tallystick.assembly import add_to_vault_file

    (who,), (what,) = _parties([party]), _parties([purpose])
    members: Members = {
        "party": who, "purpose": what, "domains": _parties(domains), "per_day": per_day,
        "whole": whole,
    }  # fmt: skip
    settings = add_to_vault_file(vault, "rule", members)
    typer.echo(f"{len(settings.domains)} domain(s), {len(settings.rules)} rule(s)")


def tokenise(
    vault: VaultArgument, domain: DomainArgument, party: AsOption,
    passphrase: PassphraseOption = None,
) -> None:  # fmt: skip
    """Read account numbers, one on a line, and print the token of each.

    They are read from standard input, so that none stands in a list of processes or a history.
    """
    from tallystick.protect.tokens import Pan

    (who,) = _parties([party])
    with _opened(vault, passphrase) as home:
        for digits in _pans():
            typer.echo(home.vault.tokenise(Pan(digits), domain, by=who))


def detokenise(
    vault: VaultArgument, domain: DomainArgument, given: TokensArgument, party: AsOption,
    purpose: ForOption, passphrase: PassphraseOption = None,
) -> None:  # fmt: skip
    """Print the account number of each token, where a rule gives it whole; each is recorded."""
    asker = _asker(party, purpose)
    with _opened(vault, passphrase) as home:
        _each(given, lambda one: home.vault.detokenise(one, domain, asker=asker).digits)


def mask(
    vault: VaultArgument, domain: DomainArgument, given: TokensArgument, party: AsOption,
    purpose: ForOption, passphrase: PassphraseOption = None,
) -> None:  # fmt: skip
    """Print what may be shown of the account number of each token; each is recorded."""
    asker = _asker(party, purpose)
    with _opened(vault, passphrase) as home:
        _each(given, lambda one: home.vault.show(one, domain, asker=asker))


def state(
    vault: VaultArgument,
    domain: DomainArgument,
    token: Annotated[str, typer.Argument(metavar="TOKEN")],
    to: Annotated[str, typer.Argument(metavar="STATE", help="active, suspended or deleted.")],
    party: AsOption,
    passphrase: PassphraseOption = None,
) -> None:
    """Suspend a token, make it active again, or delete it for good."""
    from tallystick.protect.tokens import TokenState

    if to not in set(TokenState):
        raise Misconfigured(f"no such state: {to}", allowed=", ".join(TokenState))
    (who,) = _parties([party])
    with _opened(vault, passphrase) as home:
        home.vault.change_state(token, domain, TokenState(to), by=who)
    typer.echo(f"{token} is {to}")


def rotate(
    vault: VaultArgument,
    to: Annotated[
        str, typer.Option("--to", help="The key to seal under from now on; else one is made.")
    ] = "",
    go_on: Annotated[
        bool, typer.Option("--go-on", help="Stay with the key of the settings: after a break.")
    ] = False,
    passphrase: PassphraseOption = None,
) -> None:
    """Seal every row under another key; no account number leaves the module for it."""
    from tallystick.assembly import name_sealing_key, open_vault_home, read_vault_file
    from tallystick.cli.keys import opened_module

    if to and go_on:
        raise Misconfigured("one of the two", allowed="--to KEY, or --go-on")
    before = read_vault_file(vault)
    with opened_module(before.keys, passphrase) as module:
        if not go_on:
            with open_vault_home(vault, module):  # whether it is ours to change
                key = _key(module, to, "11", "AES_256", "B", label="vault sealing")
            name_sealing_key(vault, key)
        with open_vault_home(vault, module) as home:
            for progress in home.rows.rotate():
                typer.echo(f"{progress.seen} seen, {progress.resealed} sealed anew")
        told = f"under {home.settings.sealing}"
        if not progress.old_keys_may_go:
            broken = f"{progress.overtaken} changed meanwhile, {progress.refused} do not open"
            raise Misconfigured(f"not every row is {told}: {broken}", where=str(vault),
                                allowed="tallystick tokens rotate --go-on")  # fmt: skip
    typer.echo(f"every row is {told}; nothing needs an older key")


def facts(
    vault: VaultArgument,
    after: Annotated[int, typer.Option("--after", help="Only those after this entry.")] = 0,
) -> None:
    """Tell what the vault did and for whom, oldest first; whether it is whole is checked."""
    from contextlib import closing

    from tallystick.assembly import VaultJournal, read_vault_file
    from tallystick.ground.clock import iso_instant

    with closing(VaultJournal(vault, read_vault_file(vault).id)) as journal:
        for told in journal.after(after):
            detail = " ".join(f"{name}={value}" for name, value in told.fact.detail.items())
            when = iso_instant(told.fact.at_ms)
            typer.echo(f"{told.sequence} {when} {told.fact.kind} {told.fact.subject} {detail}")


@contextmanager
def _opened(vault: Path, passphrase: Path | None) -> Iterator[VaultHome]:
    from tallystick.assembly import open_vault_home, read_vault_file
    from tallystick.cli.keys import opened_module

    with (
        opened_module(read_vault_file(vault).keys, passphrase) as module,
        open_vault_home(vault, module) as home,
    ):
        yield home


def _each(given: list[str], ask: Callable[[str], str]) -> None:
    for one in given:
        typer.echo(ask(one))


def _key(
    module: PaymentModule, given: str, usage: str, algorithm: str, mode: str, *, label: str
) -> str:
    """The handle of a key that was named; else of a new one of the test domain."""
    from tallystick.cli.keys import ask_one, handle_of
    from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
    from tallystick.crypto.payment import CreateKey, KeyView

    if given:
        return handle_of(module, given)
    made = ask_one(
        module,
        CreateKey(
            usage=KeyUsage(usage), algorithm=KeyAlgorithm(algorithm), mode=KeyMode(mode),
            label=label,
        ),
    )  # fmt: skip
    if not isinstance(made, KeyView):
        raise Defect("the module answered something else")
    return made.key


def _pans() -> list[str]:
    """From standard input; typed ones are not shown."""
    if sys.stdin.isatty():
        return [typer.prompt("Account number", hide_input=True).strip()]
    text = sys.stdin.read(_PANS_MAX * 20 + 1)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _PANS_MAX or len(text) > _PANS_MAX * 20:
        raise Misconfigured("too many account numbers", allowed=f"{_PANS_MAX} at a time")
    return lines


def _asker(party: str, purpose: str) -> Asker:
    from tallystick.protect.tokens import Asker

    who, what = _parties([party, purpose])
    return Asker(party=who, purpose=what)


def _parties(words: list[str]) -> list[str]:
    """Words that go into facts: such as can be read again."""
    for word in words:
        if not (word.isprintable() and 1 <= len(word) <= _PARTY_MAX):
            raise Misconfigured("not a name", allowed=f"1 to {_PARTY_MAX} printable characters")
    return words
