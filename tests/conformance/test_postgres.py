"""PostgreSQL passes the suite of every set of books; what only it promises stands below."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tallystick.backends.postgres import PostgresBooks
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.protect.emoney import TRUST
from tallystick.protect.enforcement import Mark, ServiceClosed
from tallystick.testing import (
    NOTES,
    BooksConformance,
    Notary,
    OpenBooks,
    marks_only,
    opening,
    settle,
)
from tests.conformance.on_postgres import FUNDS, WRITTEN, findings, forged, open_at, somebody
from tests.postgres import Cluster, shared_cluster


class TestPostgresBooks(BooksConformance):
    def open_books(self, home: Path, notary: Notary) -> OpenBooks:
        name = home / "database"
        if not name.exists():
            name.write_text(shared_cluster().make_database())
        books = open_at(shared_cluster().url(name.read_text()), notary)
        return OpenBooks(books=books, evidence=books.evidence, close=books.close)

    def teardown_method(self) -> None:
        name = (self.home / "database").read_text()
        super().teardown_method()
        shared_cluster().drop_database(name)


@pytest.mark.parametrize("statement", WRITTEN)
def test_what_was_written_stays_as_it_is_even_for_the_owner(
    books: PostgresBooks, postgres_url: str, statement: str
) -> None:
    books.commit([*opening("alice"), FUNDS])
    with somebody(postgres_url) as other, pytest.raises(psycopg.IntegrityError):
        other.execute(statement)


def test_a_transfer_moves_its_balances_whoever_writes_it(
    books: PostgresBooks, postgres_url: str
) -> None:
    books.commit([*opening("alice"), FUNDS])
    with somebody(postgres_url) as other:
        other.execute(forged("leaf") + " WHERE false")  # no transfer is no fault
        other.execute(forged("leaf"))
    trust = books.account(TRUST)
    assert trust is not None
    assert trust.debits == 17
    assert [f for f in findings(postgres_url) if "transfers" in f], "and an audit names it"


# ---- the audit ----------------------------------------------------------------------------------


def test_sound_books_have_no_findings(
    books: PostgresBooks, postgres_url: str, notary: Notary
) -> None:
    books.commit([*opening("alice"), FUNDS])
    books.commit([settle("note-0000-000001", marks=[Mark(NOTES, "one", "a")])])
    assert findings(postgres_url, notary) == []


EDITED = {
    # an edit behind the guards' back, and a word of what an audit says of it
    "UPDATE account SET credits = credits + 5 WHERE id = 'alice'": "account alice",
    "UPDATE transfer SET amount_minor = 9": "transfers of leaf",
    "DELETE FROM transfer": "account",
    "UPDATE outcome SET code = 'other' WHERE request = 'funds-0000-00001'": "another outcome",
    "DELETE FROM outcome WHERE request = 'funds-0000-00001'": "one answer",
    "UPDATE evidence SET leaf = replace(convert_from(leaf, 'UTF8'), 'accepted', 'refused')::bytea"
    " WHERE position = 2": "leaf",
    "DELETE FROM evidence WHERE position = 1": "missing",
    "UPDATE node SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1)": "leaf",
    "DELETE FROM node": "missing",
    "DELETE FROM checkpoint": "checkpoint",
    "UPDATE register SET value = 'other'": "register",
    "ALTER TABLE transfer DISABLE TRIGGER transfer_stays": "guard transfer_stays",
    "DROP TRIGGER transfer_posts ON transfer": "guard transfer_posts: is missing",
    "ALTER TABLE account DROP CONSTRAINT account_floor": "constraint account_floor: is missing",
    "DROP INDEX transfer_resolves_once": "index transfer_resolves_once: is missing",
    "CREATE OR REPLACE FUNCTION balances_follow() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN RETURN NULL; END'": "function balances_follow",
    "CREATE RULE quiet AS ON DELETE TO transfer DO INSTEAD NOTHING": "rule quiet",
    "UPDATE transfer SET debit_after = 0": "does not follow",
    "UPDATE account SET last_seq = 0": "its newest transfer is another",
    "DROP TRIGGER account_follows ON account; CREATE TRIGGER account_follows BEFORE UPDATE ON account"
    " FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION balances_follow()": "guard account_follows",
}


@pytest.mark.parametrize("edit", EDITED)
def test_an_audit_names_what_a_superuser_edited(
    books: PostgresBooks, postgres_url: str, notary: Notary, edit: str
) -> None:
    books.commit([*opening("alice"), FUNDS])
    books.commit([settle("note-0000-000001", marks=[Mark(NOTES, "one", "a")])])
    with somebody(postgres_url) as other:
        other.execute("SET session_replication_role = replica")
        other.execute(edit)
    found = findings(postgres_url, notary)
    assert any(EDITED[edit] in one for one in found), found


# ---- one writer ---------------------------------------------------------------------------------


def test_a_second_process_is_turned_away_and_told_who_writes(
    books: PostgresBooks, postgres_url: str, notary: Notary
) -> None:
    with pytest.raises(Misconfigured, match=r"another process writes these books \(.* since"):
        open_at(postgres_url, notary)
    books.commit([settle("still-0000-00001")])


def test_a_writer_that_lost_its_lock_can_commit_no_more(
    books: PostgresBooks, postgres_url: str, notary: Notary
) -> None:
    """The lock is let go behind its back, as a proxy or a failover may; the epoch is not fooled."""
    books.commit([settle("before-0000-0001")])
    books._lease.connection.execute("SELECT pg_advisory_unlock_all()")
    second = open_at(postgres_url, notary)
    with pytest.raises(Defect, match="taken over"):
        books.commit([settle("late-0000-000001")])
    (proof,) = second.commit([settle("new-0000-0000001")])
    assert proof is not None
    assert proof.index == 1
    with pytest.raises(Defect, match="taken over"):
        books.retire_tallies(before_ms=2**52)
    second.close()


def test_a_writer_that_comes_back_to_books_of_another_stays_out(
    books: PostgresBooks, postgres_url: str, notary: Notary
) -> None:
    books.commit([settle("before-0000-0001")])
    end_session(postgres_url, books)
    second = open_at(postgres_url, notary, lease_wait_s=5)
    second.close()
    with pytest.raises(Defect, match="taken over"):
        books.commit([settle("late-0000-000001")])


# ---- lost connections ---------------------------------------------------------------------------


def end_session(address: str, books: PostgresBooks) -> None:
    """What happens to the writer's session when its server process is ended."""
    with somebody(address) as other:
        other.execute(
            "SELECT pg_terminate_backend(%s)", (books._lease.connection.info.backend_pid,)
        )
        gone = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        while other.execute(gone).fetchone() != (0,):
            pass


