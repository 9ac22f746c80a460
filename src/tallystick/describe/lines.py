"""Where in the file a key stands: tomllib forgets it, and a person needs it."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]
"""Keys and positions (from 0) that lead to a value: `("tier", 1, "per_day")`."""

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\- \t\"']+?)\s*(\]\]?)\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_\-]+(?:\s*\.\s*[A-Za-z0-9_\-]+)*|\"[^\"]*\"|'[^']*')\s*=")
_DELIMITERS = ('"""', "'''", '"', "'")


class LineIndex:
    """Lines of the keys and table headers of a TOML text, as far as a plain scan finds them."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._scan(text)

    def line(self, path: Path) -> int | None:
        """The line (from 1) of a path, or of the nearest thing around it that was found."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return None

    def _scan(self, text: str) -> None:
        table: Path = ()
        inside = _Inside()
        for number, line in enumerate(text.split("\n"), start=1):
            if inside.nothing:
                if header := _HEADER.match(line):
                    table = self._enter(header.group(2), array=header.group(1) == "[[")
                    self._note(table, 0, number)
                    continue
                if key := _KEY.match(line):
                    self._note((*table, *_parts(key.group(1))), len(table), number)
                    line = line[key.end() :]
            inside.read(line)

    def _enter(self, name: str, *, array: bool) -> Path:
        """The path of a table header; `[[x]]` counts, and names below it mean its last one."""
        *above, last = _parts(name)
        path: Path = ()
        for part in above:
            path = self._latest((*path, part))
        path = (*path, last)
        if not array:
            return self._latest(path)
        self._counts[path] = self._counts.get(path, -1) + 1
        return (*path, self._counts[path])

    def _latest(self, path: Path) -> Path:
        return (*path, self._counts[path]) if path in self._counts else path

    def _note(self, path: Path, start: int, number: int) -> None:
        for end in range(start + 1, len(path) + 1):
            self._lines.setdefault(path[:end], number)


class _Inside:
    """Whether the scan stands inside a value that goes on over several lines."""

    def __init__(self) -> None:
        self._string = ""
        self._brackets = 0

    @property
    def nothing(self) -> bool:
        return not self._string and self._brackets <= 0

    def read(self, text: str) -> None:
        at = 0
        while at < len(text):
            at = self._end_string(text, at) if self._string else self._step(text, at)
        if len(self._string) == 1:
            self._string = ""

    def _step(self, text: str, at: int) -> int:
        if text[at] == "#":
            return len(text)
        self._brackets += (text[at] in "[{") - (text[at] in "]}")
        for delimiter in _DELIMITERS:
            if text.startswith(delimiter, at):
                self._string = delimiter
                return at + len(delimiter)
        return at + 1

    def _end_string(self, text: str, at: int) -> int:
        if text[at] == "\\" and self._string[0] == '"':
            return at + 2
        if text.startswith(self._string, at):
            at += len(self._string)
            self._string = ""
            return at
        return at + 1


def _parts(name: str) -> list[str]:
    if name[:1] in "\"'":
        return [name[1:-1]]
    return [part.strip().strip("\"'") for part in name.split(".")]


def show_path(path: Path) -> str:
    """A path as a person reads it; positions count from 1.

    >>> show_path(("tier", 1, "per_day"))
    'tier[2].per_day'
    """
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part + 1}]"
        else:
            shown += f".{part}" if shown else part
    return shown
