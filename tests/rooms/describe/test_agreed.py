"""Fees, exchange, sleep and limits of what is received: what a service file may say of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.decide.policy.terms import terms_of
from tallystick.describe import ServiceFileRefused, read_service

TEXT = (Path(__file__).parents[3] / "examples" / "agent-cash.toml").read_text(encoding="utf-8")
FX = '[[fx]]\nbase = "USD"\nquote = "PHP"\nrate = "58.25"\nspread_permille = 10\nuntil = "2027-06-30"\n'


def changed(*changes: tuple[str, str]) -> str:
    text = TEXT
    for old, new in changes:
        assert old in text, f"the example has no {old!r}"
        text = text.replace(old, new, 1)
    return text


def test_terms_arrive_whole() -> None:
    service = read_service(TEXT + FX, "agent-cash.toml")
    terms = terms_of(service)
    assert list(terms.fees) == ["agent.cash_in", "agent.cash_out"]
    assert terms.fees["agent.cash_in"].agent_permille == 1000, "a commission is the agent's"
    out = terms.fees["agent.cash_out"]
    assert (out.flat_minor, out.permille, out.maximum_minor, out.agent_permille) == (
        500, 10, 25_000, 600,
    )  # fmt: skip
    assert terms.agent_float_minor == 9_000_000
    assert (terms.step_up_sum_minor, terms.reversal_days, terms.refund_days) == (200_000, 7, 90)
    assert terms.dormant_after_days == 365
    (pair,) = terms.pairs
    assert (pair.numerator, pair.denominator) == (233, 4), "a rate is a ratio, never a float"
    assert terms.currencies() == ("PHP", "USD")


WRONG = [
    (("paid_by = \"provider\"", "paid_by = \"payee\"\nagent_percent = 101"), "agent_percent"),
    (("paid_by = \"provider\"", "paid_by = \"provider\"\nagent_percent = 50"), "agent_percent"),
    (("permille = 5\n", "permille = 0\n"), "costs nothing"),
    (("maximum = \"250.00\"", "maximum = \"0.00\""), "maximum"),
    (("maximum = \"250.00\"", "minimum = \"300.00\"\nmaximum = \"250.00\""), "maximum"),
    (("operation = \"agent.cash_in\"", "operation = \"agent.cash_out\""), "one fee for each"),
    (("operation = \"agent.cash_in\"", "operation = \"merchant.pay\""), "merchant.pay"),
    (("operation = \"agent.cash_in\"", "operation = \"payment.refund\""), "operation"),
    (("operation = \"agent.cash_in\"", "operation = \"remote.pay\""), "pays agents only"),
    (("after_days = 365", "after_days = 0"), "after_days"),
    (("step_up_sum = \"2000.00\"", "step_up_sum = \"0.00\""), "step_up_sum"),
    (("reversal_days = 7", "reversal_days = 400"), "reversal_days"),
    (("balance = \"50000.00\"", "balance = \"50000.00\"\nreceive_per_day = \"0.00\""), "receive"),
    (
        (
            "balance = \"50000.00\"",
            "balance = \"50000.00\"\nreceive_per_day = \"2.00\"\nreceive_per_month = \"1.00\"",
        ),
        "receive_per_day",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), WRONG, ids=lambda value: str(value)[:60])
def test_what_cannot_be_agreed_is_named(change: tuple[str, str], said: str) -> None:
    with pytest.raises(ServiceFileRefused) as caught:
        read_service(changed(change), "agent-cash.toml")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('rate = "58.25"', "rate = 58.25"),
        ('rate = "58.25"', 'rate = "0.00"'),
        ('rate = "58.25"', 'rate = "-1"'),
        ('rate = "58.25"', 'rate = "1e3"'),
        ('rate = "58.25"', 'rate = "058.25"'),
        ('rate = "58.25"', 'rate = "58.123456789"'),
        ('rate = "58.25"', 'rate = "٥٨"'),
        ('quote = "PHP"', 'quote = "USD"'),
        ('quote = "PHP"', 'quote = "EUR"'),
        ("spread_permille = 10", "spread_permille = 501"),
        ('until = "2027-06-30"', 'until = "2027-02-30"'),
    ],
)
def test_a_pair_that_is_none_is_refused(old: str, new: str) -> None:
    with pytest.raises(ServiceFileRefused):
        read_service(TEXT + FX.replace(old, new), "agent-cash.toml")


def test_a_pair_stands_once_in_either_direction() -> None:
    other = FX.replace('"USD"', '"X"').replace('"PHP"', '"USD"').replace('"X"', '"PHP"')
    with pytest.raises(ServiceFileRefused) as caught:
        read_service(TEXT + FX + other, "agent-cash.toml")
    assert "each pair once" in str(caught.value)
