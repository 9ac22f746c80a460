"""What is wrong with a service file, collected: a person mends a file once, not ten times."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.describe.lines import LineIndex, Path, show_path
from tallystick.ground.errors import Misconfigured
from tallystick.ground.shown import SHOWN_MAX, shown_text

_NUMBER_MAX = 10**18


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend: where, what was found there, what is allowed."""

    path: Path
    found: str
    allowed: str


class ServiceFileRefused(Misconfigured):
    """A service file with everything that is wrong with it; `problems` in the file's order."""

    def __init__(self, name: str, problems: tuple[str, ...]) -> None:
        self.problems = problems
        count = "1 thing" if len(problems) == 1 else f"{len(problems)} things"
        super().__init__("\n  ".join([f"{count} to mend:", *problems]), where=name)


class Problems:
    """Collects problems and raises them together."""

    def __init__(self, name: str, index: LineIndex) -> None:
        self._name, self._index = name, index
        self._found: list[Problem] = []

    def add(self, path: Path, found: str, allowed: str) -> None:
        self._found.append(Problem(path=path, found=found, allowed=allowed))

    def raise_any(self) -> None:
        """Refuses: ServiceFileRefused when anything was added."""
        if self._found:
            lines = [(self._index.line(problem.path) or 0, problem) for problem in self._found]
            lines.sort(key=lambda pair: pair[0])
            raise ServiceFileRefused(
                self._name, tuple(self._sentence(line, problem) for line, problem in lines)
            )

    def _sentence(self, line: int, problem: Problem) -> str:
        place = f"{self._name}:{line}" if line else self._name
        path = show_path(problem.path)
        middle = f"{shown_text(path)}: " if path else ""
        return f"{place}: {middle}{problem.found}; allowed: {problem.allowed}"


def shown(value: object) -> str:
    """A value of the file as a person recognises it, short and on one line."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) > _NUMBER_MAX:
        return "a number of too many digits"
    return shown_text(f'"{value}"' if isinstance(value, str) else str(value))


def nearest(word: str, words: Iterable[str]) -> str:
    """` (did you mean X?)` when one of the words is close, else nothing."""
    close = difflib.get_close_matches(word[:SHOWN_MAX], sorted(words), n=1, cutoff=0.6)
    return f' (did you mean "{close[0]}"?)' if close else ""
