"""References of public frameworks on the terminal: who answers them, and what crosses over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallystick.cli.showing import make_table, open_console, show_table
from tallystick.ground.errors import Misconfigured
from tallystick.standard import cross, find_references

if TYPE_CHECKING:
    from rich.console import Console

    from tallystick.standard import Catalogue, Framework


def find_framework(said: str, catalogue: Catalogue) -> Framework:
    """The framework that somebody names. Refuses: Misconfigured when there is none of that name."""
    for framework, reference in find_references(said, catalogue.frameworks.values()):
        if not reference:
            return framework
    names = ", ".join(one.names[0] for one in catalogue.frameworks.values())
    raise Misconfigured(f"no framework {said[:60]!r}", where="where", allowed=names)


def show_reference(framework: Framework, reference: str, catalogue: Catalogue) -> None:
    """The requirements that are mapped to a reference, or to any of a framework."""
    console = _headed(framework, reference)
    found = catalogue.mapped_to(framework.id, reference)
    if not found:
        console.print("No requirement is mapped to it.")
        return
    table = make_table("requirement", "is to it", "reference", "by", "asks for", wrap=["asks for"])
    for one in found:
        asked = catalogue.requirements[one.requirement]
        table.add_row(asked.id, one.relationship, one.reference, one.rationale, asked.title)
    show_table(console, table)
    console.print(f"from {framework.address}")


def show_crossings(
    framework: Framework, reference: str, other: Framework, catalogue: Catalogue
) -> None:
    """What our requirements tell about a reference and another framework."""
    console = _headed(framework, reference)
    found = [
        one
        for one in cross(catalogue.mappings, framework.id, other.id)
        if reference in ("", one.source)
    ]
    if not found:
        console.print(f"Nothing is known about it in {other.names[0]}.")
        return
    table = make_table("reference", "is to", other.names[0], "about", "via", wrap=["about"])
    for one in found:
        about = other.titles.get(one.target, "")
        table.add_row(one.source, one.relationship, one.target, about, one.via)
    show_table(console, table)
    console.print("This follows from the maintainers' mappings and is no more than they prove.")


def _headed(framework: Framework, reference: str) -> Console:
    console = open_console()
    console.print(f"{framework.names[0]} {reference}".strip(), style="bold")
    console.print(f"{framework.title}, {framework.edition}", style="dim")
    title = framework.titles.get(reference)
    if title is not None:
        console.print(f"about: {title}")
    return console