def test_a_session_that_ended_between_batches_is_not_noticed_outside(
    books: PostgresBooks, postgres_url: str, notary: Notary
) -> None:
    books.commit([settle("before-0000-0001")])
    end_session(postgres_url, books)
    (proof,) = books.commit([settle("after-0000-00001", marks=[Mark(NOTES, "one", "a")])])
    assert proof is not None
    assert proof.index == 1
    end_session(postgres_url, books)
    assert books.register(NOTES.name, "one") == b"a"
    assert findings(postgres_url, notary) == []


class Severed:
    """A connection whose session ends right before, or right behind, its COMMIT."""

    def __init__(self, real: Any, address: str, *, committed: bool) -> None:
        self._real, self._address, self._committed = real, address, committed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def execute(self, statement: str, *rest: Any, **how: Any) -> Any:
        if statement != "COMMIT":
            return self._real.execute(statement, *rest, **how)
        if self._committed:
            self._real.execute(statement, **how)
            self._real._pipeline.sync()
        with somebody(self._address) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (self._real.info.backend_pid,))
        return self._real.execute("COMMIT", **how)


@pytest.mark.parametrize("leaf", [True, False], ids=["with leaf", "marks alone"])
@pytest.mark.parametrize("committed", [True, False], ids=["behind COMMIT", "before COMMIT"])
def test_a_commit_whose_answer_was_lost_is_looked_up(
    books: PostgresBooks, postgres_url: str, notary: Notary, committed: bool, leaf: bool
) -> None:
    """It is acknowledged if it stands, and written once more if it does not: in either case once."""
    books.commit([settle("first-0000-00001")])
    before = books._lease.batch
    books._lease.connection = Severed(books._lease.connection, postgres_url, committed=committed)
    mark = Mark(NOTES, "one", "a")
    last = settle("second-0000-0001", marks=[mark]) if leaf else marks_only(mark)
    (proof,) = books.commit([last])
    assert (proof is not None) == leaf
    assert books._lease.batch == before + 1, "the batch was written once"
    assert books.register(NOTES.name, "one") == b"a"
    assert books.evidence.size() == 1 + leaf
    (after,) = books.commit([settle("third-0000-00001")])
    assert after is not None
    assert after.index == 1 + leaf
    unproven = [] if leaf else ["register testing one: no entry wrote it"]
    assert findings(postgres_url, notary) == unproven


def test_without_a_server_nothing_is_acknowledged(own_postgres: Cluster, notary: Notary) -> None:
    books = open_at(own_postgres.url(), notary, patience_s=0.2)
    books.commit([settle("first-0000-00001")])
    own_postgres.kill()
    with pytest.raises(ServiceClosed):
        books.commit([settle("second-0000-0001")])
    with pytest.raises(ServiceClosed):
        books.register(NOTES.name, "one")
    own_postgres.start()
    assert books.register(NOTES.name, "one") is None
    (proof,) = books.commit([settle("second-0000-0001")])
    assert proof is not None
    assert proof.index == 1
    books.close()
