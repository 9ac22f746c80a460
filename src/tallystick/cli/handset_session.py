"""A handset in a file, opened for one command: PIN from a prompt or a file, orders confirmed."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.ground.money import Amount
    from tallystick.ground.secret import Secret
    from tallystick.handset import Answer, Handset

StateOption = Annotated[
    Path, typer.Option("--state", help="The handset's file, which `handset enrol` writes.")
]
UrlOption = Annotated[
    str | None, typer.Option("--url", help="Where the service is now; by default where it was.")
]
PinOption = Annotated[
    Path | None,
    typer.Option("--pin-file", help="A file with the PIN; by default it is asked for."),
]
NoPinOption = Annotated[
    bool, typer.Option("--no-pin", help="Send no PIN: for amounts below the step-up.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Confirm what is shown without asking.")]
CurrencyOption = Annotated[
    str | None, typer.Option("--currency", help="By default the service's own.")
]
PIN_FILE_MAX = 64


@contextmanager
def opened(state: Path, *, url: str | None = None, yes: bool = False) -> Iterator[Handset]:
    """The handset of a file; whatever happens, its counter is kept.

    Refuses: Misconfigured for a file that is not there or that others can read.
    """
    from tallystick.ground.clock import SystemClock
    from tallystick.handset import AnswerLost, Handset, Refusal, load_state, save_state

    handset = Handset.restore(
        load_state(state),
        clock=SystemClock(),
        base_url=url,
        confirm=_confirm_all if yes else _confirm,
    )
    before = set(handset.unanswered)
    try:
        yield handset
    except (AnswerLost, Refusal):
        typer.echo(_what_is_left(state, handset.unanswered, before), err=True)
        raise
    finally:
        save_state(state, handset.state())
        handset.close()


def _what_is_left(state: Path, unanswered: Iterable[str], before: set[str]) -> str:
    """What to do about the order of a command that got no answer."""
    retry = f"tallystick handset retry --state {state}"
    if set(unanswered) - before:
        return (
            "The order was sent and may have been taken. Do not make it anew: "
            f"{retry} sends the same one, with one effect."
        )
    if before:
        return f"Nothing new was ordered. An order from before has no answer yet: {retry}."
    return "Nothing new was ordered."


def ask_pin(file: Path | None, *, prompt: str = "PIN: ") -> Secret:
    """A PIN from a file, or from whoever sits there; never from the command line.

    Refuses: Misconfigured when there is nobody to ask; Malformed for what is no PIN.
    """
    from tallystick.handset import read_pin

    if file is not None:
        try:
            with file.open("rb") as opened_file:
                text = opened_file.read(PIN_FILE_MAX).decode("ascii", "replace")
        except OSError as error:
            raise Misconfigured(f"cannot be read: {error.strerror}", where=str(file)) from None
        return read_pin(text.strip())
    if not sys.stdin.isatty():
        raise Misconfigured("nobody to ask for the PIN", allowed="--pin-file FILE")
    return read_pin(getpass.getpass(prompt))


def pin_unless(no_pin: bool, file: Path | None) -> Secret | None:
    """The PIN, or none where the order shall go without."""
    return None if no_pin else ask_pin(file)


def amount_of(handset: Handset, text: str, currency: str | None = None) -> Amount:
    """An amount as people write it, by default in the service's currency.

    Refuses: Misconfigured.
    """
    from tallystick.ground.money import parse_amount

    return parse_amount(text, currency or handset.service().currency, where="AMOUNT")


def tell(answer: Answer) -> None:
    """Say what became of an order; one that was refused ends the command with 1."""
    say(answer)
    if not answer.accepted:
        raise typer.Exit(1)


def say(answer: Answer) -> None:
    """Say what became of an order."""
    typer.echo("accepted" if answer.accepted else f"refused: {answer.code}")
    leaf = answer.leaf
    if answer.accepted and leaf["postings"] is not None:
        typer.echo(f"order {leaf['device']}.{leaf['request']}")
    typer.echo(f"leaf {answer.index} of the log, under a checkpoint of {answer.checkpoint.size}")
    if answer.data is not None:
        typer.echo(json.dumps(answer.data, indent=2, ensure_ascii=False))


def _confirm(shown: str) -> bool:
    typer.echo(shown)
    if not sys.stdin.isatty():
        raise Misconfigured("nobody to confirm the order", allowed="--yes")
    return typer.confirm("Sign this?")


def _confirm_all(shown: str) -> bool:
    typer.echo(shown)
    return True
