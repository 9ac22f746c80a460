"""The optimality record: the programme and its solution as files that another solver reads.

The programme is written out whole, over all candidates and before anything is settled: it does not
lean on our own reduction. Every number in it is whole. Rows about the worst years are the one part
that needs the loss model: for each the record names the choice that was refused and what it loses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.decide.selection.choose import Selection
from tallystick.decide.selection.formulation import Formulation, demands
from tallystick.decide.selection.paths import PathCut, path_cover
from tallystick.decide.selection.portfolio import WorstYears
from tallystick.decide.selection.problem import Problem
from tallystick.decide.selection.study import Chosen
from tallystick.ground.canonical import canonical_json

_OBJECTIVE = "burden"


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """low <= sum of factor * control; all whole numbers."""

    name: str
    terms: Mapping[str, int]
    low: int


def optimality_record(plan: Chosen) -> Mapping[str, bytes]:
    """File name -> content: model.mps, solution.json, columns.json, README.txt.

    The same plan gives the same bytes.
    """
    problem, selection = plan.problem, plan.selection
    rows = written_rows(problem, selection)
    return {
        "README.txt": _README.encode(),
        "columns.json": canonical_json(_columns(problem)),
        "model.mps": _mps(problem, rows).encode("ascii"),
        "solution.json": canonical_json(_solution(problem, selection, rows)),
    }


def written_rows(problem: Problem, selection: Selection) -> tuple[WrittenRow, ...]:
    """Every promise as rows over all candidates."""
    return (
        *_requirements(problem),
        *_links(problem),
        *_appetites(problem),
        *(
            WrittenRow(f"portfolio.{n}", dict.fromkeys(sorted(outside), 1), 1)
            for n, outside in enumerate(selection.learnt, 1)
        ),
        *(
            WrittenRow(f"path.{n}", dict.fromkeys(sorted(cut.outside), 1), 1)
            for n, cut in enumerate(selection.cuts, 1)
        ),
    )


def _requirements(problem: Problem) -> Iterable[WrittenRow]:
    for name, controls in problem.mandatory.items():
        word = "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in name)
        yield WrittenRow(word, dict.fromkeys(controls, 1), 1)


def _links(problem: Problem) -> Iterable[WrittenRow]:
    for name in sorted(problem.candidates):
        for other in problem.candidates[name].control.requires:
            yield WrittenRow(f"requires.{name}.{other}", {other: 1, name: -1}, 0)
        for other in sorted(problem.barred.get(name, ())):
            if name < other:
                yield WrittenRow(f"excludes.{name}.{other}", {name: -1, other: -1}, -1)


def _appetites(problem: Problem) -> Iterable[WrittenRow]:
    bare = Formulation(problem.keeping(requirements=(), scenarios=(), portfolio=False))
    held = [name for name, need in problem.needs.items() if need]
    for name in sorted(held, key=lambda held: problem.scenarios[held].threat):
        sets = demands(bare.ladders(name), problem.needs[name])
        for n, names in enumerate(sets, 1):
            row = f"{problem.scenarios[name].threat}.{n}"
            yield WrittenRow(row, dict.fromkeys(sorted(names), 1), 1)


def _mps(problem: Problem, rows: tuple[WrittenRow, ...]) -> str:
    """Free-format MPS; every column is 0 or 1."""
    columns = sorted(problem.candidates)
    at: dict[str, list[tuple[str, int]]] = {
        name: [(_OBJECTIVE, problem.candidates[name].burden)] for name in columns
    }
    for row in rows:
        for name, factor in row.terms.items():
            at[name].append((row.name, factor))
    lines = ["NAME lightest", "ROWS", f" N {_OBJECTIVE}", *(f" G {row.name}" for row in rows)]
    lines += ["COLUMNS", "    WHOLE 'MARKER' 'INTORG'"]
    lines += [f"    {name} {row} {factor}" for name in columns for row, factor in at[name]]
    lines += ["    ENDED 'MARKER' 'INTEND'", "RHS"]
    lines += [f"    RHS {row.name} {row.low}" for row in rows if row.low]
    lines += ["BOUNDS", *(f" UP BOUND {name} 1" for name in columns), "ENDATA"]
    return "\n".join(lines) + "\n"


def _columns(problem: Problem) -> dict[str, Any]:
    return {
        name: {"title": one.control.title, "burden_millidays": one.burden}
        for name, one in sorted(problem.candidates.items())
    }


def _solution(
    problem: Problem, selection: Selection, rows: tuple[WrittenRow, ...]
) -> dict[str, Any]:
    appetite, worst = problem.service.appetite, WorstYears(problem)
    return {
        "service": problem.analysis.service,
        "catalogue": problem.analysis.catalogue,
        "analysis": problem.analysis.digest,
        "chosen": list(selection.chosen),
        "objective_millidays": selection.burden,
        "bound_millidays": selection.bound,
        "proof": selection.proof,
        "columns": len(problem.candidates),
        "rows": len(rows),
        "appetite_95_minor": appetite.annual_95_minor,
        "appetite_99_minor": appetite.annual_99_minor,
        "var_95_after_minor": selection.after.var_95_minor,
        "var_99_after_minor": selection.after.var_99_minor,
        "portfolio": [
            _refused(problem, worst, f"portfolio.{n}", outside)
            for n, outside in enumerate(selection.learnt, 1)
        ],
        "paths": [_uncut(problem, f"path.{n}", cut) for n, cut in enumerate(selection.cuts, 1)],
    }


def _uncut(problem: Problem, row: str, cut: PathCut) -> dict[str, Any]:
    """The path, the cover that it needs, and what everything but these reaches: less."""
    refused = frozenset(problem.candidates) - cut.outside
    return {
        "row": row,
        "path": cut.row.path.plain(),
        "refused": sorted(refused),
        "cover_needed": cut.row.need,
        "cover_reached": path_cover(problem, cut.row, refused),
    }


def _refused(
    problem: Problem, worst: WorstYears, row: str, outside: frozenset[str]
) -> dict[str, Any]:
    """What is lost when everything but these is done: more than is accepted."""
    refused = frozenset(problem.candidates) - outside
    after = worst.after(refused)
    return {
        "row": row,
        "refused": sorted(refused),
        "var_95_minor": after.var_95_minor,
        "var_99_minor": after.var_99_minor,
    }


_README = """\
How to check this choice with another solver
============================================

