"""What else is known about a party: it confirms a match or lowers it, and never decides alone.

A birth date or country that somebody told us about himself must not clear an exact name, so what
they can take away is bounded: an exact name stays above any threshold up to 860 whatever they say.
"""

from __future__ import annotations

from tallystick.protect.screening.lists import ListedName, ListEntry

BORN_SAME, BORN_NEAR, BORN_DIFFERS = 20, 0, -60
COUNTRY_SAME, COUNTRY_DIFFERS = 10, -20
WEAK_ALIAS = -60
CONFIRMING_MAX = BORN_SAME + COUNTRY_SAME
YEARS_NEAR = 2


def qualify(
    permille: int, entry: ListEntry, listed: ListedName, *, born: str | None, country: str | None
) -> tuple[int, tuple[str, ...]]:
    """The score after birth date, country and quality of the alias, with the reasons.

    What is not known on either side changes nothing.
    """
    by_birth = _by_birth(entry.born, born)
    reasons = by_birth + _by_country(entry.countries, country)
    if listed.weak and ("born:same", BORN_SAME) not in by_birth:
        reasons.append(("alias:weak", WEAK_ALIAS))
    moved = permille + sum(points for _, points in reasons)
    return min(max(moved, 0), 1000), tuple(reason for reason, _ in reasons)


def _by_birth(known: tuple[str, ...], born: str | None) -> list[tuple[str, int]]:
    if not known or born is None:
        return []
    if any(_same_birth(born, other) for other in known):
        return [("born:same", BORN_SAME)]
    apart = min(abs(int(born[:4]) - int(other[:4])) for other in known)
    if apart <= YEARS_NEAR:
        return [("born:near", BORN_NEAR)]
    return [("born:differs", BORN_DIFFERS)]


def _same_birth(born: str, other: str) -> bool:
    """The same day, the same day with day and month swapped, or the same year when that is all."""
    shorter = min(len(born), len(other))
    if born[:shorter] == other[:shorter]:
        return True
    return shorter == 10 and born == f"{other[:5]}{other[8:]}-{other[5:7]}"


def _by_country(known: tuple[str, ...], country: str | None) -> list[tuple[str, int]]:
    if not known or country is None:
        return []
    if country in known:
        return [("country:same", COUNTRY_SAME)]
    return [("country:differs", COUNTRY_DIFFERS)]
