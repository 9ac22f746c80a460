"""What may be said about a customer, and what is kept of it."""

from __future__ import annotations

import pytest

from tallystick.ground.identifiers import CustomerId
from tallystick.protect.diligence import (
    CUSTOMERS,
    CustomerMalformed,
    CustomerRecord,
    register_customer,
)

NOW = 1_767_225_600_000  # 2026-01-01T00:00:00Z
GOOD = {
    "id": CustomerId("cus-1"),
    "name": "Amina Wanjiku Okafor",
    "born": "1990-02-28",
    "country": "KE",
    "role": "customer",
    "tier": "basic",
    "document": "KE 1234-567",
}


def register(**changes: str) -> CustomerRecord:
    return register_customer(**(GOOD | changes), seal=lambda n: f"sealed:{n[::-1]}", now_ms=NOW)


def test_the_record_keeps_the_sealed_number_and_nothing_else_of_the_document() -> None:
    record = register()
    assert record.document == "sealed:7654321EK"
    assert "1234567" not in repr(record)
    assert (record.name, record.registered_ms) == ("Amina Wanjiku Okafor", NOW)


def test_a_record_survives_its_octets() -> None:
    record = register(name="Åsa 王 محمد", role="merchant")
    assert CUSTOMERS.decode(CUSTOMERS.encode(record)) == record


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Amina \t Okafor ", "Amina Okafor"),
        ("A\u030asa Berg", "Åsa Berg"),
        ("O’Neil-Ó", "O’Neil-Ó"),
    ],
)
def test_a_name_is_kept_in_one_form(written: str, kept: str) -> None:
    assert register(name=written).name == kept


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", ""),
        ("name", "A"),
        ("name", "x" * 141),
        ("name", "12 34"),
        ("name", "Ami\u200bna Okafor"),
        ("name", "Amina\u202eOkafor"),
        ("name", "Amina\x00"),
        ("born", "1990-02-30"),
        ("born", "19900228"),
        ("born", "1990-W09-3"),
        ("born", "2026-01-02"),
        ("born", "1895-12-31"),
        ("born", "१९९०-०२-२८"),
        ("country", "ke"),
        ("country", "XX"),
        ("role", "treasury"),
        ("role", ""),
        ("document", "12"),
        ("document", "A" * 33),
        ("document", "KE1234*567"),
        ("document", "КЕ1234567"),
    ],
)
def test_what_cannot_be_is_refused(member: str, value: str) -> None:
    with pytest.raises(CustomerMalformed) as refused:
        register(**{member: value})
    assert refused.value.outside == "order.malformed"
    assert value == "" or value not in str(refused.value)


def test_somebody_born_today_may_be_registered() -> None:
    assert register(born="2026-01-01").born == "2026-01-01"
