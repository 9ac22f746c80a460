"""What may be kept of a person, by the purpose it is kept for. What is not allowed here is gone.

purpose    name        born    country  document  customer    account
register   whole       whole   whole    sealed    whole       whole
statement  shortened   -       -        -         -           whole
evidence   -           -       whole    -         pseudonym   pseudonym
screening  whole       whole   whole    -         pseudonym   -
statistic  -           year    whole    -         -           -
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tallystick.ground.errors import Defect
from tallystick.ground.secret import Secret
from tallystick.protect.privacy.pseudonyms import pseudonym

_Treatment = Callable[[str, str, Secret], str]


def minimise(personal: Mapping[str, str], *, purpose: str, key: Secret) -> dict[str, str]:
    """The members that may be kept for a purpose, each as far as it may be.

    Refuses: Defect for an unknown purpose or member: nothing is kept by oversight.
    """
    allowed = PURPOSES.get(purpose)
    if allowed is None:
        raise Defect(f"no data is kept for {purpose!r}")
    unknown = personal.keys() - MEMBERS
    if unknown:
        raise Defect(f"nothing says how to keep {', '.join(sorted(unknown))}")
    return {
        member: allowed[member](member, value, key)
        for member, value in personal.items()
        if member in allowed
    }


def shortened_name(name: str) -> str:
    """A name that its owner recognises and a stranger does not: first name and initials.

    >>> shortened_name("Amina Wanjiku Okafor"), shortened_name("Zodwa")
    ('Amina W. O.', 'Z.')
    """
    first, *others = name.split() or [""]
    if not others:
        return f"{first[:1]}."
    return " ".join([first, *(f"{other[0]}." for other in others)])


def _whole(member: str, value: str, key: Secret) -> str:
    return value


def _pseudonym(member: str, value: str, key: Secret) -> str:
    return pseudonym(member, value, key=key)


def _shortened(member: str, value: str, key: Secret) -> str:
    return shortened_name(value)


def _year(member: str, value: str, key: Secret) -> str:
    return value[:4]


PURPOSES: Mapping[str, Mapping[str, _Treatment]] = {
    "register": {
        "name": _whole,
        "born": _whole,
        "country": _whole,
        "document": _pseudonym,
        "customer": _whole,
        "account": _whole,
    },
    "statement": {"name": _shortened, "account": _whole},
    "evidence": {"country": _whole, "customer": _pseudonym, "account": _pseudonym},
    "screening": {"name": _whole, "born": _whole, "country": _whole, "customer": _pseudonym},
    "statistic": {"born": _year, "country": _whole},
}
MEMBERS = frozenset(member for allowed in PURPOSES.values() for member in allowed)
