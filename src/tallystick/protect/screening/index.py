"""The screening index: which listed parties a name may mean.

A name that scores needs at least one related word of weight (scoring.agree), so the names that
share one are all the candidates there are; the bound then drops candidates that cannot reach the
threshold even if everything still open agreed. Both steps leave no match out:
tests/properties/test_screening_index.py holds the index against comparing with every name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.ground.errors import Misconfigured
from tallystick.ground.limits import NAME_CHARACTERS_MAX
from tallystick.protect.screening.candidates import Candidates
from tallystick.protect.screening.lists import ListedName, ListEntry, ListVersion
from tallystick.protect.screening.names import ComparableName, NameUnscreenable, comparable_names
from tallystick.protect.screening.postings import Postings
from tallystick.protect.screening.qualifiers import CONFIRMING_MAX, qualify
from tallystick.protect.screening.scoring import TokenMatch, agree
from tallystick.protect.screening.vocabulary import Vocabulary

MATCH_PERMILLE_MIN = 700
"""Below this, initials alone could carry a match, and retrieval would no longer be complete."""
ANSWERS_MAX = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A listed party that a name may mean.

    `name_permille` is how far the names agree, `permille` the same after the qualifiers.
    """

    uid: str
    listed: str
    program: str
    permille: int
    name_permille: int
    evidence: tuple[TokenMatch, ...]
    qualifiers: tuple[str, ...]


class ScreeningIndex:
    """One edition of a list, ready to be asked. Answers are remembered per name."""

    __slots__ = (
        "_answers",
        "_comparable",
        "_least",
        "_names",
        "_postings",
        "_vocabulary",
        "match_permille",
        "version",
    )

    def __init__(
        self,
        names: list[tuple[ListEntry, ListedName, ComparableName]],
        *,
        version: ListVersion,
        match_permille: int,
    ) -> None:
        self.version = version
        self.match_permille = match_permille
        self._least = match_permille - CONFIRMING_MAX
        self._names = [(entry, listed) for entry, listed, _ in names]
        self._comparable = [comparable for _, _, comparable in names]
        self._postings = Postings(self._comparable)
        self._vocabulary = Vocabulary(self._postings.words())
        self._answers: dict[tuple[str, str | None, str | None], tuple[Match, ...]] = {}

    @classmethod
    def build(
        cls, entries: Iterable[ListEntry], *, version: ListVersion, match_permille: int
    ) -> ScreeningIndex:
        """Index a list under the policy's `screening.match_permille`.

        Refuses: Misconfigured for a threshold outside 700 to 1000.
        """
        if not MATCH_PERMILLE_MIN <= match_permille <= 1000:
            raise Misconfigured(
                f"a threshold of {match_permille} permille",
                where="screening.match_permille",
                allowed=f"{MATCH_PERMILLE_MIN} to 1000",
            )
        names = [
            (entry, listed, comparable)
            for entry in entries
            for listed in entry.names
            for comparable in comparable_names(listed.name)
        ]
        return cls(names, version=version, match_permille=match_permille)

    def screen(
        self, name: str, born: str | None = None, country: str | None = None
    ) -> tuple[Match, ...]:
        """The listed parties at or above the threshold, best first; one match per party.

        Takes:    `born` as `YYYY-MM-DD` or `YYYY`, `country` as two capitals, when known.
        Refuses:  NameUnscreenable for a name too long or without letters and digits.
        """
        asked = (name, born, country)
        answer = self._answers.get(asked)
        if answer is None:
            if len(self._answers) >= ANSWERS_MAX:
                self._answers.clear()
            answer = self._answers[asked] = self._search(name, born, country)
        return answer

    def _search(self, name: str, born: str | None, country: str | None) -> tuple[Match, ...]:
        if len(name) > NAME_CHARACTERS_MAX:
            raise NameUnscreenable(f"a name has at most {NAME_CHARACTERS_MAX} characters")
        best: dict[str, Match] = {}
        for asked in comparable_names(name):
            candidates = Candidates(
                asked, least=self._least, postings=self._postings, vocabulary=self._vocabulary
            )
            for place in candidates.among(self._comparable):
                match = self._compare(asked, place, born=born, country=country)
                if match is not None and _better(match, best.get(match.uid)):
                    best[match.uid] = match
        return tuple(sorted(best.values(), key=lambda m: (-m.permille, m.uid)))

    def _compare(
        self, asked: ComparableName, place: int, *, born: str | None, country: str | None
    ) -> Match | None:
        entry, listed = self._names[place]
        agreement = agree(asked, self._comparable[place], self._vocabulary.row, least=self._least)
        if agreement is None:
            return None
        permille, reasons = qualify(agreement.permille, entry, listed, born=born, country=country)
        if permille < self.match_permille:
            return None
        return Match(
            uid=entry.uid,
            listed=listed.name,
            program=entry.program,
            permille=permille,
            name_permille=agreement.permille,
            evidence=agreement.evidence,
            qualifiers=reasons,
        )


def _better(match: Match, other: Match | None) -> bool:
    return other is None or (match.permille, match.listed) > (other.permille, other.listed)
