"""The shape of a decision table: typed domains, rows, and answers in an order of strength."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tallystick.ground.errors import Defect

LATER, EARLIER = "later", "earlier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """What may be asked about one thing: a closed list of words, or whole numbers in intervals.

    `words`: the closed list; a flag is the two words `no` and `yes`. `cuts`: where each interval
    of a number starts, ascending; the last one has no end. `unit` of a number: `minor`, `s`, ...
    `stricter`: the side on which answers never get weaker, `later` or `earlier` in the order
    given here; empty when the order means nothing.
    """

    name: str
    words: tuple[str, ...] = ()
    cuts: tuple[int, ...] = ()
    unit: str = ""
    stricter: str = ""

    def __post_init__(self) -> None:
        if bool(self.words) == bool(self.cuts):
            raise Defect(f"{self.name}: a domain has words or numbers")
        ascending = list(self.cuts) == sorted(set(self.cuts))
        if len(set(self.words)) != len(self.words) or not ascending:
            raise Defect(f"{self.name}: words once each, numbers ascending")
        if self.stricter not in ("", LATER, EARLIER):
            raise Defect(f"{self.name}: stricter later or earlier, not {self.stricter!r}")

    @property
    def size(self) -> int:
        """How many cells there are: words, or intervals."""
        return len(self.words or self.cuts)

    def label(self, cell: int) -> str | int:
        """A value that stands for a cell: the word, or the lowest number of the interval."""
        return self.words[cell] if self.words else self.cuts[cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Numbers from `least` to `most`, both included; no end when `most` is None."""

    least: int
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a table answers: a word of its order of strength, and facts demanded, in order."""

    outcome: str
    facts: tuple[str, ...] = ()


Condition = tuple[str, ...] | Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule: when all conditions hold, this is the answer. A domain not named may be anything.

    `controls` put the row there; `because` says it in words, also where no control did.
    """

    id: str
    when: Mapping[str, Condition]
    then: Answer
    controls: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTable:
    """A finite function, written as rows.

    `layer`: process, application or infrastructure. `outcomes` from weak to strong. `ordered`: a
    stronger answer protects more; without it two versions of the table cannot be compared.
    """

    name: str
    layer: str
    title: str
    domains: tuple[Domain, ...]
    outcomes: tuple[str, ...]
    rows: tuple[Row, ...] = field(default_factory=tuple)
    ordered: bool = True

    def strength(self, answer: Answer) -> int:
        """The place of an answer in the order. Refuses: Defect for a word that is not in it."""
        if answer.outcome not in self.outcomes:
            raise Defect(f"{self.name} does not answer {answer.outcome!r}")
        return self.outcomes.index(answer.outcome)

    def at_least(self, one: Answer, other: Answer) -> bool:
        """Whether one answer protects at least as much as another.

        Facts that an outright refusal does not ask for are not missing.
        """
        first, second = self.strength(one), self.strength(other)
        if first == len(self.outcomes) - 1 and first > second:
            return True
        return first >= second and set(other.facts) <= set(one.facts)
