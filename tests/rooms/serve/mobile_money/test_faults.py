"""A check that breaks refuses a partner's order too: nothing moves, and the partner learns nothing."""

from __future__ import annotations

import pytest

from tallystick.assembly import broken_check
from tests.journeys.test_partners import code
from tests.partners import holds
from tests.rooms.serve.mobile_money.client import client, wallet
from tests.stage import Person, Stage

CHECKS = ("screening", "monitoring", "ledger", "accounts", "registers", "answers", "books")


@pytest.mark.parametrize("check", CHECKS)
def test_a_broken_check_refuses(stage: Stage, alice: Person, bob: Person, check: str) -> None:
    mm = client(stage)
    try:
        mm.ask("GET", "/accounts/balance")
        signed = code(alice, 10_000)
        bodies = (
            ("disbursement", {"creditParty": wallet(bob.account)}),
            ("merchantpay", {"debitParty": wallet(alice.account), "oneTimeCode": signed}),
        )
        for kind, parties in bodies:
            with broken_check(stage.platform, check):
                told = mm.post(kind, {"amount": "5", "currency": "KES"} | parties)
            if told.status_code == 202:
                error = mm.state(told)["error"]
                assert error["errorCategory"] == "serviceUnavailable"
            else:
                assert told.status_code == 503
                assert "broken" not in told.text
        assert stage.balance(bob) == (0, 0)
        assert holds(stage, mm.partner.account) == (1_000_000, 0)
        body = {"amount": "5", "currency": "KES", "creditParty": wallet(bob.account)}
        assert mm.state(mm.post("disbursement", body))["status"] == "completed"
        assert stage.findings() == []
    finally:
        mm.close()
