"""One person, one registration: tiers limit people, however their papers are written."""

from __future__ import annotations

import pytest

from tallystick.handset import Answer
from tallystick.protect.diligence import ALIASES, msisdn_alias
from tests.stage import Stage


def register(stage: Stage, name: str, document: str, *, msisdn: str | None = None) -> Answer:
    return stage.staff("backoffice").handset.register_customer(
        name=name,
        born="1990-01-01",
        country="KE",
        document=document,
        role="customer",
        tier="tier1",
        msisdn=msisdn,
    )


def test_a_phone_number_leads_to_one_account(stage: Stage) -> None:
    first = register(stage, "Asha Otieno", "KE1234567", msisdn="254700000001")
    assert first.accepted
    assert first.data is not None
    registers = stage.platform._desk.registers
    assert registers.get(ALIASES, msisdn_alias("254700000001")) == first.data["account"]
    again = register(stage, "Baraka Njoroge", "KE7654321", msisdn="254700000001")
    assert (again.accepted, again.code) == (False, "alias.taken")
    assert register(stage, "Baraka Njoroge", "KE7654321").accepted


@pytest.mark.parametrize(
    "msisdn", ["", "+254700000001", "0700000001", "2547000000012345", "25470x"]
)
def test_a_phone_number_is_the_digits_of_e164(stage: Stage, msisdn: str) -> None:
    assert register(stage, "Asha Otieno", "KE1234567", msisdn=msisdn).code == "order.malformed"


@pytest.mark.parametrize("again", ["KE1234567", "ke 1234-567", "KE-1234-567"])
def test_a_document_is_shown_once(stage: Stage, again: str) -> None:
    assert register(stage, "Asha Otieno", "KE1234567").accepted
    refused = register(stage, "Asha A. Otieno", again)
    assert (refused.outcome, refused.code, refused.data) == ("refused", "customer.known", None)
    assert register(stage, "Asha Otieno", "KE7654321").accepted


def test_a_refused_registration_does_not_use_the_document_up(stage: Stage) -> None:
    assert register(stage, "Bad\u202eName", "KE1234567").code != "ok"
    assert register(stage, "Asha Otieno", "KE1234567").accepted


def test_the_document_is_known_after_a_restart(stage: Stage) -> None:
    assert register(stage, "Asha Otieno", "KE1234567").accepted
    stage.platform._desk.registers.forget()
    assert register(stage, "Asha Otieno", "KE1234567").code == "customer.known"
