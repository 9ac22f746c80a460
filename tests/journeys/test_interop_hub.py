"""The hub as it is: away, back again, after a restart, and not who it says."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from tallystick.crypto.keys.hub_file import create_hub_keys
from tallystick.crypto.mechanisms import RsaSigningKey
from tests import hub as hubs
from tests.hub import BEN, Scheme
from tests.stage import Person, Stage


def test_what_must_be_told_is_told_after_a_hub_that_was_away(
    stage: Stage, scheme: Scheme, ben: Person
) -> None:
    said = scheme.transfer_body(scheme.quote(BEN, "30"))
    scheme.box.answer = lambda mail: 503
    scheme.accepted("POST", "/transfers", said)
    assert stage.balance(ben) == (3_000, 0)
    scheme.box.answer = lambda mail: 200
    done = scheme.wait("PUT", f"/transfers/{said['transferId']}")
    assert done.body["transferState"] == "COMMITTED"


def test_what_was_not_told_before_a_restart_is_told_after_it(
    stage: Stage, scheme: Scheme, ben: Person
) -> None:
    said = scheme.transfer_body(scheme.quote(BEN, "30"))
    scheme.box.answer = lambda mail: 503
    scheme.accepted("POST", "/transfers", said)
    stage.close()
    with Stage(stage.home, clock=stage.clock) as again:
        again.states = stage.states
        scheme.stage, scheme.box = again, hubs.Mailbox()
        scheme.open()
        done = scheme.wait("PUT", f"/transfers/{said['transferId']}")
        assert done.body["transferState"] == "COMMITTED"
        assert again.balance(ben) == (3_000, 0)
        assert again.findings() == []


def test_an_unsigned_request_is_refused_and_nothing_happens(
    stage: Stage, scheme: Scheme, ben: Person
) -> None:
    said = scheme.transfer_body(scheme.quote(BEN, "30"))
    answer = scheme.say("POST", "/transfers", said, sign=False)
    assert (answer.status_code, answer.json()["errorInformation"]["errorCode"]) == (400, "3105")
    assert stage.balance(ben) == (0, 0)


def test_a_body_that_was_changed_on_the_way_is_refused(
    stage: Stage, scheme: Scheme, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = RsaSigningKey.generate()
    monkeypatch.setattr(hubs, "their_key", lambda: stranger)
    answer = scheme.say("GET", f"/parties/MSISDN/{BEN}")
    assert answer.json()["errorInformation"]["errorCode"] == "3105"


def test_a_hub_with_other_keys_than_ours_cannot_take_our_quotes_over(
    stage: Stage, scheme: Scheme, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = scheme.quote(BEN, "30")
    other = create_hub_keys()
    monkeypatch.setattr(hubs, "our_keys", lambda: other)
    moved = Scheme.__new__(Scheme)
    moved.stage, moved.box, moved.principal = stage, scheme.box, scheme.principal
    moved.hub = replace(scheme.hub, keys=other)
    moved.open()
    assert moved.transfer(moved.transfer_body(offered)).error == "3100"
    assert stage.balance(ben) == (0, 0)


@pytest.mark.parametrize("signed", ["path", "path and query"])
def test_a_question_with_a_query_is_read_however_it_was_signed(scheme: Scheme, signed: str) -> None:
    """The scheme's library signs the query with the path; nothing here reads it."""
    path = f"/authorizations/{uuid4()}"
    asked = f"{path}?authenticationType=OTP&retriesLeft=2&amount=102&currency=KES"
    scheme.accepted("GET", asked, signed_path=path if signed == "path" else asked)
    assert scheme.wait("PUT", path).error == "3206"
    forged = scheme.say("GET", asked, signed_path=f"{path}?authenticationType=QRCODE")
    assert forged.json()["errorInformation"]["errorCode"] == "3105"
