"""Many rows by one statement: as if each had been written for itself, and all or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tallystick.backends.sqlite.inserting import ROWS_MAX, Insert

PAIRS = Insert("pair (left, right)", width=2)


def fresh() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(
        "CREATE TABLE pair (left INTEGER PRIMARY KEY, right TEXT CHECK (right > ''))"
    )
    connection.execute("BEGIN")
    return connection


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    made = fresh()
    yield made
    made.close()


def numbered(count: int) -> list[object]:
    return [value for n in range(count) for value in (n, f"row {n}")]


@given(st.integers(0, 3 * ROWS_MAX))
@example(0)
@example(2 * ROWS_MAX - 1)
def test_each_row_is_written_once_and_in_its_columns(count: int) -> None:
    connection = fresh()
    PAIRS.write(connection, numbered(count))
    rows = connection.execute("SELECT left, right FROM pair ORDER BY left").fetchall()
    connection.close()
    assert rows == [(n, f"row {n}") for n in range(count)]


REFUSED = {"its column": (500, ""), "its key": (-1, "again")}


@pytest.mark.parametrize("wrong", [0, 5, ROWS_MAX, ROWS_MAX + 1, ROWS_MAX + 6])
@pytest.mark.parametrize("why", REFUSED)
def test_a_row_that_is_refused_ends_the_transaction(
    connection: sqlite3.Connection, wrong: int, why: str
) -> None:
    connection.execute("INSERT INTO pair VALUES (-1, 'first')")
    values = numbered(ROWS_MAX + 7)
    values[2 * wrong : 2 * wrong + 2] = REFUSED[why]
    with pytest.raises(sqlite3.IntegrityError):
        PAIRS.write(connection, values)
    assert not connection.in_transaction
    assert connection.execute("SELECT COUNT(*) FROM pair").fetchone() == (0,)


def test_few_texts_serve_every_number_of_rows(connection: sqlite3.Connection) -> None:
    texts: set[str] = set()
    connection.set_trace_callback(lambda text: texts.add(text.count("(") * "."))
    for count in range(ROWS_MAX + 40):
        connection.execute("DELETE FROM pair")
        PAIRS.write(connection, numbered(count))
    assert len(texts) <= ROWS_MAX.bit_length() + 1
