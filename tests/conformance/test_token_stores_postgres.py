"""PostgreSQL passes the suite of every store of the vault; what only it promises stands below."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg
import pytest

from tallystick.backends.postgres import PostgresTokenStore
from tallystick.ground.errors import Misconfigured
from tallystick.protect.enforcement import ServiceClosed
from tallystick.protect.tokens import Pan, TokenStore
from tallystick.testing import TokenStoreConformance
from tests.postgres import shared_cluster
from tests.rooms.protect.tokens.vaults import PANS, SHOP, World


class TestPostgresTokenStore(TokenStoreConformance):
    def open_store(self, home: Path) -> TokenStore:
        name = home / "database"
        if not name.exists():
            name.write_text(shared_cluster().make_database())
        return PostgresTokenStore(shared_cluster().url(name.read_text()))

    def teardown_method(self) -> None:
        name = (self.home / "database").read_text()
        super().teardown_method()
        shared_cluster().drop_database(name)


def test_processes_that_tokenise_one_number_at_once_get_one_token(postgres_url: str) -> None:
    stores = [PostgresTokenStore(postgres_url) for _ in range(4)]
    worlds = [World(store=store) for store in stores]
    together, got = threading.Barrier(4), []

    def work(world: World) -> None:
        for digits in PANS:
            together.wait(timeout=30)
            got.append((digits, world.vault.tokenise(Pan(digits), SHOP)))

    threads = [threading.Thread(target=work, args=(world,)) for world in worlds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(got) == 4 * len(PANS)
    assert len(set(got)) == len(PANS)
    assert len(stores[0].page("", 100)) == len(PANS)
    for store in stores:
        store.close()


def test_a_connection_that_went_is_made_again(postgres_url: str) -> None:
    store = PostgresTokenStore(postgres_url)
    token = World(store=store).vault.tokenise(Pan(PANS[0]), SHOP)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'tallystick vault' AND datname = current_database()"
        )
    with pytest.raises(ServiceClosed):
        store.read(token)
    assert store.read(token) is not None
    store.close()


def test_tables_of_another_version_are_left_alone(postgres_url: str) -> None:
    PostgresTokenStore(postgres_url).close()
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("UPDATE tallystick_vault.migration SET version = 9")
    with pytest.raises(Misconfigured, match="version 9"):
        PostgresTokenStore(postgres_url)
    with pytest.raises(Misconfigured):
        PostgresTokenStore("sqlite://vault")


def test_no_account_number_is_in_the_database(postgres_url: str) -> None:
    store = PostgresTokenStore(postgres_url)
    World(store=store).vault.tokenise(Pan(PANS[0]), SHOP)
    with psycopg.connect(postgres_url) as other:
        rows = other.execute(
            "SELECT t::text, encode(sealed, 'escape') FROM tallystick_vault.token t"
        )
        text = str(rows.fetchall())
    assert "9000001" in text
    for form in (PANS[0], PANS[0].encode().hex(), PANS[0][6:]):
        assert form not in text
    store.close()
