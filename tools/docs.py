"""The pages that are made from the code: `python -m tools.docs write` or `check`.

Clauses and glossary come from the catalogue, the rooms from their cards, the command line from its
own help, the OpenAPI document from the table of endpoints.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

from tools.cards import FLOORS, LINES, ROOT, Card, rooms
from tools.payment_cryptography import render_payment_cryptography

DOCS = ROOT / "docs"
_INSTALLED = re.compile(r"\s+\[default:\s+/(?:[^\s/]+/)*([^\s/]+)\]")
"""A default that is a file of the package: where it lies differs from machine to machine."""
MADE = "<!-- Made by `make docs`: edit the code that it comes from, not this page. -->"


def pages() -> dict[Path, str]:
    """Every generated page and what must stand there."""
    from tallystick.standard import clause_pages, load_catalogue, render_glossary

    made = {DOCS / "clauses" / name: text for name, text in clause_pages(load_catalogue()).items()}
    made[DOCS / "glossary.md"] = render_glossary()
    made[DOCS / "rooms.md"] = render_rooms([room.card() for room in rooms()])
    made[DOCS / "reference" / "command-line.md"] = render_command_line()
    made[DOCS / "reference" / "openapi.json"] = render_openapi()
    made[DOCS / "reference" / "payment-cryptography.md"] = render_payment_cryptography(MADE)
    return made


def render_openapi() -> str:
    """The file docs/reference/openapi.json: what GET /v1/openapi.json answers, laid out."""
    from tallystick.serve import openapi_document

    return json.dumps(openapi_document(), indent=2, ensure_ascii=False) + "\n"


def render_rooms(cards: list[Card]) -> str:
    """The page docs/rooms.md: the cards, from the top floor down."""
    parts = [
        "# Rooms",
        MADE,
        "Every room's card, from the top floor down. [Floors](floors.md) has the rules.",
    ]
    for floor in reversed(FLOORS):
        found = [card for card in cards if card.room.split("/")[0] == floor]
        parts += [_render_card(card) for card in found]
    return "\n\n".join(parts) + "\n"


def _render_card(card: Card) -> str:
    depth = "##" if "/" not in card.room else "###"
    rows = [f"| {name.lower()} | {_cell(card.lines.get(name, ''))} |" for name in LINES]
    return "\n".join(
        [f"{depth} `{card.room}`", "", _escaped(card.promise), "", "| | |", "|---|---|", *rows]
    )


def render_command_line() -> str:
    """The page docs/reference/command-line.md: the help of every command."""
    parts = [
        "# Command line",
        MADE,
        "Exit status: 0 when everything that must hold holds, 1 when something was refused or "
        "does not hold, 2 when you can mend it, 70 when it is our fault. `python -m tallystick` is "
        "the same command.",
    ]
    overview = _help("")
    parts.append(f"## `tallystick`\n\n```text\n{overview}\n```")
    for command in _commands(overview):
        told = _help(command)
        parts.append(f"## `tallystick {command}`\n\n```text\n{told}\n```")
        for inner in _commands(told):
            words = f"{command} {inner}"
            parts.append(f"### `tallystick {words}`\n\n```text\n{_help(words)}\n```")
    return "\n\n".join(parts) + "\n"


def _commands(told: str) -> list[str]:
    """The commands that a help text lists."""
    return re.findall(r"^  ([a-z]+)  ", told.partition("Commands:")[2], re.MULTILINE)


def _help(command: str) -> str:
    """What a command says of itself, asked in this process: one start instead of one for each."""
    os.environ |= {"LC_ALL": "C.UTF-8", "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    from tallystick.cli.app import app

    said = io.StringIO()
    with redirect_stdout(said):
        try:
            app([*command.split(), "--help"], prog_name="tallystick")
        except SystemExit as end:
            if end.code:
                raise RuntimeError(f"{command} --help ended with {end.code}") from None
    text = _INSTALLED.sub(r"  [default: \1]", said.getvalue().strip())
    return "\n".join(line.rstrip() for line in text.splitlines())


def _cell(text: str) -> str:
    return _escaped(text).replace("|", "\\|")


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;")


def _out_of_step(made: dict[Path, str]) -> Iterator[str]:
    for path, text in made.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield path.relative_to(ROOT).as_posix()
    for path in (DOCS / "clauses").glob("*.md"):
        if path not in made:
            yield f"{path.relative_to(ROOT).as_posix()} (nothing makes it)"


def main(arguments: list[str]) -> int:
    made = pages()
    if arguments == ["write"]:
        for path, text in made.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        print(f"wrote {len(made)} pages")
        return 0
    if arguments == ["check"]:
        stale = list(_out_of_step(made))
        for name in stale:
            print(f"out of step: {name}")
        return 1 if stale else 0
    print("usage: python -m tools.docs write|check", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
