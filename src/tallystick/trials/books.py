"""Attacks on what is written, on copies of a home: rows of the books, entries of the evidence."""

from __future__ import annotations

import shutil
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
from tallystick.ground.errors import Misconfigured
from tallystick.trials.bout import Bout
from tallystick.trials.cast import demand
from tallystick.trials.result import CannotRun

EVIDENCE = ("leaf", "tally", "node", "checkpoint", "log")
"""Where an audit finds something wrong in the evidence; everywhere else it is the books."""
TRANSFER = "banking.transfer"
MADE_MIN_PERCENT = 60
"""Edits without anything to change (no payout, no lock) are left out; never most of them."""
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
        _copy(home, clean)
        bout.holds("findings before any edit", expected=0, seen=len(check_home(clean)))
        made = tried = 0
        for edit in edits:
            tried += 1
            copy = Path(folder) / str(tried)
            copy_home(clean, copy)
            if edit_copy(copy, edit):
                made += 1
                bout.found(edit, expected=expected, seen=_word(check_home(copy), expected))
            shutil.rmtree(copy)
        enough = made * 100 >= tried * MADE_MIN_PERCENT
        bout.holds("there was something to edit", expected=True, seen=enough)


def _copy(home: Path, clean: Path) -> None:
    try:
        copy_home(home, clean)
    except Misconfigured as cannot:
        raise CannotRun(str(cannot)) from None


def _do_business(bout: Bout) -> None:
    """A payment, a wrong PIN, a suspended device, and where it is offered money to a bank."""
    payer, payee = bout.pair()
    minor = max(bout.policy.operation(bout.cast.payment).step_up_minor or 0, 1)
    payer.handset.send(bout.cast.order(payer, payee, minor, pin=payer.wrong_pin))
    lost = payee.handset.bound().device
    demand(bout.place.staff.backoffice.suspend("lost", device=lost))
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
