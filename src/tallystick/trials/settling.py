"""A process that settles until its power fails: `python -m tallystick.trials.settling`.

It reads lines `HOME FIRST COUNT` and answers each by a process of its own, forked before it has
done anything: that one says `settling PID`, opens the home's books and commits COUNT batches, says
`kept REQUEST SIZE` for each order once its commit has returned (SIZE: octets of the write-ahead log
on the disk), and ends. `ended` says that it is gone, by itself or by a signal. Before all this it
says the verifier key of its checkpoints.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from tallystick.assembly import open_scratch_books
from tallystick.protect.enforcement import Books, Settlement
from tallystick.testing import Notary, move, opening, settle

FUNDS = 1_000_000
BATCH_MAX = 5
HOLDERS = ("alice", "bob")


def main() -> None:
    notary = Notary()
    say(notary.verifier_key)
    for line in sys.stdin:
        home, first, count = line.split()
        child = os.fork()
        if child == 0:
            settle_on(Path(home), notary, first=int(first), count=int(count))
            os._exit(0)
        os.waitpid(child, 0)
        say("ended")


def settle_on(home: Path, notary: Notary, *, first: int, count: int) -> None:
    """Open the books, fund them when they are fresh, and commit batch after batch."""
    say(f"settling {os.getpid()}")
    with open_scratch_books(home, sign=notary.sign) as books:
        if not list(books.transfers(newest=1)):
            keep(books, home, opening(*HOLDERS))
            keep(books, home, [_funds("funds.confirm", "trust.float", "emoney.unissued")])
            keep(books, home, [_funds("emoney.issue", "emoney.unissued", HOLDERS[0])])
        place = first
        for _ in range(count):
            size = 1 + secrets.randbelow(BATCH_MAX)
            keep(books, home, [_payment(number) for number in range(place, place + size)])
            place += size


def keep(books: Books, home: Path, batch: Sequence[Settlement]) -> None:
    """Commit, and say so only then."""
    books.commit(batch)
    size = (home / "books.sqlite-wal").stat().st_size
    for settlement in batch:
        if settlement.request is not None:
            say(f"kept {settlement.request} {size}")


def say(line: str) -> None:
    """One line to whoever holds the other end, unbuffered."""
    os.write(1, f"{line}\n".encode("ascii"))


def _funds(operation: str, debit: str, credit: str) -> Settlement:
    request = f"{operation}-0000"
    return settle(request, transfer=move(request, debit, credit, FUNDS, purpose=operation))


def _payment(number: int) -> Settlement:
    """A payment of one, there and back in turn, under a request id of its own."""
    payer, payee = HOLDERS if number % 2 == 0 else reversed(HOLDERS)
    request = f"payment-{number:09d}"
    return settle(request, transfer=move(request, payer, payee, 1))


if __name__ == "__main__":
    main()
