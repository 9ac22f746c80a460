"""Tries that a success gives back: those alone that were made against the same reference.

Whoever calls brings the reference (a PVV, an offset, a card's terms) along, so whoever knows one
PIN of an account, or makes one, can have a success whenever they like. It must not give back what
was tried against another reference.
"""

from __future__ import annotations

from tallystick.crypto.keys import TALLY
from tallystick.crypto.payment.bench import Bench


def count_failure(bench: Bench, whole: str, reference: str, *others: str) -> None:
    """Count one failure more, durably: of `whole`, of the others, and of the reference in it."""
    bench.count_failures(whole, *others)
    bench.count_failures(_part(bench, whole, reference))


def give_back(bench: Bench, whole: str, reference: str) -> None:
    """After a success: `whole` has its tries against this reference again."""
    count, until_ms = bench.journal.tallies.get(whole, (0, 0))
    if not count:
        return
    part = _part(bench, whole, reference)
    spent, _ = bench.journal.tallies.get(part, (0, 0))
    if spent:
        left = max(0, count - spent)
        bench.journal.commit(notes=[(TALLY, (whole, left, until_ms)), (TALLY, (part, 0, 0))])


def _part(bench: Bench, whole: str, reference: str) -> str:
    """Named with the window of the whole, so that it is never given back in another."""
    _, until_ms = bench.journal.tallies.get(whole, (0, 0))
    return bench.blind(f"{whole}:{until_ms}:{reference}")
