"""The Markdown pages: their links, their anchors, and the console blocks that are marked to run.

A block that runs is fenced as `console` and stands directly under a comment:

    <!-- run -->         every command must succeed and print what stands there
    <!-- run: fails -->  the last command of the block must exit with another status than 0

A line that begins with `$ ` is a command; the lines until the next one are its output. In the output
`...` stands for any characters, and alone on a line for any lines. White space at the end of a line
does not count. The blocks of one page run in their order, in one copy of the repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"<!-- run(?P<fails>: fails)? -->\n```console\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE
)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a page, what it prints, and whether it must succeed."""

    line: str
    output: str
    succeeds: bool


def commands(page: Path) -> Iterator[Command]:
    """The commands of the page's marked blocks, in order."""
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        parts = re.split(r"^\$ ", block["body"], flags=re.MULTILINE)[1:]
        for number, part in enumerate(parts, start=1):
            line, _, output = part.partition("\n")
            last = number == len(parts)
            yield Command(line=line, output=output, succeeds=not (block["fails"] and last))


def matches(pattern: str, printed: str) -> bool:
    """Whether what was printed is what the page says, with `...` for what may differ.

    >>> matches("a ...\\n...\\nz\\n", "a 1\\nb\\nc\\nz\\n"), matches("a\\n", "a\\nb\\n")
    (True, False)
    """
    lines = [line.rstrip() for line in pattern.strip("\n").splitlines()]
    found = "\n".join(line.rstrip() for line in printed.strip("\n").splitlines())
    expression = ""
    for line in lines:
        if line.strip() == "...":
            expression += r"(?:.*\n)*?"
        else:
            expression += r".*?".join(re.escape(part) for part in line.split("...")) + r"\n"
    return re.fullmatch(expression, found + "\n" if found else "") is not None


def links(page: Path) -> Iterator[str]:
    """The targets of the page's links, without those that leave the repository."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    for found in _LINK.finditer(text):
        target = found[1] or found[2]
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(page: Path) -> set[str]:
    """The anchors that the page's headings make."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}
