"""A file of an owner's own entries, written for a person to go on with."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.ground.errors import Misconfigured
from tallystick.ground.limits import SERVICE_FILE_MAX

LINE_MAX = 2_000
"""Characters of one text: longer ones are cut, with dots at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEntries:
    """What an import made.

    `text` is the file. `written` are the ids in it. `covered` says for what no entry was written,
    as the catalogue has it. `left_out` says what could not be taken, and why. `to_state` says what
    the owner must still fill in before the file can be used; nothing when it can be used as it is.
    """

    text: str
    written: tuple[str, ...]
    covered: tuple[str, ...]
    left_out: tuple[str, ...]
    to_state: tuple[str, ...]


def sized(text: str, *, where: str, hint: str) -> str:
    """The text of a file that can be read back. Refuses: Misconfigured when it is too long."""
    octets = len(text.encode())
    if octets > SERVICE_FILE_MAX:
        raise Misconfigured(
            f"the entries make a file of {octets} octets",
            where=where,
            allowed=f"{SERVICE_FILE_MAX}{hint}",
        )
    return text


def one_line(text: object, otherwise: str) -> str:
    """A stranger's text as one line of printable characters; `otherwise` when nothing is left.

    >>> one_line("two\\n lines\\u202e", "")
    'two lines'
    """
    if not isinstance(text, str):
        return otherwise
    kept = "".join(letter if _is_plain(letter) else " " for letter in text[: 4 * LINE_MAX])
    line = " ".join(kept.split())
    if len(line) > LINE_MAX:
        line = f"{line[: LINE_MAX - 4].rstrip()} ..."
    return line or otherwise


def _is_plain(letter: str) -> bool:
    """Neither a control, a format or direction mark, a surrogate, nor unassigned."""
    return unicodedata.category(letter)[0] != "C"


def quoted(text: str) -> str:
    """One line as a TOML string.

    >>> print(quoted('say "a\\\\b"'))
    "say \\"a\\\\b\\""
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def quoted_list(texts: Iterable[str]) -> str:
    """Lines as a TOML list of strings."""
    return f"[{', '.join(map(quoted, texts))}]"


def commented(lines: Iterable[str]) -> list[str]:
    """Lines as comments."""
    return [f"# {line}" for line in lines]