model.mps      The programme, in free-format MPS: minimise the burden. A column is a countermeasure
               (0: left out, 1: chosen), named by its id. All numbers are whole.
solution.json  What was chosen, its burden, and the bound: no choice is lighter than this.
columns.json   What each column stands for.

1. Solve model.mps with any solver of mixed-integer programmes. When the proof is "exact" or "exact
   burden", its optimum is objective_millidays, which is bound_millidays as well. When it is
   "bounded", its optimum lies between the two.
2. Set the chosen columns to 1 and the others to 0: every row holds, and the objective is
   objective_millidays (thousandths of a person-day a year).

Rows
  R-...            one of the countermeasures that meet this requirement
  requires.A.B     A only together with B
  excludes.A.B     A and B not both
  T-....n          the appetite for this threat's scenario: one of those that would reach more
  portfolio.n      the appetite for the worst years: one countermeasure at least that is not in the
                   set "refused" of this row. The set, done whole, still loses more than is
                   accepted (var_95_minor, var_99_minor), so everything within it does as well.
  path.n           the appetite for an attack path: one countermeasure at least that is not in the
                   set "refused" of this row, whose covers of the path's steps (ten-thousandths of
                   -ln of what remains) add up to too little

The rows about the worst years rest on the loss model, not on linear algebra. To check one, reckon
the annual loss with the refused set in force. The others follow from the catalogue and the file.
"""
