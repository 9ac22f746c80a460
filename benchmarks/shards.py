"""One, two, four shards: payments per second of one core's time, some from shard to shard.

Every payment is committed with its leaf, its proof and a signed checkpoint; one that crosses is a
hold, a credit and a post, and each shard verifies the other's proof. Shards share nothing, so they
are run one after another on the one core that is here and their CPU seconds are added up: this
shows what crossing costs, not what several machines do at the same time, and no network.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tallystick.backends.sqlite import SqliteBooks
from tallystick.ground.identifiers import AccountId
from tallystick.protect.enforcement import Committed, NewAccount, Settlement, TransferKind
from tallystick.protect.shards import ShardMap, clearing_accounts
from tallystick.prove.evidence import verify_inclusion, verify_note
from tallystick.testing import Notary, move, opening, settle

BATCH = 250
HOLDERS = 200
FUNDS = 10**9


@dataclass(slots=True)
class Shard:
    """One shard: its books, its key, its people."""

    number: int
    books: SqliteBooks
    notary: Notary
    people: list[str]
    waiting: list[Settlement] = field(default_factory=list)

    def commit(self) -> list[Committed]:
        """Everything that waits, in batches."""
        done: list[Committed] = []
        for start in range(0, len(self.waiting), BATCH):
            proofs = self.books.commit(self.waiting[start : start + BATCH])
            done += [proof for proof in proofs if proof is not None]
        self.waiting.clear()
        return done

    def believe(self, proofs: Sequence[Committed], notary: Notary) -> None:
        """Verify what another shard committed, leaf by leaf; each note once."""
        heads = {proof.checkpoint: None for proof in proofs}
        roots = {note: verify_note(note, notary.verifier_key) for note in heads}
        for proof in proofs:
            head = roots[proof.checkpoint]
            verify_inclusion(
                leaf=proof.leaf, index=proof.index, size=proof.size, path=proof.path, root=head.root
            )


def open_shards(folder: Path, count: int, stack: ExitStack) -> list[Shard]:
    """Fresh shards, each with its holders and their money."""
    shards = []
    for number in range(count):
        home = folder / f"{count}-{number}"
        home.mkdir()
        notary = Notary(f"tallystick/shard-{number}/evidence")
        books = SqliteBooks(home, sign_checkpoint=notary.sign)
        stack.callback(books.close)
        places = ShardMap(number=number, count=count)
        names = iter(f"p{n:06d}" for n in range(10**6))
        people = [f"acc-{places.own_name(lambda: next(names))}" for _ in range(HOLDERS)]  # noqa: B023
        first = settle("open-0000-000000", accounts=clearing_accounts(places, "KES"))
        books.commit([*opening(), *([first] if places.peers else [])])
        books.commit([settle(f"new-{p}-000000", accounts=[funded(p)]) for p in people])
        shards.append(Shard(number, books, notary, people))
    return shards


def funded(name: str) -> NewAccount:
    """A holder who may owe, so that nobody has to be paid first."""
    return NewAccount(id=AccountId(name), owner=f"cus-{name}", currency="KES", floor=-FUNDS)


def payments(shards: Sequence[Shard], count: int, cross_percent: int) -> Iterator[tuple[int, int]]:
    """From which shard to which."""
    chance = random.Random(7)
    for n in range(count):
        payer = n % len(shards)
        crosses = len(shards) > 1 and chance.random() * 100 < cross_percent
        others = [shard.number for shard in shards if shard.number != payer]
        yield payer, chance.choice(others) if crosses else payer


def run(shards: Sequence[Shard], count: int, cross_percent: int) -> float:
    """Payments in a second of one core's time."""
    chance = random.Random(9)
    crossing: dict[tuple[int, int], list[tuple[str, str, str, int]]] = {}
    for n, (here, there) in enumerate(payments(shards, count, cross_percent)):
        name, payer = f"pay-{n:012d}", chance.choice(shards[here].people)
        if here == there:
            payee = chance.choice([p for p in shards[here].people if p != payer])
            moved = move(name, payer, payee, 1)
        else:
            payee = chance.choice(shards[there].people)
            moved = move(name, payer, f"clearing.{there}", 1, kind=TransferKind.HOLD)
            crossing.setdefault((here, there), []).append((name, payer, payee, n))
        shards[here].waiting.append(settle(name, transfer=moved))
    start = time.process_time()
    held = {shard.number: _by_request(shard.commit()) for shard in shards}
    for (here, there), some in crossing.items():
        shards[there].believe([held[here][name] for name, *_ in some], shards[here].notary)
        for name, _, payee, _ in some:
            moved = move(f"c{name}", f"clearing.{here}", payee, 1, purpose="shard.credit")
            shards[there].waiting.append(settle(f"c{name}", transfer=moved))
    credited = {shard.number: _by_request(shard.commit()) for shard in shards}
    for (here, there), some in crossing.items():
        answers = [credited[there][f"c{name}"] for name, *_ in some]
        shards[here].believe(answers, shards[there].notary)
        for name, payer, _, _ in some:
            posted = move(f"r{name}", payer, f"clearing.{there}", 1, kind=TransferKind.POST,
                          purpose="shard.resolve", pending=f"dev-0.{name}")  # fmt: skip
            shards[here].waiting.append(settle(f"r{name}", transfer=posted))
    for shard in shards:
        shard.commit()
    return count / (time.process_time() - start)


def _by_request(proofs: Sequence[Committed]) -> dict[str, Committed]:
    """Each proof by the request that its leaf names."""
    found = {}
    for proof in proofs:
        at = proof.leaf.index(b'"request":"') + 11
        found[proof.leaf[at : proof.leaf.index(b'"', at)].decode()] = proof
    return found


def clearing(shards: Sequence[Shard]) -> int:
    """What all clearing accounts add up to: nothing, once nothing is under way."""
    total = 0
    for shard in shards:
        for peer in ShardMap(number=shard.number, count=len(shards)).peers:
            row = shard.books.account(AccountId(f"clearing.{peer}"))
            assert row is not None
            total += row.credits - row.debits
    return total


def main() -> None:
    """Measure one, two and four shards; check that every crossing ended; print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=4000, help="of each shard")
    asked = parser.parse_args()
    print("shards, one after another on one core: payments per core-second")
    for percent in (0, 5, 20):
        figures = []
        for count in (1, 2, 4):
            with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
                shards = open_shards(Path(folder), count, stack)
                figures.append(run(shards, asked.payments * count, percent))
                if clearing(shards):
                    raise SystemExit("the clearing accounts do not add up")
        shown = "".join(f"{rate:>10,.0f}" for rate in figures)
        print(f"  {percent:>3} % cross {shown}   of one: {figures[2] / figures[0]:.2f}")


if __name__ == "__main__":
    main()
