"""May these parties pay each other? The question that a payment asks of the index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from tallystick.ground.errors import Defect, Refused
from tallystick.protect.screening.index import Match, ScreeningIndex


class KnownCustomer(Protocol):
    """What screening needs of a customer; the register's own record has more."""

    @property
    def name(self) -> str: ...
    @property
    def born(self) -> str: ...
    @property
    def country(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One end of a payment: `payer` or `payee`, and what the register knows about it."""

    role: str
    name: str
    born: str | None = None
    country: str | None = None

    @classmethod
    def of(cls, role: str, customer: KnownCustomer) -> Party:
        """A party whom the register knows."""
        return cls(role=role, name=customer.name, born=customer.born, country=customer.country)


class PartyListed(Refused):
    """A party is, or may be, on the list. Outsiders hear one word, so that nobody is tipped off.

    `detail` is for the tally: which entry, how sure, why; it holds no name.
    """

    code, clause, public_code = "parties.listed", "B", "payment.declined"

    def __init__(self, message: str, *, detail: Mapping[str, str | int]) -> None:
        super().__init__(message)
        self.detail = detail


def check_parties(index: ScreeningIndex, parties: Iterable[Party]) -> dict[str, str | int]:
    """The detail of the fact parties.clear, or a refusal.

    Refuses: PartyListed for a match at or above the threshold; NameUnscreenable for a name that
             cannot be compared; Defect when nobody was given, because absence is not clear.
    """
    screened = 0
    for party in parties:
        matches = index.screen(party.name, party.born, party.country)
        if not isinstance(matches, tuple):
            raise Defect("no answer is not clear either")
        if matches:
            raise PartyListed(
                f"the {party.role} matches {matches[0].uid} at {matches[0].permille} permille",
                detail=_edition(index) | _reasons(party.role, matches),
            )
        screened += 1
    if not screened:
        raise Defect("no party was given to screen")
    return _edition(index) | {"screened": screened}


def _edition(index: ScreeningIndex) -> dict[str, str | int]:
    return {
        "list": index.version.list,
        "list_version": index.version.version,
        "list_digest": index.version.digest,
        "match_permille": index.match_permille,
    }


def _reasons(role: str, matches: tuple[Match, ...]) -> dict[str, str | int]:
    best = matches[0]
    return {
        "party": role,
        "entry": best.uid,
        "permille": best.permille,
        "name_permille": best.name_permille,
        "tokens": " ".join(token.why for token in best.evidence),
        "qualifiers": " ".join(best.qualifiers),
        "matches": len(matches),
    }
