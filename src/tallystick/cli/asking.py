"""explain, where: why something is there, and where the answer to a clause lies."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.decide import Explanation
    from tallystick.standard import Catalogue, Clause

_SERVICE = re.compile(rb"^\[service\]", re.MULTILINE)
_NEAREST = 3


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into the application."""
    for command in (explain, where):
        app.command()(command)


def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="A countermeasure, threat, requirement, operation, parameter, trial, fact, "
            "pattern, tier or attack path, or an id of ATT&CK Mobile, CAPEC or MASWE.",
        ),
    ],
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            help="The service file; by default the only one in this directory. Without one the "
            "catalogue answers.",
        ),
    ] = None,
) -> None:
    """Say what something is, whether it holds for a service, and why, with the numbers."""
    from tallystick.cli.knowledge import Catalogued
    from tallystick.standard import load_catalogue

    chosen = file or only_service_file(Path())
    if chosen is not None:
        _show(_explain_here(name, chosen))
        return
    catalogue = load_catalogue()
    told = Catalogued(catalogue).explain(name)
    if told is None:
        raise _unknown(name, Catalogued(catalogue).names())
    _show(told)
    typer.echo("\nThis is what the catalogue says. --file FILE tells about a service of yours.")


def _explain_here(name: str, file: Path) -> Explanation:
    """What an id means for one service. Refuses: Misconfigured for an id that nobody knows."""
    from tallystick.cli.chains import explain_path
    from tallystick.cli.enforced import Enforced
    from tallystick.cli.knowledge import Catalogued
    from tallystick.cli.planning import plan_all
    from tallystick.cli.studying import why_chosen
    from tallystick.decide import explain_control
    from tallystick.standard import PARAMETERS

    planned = plan_all(file)
    catalogue, general = planned.catalogue, Catalogued(planned.catalogue)
    enforced = Enforced(planned.policy, catalogue)
    scenarios = {scenario.id for scenario in planned.analysis.scenarios}
    if general.is_planned(name) or name in scenarios or name in planned.policy.parameters:
        told = explain_control(planned.policy, planned.analysis, name, catalogue)
        if name in PARAMETERS:
            return replace(told, title=PARAMETERS[name])
        more = (*general.mapped(name), *why_chosen(planned, name))
        return replace(told, lines=(*told.lines, *more))
    found = enforced.explain(name) or general.explain(name) or explain_path(planned, name)
    if found is None:
        raise _unknown(name, [*general.names(), *enforced.names()])
    return found


def where(
    place: Annotated[
        str,
        typer.Argument(
            metavar="PLACE",
            help="A clause of ISO/TS 12812-2:2017 (6.2.1, 10, A), or a reference of a public "
            "framework ('GDPR Art. 25', MASVS-CRYPTO-2, 'ISO 27001 A.8.24', 'FATF').",
        ),
    ],
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="FRAMEWORK",
            help="What our requirements tell about the reference in another framework.",
        ),
    ] = None,
) -> None:
    """Say which requirements answer a clause or a reference of another framework, and how."""
    from tallystick.cli.references import find_framework, show_crossings, show_reference
    from tallystick.standard import find_references, load_catalogue

    catalogue = load_catalogue()
    other = None if against is None else find_framework(against, catalogue)
    clause = _find_clause(place, catalogue)
    if clause is not None and other is None:
        _show_clause(clause, catalogue)
        return
    references = find_references(place, catalogue.frameworks.values()) if clause is None else []
    if not references:
        raise _nowhere(place, catalogue)
    for framework, reference in references:
        if other is None:
            show_reference(framework, reference, catalogue)
        else:
            show_crossings(framework, reference, other, catalogue)


def only_service_file(folder: Path) -> Path | None:
    """The service file of a folder, when there is exactly one."""
    found = [path for path in sorted(folder.glob("*.toml")) if _describes_service(path)]
    return found[0] if len(found) == 1 else None


def _describes_service(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _SERVICE.search(file.read(100_000)) is not None
    except OSError:
        return False


def _unknown(name: str, known: list[str]) -> Misconfigured:
    folded = {one.lower(): one for one in sorted(known)}
    near = difflib.get_close_matches(name[:60].lower(), folded, n=_NEAREST, cutoff=0.5)
    allowed = " or ".join(folded[one] for one in near) or "an id that decide or where shows"
    return Misconfigured(f"nothing is called {name[:60]!r}", where="explain", allowed=allowed)


def _show(told: Explanation) -> None:
    from tallystick.cli.showing import grouped, open_console, show_pairs

    console = open_console()
    console.print(f"{told.id}: {told.title}", style="bold")
    console.print(f"{told.kind}, {told.state}", style="dim")
    show_pairs(console, [(word, grouped(sentence)) for word, sentence in told.lines])


def _find_clause(said: str, catalogue: Catalogue) -> Clause | None:
    number = said.strip().lower().removeprefix("annex").removeprefix("clause").strip().upper()
    return catalogue.clauses.get(number)


def _nowhere(said: str, catalogue: Catalogue) -> Misconfigured:
    frameworks = ", ".join(one.names[0] for one in catalogue.frameworks.values())
    return Misconfigured(
        f"no place {said[:60]!r}",
        where="where",
        allowed=f"the clauses {', '.join(catalogue.clauses)}, without --against; or a reference "
        f"of {frameworks}",
    )


def _show_clause(clause: Clause, catalogue: Catalogue) -> None:
    from tallystick.cli.showing import make_table, open_console, show_pairs, show_table

    console = open_console()
    kind = "Annex" if clause.number.isalpha() else "Clause"
    console.print(f"{kind} {clause.number}: {clause.title}", style="bold")
    heads = ("requirement", "asks for", "countermeasures", "trials")
    table = make_table(*heads, wrap=heads[1:])
    asked = [one for one in catalogue.requirements.values() if one.clause == clause.number]
    for one in asked:
        name = one.id if one.nature.value == "requirement" else f"{one.id} ({one.nature.value[:3]})"
        table.add_row(name, one.title, ", ".join(one.controls), ", ".join(one.closing.trials))
    if asked:
        show_table(console, table)
    rooms: dict[str, list[str]] = {}
    for name in sorted({control for one in asked for control in one.controls}):
        rooms.setdefault(catalogue.countermeasures[name].room, []).append(name)
    console.print()
    show_pairs(console, [(room, ", ".join(names)) for room, names in sorted(rooms.items())])
    deeper = [one.number for one in catalogue.clauses.values() if _inside(one, clause)]
    if deeper:
        console.print(f"see also {', '.join(deeper)}")
    console.print(f"page docs/clauses/{clause.number}.md")


def _inside(one: Clause, outer: Clause) -> bool:
    return one.number.startswith(f"{outer.number}.")
