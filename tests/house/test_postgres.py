"""The throw-away PostgreSQL that other tests stand on does what they rely on."""

from __future__ import annotations

import time

import pytest

from tests.postgres import Cluster

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")


def test_every_test_has_a_database_of_its_own(postgres_cluster: Cluster, postgres_url: str) -> None:
    other = postgres_cluster.make_database()
    with psycopg.connect(postgres_url, autocommit=True) as here:
        here.execute("CREATE TABLE mine (x int)")
        with psycopg.connect(postgres_cluster.url(other)) as there:
            assert there.execute("SELECT to_regclass('mine')").fetchone() == (None,)
    postgres_cluster.drop_database(other)
    names = postgres_cluster.sql("SELECT datname FROM pg_database")
    assert (other,) not in names


def test_commits_are_durable_and_nobody_comes_in_from_outside(postgres_cluster: Cluster) -> None:
    def setting(name: str) -> str:
        return str(postgres_cluster.sql(f"SHOW {name}")[0][0])

    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        assert setting(name) == "on"
    assert setting("listen_addresses") == ""


@pytest.mark.slow
def test_a_killed_server_starts_again_with_what_was_committed(own_postgres: Cluster) -> None:
    own_postgres.sql("CREATE TABLE kept (x int)")
    for value in range(3):
        own_postgres.sql(f"INSERT INTO kept VALUES ({value})")
        own_postgres.kill()
        began = time.monotonic()
        own_postgres.start()
        assert time.monotonic() - began < 30
    assert own_postgres.sql("SELECT count(*) FROM kept") == [(3,)]
