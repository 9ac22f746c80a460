"""The optimality record, read back by a reader of its own and solved by another solver."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from tallystick.decide import Plan, plan_service
from tallystick.decide.selection import optimality_record
from tallystick.describe import load_service
from tests.rooms.decide.small import EXAMPLE


@cache
def example() -> Plan:
    return plan_service(load_service(EXAMPLE))


@cache
def record() -> dict[str, bytes]:
    return dict(optimality_record(example()))


class Read:
    """A free-format MPS file, every number a fraction."""

    def __init__(self, text: str) -> None:
        self.senses: dict[str, str] = {}
        self.columns: dict[str, dict[str, Fraction]] = {}
        self.right: dict[str, Fraction] = {}
        part = ""
        for line in text.splitlines():
            words = line.split()
            if not line.startswith(" "):
                part = words[0]
            elif part == "ROWS":
                self.senses[words[1]] = words[0]
            elif part == "COLUMNS" and "'MARKER'" not in words:
                self.columns.setdefault(words[0], {})[words[1]] = Fraction(words[2])
            elif part == "RHS":
                self.right[words[1]] = Fraction(words[2])
            elif part == "BOUNDS":
                assert (words[0], words[3]) == ("UP", "1")

    def value(self, row: str, chosen: list[str]) -> Fraction:
        return sum((self.columns[name].get(row, Fraction(0)) for name in chosen), Fraction(0))


def test_the_recorded_choice_keeps_every_row_exactly() -> None:
    model = Read(record()["model.mps"].decode())
    solution = json.loads(record()["solution.json"])
    rows = [row for row, sense in model.senses.items() if sense == "G"]
    assert len(rows) == solution["rows"] > 100
    assert len(model.columns) == solution["columns"]
    for row in rows:
        assert model.value(row, solution["chosen"]) >= model.right.get(row, Fraction(0)), row
    assert model.value("burden", solution["chosen"]) == solution["objective_millidays"]
    assert model.columns.keys() == json.loads(record()["columns.json"]).keys()


def test_each_refused_set_loses_more_than_is_accepted() -> None:
    model, solution = Read(record()["model.mps"].decode()), json.loads(record()["solution.json"])
    for one in solution["portfolio"]:
        over_95 = one["var_95_minor"] > solution["appetite_95_minor"]
        assert over_95 or one["var_99_minor"] > solution["appetite_99_minor"]
        assert model.value(one["row"], one["refused"]) == 0


def test_leaving_any_needed_control_out_breaks_a_row() -> None:
    model, solution = Read(record()["model.mps"].decode()), json.loads(record()["solution.json"])
    for name in solution["chosen"]:
        fewer = [other for other in solution["chosen"] if other != name]
        broken = [
            row
            for row, sense in model.senses.items()
            if sense == "G" and model.value(row, fewer) < model.right.get(row, Fraction(0))
        ]
        burden = example().problem.candidates[name].burden
        assert broken or not burden, name


def test_the_record_is_the_same_bytes_each_time() -> None:
    assert dict(optimality_record(example())) == record()


def solver() -> str:
    """CBC: the system's, or the one that the PuLP package carries for Linux."""
    found = shutil.which("cbc")
    if found:
        return found
    pulp = pytest.importorskip("pulp", reason="no second solver here")
    machine = {"x86_64": "i64", "aarch64": "arm64"}.get(platform.machine(), "none")
    carried = Path(pulp.__file__).parent / "solverdir" / "cbc" / sys.platform / machine / "cbc"
    if not carried.exists():
        pytest.skip("no second solver for this machine")
    return str(carried)


def test_another_solver_finds_the_same_optimum(tmp_path: Path) -> None:
    program = solver()
    model = tmp_path / "model.mps"
    model.write_bytes(record()["model.mps"])
    run = subprocess.run(
        [program, str(model), "ratioGap", "0", "allowableGap", "0", "solve", "solution",
         str(tmp_path / "out.txt")],
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    assert b"Optimal solution found" in run.stdout, run.stdout[-500:]
    head = (tmp_path / "out.txt").read_text(encoding="utf-8").splitlines()[0]
    solution = json.loads(record()["solution.json"])
    optimum = round(float(head.rsplit(" ", 1)[1]))
    assert solution["bound_millidays"] <= optimum <= solution["objective_millidays"]
    if solution["proof"].startswith("exact"):
        assert solution["bound_millidays"] == solution["objective_millidays"]
