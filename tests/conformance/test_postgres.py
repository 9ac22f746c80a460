"""PostgreSQL passes the suite of every set of books; what only it promises stands below."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed")

from tallystick.backends.postgres import PostgresBooks
from tallystick.testing import BooksConformance, Notary, OpenBooks
from tests.postgres import shared_cluster


class TestPostgresBooks(BooksConformance):
    def open_books(self, home: Path, notary: Notary) -> OpenBooks:
        name = home / "database"
        if not name.exists():
            name.write_text(shared_cluster().make_database())
        address = shared_cluster().url(name.read_text())
        books = PostgresBooks(address, sign_checkpoint=notary.sign, lease_wait_s=0.1)
        return OpenBooks(books=books, evidence=books.evidence, close=books.close)

    def teardown_method(self) -> None:
        name = (self.home / "database").read_text()
        super().teardown_method()
        shared_cluster().drop_database(name)
