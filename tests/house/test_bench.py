"""The benchmark runs. What it measures is for people to read and never for a test to judge."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.house.tree import ROOT

TINY = ("--handsets", "3", "--payments", "2", "--bare-s", "0.05")


def test_the_benchmark_runs_to_its_table() -> None:
    command = [sys.executable, "benchmarks/payments.py", *TINY]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    for figure in ("at saturation", "per core", "bare cryptography", "ratio per core", "plan of"):
        assert figure in done.stdout
    assert "every answer was proven and accepted" in done.stdout


def test_the_benchmark_of_planning_runs_to_its_table() -> None:
    command = [sys.executable, "benchmarks/planning.py", "--years", "20000"]
    here = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, env=here)
    assert done.returncode == 0, done.stdout + done.stderr
    for figure in ("plan of an example", "200 scenarios x 300", "1,260 components and flows"):
        assert figure in done.stdout


def test_the_benchmark_of_decisions_runs_to_its_table() -> None:
    done = subprocess.run(
        [sys.executable, "benchmarks/decisions.py"],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for figure in ("one decision", "compile the matcher", "compare two policies"):
        assert figure in done.stdout


def test_the_benchmark_of_the_ledger_runs_to_its_table() -> None:
    command = [sys.executable, "benchmarks/ledger.py", "--batches", "2", "--accounts", "100"]
    here = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, env=here)
    assert done.returncode == 0, done.stdout + done.stderr
    for figure in ("uniform over 100", "one merchant", "ids at random", "memory", "10,000 lines"):
        assert figure in done.stdout


def test_the_benchmark_of_shards_runs_to_its_table() -> None:
    command = [sys.executable, "benchmarks/shards.py", "--payments", "30"]
    here = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, env=here)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("% cross") == 3


def test_the_benchmark_of_payment_cryptography_runs_to_its_aims() -> None:
    command = [sys.executable, "benchmarks/payment_crypto.py", "key_blocks"]
    here = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, env=here)
    assert done.returncode == 0, done.stdout + done.stderr
    for figure in ("psec, unwrap D", "yardstick", "aims", "key block D unwrapped", "not measured"):
        assert figure in done.stdout
