"""A process that commits to the books of a home until it is killed.

    python -m tests.storm.writer HOME

It reads a number for each life from its standard input and forks a writer, which opens the books,
commits batch after batch drawn from that number, and says after each commit what is durable now.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

from tallystick.backends.sqlite import SqliteBooks
from tallystick.ground.secret import Secret
from tallystick.protect.emoney import TRUST, UNISSUED
from tallystick.protect.enforcement import Mark, Settlement
from tallystick.testing import NOTES, Notary, move, opening, settle

SEED = Secret(bytes(range(32)))
FUNDS = 10**9
HOLDERS = ("alice", "bob", "carol")
BATCH_MAX = 40


def main(home: Path) -> None:
    for line in sys.stdin:
        life = os.fork()
        if life == 0:
            write(home, int(line))
        say(f"pid {life}")
        os.waitpid(life, 0)
        say("dead")


def write(home: Path, number: int) -> None:
    """Never returns."""
    chance = random.Random(number)
    books = SqliteBooks(home, sign_checkpoint=Notary(seed=SEED).sign)
    say("open")
    if books.evidence.size() == 0:
        batch = [*opening(*HOLDERS), *funded()]
        books.commit(batch)
        say_durable(batch)
    count = 0
    while True:
        batch = []
        for _ in range(chance.randint(1, BATCH_MAX)):
            batch.append(paid(f"life-{number:06}-{count:06}", chance))
            count += 1
        books.commit(batch)
        say_durable(batch)


def funded() -> list[Settlement]:
    first = move("funds-0000-00001", TRUST, UNISSUED, FUNDS, purpose="funds.confirm")
    batch = [settle("funds-0000-00001", transfer=first)]
    for holder in HOLDERS:
        name = f"issue-0000-{holder}"
        issued = move(name, UNISSUED, holder, 500_000, purpose="emoney.issue")
        batch.append(settle(name, transfer=issued))
    return batch


def paid(name: str, chance: random.Random) -> Settlement:
    payer, payee = chance.sample(HOLDERS, 2)
    marks = [Mark(NOTES, payer, name)]
    return settle(name, transfer=move(name, payer, payee, 1), marks=marks)


def say_durable(batch: list[Settlement]) -> None:
    say("durable " + " ".join(str(s.request) for s in batch if s.request))


def say(line: str) -> None:
    os.write(sys.stdout.fileno(), line.encode() + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
