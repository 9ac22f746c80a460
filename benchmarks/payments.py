"""Secured payments per second and core over HTTP, beside the bare cryptographic cost of the same.

Every payment carries a PIN, is paid from one handset to another, and is in the books and in the
evidence log before it is answered. Prints a table; nothing here is a test of time.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bare import bare_payments_per_cpu_s
from load import Measured, fire
from ring import PAYMENTS_EACH_MAX, SERVICE, Ring, Served, accepted, form_ring, serve, spread

from tallystick.assembly import check_home

CONNECTIONS = 48
WARMING_EACH = 2
PACE_PERCENT = 80


def main() -> None:
    """Measure, check that what was measured was real, print."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as directory:
        with serve(Path(directory), workers=asked.workers) as served:
            full, paced, bare = measure(served, asked)
        findings = check_home(Path(directory) / "home")
    if findings:
        raise SystemExit(f"books and evidence do not agree: {findings[:3]}")
    _print_table(full, paced, bare, plan_s=_plan_s())


def measure(served: Served, asked: argparse.Namespace) -> tuple[Measured, Measured, float]:
    """Saturation, a paced load, and the yardstick, one after another on the same machine."""
    ring = form_ring(served, members=asked.handsets)
    before = [answer.data for answer in ring.balances()]
    fire(spread(ring.turn(WARMING_EACH), CONNECTIONS), server=served.pid)
    bare = bare_payments_per_cpu_s(asked.bare_s / 2)
    full = _load(ring, served, asked.payments)
    bare = (bare + bare_payments_per_cpu_s(asked.bare_s / 2)) / 2  # neighbours come and go
    rest = min(asked.payments, PAYMENTS_EACH_MAX - WARMING_EACH - asked.payments)
    rate = full.per_second * PACE_PERCENT / 100
    paced = _load(ring, served, rest, per_second=rate)
    if [answer.data for answer in ring.balances()] != before:
        raise SystemExit("the ring turned and the balances are not what they were")
    return full, paced, bare


def _load(ring: Ring, served: Served, each: int, *, per_second: float = 0.0) -> Measured:
    """One load, every answer of which is opened, proven and accepted, or there is no figure."""
    lanes = spread(ring.turn(each), CONNECTIONS)
    pace_s = len(lanes) / per_second if per_second else 0.0
    measured = fire(lanes, server=served.pid, pace_s=pace_s)
    for prepared, octets in measured.answers:
        accepted(prepared.handset.read_reply(prepared.order, octets))
    return measured


def _plan_s() -> float:
    """Wall time from the service file to the policy, as its own process."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "tallystick", "decide", str(SERVICE), "--format", "json"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def _print_table(full: Measured, paced: Measured, bare: float, *, plan_s: float) -> None:
    core = full.per_cpu_second
    rows = [
        ("at saturation", f"{full.per_second:,.0f} /s", _latency(full)),
        (f"paced at {PACE_PERCENT} % of that", f"{paced.per_second:,.0f} /s", _latency(paced)),
        ("per core", f"{core:,.0f} /core-s", "every process of the service together"),
        *_parts(full),
        ("bare cryptography", f"{bare:,.0f} /core-s", "of the same payment"),
        ("ratio per core", f"{core / bare:.2f}", "1 would be cryptography alone"),
        ("plan of the example", f"{plan_s:.2f} s", "from file to policy, imports included"),
    ]
    print(f"secured payments over HTTP, each with a PIN ({full.payments:,} at saturation)")
    for what, figure, remark in rows:
        print(f"  {what:<22}{figure:>15}   {remark}")
    print("every answer was proven and accepted, balances were conserved, books and evidence agree")


def _parts(measured: Measured) -> list[tuple[str, str, str]]:
    """Where the CPU time of one payment went."""
    per = 1e6 / measured.payments
    return [
        (f"  {part}", f"{spent * per:,.0f} us", "of a payment")
        for part, spent in measured.cpu_by_part.items()
    ]


def _latency(measured: Measured) -> str:
    return f"p50 {measured.percentile_ms(50):.1f} ms, p99 {measured.percentile_ms(99):.1f} ms"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--handsets", type=int, default=128, help="customers in the ring")
    parser.add_argument("--payments", type=int, default=20, help="of each handset at saturation")
    parser.add_argument("--workers", type=int, default=0, help="edges; 0 leaves it to the service")
    parser.add_argument("--bare-s", type=float, default=3.0, help="seconds for the yardstick")
    asked = parser.parse_args()
    if asked.handsets < 2 or not 0 < asked.payments < PAYMENTS_EACH_MAX - WARMING_EACH:
        parser.error("a ring has two handsets or more, each with 1 to 35 payments at saturation")
    return asked


if __name__ == "__main__":
    main()
