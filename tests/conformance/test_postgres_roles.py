"""What is demanded of a server of PostgreSQL and of the roles on it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tallystick.backends.postgres import PostgresBooks, open_snapshot, prepare_books
from tallystick.backends.postgres import schema as tables
from tallystick.ground.errors import Misconfigured
from tallystick.protect.enforcement import Mark
from tallystick.testing import NOTES, Notary, opening, settle
from tests.conformance.on_postgres import FUNDS, WRITTEN, findings, open_at, somebody
from tests.postgres import Cluster

# ---- what is demanded of a server ---------------------------------------------------------------


@pytest.mark.parametrize("level", ["off", "local", "remote_write"])
def test_a_role_whose_commits_can_be_lost_is_refused(
    postgres_cluster: Cluster, postgres_url: str, notary: Notary, level: str
) -> None:
    database = postgres_url.split("?")[0].rpartition("/")[2]
    postgres_cluster.sql(f"ALTER DATABASE {database} SET synchronous_commit = {level}")
    with pytest.raises(Misconfigured, match="synchronous_commit"):
        open_at(postgres_url, notary)


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_does_not_write_through_is_refused(
    own_postgres: Cluster, notary: Notary, setting: str
) -> None:
    own_postgres.sql(f"ALTER SYSTEM SET {setting} = off")
    own_postgres.stop()
    own_postgres.start()
    with pytest.raises(Misconfigured, match=setting):
        open_at(own_postgres.url(), notary)


def test_nobody_weakens_a_session_of_ours(books: PostgresBooks, postgres_url: str) -> None:
    with somebody(postgres_url) as other:
        other.execute("ALTER ROLE postgres SET synchronous_commit = off")
        try:
            level = books._lease.connection.execute("SHOW synchronous_commit").fetchone()
        finally:
            other.execute("ALTER ROLE postgres RESET synchronous_commit")
    assert level == ("on",)


def test_an_address_that_leads_nowhere_is_misconfigured(notary: Notary) -> None:
    with pytest.raises(Misconfigured, match="cannot be reached") as told:
        open_at("postgresql://pay:hidden@/books?host=/nowhere", notary)
    assert "hidden" not in str(told.value)


# ---- schema and roles ---------------------------------------------------------------------------


def test_a_newer_schema_is_refused_and_left_alone(postgres_url: str, notary: Notary) -> None:
    prepare_books(postgres_url)
    with somebody(postgres_url) as other:
        other.execute("INSERT INTO migration (version) VALUES (%s)", (tables.SCHEMA_VERSION + 1,))
        with pytest.raises(Misconfigured, match="newer"):
            open_at(postgres_url, notary)
        with pytest.raises(Misconfigured, match="newer"):
            prepare_books(postgres_url)
        with pytest.raises(Misconfigured, match="newer"):
            open_snapshot(postgres_url)


def test_preparing_twice_changes_nothing(postgres_url: str) -> None:
    assert prepare_books(postgres_url) == prepare_books(postgres_url) == tables.SCHEMA_VERSION


@pytest.fixture
def writer_url(postgres_cluster: Cluster, postgres_url: str) -> Iterator[str]:
    """The address of a database of another owner, for a role that only writes."""
    database = postgres_url.split("?")[0].rpartition("/")[2]
    role = f"pay_{database}"
    postgres_cluster.sql(f"CREATE ROLE {role} LOGIN")
    yield postgres_cluster.url(database, user=role)
    postgres_cluster.sql(f"DROP OWNED BY {role}", database=database)
    postgres_cluster.sql(f"DROP ROLE {role}")


def role_of(address: str) -> str:
    return address.partition("://")[2].partition("@")[0]


def test_a_role_that_does_not_own_the_books_writes_and_changes_nothing(
    postgres_url: str, writer_url: str, notary: Notary
) -> None:
    with pytest.raises(Misconfigured, match="may not"):
        open_at(writer_url, notary)
    prepare_books(postgres_url, writer=role_of(writer_url))
    books = open_at(writer_url, notary)
    books.commit([*opening("alice"), FUNDS])
    books.commit([settle("note-0000-000001", marks=[Mark(NOTES, "one", "a")])])
    books.commit([settle("note-0000-000002", marks=[Mark(NOTES, "one", "b")])])
    assert books.register(NOTES.name, "one") == b"b"
    assert books.retire_tallies(before_ms=0) == 0
    refused = (psycopg.errors.InsufficientPrivilege, psycopg.IntegrityError)
    with somebody(writer_url) as other:
        for statement in [
            *WRITTEN,
            "ALTER TABLE transfer DISABLE TRIGGER ALL",
            "DROP TABLE transfer",
        ]:
            with pytest.raises(refused):
                other.execute(statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            other.execute("UPDATE account SET credits = credits + 1")
    books.close()
    assert findings(writer_url, notary) == []


def test_a_role_that_is_not_there_cannot_be_let_in(postgres_url: str) -> None:
    with pytest.raises(Misconfigured, match="no role"):
        prepare_books(postgres_url, writer="nobody-of-this-name")


def test_tallies_are_let_go_and_leaves_stay(books: PostgresBooks) -> None:
    books.commit([settle("old-0000-0000001", at_ms=1000), settle("new-0000-0000001", at_ms=3000)])
    assert books.retire_tallies(before_ms=2000) == 1
    assert books.retire_tallies(before_ms=2000) == 0
    old, new = books.evidence.leaves(0, 2)
    assert not old.tally
    assert new.tally
    assert old.leaf
    (proof,) = books.commit([settle("later-0000-00001")])
    assert proof is not None
    assert proof.index == 2
