"""The part of the Books suite that is about the ledger: holds, linked transfers, pages of both
transfers and records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import AccountId
from tallystick.protect.emoney import TRUST
from tallystick.protect.enforcement import (
    AccountRow,
    Mark,
    OrderedBooks,
    Settlement,
    Transfer,
    TransferKind,
    TransferRow,
)
from tallystick.testing.batches import HOLD, resolving
from tallystick.testing.settlements import AT_MS, NOTES, marks_only, move, settle

LATER = AT_MS + 60_000
"""When the holds of these tests run out."""


class LedgerConformance(ABC):
    """What `BooksConformance` asks besides; it says how the books are opened and begun."""

    @property
    @abstractmethod
    def books(self) -> OrderedBooks: ...

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def account(self, name: str) -> AccountRow: ...

    # ---- records in order ------------------------------------------------------------------------

    def test_records_are_read_in_the_order_of_the_octets_of_their_keys(self) -> None:
        keys = ["a", "B", "é", "10", "9", "a b", "a-b", "aa", "\U0001f642"]
        self.books.commit([marks_only(*(Mark(NOTES, key, f"at {key}") for key in keys))])
        self.books.commit([marks_only(Mark(NOTES, "9", "newer"))])
        ordered = sorted(keys, key=str.encode)
        found = self.books.records(NOTES.name, after="", until="\U0010ffff", limit=100)
        assert [key for key, _ in found] == ordered
        assert dict(found)["9"] == b"newer"
        some = self.books.records(NOTES.name, after=ordered[1], until=ordered[6], limit=4)
        assert [key for key, _ in some] == ordered[2:6]
        rest = self.books.records(NOTES.name, after=ordered[5], until=ordered[6], limit=4)
        assert [key for key, _ in rest] == [ordered[6]], "the last one is included"
        assert not self.books.records(NOTES.name, after=ordered[-1], until="\U0010ffff", limit=4)
        assert not self.books.records("other", after="", until="\U0010ffff", limit=4)

    # ---- holds ----------------------------------------------------------------------------------

    def test_a_hold_is_posted_or_given_back(self) -> None:
        self.start()
        second = move("hold-0000-000002", "bob", TRUST, 40, kind=TransferKind.HOLD)
        self.books.commit([settle("hold-0000-000002", transfer=second)])
        paid = resolving("settle-0000-0001", "alice", 100, TransferKind.POST, HOLD.id)
        failed = resolving("settle-0000-0002", "bob", 40, TransferKind.VOID, second.id)
        self.books.commit([paid, failed])
        alice, bob, trust = self.account("alice"), self.account("bob"), self.account(TRUST)
        assert (alice.debits, alice.debits_held) == (100, 0)
        assert (bob.debits, bob.debits_held) == (0, 0)
        assert (trust.credits, trust.credits_held) == (100, 0)

    def test_a_hold_is_posted_in_part_and_the_rest_is_free(self) -> None:
        self.start()
        self.books.commit([_resolve("settle-0000-0001", TransferKind.POST, 30, reserved=100)])
        alice, trust = self.account("alice"), self.account(TRUST)
        assert (alice.debits, alice.debits_held) == (30, 0)
        assert (trust.credits, trust.credits_held) == (30, 0)
        with refused("the rest of a hold that was posted"):
            self.books.commit([_resolve("settle-0000-0002", TransferKind.POST, 70, reserved=100)])

    def test_a_hold_and_what_resolves_it_may_leave_together(self) -> None:
        self.start()
        hold, order = _hold("hold-0000-000002", 50)
        post = _resolve("settle-0000-0001", TransferKind.POST, 50, pending=hold.id)
        self.books.commit([order, post])
        assert (self.account("alice").debits, self.account("alice").debits_held) == (50, 100)

    def test_no_resolution_says_something_else_than_its_hold(self) -> None:
        self.start()
        for what, settlement in {
            "more than was held": _resolve("break-0000-00001", TransferKind.POST, 101),
            "another reservation": _resolve("break-0000-00001", TransferKind.POST, 90, reserved=99),
            "given back in part": _resolve("break-0000-00001", TransferKind.VOID, 90, reserved=100),
            "by the clock, and it never runs out": _resolve(
                "break-0000-00001", TransferKind.EXPIRE, 100, at_ms=2**52
            ),
        }.items():
            with refused(what):
                self.books.commit([settlement])
        assert self.account("alice").debits_held == 100

    def test_a_hold_runs_out_by_the_clock_and_not_before(self) -> None:
        self.start()
        hold, order = _hold("hold-0000-000002", 50, expires_ms=LATER)
        self.books.commit([order])
        early = _resolve(
            "expire-0000-0001", TransferKind.EXPIRE, 50, pending=hold.id, at_ms=LATER - 1
        )
        with refused("it has time left"):
            self.books.commit([early])
        late = _resolve("settle-0000-0001", TransferKind.POST, 50, pending=hold.id, at_ms=LATER)
        with refused("posted when its time was over"):
            self.books.commit([late])
        expire = _resolve("expire-0000-0001", TransferKind.EXPIRE, 50, pending=hold.id, at_ms=LATER)
        self.books.commit([expire])
        assert (self.account("alice").debits, self.account("alice").debits_held) == (0, 100)
        void = _resolve("settle-0000-0002", TransferKind.VOID, 50, pending=hold.id, at_ms=LATER)
        with refused("a hold that ran out"):
            self.books.commit([void])

    # ---- linked transfers -----------------------------------------------------------------------

    def test_transfers_of_one_order_are_posted_all_or_none(self) -> None:
        self.start()
        first = move("linked-0000-0001", "alice", "bob", 10)
        fee = replace(first, id=f"{first.id}.fee", amount_minor=1, purpose="fee")
        self.books.commit([settle("linked-0000-0001", transfer=first, also=[fee])])
        assert [t.id for t in self.books.transfers(newest=2)] == [first.id, fee.id]
        second = replace(first, id="dev-0.linked-0000-0002")
        dear = replace(second, id=f"{second.id}.fee", amount_minor=10_000)
        with refused("the fee is more than there is"):
            self.books.commit([settle("linked-0000-0002", transfer=second, also=[dear])])
        assert self.account("bob").credits == 1011

    # ---- pages ----------------------------------------------------------------------------------

    def test_pages_of_an_account_carry_its_balance(self) -> None:
        self.start()
        self.pay(25)
        whole = list(self.books.transfers(account=AccountId("alice")))
        balance = 0
        for row in whole:
            if row.kind in ("move", "post"):
                balance += -row.amount_minor if row.debit == "alice" else row.amount_minor
            assert row.balance_minor == balance
        account = self.account("alice")
        assert balance == account.credits - account.debits
        assert all(row.balance_minor is None for row in self.books.transfers())

    def test_pages_join_without_a_gap(self) -> None:
        self.start()
        self.pay(25)
        for name in ("alice", "bob", TRUST):
            whole = list(self.books.transfers(account=AccountId(name)))
            for size in (1, 2, 7, 100):
                pages: list[TransferRow] = []
                before: int | None = None
                while page := list(
                    self.books.transfers(account=AccountId(name), newest=size, before_seq=before)
                ):
                    assert len(page) <= size
                    pages[:0] = page
                    before = page[0].seq
                assert pages == whole

    def test_a_page_may_end_at_a_transfer_of_others(self) -> None:
        self.start()
        self.pay(6)
        whole = list(self.books.transfers(account=AccountId("alice")))
        all_seqs = [row.seq for row in self.books.transfers()]
        for seq in range(whole[-1].seq + 3):
            page = self.books.transfers(account=AccountId("alice"), before_seq=seq)
            assert list(page) == [row for row in whole if row.seq < seq]
            everything = list(self.books.transfers(before_seq=seq))
            assert [row.seq for row in everything] == [n for n in all_seqs if n < seq]
            assert list(self.books.transfers(before_seq=seq, newest=2)) == everything[-2:]
        assert list(self.books.transfers(account=AccountId("alice"), newest=0)) == []

    def test_what_was_since_an_instant_is_found_when_clocks_step_back(self) -> None:
        self.start()
        for number, at_ms in enumerate((5000, 9000, 7000, 9500, 2000, 9600)):
            name = f"clock-0000-00000{number}"
            paid = move(name, "alice", "bob", 1 + number)
            self.books.commit([settle(name, transfer=paid, at_ms=AT_MS + at_ms)])
        for since in (1, 2000, 5001, 7000, 9000, 9500, 9601):
            expected = [
                1 + n
                for n, at_ms in enumerate((5000, 9000, 7000, 9500, 2000, 9600))
                if at_ms >= since
            ]
            found = self.books.transfers(since_ms=AT_MS + since)
            assert [row.amount_minor for row in found] == expected
            of_bob = self.books.transfers(since_ms=AT_MS + since, account=AccountId("bob"))
            assert [row.amount_minor for row in of_bob] == expected

    def pay(self, times: int) -> None:
        """Payments to and fro, in batches of three."""
        batch: list[Settlement] = []
        for number in range(times):
            name = f"payment-0000-0{number:03}"
            sides = ("alice", "bob") if number % 3 else ("bob", "alice")
            batch.append(settle(name, transfer=move(name, *sides, 10 + number)))
            if len(batch) == 3 or number == times - 1:
                self.books.commit(batch)
                batch = []


def _hold(name: str, minor: int, *, expires_ms: int | None = None) -> tuple[Transfer, Settlement]:
    held = move(name, "alice", TRUST, minor, kind=TransferKind.HOLD, purpose="banking.transfer")
    held = replace(held, expires_ms=expires_ms)
    return held, settle(name, transfer=held)


def _resolve(
    name: str,
    kind: TransferKind,
    minor: int,
    *,
    pending: str = HOLD.id,
    reserved: int | None = None,
    at_ms: int = AT_MS,
) -> Settlement:
    transfer = move(name, "alice", TRUST, minor, kind=kind, purpose="emoney.settle")
    transfer = replace(transfer, pending=pending, reserved_minor=reserved)
    return settle(name, transfer=transfer, at_ms=at_ms)


@contextmanager
def refused(what: str) -> Iterator[None]:
    try:
        yield
    except Defect:
        return
    raise AssertionError(f"{what}: nothing was refused")
