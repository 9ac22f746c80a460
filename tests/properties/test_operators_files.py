"""Files and addresses that an operator writes: read, or told what is wrong, whatever stands there."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tallystick.backends.postgres.address import demand_address, without_password
from tallystick.ground.errors import Misconfigured
from tallystick.serve.connections import ConnectionsFile, read_connections
from tallystick.serve.shards import read_shards

NAMES = [
    "mobile_money",
    "interop",
    "peer",
    "number",
    "count",
    "listen",
    "url",
    "key",
    "prefix",
    "x",
]
VALUES = ["1", "-1", "1e400", "nan", "true", '"x"', '"127.0.0.1:1"', "[]", "[[]]", "{}", "1979-05-27", "=", "\0"]  # fmt: skip
lines = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)).map(" = ".join),
        st.sampled_from(NAMES).map(lambda name: f"[{name}]"),
        st.sampled_from(NAMES).map(lambda name: f"[[{name}]]"),
    ),
    max_size=8,
).map("\n".join)
octets = st.one_of(st.binary(max_size=60), lines.map(str.encode))


@given(octets)
@example(b"a = " + b"[" * 3_000)
@example(b"a = " + b"{b=" * 3_000)
def test_every_file_is_read_or_told_about(said: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.toml"
        path.write_bytes(said)
        with suppress(Misconfigured):
            assert isinstance(read_connections(path), ConnectionsFile)
        with pytest.raises(Misconfigured):
            read_shards(path)


SECRET = "zq9secret"
PLAIN = st.text("ab/?#@[]:%&= ", max_size=4)


@given(before=PLAIN, behind=PLAIN, name=st.sampled_from(["u", "", "a%40b"]))
def test_no_part_of_a_password_is_kept(before: str, behind: str, name: str) -> None:
    password = f"{before}{SECRET}{behind}{SECRET}"
    address = f"postgresql://{name}:{password}@db.example:5432/books?sslmode=require"
    with suppress(Misconfigured):
        assert SECRET not in without_password(address)
    encoded = (
        f"postgresql://{name}:{quote(password, safe='')}@db.example:5432/books?sslmode=require"
    )
    kept = f"postgresql://{name}@db.example:5432/books?sslmode=require"
    assert without_password(encoded) == kept


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:pa#hunter@h/db", "postgresql://u:pa?hunter@h/db", "postgresql://u:pa/hunter@h/db",
        "postgresql://u:p@hunter@h/db", "postgresql://u:[hunter@h/db",
    ],
)  # fmt: skip
def test_an_address_that_reads_in_two_ways_is_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        demand_address(address)
    assert "hunter" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql:///books?host=/run/postgresql", "postgresql://[::1]:5432/books",
        "postgresql://u@[::1]/books", "postgresql://u:w@one:1,two:2/books", "postgres://h",
    ],
)  # fmt: skip
def test_other_addresses_are_taken(address: str) -> None:
    assert demand_address(address) == address
