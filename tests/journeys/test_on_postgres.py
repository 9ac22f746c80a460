"""The journeys again, with the books on PostgreSQL: nothing above the books can tell."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tallystick.assembly import check_home, open_evidence, read_account, record_audit
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret
from tests.journeys.test_banking import *  # noqa: F403
from tests.journeys.test_payments import *  # noqa: F403
from tests.postgres import Cluster, shared_cluster
from tests.stage import Person, Stage, pay


@cache
def prepared(folder: Path) -> tuple[str, dict[str, Secret]]:
    """A home and its database, made once; the database is a template for each test's own."""
    cluster = shared_cluster()
    name = cluster.make_database()
    with Stage(folder / "home", books=cluster.url(name)) as made:
        people = {role: made.staff(role) for role in ("treasury", "backoffice", "laboratory")}
        people["alice"] = made.person("Alice Wanjiru", minor=10_000_000)
        people["bob"] = made.person("Bob Otieno")
        states = {one: person.handset.state() for one, person in people.items()}
    return name, states


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("on-postgres")


@pytest.fixture
def stage(folder: Path, tmp_path: Path, postgres_cluster: Cluster) -> Iterator[Stage]:
    """A service of its own for each test: a copy of the prepared home and of its database."""
    template, states = prepared(folder)
    name = postgres_cluster.make_database(template=template)
    shutil.copytree(folder / "home", tmp_path / "home")
    (tmp_path / "home" / "books.url").write_text(postgres_cluster.url(name))
    with Stage(tmp_path / "home") as made:
        made.states = states
        yield made
    assert made.findings() == []
    postgres_cluster.drop_database(name)


def test_a_home_remembers_its_database_and_can_be_looked_at(
    stage: Stage, alice: Person, bob: Person
) -> None:
    assert pay(alice, bob, 12_345).accepted
    stage.settled()
    assert read_account(stage.home, bob.account) == (12_345, 0)  # type: ignore[arg-type]
    with open_evidence(stage.home) as evidence:
        assert evidence.size() == stage.platform.evidence.size()
    record_audit(stage.platform, home=stage.home)
    assert "books.sqlite" not in {path.name for path in stage.home.iterdir()}
    with pytest.raises(Misconfigured, match="another process"):
        Stage(stage.home)


def test_a_home_has_one_place_for_its_books(
    stage: Stage, postgres_cluster: Cluster, tmp_path: Path
) -> None:
    stage.close()
    with pytest.raises(Misconfigured, match="kept elsewhere"):
        Stage(stage.home, books=postgres_cluster.url("postgres"))
    with Stage(tmp_path / "other") as other:
        other.close()
        with pytest.raises(Misconfigured, match="keeps its books itself"):
            Stage(tmp_path / "other", books=postgres_cluster.url("postgres"))


def test_the_password_of_an_address_is_not_written_down(
    postgres_cluster: Cluster, postgres_url: str, tmp_path: Path
) -> None:
    address = postgres_url.replace("postgres@", "postgres:hidden-word@")
    with Stage(tmp_path / "home", books=address) as made:
        made.settled()
    assert (tmp_path / "home" / "books.url").read_text() == f"{postgres_url}\n"
    for path in (tmp_path / "home").iterdir():
        assert b"hidden-word" not in path.read_bytes()
    assert check_home(tmp_path / "home") == []
