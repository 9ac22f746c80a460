"""Planning is pure: what the import contracts cannot see in the floors describe, analyse and decide."""

from __future__ import annotations

import ast

from tests.house.tree import here, modules, parsed

PLANNING = ("standard", "describe", "analyse", "decide")

IMPURE = {
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "numpy.random",
    "np.random",
    "os.environ",
    "os.getenv",
    "os.urandom",
}


def test_planning_reads_no_clock_no_chance_and_no_environment() -> None:
    found = [
        f"{here(path)}:{node.lineno} {ast.unparse(node)}"
        for path in modules()
        if here(path).split("/")[2] in PLANNING
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in IMPURE
    ]
    assert found == []


def test_planning_does_not_hash_by_process() -> None:
    # hash() of a string differs from one process to the next.
    found = [
        f"{here(path)}:{node.lineno}"
        for path in modules()
        if here(path).split("/")[2] in PLANNING
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hash"
    ]
    assert found == []
