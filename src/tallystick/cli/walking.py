"""walk: one real payment, told room by room."""

from __future__ import annotations

import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tallystick.cli.running import FileArgument
from tallystick.cli.showing import COLUMNS_MAX, money, open_console

if TYPE_CHECKING:
    from rich.console import Console

    from tallystick.cli.journey import Walked
    from tallystick.cli.waypoints import Waypoint
    from tallystick.decide.policy import SecurityPolicy
    from tallystick.ground.money import Amount

EXAMPLE_NAMES = Path(__file__).parent / "rehearsal" / "names.jsonl"
_INDENT = 19


def add_commands(app: typer.Typer) -> None:
    """Hang the command into the application."""
    app.command()(walk)


def walk(
    file: FileArgument,
    payment: Annotated[
        Literal["remote", "merchant", "bank"] | None,
        typer.Option(help="Which way of paying. [default: the first that the service offers]"),
    ] = None,
    amount: Annotated[
        str | None,
        typer.Option(help="In the service's currency, such as 2000.00. [default: half the limit]"),
    ] = None,
    refuse: Annotated[
        Literal["wrong-pin", "over-limit", "listed"] | None,
        typer.Option(help="Make a payment that must be refused for this reason."),
    ] = None,
    names: Annotated[
        Path,
        typer.Option(
            "--names", help="The screening list; an invented one comes along.", show_default=False
        ),
    ] = EXAMPLE_NAMES,
) -> None:
    """Make one real payment on this machine and tell what every room asked and found."""
    from tallystick.cli.journey import choose, make_payment
    from tallystick.cli.planning import plan
    from tallystick.cli.waypoints import follow

    policy = plan(file)
    asked = choose(policy, payment, amount=_amount(amount, policy.currency), refuse=refuse)
    teller = Teller(open_console())
    teller.line(f"{policy.service_id}, {asked.rule.operation}, policy {policy.digest[:19]}", "bold")
    teller.gap()
    with tempfile.TemporaryDirectory(prefix="tallystick-walk-") as folder:
        walked = make_payment(
            policy, asked, home=Path(folder) / "home", names=names, say=teller.say
        )
    way = follow(walked.entry, rule=asked.rule)
    tell_way(teller, policy, walked, way)
    tell_books(teller, policy, walked)
    tell_receipt(teller, walked)
    if not conclude(teller, walked):
        raise typer.Exit(1)


def _amount(text: str | None, currency: str) -> Amount | None:
    from tallystick.ground.money import parse_amount

    return None if text is None else parse_amount(text, currency, where="--amount")


class Teller:
    """Writes lines of at most a hundred columns, as things happen."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def line(self, text: str, style: str = "") -> None:
        self._console.print(text, style=style, soft_wrap=True)

    def gap(self) -> None:
        self._console.print()

    def say(self, word: str, text: str, style: str = "") -> None:
        """A word, and beside it a sentence, under itself where it is long."""
        indent = " " * _INDENT
        lines = textwrap.wrap(text, COLUMNS_MAX - _INDENT, break_on_hyphens=False) or [""]
        self.line(f"{word:<{_INDENT}}{lines[0]}", style)
        for more in lines[1:]:
            self.line(f"{indent}{more}", style)

    def note(self, text: str, style: str = "") -> None:
        """A sentence under the one before."""
        self.say("", text, style)


def tell_way(teller: Teller, policy: SecurityPolicy, walked: Walked, way: list[Waypoint]) -> None:
    """Every room in order, from the edge to the log."""
    from tallystick.cli.waypoints import Passed

    teller.gap()
    teller.say("1 serve/api", "is it a message, and no longer than one may be?", "bold")
    teller.note(f"{walked.sent:,} octets to {walked.path}, which nobody at the edge can open")
    for number, point in enumerate(way, start=2):
        missed = point.passed is Passed.NOT_REACHED
        teller.say(f"{number} {point.room}", point.question, "dim" if missed else "bold")
        _tell_point(teller, policy, walked, point)
    teller.say(f"{len(way) + 2} prove/evidence", "does it stand in the log for good?", "bold")
    at = walked.answer
    teller.note(f"+ leaf {at.index} of a tree of {at.checkpoint.size}, in the payment's own commit")


def _tell_point(teller: Teller, policy: SecurityPolicy, walked: Walked, point: Waypoint) -> None:
    from tallystick.cli.waypoints import Passed, clauses_of, detail_of
    from tallystick.standard import load_catalogue

    fact = point.fact
    if fact is None:
        teller.note(f"{point.passed.value} ({point.kind})", "dim")
        return
    clauses = clauses_of(fact, policy=policy, catalogue=load_catalogue())
    if point.passed is Passed.NOTCHED:
        detail = detail_of(fact, currency=policy.currency)
        said = f"+ {fact.kind} · {fact.control} · {clauses}"
        teller.note(f"{said} · {detail}" if detail else said, "green")
        return
    detail = detail_of(fact, currency=policy.currency, without=("reason", "why"))
    teller.note("x the walk ends here", "red")
    teller.note(f"the outsider is told: {walked.answer.code}", "red")
    reason = " ".join(str(fact.detail[key]) for key in ("reason", "why")).strip()
    teller.note(f"the tally says: {reason}" + (f" ({detail})" if detail else ""), "red")
    teller.note(f"+ {fact.kind} · {fact.control} · {clauses}")


def tell_books(teller: Teller, policy: SecurityPolicy, walked: Walked) -> None:
    """What the books say of it."""
    teller.gap()
    posting = walked.posting
    if posting is None:
        teller.say("books", "nothing was posted")
        return
    held = posting.kind == "hold"
    teller.say("books", f"{'reserved' if held else 'posted'} as transfer {posting.seq}")
    teller.note(f"debit   {posting.debit}")
    teller.note(f"credit  {posting.credit}" + (" when the bank has paid" if held else ""))
    teller.note(f"amount  {money(posting.amount_minor, policy.currency)}")


def tell_receipt(teller: Teller, walked: Walked) -> None:
    """What the handset got, and what it checked by itself."""
    answer = walked.answer
    teller.gap()
    teller.say("receipt", f"{walked.received:,} octets, sealed to the device; {walked.took_ms} ms")
    teller.note(f"leaf {answer.index}, tree size {answer.checkpoint.size}, under this checkpoint:")
    for line in answer.note.splitlines():
        if line:
            teller.line(f"{'':<{_INDENT}}| {_short(line)}")
    teller.say("handset", f"verified: the checkpoint is signed by {walked.verifier}")
    hashes = len(answer.path)
    plural = "es lead" if hashes != 1 else " leads"
    teller.note(f"verified: {hashes} hash{plural} from the leaf to the checkpoint's root")
    leaf = answer.leaf
    teller.note(
        f"verified: the leaf is about its own request and says {leaf['outcome']}, {leaf['code']}"
    )


def conclude(teller: Teller, walked: Walked) -> bool:
    """The last line; whether the payment went as the arguments imply."""
    code, expected = walked.answer.code, walked.asked.expected
    said = "accepted" if walked.answer.accepted else f"refused: {code}"
    teller.gap()
    if code == expected:
        teller.line(f"{said}, as it must be", "bold")
        return True
    wanted = "accepted" if expected == "ok" else f"refused with {expected}"
    teller.line(f"{said}; it was to be {wanted}", "bold red")
    return False


def _short(line: str) -> str:
    room = COLUMNS_MAX - _INDENT - 2
    return line if len(line) <= room else f"{line[: room - 3]}..."
