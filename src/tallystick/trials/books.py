"""Attacks on what is written, on copies of a home: rows of the books, entries of the evidence."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from tallystick.assembly import (
    BOOK_EDITS,
    EVIDENCE_EDITS,
    HomeFinding,
    check_home,
    copy_home,
    edit_copy,
)
from tallystick.trials.bout import Bout
from tallystick.trials.cast import demand
from tallystick.trials.result import CannotRun

EVIDENCE = ("leaf", "tally", "node", "checkpoint", "log")
"""Where an audit finds something wrong in the evidence; everywhere else it is the books."""
TRANSFER = "banking.transfer"
OF_HOLDS = ("payout taken back", "hold forgotten")
"""Edits that need money on its way to a bank."""
LEAVES_MAX = 20_000
"""Each edit is made on a copy of its own, which is read from end to end."""


def edit_rows(bout: Bout) -> None:
    """Rows of the books are edited, as somebody with the file and without the keys can."""
    _edit_all(bout, BOOK_EDITS, "books.altered")


def edit_evidence(bout: Bout) -> None:
    """Entries, tallies, nodes and checkpoints of the evidence log are edited."""
    _edit_all(bout, EVIDENCE_EDITS, "evidence.altered")


def _edit_all(bout: Bout, edits: Iterable[str], expected: str) -> None:
    insider = bout.place.watch()
    if insider.size() > LEAVES_MAX:
        raise CannotRun(f"the log is too long to copy so often: more than {LEAVES_MAX} leaves")
    home = insider.home
    _do_business(bout)
    with tempfile.TemporaryDirectory(prefix="tallystick-") as folder:
        clean = Path(folder) / "clean"
        copy_home(home, clean)
        bout.holds("findings before any edit", expected=0, seen=len(check_home(clean)))
        for number, edit in enumerate(edits):
            copy = Path(folder) / str(number)
            copy_home(clean, copy)
            changed = edit_copy(copy, edit)
            if edit in OF_HOLDS and not bout.cast.offers(TRANSFER):
                continue
            bout.holds(f"{edit}: the edit took place", expected=True, seen=changed > 0)
            bout.found(edit, expected=expected, seen=_word(check_home(copy), expected))


def _do_business(bout: Bout) -> None:
    """An honest payment, a refused one, and where it is offered money on its way to a bank."""
    payer, payee = bout.pair()
    payer.handset.send(bout.order(payer, payee, 1000))
    if bout.cast.offers(TRANSFER):
        unit = bout.cast.unit_minor
        for verdict in ("paid", None):
            order = bout.cast.order(payer, payee, unit, operation=TRANSFER)
            sent = bout.control(payer.handset.send(order))
            if verdict is not None:
                hold = f"{sent.leaf['device']}.{sent.leaf['request']}"
                demand(bout.place.staff.treasury.settle(hold, verdict))


def _word(found: list[HomeFinding], expected: str) -> str:
    """The word for what an audit found, of the kind that the edit belongs to."""
    in_evidence = {finding.where.split()[0] in EVIDENCE for finding in found}
    words = {True: "evidence.altered", False: "books.altered"}
    said = {words[kind] for kind in in_evidence}
    return expected if expected in said else "unnoticed"
