"""A home whose books are on PostgreSQL is backed up, brought back, and its server looked at."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tallystick.assembly import (
    back_up,
    check_home,
    check_server,
    copy_home,
    prepare_books,
    restore,
)
from tallystick.backends.postgres import PostgresBooks, copy_in, copy_out
from tallystick.ground.errors import Misconfigured
from tallystick.protect.emoney import TRUST, UNISSUED
from tallystick.testing import Notary, move, opening, settle
from tallystick.testing.batches import FUNDED
from tests.postgres import Cluster
from tests.stage import Stage


def test_a_home_on_postgres_is_backed_up_and_brought_back(
    postgres_cluster: Cluster, postgres_url: str, tmp_path: Path
) -> None:
    with Stage(tmp_path / "home", books=postgres_url) as stage:
        stage.person("Alice Wanjiru", minor=5_000)
        stage.settled()
        made = back_up(stage.home, to=tmp_path / "backup")
        stage.person("Bob Otieno")
    assert made.backend == "postgres"
    again = postgres_cluster.make_database()
    restored = restore(
        tmp_path / "backup", home=tmp_path / "again", books=postgres_cluster.url(again)
    )
    assert restored == made
    assert check_home(tmp_path / "again") == []
    with Stage(tmp_path / "again") as later:
        assert later.platform.evidence.size() == made.size + 1, "it goes on where the backup stands"
    assert check_home(tmp_path / "again") == []
    with pytest.raises(Misconfigured, match="books here already"):
        restore(tmp_path / "backup", home=tmp_path / "third", books=postgres_cluster.url(again))
    with pytest.raises(Misconfigured, match="that backend"):
        restore(tmp_path / "backup", home=tmp_path / "fourth")
    postgres_cluster.drop_database(again)


@pytest.mark.parametrize("removed", ["evidence", "account"])
def test_files_that_are_not_sound_books_are_not_taken_in(
    postgres_cluster: Cluster, postgres_url: str, tmp_path: Path, removed: str
) -> None:
    notary = Notary()
    books = PostgresBooks(postgres_url, sign_checkpoint=notary.sign)
    books.commit(opening("alice"))
    copy_out(postgres_url, (early := tmp_path / "early", early.mkdir())[0])
    books.commit(
        [settle("funds-0000-00001", transfer=move("funds-0000-00001", TRUST, UNISSUED, 10))]
    )
    copy_out(postgres_url, (late := tmp_path / "late", late.mkdir())[0])
    books.close()
    shutil.copy(early / f"{removed}.copy", late / f"{removed}.copy")
    fresh = postgres_cluster.make_database()
    with pytest.raises(Misconfigured, match=r"not sound books|not what their transfers say"):
        copy_in(late, postgres_cluster.url(fresh))
    assert postgres_cluster.sql("SELECT count(*) FROM tallystick.account", database=fresh) == [(0,)]
    postgres_cluster.drop_database(fresh)


def test_holds_come_back_as_they_were(
    postgres_cluster: Cluster, postgres_url: str, tmp_path: Path
) -> None:
    notary = Notary()
    books = PostgresBooks(postgres_url, sign_checkpoint=notary.sign)
    books.commit([*opening("alice", "bob"), *FUNDED])
    before = books.account(TRUST)
    copy_out(postgres_url, tmp_path)
    books.close()
    fresh = postgres_cluster.make_database()
    copy_in(tmp_path, postgres_cluster.url(fresh))
    again = PostgresBooks(postgres_cluster.url(fresh), sign_checkpoint=notary.sign)
    assert again.account(TRUST) == before
    again.commit([settle("after-0000-00001")])
    again.close()
    postgres_cluster.drop_database(fresh)


# ---- what doctor looks at -----------------------------------------------------------------------


def looked_at(address: str) -> dict[str, tuple[str, str]]:
    return {what: (found, mend) for what, found, mend in check_server(address)}


def test_a_fresh_server_is_looked_at(postgres_url: str) -> None:
    seen = looked_at(postgres_url)
    assert seen["fsync"] == seen["full_page_writes"] == seen["synchronous_commit"] == ("on", "")
    assert seen["schema"][0].startswith("none yet")
    assert "CREATE ROLE" in seen["role"][1], "the tests' role is a superuser"
    assert seen["wire"] == ("this machine alone", "")
    assert all(skew == "" for _, skew in [seen["clock skew"]])


def test_what_is_bad_is_named_with_its_remedy(postgres_cluster: Cluster, postgres_url: str) -> None:
    prepare_books(postgres_url)
    database = postgres_url.split("?")[0].rpartition("/")[2]
    postgres_cluster.sql(f"ALTER DATABASE {database} SET synchronous_commit = off")
    postgres_cluster.sql("DROP TRIGGER transfer_posts ON tallystick.transfer", database=database)
    seen = looked_at(postgres_url)
    assert seen["synchronous_commit"][0] == "off"
    assert "RESET synchronous_commit" in seen["synchronous_commit"][1]
    assert "transfer_posts is missing" in seen["guards"][0]
    assert "nobody writes no more" in seen["writer"][0]
    postgres_cluster.sql("INSERT INTO tallystick.migration VALUES (99)", database=database)
    assert looked_at(postgres_url)["schema"][1] == "a newer tallystick"


def test_a_role_that_is_not_shown_the_standbys_is_told_so(own_postgres: Cluster) -> None:
    own_postgres.sql("CREATE ROLE plain LOGIN")
    own_postgres.sql("CREATE ROLE watcher LOGIN IN ROLE pg_monitor")
    own_postgres.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
    own_postgres.sql("SELECT pg_reload_conf()")
    plain = looked_at(own_postgres.url(user="plain"))["replication"]
    assert plain[1] == "GRANT pg_monitor to this role"
    assert "start it" in looked_at(own_postgres.url(user="watcher"))["replication"][1]


def test_the_one_who_writes_is_named(postgres_url: str) -> None:
    books = PostgresBooks(postgres_url, sign_checkpoint=Notary().sign)
    assert "writes now" in looked_at(postgres_url)["writer"][0]
    books.close()


def test_books_in_a_database_are_not_damaged_by_trials(postgres_url: str, tmp_path: Path) -> None:
    with Stage(tmp_path / "home", books=postgres_url):
        pass
    with pytest.raises(Misconfigured, match="a database keeps these books"):
        copy_home(tmp_path / "home", tmp_path / "copy")
