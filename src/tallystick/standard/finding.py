"""Finding a reference of a public framework as people write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tallystick.standard.mappings import Framework

_ABBREVIATIONS = (
    (re.compile(r"^art(?:icle)?\b\.? ?"), "article "),
    (re.compile(r"^r(?:ec(?:ommendation)?)?\b\.? ?(?=[0-9])"), "recommendation "),
    (re.compile(r"^req(?:uirement)?\b\.? ?"), "requirement "),
)


def find_references(said: str, frameworks: Iterable[Framework]) -> list[tuple[Framework, str]]:
    """The references that somebody may mean; an empty one means a framework as a whole.

    Takes:    `GDPR Art. 25`, `MASVS-CRYPTO-2`, `ISO 27001 A.8.24`, `FATF R.16`, `PCI DSS`; a number
              alone only behind the name of a framework that counts in one way, as in `GDPR 25`.
    """
    wanted = " ".join(said.split()).casefold()
    found = []
    for framework in frameworks:
        meant = next(_meant(wanted, framework), None)
        if meant is not None:
            found.append((framework, meant))
    return found


def _meant(wanted: str, framework: Framework) -> Iterator[str]:
    names = sorted((name.casefold() for name in framework.names), key=len, reverse=True)
    for name in names:
        if wanted == name:
            yield ""
        elif wanted.startswith(name):
            yield from _spelt(
                _counted(wanted.removeprefix(name).strip(" ,:"), framework), framework
            )
    yield from _spelt(wanted, framework)


def _counted(rest: str, framework: Framework) -> str:
    """A number alone, behind the only beginning that references of the framework have."""
    if rest.isdigit() and len(framework.highest) == 1:
        return f"{next(iter(framework.highest))}{rest}"
    return rest


def _spelt(rest: str, framework: Framework) -> Iterator[str]:
    """The reference in the framework's own spelling, when it has it."""
    text = rest.casefold()
    for short, full in _ABBREVIATIONS:
        text = short.sub(full, text)
    listed = (*framework.titles, *framework.others)
    known = {reference.casefold(): reference for reference in listed}
    for start in framework.highest:
        if text.startswith(start.casefold()):
            known[text] = start + text[len(start) :]
    reference = known.get(text)
    if reference is not None and framework.knows(reference):
        yield reference
