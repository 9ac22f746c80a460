"""The conformance suite of the Books port: what every backend must do, and how it is asked.

    class TestMyBooks(BooksConformance):
        def open_books(self, home, notary):
            books = MyBooks(home, sign_checkpoint=notary.sign)
            return OpenBooks(books=books, evidence=books.evidence, close=books.close)

pytest collects the tests of the subclass. Each test has a fresh home.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tallystick.crypto.modules import ModuleUnavailable
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.identifiers import AccountId, DeviceId, RequestId
from tallystick.protect.emoney import TRUST
from tallystick.protect.enforcement import (
    AccountRow,
    Committed,
    Mark,
    OrderedBooks,
    Recorded,
    TransferRow,
)
from tallystick.prove.evidence import (
    EvidenceStore,
    audit_log,
    verify_consistency,
    verify_inclusion,
    verify_note,
)
from tallystick.prove.evidence import consistency_path as path_between
from tallystick.testing.batches import ACCOUNTS, BREAKING, FUNDED
from tallystick.testing.ledger_conformance import LedgerConformance
from tallystick.testing.notaries import Notary
from tallystick.testing.settlements import (
    AT_MS,
    NOTES,
    marks_only,
    move,
    opening,
    settle,
    wallet,
)

BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBooks:
    """A set of books that is open, the evidence beside it, and how to close both."""

    books: OrderedBooks
    evidence: EvidenceStore
    close: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything that can be read of a set of books."""

    accounts: tuple[AccountRow | None, ...]
    transfers: tuple[TransferRow, ...]
    notes: tuple[bytes | None, ...]
    leaves: tuple[bytes, ...]
    checkpoints: tuple[str, ...]


