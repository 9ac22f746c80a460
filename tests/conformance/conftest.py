"""Books on PostgreSQL, opened for a test, and whoever signs their checkpoints."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tallystick.backends.postgres import PostgresBooks
from tallystick.testing import Notary
from tests.conformance.on_postgres import open_at


@pytest.fixture
def notary() -> Notary:
    return Notary()


@pytest.fixture
def books(postgres_url: str, notary: Notary) -> Iterator[PostgresBooks]:
    opened = open_at(postgres_url, notary)
    yield opened
    opened.close()
