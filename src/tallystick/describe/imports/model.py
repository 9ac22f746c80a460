"""What an import gives, and the notes that it takes while it reads."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A service file, and what a person has to know about how it came about.

    `guessed`: what was mapped by a rule of thumb. `left_out`: what has no place in a service file.
    `to_state`: what the model cannot know, taken from the kind of service.
    """

    text: str
    guessed: tuple[str, ...]
    left_out: tuple[str, ...]
    to_state: tuple[str, ...]


@dataclass(slots=True)
class Notes:
    """Collects what is to be told; counts what would be told too often."""

    guessed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    _attributes: dict[tuple[str, str], int] = field(default_factory=dict)

    def attribute(self, of: str, name: str) -> None:
        """An attribute of many things that has no place."""
        self._attributes[of, name] = self._attributes.get((of, name), 0) + 1

    def all_left_out(self) -> tuple[str, ...]:
        counted = (
            f"{name} of {of} ({count})" for (of, name), count in sorted(self._attributes.items())
        )
        return (*self.left_out, *counted)