class BooksConformance(LedgerConformance):
    """Subclass it, say how your books are opened, and let pytest run it."""

    @abstractmethod
    def open_books(self, home: Path, notary: Notary) -> OpenBooks:
        """Open the books of a home, fresh or not; checkpoints are signed by the notary."""

    def setup_method(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="tallystick-books-"))
        self.notary = Notary()
        self._opened = [self.open_books(self.home, self.notary)]

    def teardown_method(self) -> None:
        for opened in self._opened:
            opened.close()
        shutil.rmtree(self.home)

    @property
    def books(self) -> OrderedBooks:
        return self._opened[-1].books

    @property
    def evidence(self) -> EvidenceStore:
        return self._opened[-1].evidence

    def reopen(self) -> None:
        self._opened.pop().close()
        self._opened.append(self.open_books(self.home, self.notary))

    def state(self) -> State:
        return State(
            accounts=tuple(self.books.account(AccountId(name)) for name in ACCOUNTS),
            transfers=tuple(self.books.transfers()),
            notes=tuple(self.books.register(NOTES.name, key) for key in ("one", "two")),
            leaves=tuple(entry.leaf for entry in self.evidence.leaves(0, 10_000)),
            checkpoints=tuple(self.evidence.checkpoints()),
        )

    def account(self, name: str) -> AccountRow:
        row = self.books.account(AccountId(name))
        assert row is not None
        return row

    def first_answer(self, device: str, request: str) -> Recorded | None:
        (recorded,) = self.books.recorded([(DeviceId(device), RequestId(request))])
        return recorded

    def start(self) -> None:
        """Alice and bob hold 1000 each; alice has 100 on hold for the bank."""
        self.books.commit([*opening("alice", "bob"), *FUNDED])

    # ---- one batch, one commit ------------------------------------------------------------------

    def test_a_batch_is_written_whole(self) -> None:
        self.start()
        paid = move("payment-0000-0001", "alice", "bob", 250)
        marks = [Mark(NOTES, "one", "first"), Mark(NOTES, "two", "second")]
        self.books.commit([settle("payment-0000-0001", transfer=paid, marks=marks, data=b"{}")])
        alice, bob = self.account("alice"), self.account("bob")
        assert (alice.debits, alice.credits, alice.debits_held) == (250, 1000, 100)
        assert (bob.debits, bob.credits) == (0, 1250)
        assert self.books.register(NOTES.name, "two") == b"second"
        newest = list(self.books.transfers(newest=1))
        assert [(t.id, t.kind, t.amount_minor) for t in newest] == [(paid.id, "move", 250)]
        assert self.first_answer("dev-0", "payment-0000-0001") is not None

    def test_nothing_remains_of_a_batch_that_breaks_a_rule(self) -> None:
        self.start()
        before = self.state()
        for what, breaking in BREAKING.items():
            good = settle(
                "good-0000-000000",
                transfer=move("good-0000-000000", "alice", "bob", 1),
                accounts=[wallet("carol")],
                marks=[Mark(NOTES, "one", "never")],
            )
            after = settle("after-0000-00000", transfer=move("after-0000-00000", "bob", "alice", 1))
            with refuses(Defect, what):
                self.books.commit([good, *breaking, after])
            assert self.state() == before, f"{what}: something of the batch stayed"
            unanswered = self.first_answer("dev-0", "good-0000-000000")
            assert unanswered is None, what

    def test_what_no_name_can_be_is_found_nowhere(self) -> None:
        self.start()
        for name in ("", "alice\0", "\0", "a" * 100_000, "\u202e", "' OR 1=1"):
            assert self.books.account(AccountId(name)) is None
            assert self.books.register(NOTES.name, name) is None
            assert self.first_answer(name, name) is None
            assert not list(self.books.transfers(account=AccountId(name), newest=1))

    def test_the_next_batch_is_not_harmed_by_a_refused_one(self) -> None:
        self.start()
        size = self.evidence.size()
        overdrawn = move("payment-0000-0001", "alice", "bob", 10_000)
        with refuses(Defect, "overdrawn"):
            self.books.commit([settle("payment-0000-0001", transfer=overdrawn)])
        fine = settle("payment-0000-0002", transfer=move("payment-0000-0002", "alice", "bob", 10))
        (proof,) = self.books.commit([fine])
        assert proof is not None
        assert proof.index == size
        self.demand_proven(proof)
        self.demand_sound_log()

    def test_orders_of_one_batch_build_on_each_other(self) -> None:
        self.start()
        self.books.commit(
            [
                settle("carol-0000-00000", accounts=[wallet("carol")]),
                settle("step-0000-000001", transfer=move("step-0000-000001", "alice", "carol", 9)),
                settle("step-0000-000002", transfer=move("step-0000-000002", "carol", "bob", 9)),
            ]
        )
        assert self.account("carol").credits == self.account("carol").debits == 9

    def test_an_empty_batch_changes_nothing(self) -> None:
        self.start()
        before = self.state()
        assert list(self.books.commit([])) == []
        assert self.state() == before

    # ---- marks ----------------------------------------------------------------------------------

    def test_a_settlement_without_a_leaf_writes_its_marks(self) -> None:
        self.start()
        before = self.state()
        proofs = self.books.commit([marks_only(Mark(NOTES, "one", "alone"))])
        assert list(proofs) == [None]
        assert self.books.register(NOTES.name, "one") == b"alone"
        assert self.state().checkpoints == before.checkpoints
        assert self.evidence.size() == len(before.leaves)

    def test_proofs_stand_in_the_places_of_their_settlements(self) -> None:
        self.start()
        batch = [
            marks_only(Mark(NOTES, "one", "1")),
            settle("leaf-0000-000001"),
            marks_only(Mark(NOTES, "one", "2")),
            settle("leaf-0000-000002"),
        ]
        proofs = list(self.books.commit(batch))
        assert [proof and proof.leaf for proof in proofs] == [s.leaf for s in batch]
        assert self.books.register(NOTES.name, "one") == b"2"

    def test_the_newest_mark_of_a_record_stands(self) -> None:
        self.books.commit([marks_only(*(Mark(NOTES, "one", str(n)) for n in range(5)))])
        assert self.books.register(NOTES.name, "one") == b"4"
        self.books.commit([marks_only(Mark(NOTES, "one", "later"))])
        assert self.books.register(NOTES.name, "one") == b"later"
        assert self.books.register(NOTES.name, "three") is None
        assert self.books.register("other", "one") is None

    # ---- the first answer stands ----------------------------------------------------------------

    def test_the_first_answer_comes_back_with_a_proof_of_now(self) -> None:
        self.start()
        asked = settle("payment-0000-0001", order="sha256:asked", data=b'{"a":1}', code="refused")
        (first,) = self.books.commit([asked])
        assert first is not None
        for number in range(5):
            self.books.commit([settle(f"other-0000-0000{number}")])
            again = self.first_answer("dev-0", "payment-0000-0001")
            assert again is not None
            assert again.order == "sha256:asked"
            assert (again.committed.leaf, again.committed.data) == (asked.leaf, asked.data)
            assert again.committed.index == first.index
            assert again.committed.size == self.evidence.size()
            self.demand_proven(again.committed)

    def test_an_answer_belongs_to_its_device(self) -> None:
        self.books.commit([settle("payment-0000-0001", device="dev-1", code="a")])
        self.books.commit([settle("payment-0000-0001", device="dev-2", code="b")])
        names = ("dev-1", "dev-2", "dev-3")
        answers = self.books.recorded(
            [(DeviceId(name), RequestId("payment-0000-0001")) for name in names]
        )
        assert [answer and answer.committed.index for answer in answers] == [0, 1, None]
        nobody = self.first_answer("dev-1", "payment-0000-0002")
        assert nobody is None

    # ---- evidence -------------------------------------------------------------------------------

    def test_every_leaf_is_proven_in_every_batch(self) -> None:
        number = 0
        for count in (1, 1, 2, 3, 1, 5, 8, 13):
            batch = [settle(f"leaf-0000-{number + n:06}") for n in range(count)]
            number += count
            proofs = [proof for proof in self.books.commit(batch) if proof is not None]
            assert [proof.index for proof in proofs] == list(range(number - count, number))
            assert {proof.size for proof in proofs} == {number}
            for proof in proofs:
                self.demand_proven(proof)
        self.demand_sound_log()

    def test_every_checkpoint_continues_the_one_before(self) -> None:
        for number in range(12):
            self.books.commit([settle(f"leaf-0000-{number:06}-{n}") for n in range(number % 4)])
        heads = [
            verify_note(note, self.notary.verifier_key) for note in self.evidence.checkpoints()
        ]
        assert [head.size for head in heads] == sorted({head.size for head in heads})
        for old, new in itertools.pairwise(heads):
            verify_consistency(
                old=old.size,
                new=new.size,
                old_root=old.root,
                new_root=new.root,
                path=path_between(old.size, new.size, self.evidence.node),
            )

    def test_a_large_batch_is_one_commit(self) -> None:
        self.start()
        notes = len(self.evidence.checkpoints())
        batch = [
            settle(f"large-0000-{n:06}", transfer=move(f"large-0000-{n:06}", "bob", "alice", 1))
            for n in range(BATCH)
        ]
        proofs = self.books.commit(batch)
        assert len(self.evidence.checkpoints()) == notes + 1
        for proof in (proofs[0], proofs[BATCH // 2], proofs[-1]):
            assert proof is not None
            self.demand_proven(proof)
        assert self.account("bob").debits == BATCH

    def test_a_checkpoint_that_cannot_be_signed_stops_the_batch(self) -> None:
        self.start()
        before = self.state()
        self.notary.failing = ModuleUnavailable("no signature today")
        with refuses(ModuleUnavailable, "no signature"):
            self.books.commit([settle("leaf-0000-000001")])
        assert self.state() == before
        self.notary.failing = None
        self.books.commit([settle("leaf-0000-000001")])
        self.demand_sound_log()

    # ---- reading --------------------------------------------------------------------------------

    def test_transfers_are_read_in_their_order(self) -> None:
        self.start()
        for number in range(6):
            name = f"payment-0000-000{number}"
            paid = move(name, *(("alice", "bob") if number % 2 else ("bob", "alice")), 10 + number)
            self.books.commit([settle(name, transfer=paid, at_ms=AT_MS + number)])
        rows = list(self.books.transfers())
        assert [row.seq for row in rows] == sorted(row.seq for row in rows)
        assert [row.amount_minor for row in rows][-6:] == [10, 11, 12, 13, 14, 15]
        since = self.books.transfers(since_ms=AT_MS + 4)
        assert [row.amount_minor for row in since] == [14, 15]
        newest = self.books.transfers(account=AccountId("alice"), newest=2)
        assert [row.amount_minor for row in newest] == [14, 15]
        assert [row.device for row in self.books.transfers(newest=1)] == ["dev-0"]
        assert {row.debit for row in self.books.transfers(account=TRUST)} == {TRUST, "alice"}
        assert list(self.books.transfers(account=AccountId("nobody"))) == []

    def test_what_is_not_there_is_none(self) -> None:
        assert self.books.account(AccountId("nobody")) is None
        assert self.books.register(NOTES.name, "one") is None
        assert self.first_answer("dev-0", "payment-0000-0001") is None
        assert list(self.books.transfers()) == []
        assert (self.evidence.size(), self.evidence.checkpoint()) == (0, None)

    # ---- opening --------------------------------------------------------------------------------

    def test_books_opened_again_hold_the_same(self) -> None:
        self.start()
        self.books.commit([settle("leaf-0000-000001", marks=[Mark(NOTES, "one", "kept")])])
        before = self.state()
        self.reopen()
        assert self.state() == before
        (proof,) = self.books.commit([settle("leaf-0000-000002")])
        assert proof is not None
        assert proof.index == len(before.leaves)
        self.demand_proven(proof)
        self.demand_sound_log()

    def test_two_writers_never_write(self) -> None:
        """A second opener is turned away, or the first can commit no more."""
        self.start()
        try:
            second = self.open_books(self.home, self.notary)
        except Misconfigured:
            return
        self._opened.insert(0, second)
        with refuses(Defect, "fenced off"):
            self.books.commit([settle("leaf-0000-000001")])
        second.books.commit([settle("leaf-0000-000002")])

    # ---- what is demanded of every proof --------------------------------------------------------

    def demand_proven(self, proof: Committed) -> None:
        head = verify_note(proof.checkpoint, self.notary.verifier_key)
        assert head.size == proof.size
        verify_inclusion(
            leaf=proof.leaf, index=proof.index, size=proof.size, path=proof.path, root=head.root
        )

    def demand_sound_log(self) -> None:
        assert audit_log(self.evidence, vkey=self.notary.verifier_key) == []


@contextmanager
def refuses(kind: type[BaseException], what: str) -> Iterator[None]:
    """Expect one kind of exception and no other."""
    try:
        yield
    except kind:
        return
    raise AssertionError(f"{what}: nothing was refused")
