"""Reading and writing the files that a command is given: sizes bounded, nothing written over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import typer

from tallystick.ground.errors import Misconfigured

SHOWN = 8


def read_at_most(path: Path, most: int) -> bytes:
    """The octets of a file, one more than `most` when it is longer: whoever reads them refuses.

    Refuses: Misconfigured for a file that cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise Misconfigured(error.strerror or "cannot be read", where=str(path)) from None


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet. Refuses: Misconfigured."""
    try:
        with path.open("x", encoding="utf-8") as written:
            written.write(text)
    except FileExistsError:
        raise Misconfigured(
            "is there already; nothing was written", where=str(path), allowed="another name"
        ) from None
    except OSError as error:
        raise Misconfigured(f"cannot be written: {error.strerror}", where=str(path)) from None


def give(
    text: str,
    output: Path | None,
    told: Iterable[tuple[str, Sequence[str]]],
    *,
    shown: int | None = SHOWN,
) -> None:
    """A text to a new file or standard output, and what there is to say about it on standard error:
    the text itself may be standard output. `shown`: most lines of each part; None for all."""
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_new(output, text)
    for head, lines in told:
        typer.echo(f"{head}: {len(lines)}", err=True)
        for line in lines[:shown]:
            typer.echo(f"  {line}", err=True)
        if shown is not None and len(lines) > shown:
            typer.echo(f"  and {len(lines) - shown} more", err=True)
