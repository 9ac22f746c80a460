"""How answers look: tables of at most 100 columns, plain when nobody's terminal reads them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tallystick.ground.money import EXPONENTS, format_minor

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

COLUMNS_MAX = 100
PPM = 1_000_000
_LONG_NUMBER = re.compile(r"(?<![\w.:-])\d{4,}(?=(?:\.\d+)? [A-Z]{3}\b)")


def open_console() -> Console:
    """Standard output. Text is shown as it is: what a file says is never read as markup."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    width = min(console.width, COLUMNS_MAX) if console.is_terminal else COLUMNS_MAX
    return Console(highlight=False, markup=False, emoji=False, width=width)


def make_table(*heads: str, right: Sequence[str] = (), wrap: Sequence[str] = ()) -> Table:
    """A table without lines. Columns named in `right` hold numbers, those in `wrap` sentences.

    Every other column is as wide as its longest word needs.
    """
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for head in heads:
        table.add_column(
            head,
            justify="right" if head in right else "left",
            no_wrap=head not in wrap,
            overflow="fold",
        )
    return table


def show_heading(console: Console, text: str) -> None:
    """One line that names what follows, with room above."""
    console.print()
    console.print(text, style="bold")


def show_table(console: Console, table: Table) -> None:
    """A table; without the blanks at the ends of lines when it goes into a file or a pipe."""
    _show(console, table)


def show_text(console: Console, text: str, style: str = "") -> None:
    """Sentences, broken into lines where they are long; amounts in groups of three digits."""
    _show(console, grouped(text), style)


def _show(console: Console, what: Table | str, style: str = "") -> None:
    if console.is_terminal:
        console.print(what, style=style)
        return
    with console.capture() as capture:
        console.print(what)
    for line in capture.get().splitlines():
        console.print(line.rstrip(), soft_wrap=True)


def show_pairs(console: Console, pairs: Iterable[tuple[str, str]]) -> None:
    """A word and a sentence on each line, the sentences below one another."""
    table = make_table("", "", wrap=("",))
    table.show_header = False
    table.columns[0].no_wrap = True
    table.columns[0].style = "dim"
    before = ""
    for word, sentence in pairs:
        table.add_row("" if word == before else word, sentence)
        before = word
    show_table(console, table)


def announce(text: str) -> None:
    """What takes a while, said on standard error when somebody watches it."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)


def write_octets(octets: bytes) -> None:
    """An artefact on standard output, byte for byte: nothing before it, nothing after it."""
    import typer

    typer.echo(octets, nl=False)


def money(minor: int, currency: str) -> str:
    """An amount for people.

    >>> money(300000, "KES"), money(-5, "EUR"), money(1500000, "UGX")
    ('3,000.00 KES', '-0.05 EUR', '1,500,000 UGX')
    """
    return grouped(f"{format_minor(minor, currency)} {currency}")


def rough_money(minor: int, currency: str) -> str:
    """An estimate for people, to the whole unit: nobody knows its cents.

    >>> rough_money(14420500050, "KES")
    '144,205,000 KES'
    """
    return f"{round(minor / 10 ** EXPONENTS[currency]):,} {currency}"


def grouped(text: str) -> str:
    """A sentence with its amounts in groups of three digits.

    >>> grouped("53131.85 KES a year, 210000 UGX of work, 3600 s, R-2017 KES")
    '53,131.85 KES a year, 210,000 UGX of work, 3600 s, R-2017 KES'
    """
    return _LONG_NUMBER.sub(lambda found: f"{int(found[0]):,}", text)


def rate(ppm: int) -> str:
    """Events a year, from parts per million.

    >>> rate(244949), rate(58787800), rate(1440000000), rate(20)
    ('0.24', '59', '1,440', '0.00002')
    """
    if ppm >= 10 * PPM:
        return f"{round(ppm / PPM):,}"
    if ppm >= PPM // 100:
        return f"{ppm / PPM:.2f}"
    return f"{ppm / PPM:.6f}".rstrip("0").rstrip(".")


def counted(number: int, noun: str) -> str:
    """A number and its noun.

    >>> counted(1, "trial"), counted(2, "trial"), counted(2, "countermeasure")
    ('1 trial', '2 trials', '2 countermeasures')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
