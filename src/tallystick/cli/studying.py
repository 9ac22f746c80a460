"""decide --study, --budget, --proof: what stands behind a choice, for people and for machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tallystick.cli.showing import (
    announce,
    counted,
    make_table,
    money,
    open_console,
    rough_money,
    show_heading,
    show_table,
    show_text,
    write_octets,
)
from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from tallystick.decide import Alternative, Plan, Study

_NAMES_SHOWN = 8


def answer(
    plan: Plan, *, study: bool, budget: int | None, proof: Path | None, as_json: bool
) -> None:
    """What the options ask for; one at a time. Refuses: Misconfigured for two at once."""
    if sum((study, budget is not None, proof is not None)) > 1:
        raise Misconfigured(
            "one question at a time", where="decide", allowed="--study, --budget or --proof"
        )
    if budget is not None:
        _answer_budget(plan, budget, as_json=as_json)
    elif study:
        _answer_study(plan, as_json=as_json)
    elif proof is not None:
        _write_proof(plan, proof)


def why_chosen(plan: Plan, name: str) -> list[tuple[str, str]]:
    """What would break without a chosen countermeasure, as lines of an explanation."""
    from tallystick.decide import what_binds

    if name not in plan.selection.chosen:
        return []
    broken = what_binds(plan.problem, plan.selection.chosen, names=(name,))[name]
    if not broken:
        return [("breaks", "nothing: it is there because it prevents losses at no burden")]
    return [("breaks", f"without it, all else kept: {', '.join(_promise(one) for one in broken)}")]


def _answer_study(plan: Plan, *, as_json: bool) -> None:
    from tallystick.decide import study_selection
    from tallystick.ground.canonical import canonical_json

    announce("looking at the choice from all sides, some ten seconds ...")
    study = study_selection(plan)
    if as_json:
        write_octets(canonical_json(study.plain()))
        return
    console = open_console()
    _show_choice(console, plan)
    _show_prices(console, study)
    _show_frontier(console, plan, study)
    _show_corners(console, study)
    _show_declined(console, plan, study)


def _show_choice(console: Console, plan: Plan) -> None:
    chosen = plan.selection
    if chosen.bound == chosen.burden:
        proven = "no choice that keeps every promise is lighter"
    else:
        proven = f"no choice that keeps every promise takes less than {_days(chosen.bound)}"
    show_text(
        console,
        f"{counted(len(chosen.chosen), 'countermeasure')}, {_days(chosen.burden)} person-days a "
        f"year with friction; proven: {proven}.",
    )


def _show_prices(console: Console, study: Study) -> None:
    dear = [price for price in study.prices if price.burden_millidays]
    show_heading(console, "What requirements cost: person-days a year more than without them")
    table = make_table("requirement", "days", "asks", "would go", right=("days",), wrap=("asks",))
    for price in dear:
        row = (_days(price.burden_millidays), price.title, _some(price.instead))
        table.add_row(price.requirement, *row)
    show_table(console, table)
    free = len(study.prices) - len(dear)
    console.print(f"{counted(free, 'requirement')} more cost nothing on top of the others.")


def _show_frontier(console: Console, plan: Plan, study: Study) -> None:
    show_heading(console, "What a budget buys, requirements met")
    heads = ("days", "measures", "expected loss", "worst year of 20", "appetites")
    table = make_table(*heads, right=heads[:4])
    for point in study.frontier:
        table.add_row(
            _days(point.burden_millidays),
            str(point.controls),
            rough_money(point.expected_after_minor, plan.service.currency),
            rough_money(point.var_95_after_minor, plan.service.currency),
            "kept" if point.kept else "not kept",
        )
    show_table(console, table)


def _show_corners(console: Console, study: Study) -> None:
    show_heading(console, "How firm the choice is")
    show_text(
        console,
        f"{counted(len(study.core), 'countermeasure')} chosen whether effects are low, middle or "
        "high within what is believed.",
    )
    if study.swing:
        table = make_table("only at some", "chosen when effects are")
        for swing in study.swing:
            table.add_row(swing.control, ", ".join(swing.chosen_at))
        show_table(console, table)


def _show_declined(console: Console, plan: Plan, study: Study) -> None:
    show_heading(console, "Left out, and what one more would do in a year")
    heads = ("countermeasure", "days", "its work", "would prevent", "")
    table = make_table(*heads, right=heads[1:4])
    ordered = sorted(study.declined, key=lambda one: one.work_minor - one.avoided_minor)
    for one in ordered:
        table.add_row(
            one.control,
            _days(one.burden_millidays),
            rough_money(one.work_minor, plan.service.currency),
            rough_money(one.avoided_minor, plan.service.currency),
            "worth a second look" if one.worth else "",
        )
    show_table(console, table)


def _answer_budget(plan: Plan, budget: int, *, as_json: bool) -> None:
    from tallystick.decide import best_within
    from tallystick.ground.canonical import canonical_json

    other = best_within(plan, budget * 1000)
    if as_json:
        write_octets(canonical_json(other.plain()))
        return
    _show_alternative(open_console(), plan, other, budget)


def _show_alternative(console: Console, plan: Plan, other: Alternative, budget: int) -> None:
    now, currency = set(plan.selection.chosen), plan.service.currency
    expected = money(plan.selection.after.mean_minor, currency)
    show_text(
        console,
        f"With {budget} person-days a year: {counted(len(other.chosen), 'countermeasure')}, "
        f"{_days(other.burden_millidays)} person-days. Expected loss "
        f"{money(other.expected_after_minor, currency)} a year instead of {expected}; worst year "
        f"of 20 {money(other.var_95_after_minor, currency)}.",
    )
    console.print()
    for word, names in (
        ("would go", sorted(now.difference(other.chosen))),
        ("would come", sorted(set(other.chosen) - now)),
        ("promises that break", [_promise(one) for one in other.unmet]),
    ):
        console.print(f"{word} ({len(names)})", style="bold")
        for name in names or ["none"]:
            console.print(f"  {name}")


def _write_proof(plan: Plan, directory: Path) -> None:
    """Refuses: Misconfigured when the directory cannot be written."""
    from tallystick.decide import optimality_record

    record = optimality_record(plan)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, octets in record.items():
            (directory / name).write_bytes(octets)
    except OSError as error:
        raise Misconfigured(
            f"cannot be written: {error.strerror}", where=str(directory), allowed="a directory"
        ) from None
    typer.echo(f"{directory}: {', '.join(record)}. README.txt says how to check the choice.")


def _promise(name: str) -> str:
    return "the appetite for the worst years" if name == "portfolio" else name


def _days(millidays: int) -> str:
    return f"{millidays // 1000:,}.{millidays % 1000 // 100}"


def _some(names: Iterable[str]) -> str:
    shown = list(names)
    more = len(shown) - _NAMES_SHOWN
    return ", ".join(shown[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
