"""Before a device is recognised: enrolment, sessions, challenges; one answer for every reason."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from tallystick.handset import Handset, Order, messages
from tallystick.handset.connection import Reply
from tallystick.handset.jose import open_sealed
from tallystick.handset.keys import HandsetKeys
from tallystick.handset.pin import seal_pin
from tallystick.protect.corridor import strangers
from tallystick.protect.enforcement import Registers, ServiceClosed
from tests.stage import ADDRESS, APPLICATION, Person, Stage, facts_of, pay, refusal, secret

REFUSED = (403, "enrolment.refused")


def activation(stage: Stage, name: str = "Carol Achieng") -> str:
    answer = stage.registered(name)
    assert answer.data is not None
    return str(answer.data["activation"])


def reason(stage: Stage) -> tuple[str, str]:
    """What the newest tally says of a stranger: the code, and what lies behind it."""
    tally = stage.tallies()[-1]
    detail = facts_of(tally, "message.refused")
    assert detail["reason"] == tally["code"]
    return tally["code"], str(detail["why"])


def enrol(
    stage: Stage,
    code: str,
    handset: Handset | None = None,
    *,
    challenge: str | None = None,
    audience: str | None = None,
    iat: int | None = None,
    pin_request: str | None = None,
    pin: str = "4711",
    **changes: Any,
) -> tuple[int, str]:
    """An enrolment with some part of it replaced; the status and code that come back."""
    device = handset or stage.handset()
    service, request = device.service(), messages.new_request()
    sealed = seal_pin(
        secret(pin),
        request=pin_request or request,
        device_part=device.keys.session.thumbprint,
        to=service.pin_key,
    )
    claims = {
        "audience": audience or service.audience,
        "iat": stage.clock.now_ms() // 1000 if iat is None else iat,
        "request": request,
        "challenge": challenge or device.challenge(),
        "activation": code,
        "keys": device.keys,
        "platform": "android",
        "secure_environment": "tee",
        "application": APPLICATION,
        "sealed_pin": sealed,
    }
    payload = messages.enrolment_payload(**claims | changes)  # type: ignore[arg-type]
    token = messages.sign_enrolment(payload, key=device.keys.session)
    body = messages.seal_token(token, kind=messages.ENROLMENT, to=service.message_key)
    reply = device.connection.post(
        "/v1/enrolments", body.encode(), headers={"Content-Type": "application/jose"}
    )
    return (200, "ok") if reply.status == 200 else _problem(reply)


def _problem(reply: Any) -> tuple[int, str]:
    return refusal(reply.expect, "application/jose")


def test_a_handset_is_bound_once_per_code(stage: Stage) -> None:
    code = activation(stage)
    assert enrol(stage, code) == (200, "ok")
    assert enrol(stage, code) == REFUSED
    assert reason(stage)[0] == "activation.refused"


@pytest.mark.parametrize("code", ["", "AAAA-BBBB-CCCC", "abcd-efgh-jklm"])
def test_an_unknown_code_binds_nothing(stage: Stage, code: str) -> None:
    stage.staff("treasury")
    assert enrol(stage, code) == REFUSED
    assert reason(stage)[0] == "activation.refused"


def test_a_code_is_good_for_seven_days(stage: Stage) -> None:
    code, late = activation(stage), activation(stage, "Dan Mwangi")
    stage.clock.advance(ms=7 * 86_400_000 - 1)
    assert enrol(stage, code) == (200, "ok")
    stage.clock.advance(ms=1)
    assert enrol(stage, late) == REFUSED


def test_a_code_is_written_exactly(stage: Stage) -> None:
    code = activation(stage)
    for other in (code.lower(), code.replace("-", ""), f" {code}", f"{code} "):
        assert enrol(stage, other) == REFUSED
    assert enrol(stage, code) == (200, "ok"), "a wrong try does not use a code up"


def test_a_session_key_is_bound_once(stage: Stage) -> None:
    handset = stage.handset()
    assert enrol(stage, activation(stage), handset) == (200, "ok")
    second = activation(stage, "Dan Mwangi")
    assert enrol(stage, second, handset) == REFUSED
    assert enrol(stage, second) == (200, "ok"), "and the code of the refused try is still good"


def repeated(stage: Stage, code: str, keys: HandsetKeys, challenge: str, **changes: Any) -> Reply:
    """One enrolment under one request and one challenge, with some of its keys replaced."""
    device = stage.handset()
    device.keys = replace(keys, **changes)
    service, request = device.service(), "enrolment-0000-001"
    part = device.keys.session.thumbprint
    payload = messages.enrolment_payload(
        audience=service.audience,
        iat=stage.clock.now_ms() // 1000,
        request=request,
        challenge=challenge,
        activation=code,
        keys=device.keys,
        platform="android",
        secure_environment="tee",
        application=APPLICATION,
        sealed_pin=seal_pin(secret(), request=request, device_part=part, to=service.pin_key),
    )
    token = messages.sign_enrolment(payload, key=device.keys.session)
    body = messages.seal_token(token, kind=messages.ENROLMENT, to=service.message_key)
    headers = {"Content-Type": "application/jose"}
    return device.connection.post("/v1/enrolments", body.encode(), headers=headers)


def test_an_enrolment_sent_again_gets_the_first_answer_and_nobody_else_does(stage: Stage) -> None:
    code, keys = activation(stage), HandsetKeys.create()
    challenge = stage.handset().challenge()
    first = repeated(stage, code, keys, challenge)
    stage.clock.advance(ms=600_000)
    again = repeated(stage, code, keys, challenge)
    assert opened(again, keys)["receipt"] == opened(first, keys)["receipt"]
    other = HandsetKeys.create()
    for stolen in ({"agreement": other.agreement}, {"signature": other.signature}):
        assert _problem(repeated(stage, code, keys, challenge, **stolen)) == REFUSED
    assert _problem(repeated(stage, code, keys, challenge, session=other.session)) == REFUSED


def opened(reply: Reply, keys: HandsetKeys) -> dict[str, Any]:
    token = reply.expect("application/jose").decode()
    plain: dict[str, Any] = json.loads(
        open_sealed(token, key=keys.agreement, typ="tallystick-answer+jwe")
    )
    return plain


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"audience": "tallystick:other"}, "challenge.refused"),
    ({"iat": 1_700_000_000 - 121}, "challenge.refused"),
    ({"iat": 1_700_000_000 + 121}, "challenge.refused"),
    ({"challenge": "A" * 75}, "challenge.refused"),
    ({"pin_request": "another-request-01"}, "pin.not_verified"),
    ({"sealed_pin": "not sealed"}, "pin.not_verified"),
    ({"sealed_pin": "é" * 20}, "pin.not_verified"),
    ({"application": replace(APPLICATION, version=0)}, "application.unsound"),
    ({"application": replace(APPLICATION, rooted=True)}, "application.unsound"),
    ({"application": replace(APPLICATION, debuggable=True)}, "application.unsound"),
    ({"platform": "nokia"}, "enrolment.refused"),
    ({"activation": "x" * 33}, "enrolment.refused"),
    ({"request": "short"}, "enrolment.refused"),
]


@pytest.mark.parametrize(("changes", "inside"), WRONG, ids=lambda v: str(v)[:40])
def test_an_enrolment_with_anything_wrong_is_refused_with_one_word(
    stage: Stage, changes: dict[str, Any], inside: str
) -> None:
    code = activation(stage)
    assert enrol(stage, code, **changes) == REFUSED
    assert reason(stage)[0] == inside
    assert enrol(stage, code) == (200, "ok"), "the code is still good"


@pytest.mark.parametrize("offset_s", [-120, 120])
def test_an_enrolment_has_its_time_and_the_ends_belong_to_it(stage: Stage, offset_s: int) -> None:
    now_s = stage.clock.now_ms() // 1000
    assert enrol(stage, activation(stage), iat=now_s + offset_s) == (200, "ok")


def test_a_pin_that_is_too_short_is_refused(stage: Stage) -> None:
    code = activation(stage)
    stage.platform.policy.parameters["pin.digits_min"] = 6  # type: ignore[index]
    assert enrol(stage, code, pin="12345") == REFUSED
    assert reason(stage) == ("pin.not_verified", "length")
    assert enrol(stage, code, pin="123456") == (200, "ok")


def test_what_cannot_be_opened_is_refused(stage: Stage, alice: Person) -> None:
    for body in ("", "....", "é", "A" * 16_000, alice.handset.keys.session.thumbprint):
        reply = alice.handset.connection.post(
            "/v1/enrolments", body.encode(), headers={"Content-Type": "application/jose"}
        )
        assert _problem(reply) == REFUSED
        assert reason(stage)[0] == "message.refused"


def test_a_message_is_no_enrolment(stage: Stage, alice: Person) -> None:
    headers, body = alice.handset.prepare_message(_enquiry())
    reply = alice.handset.connection.post("/v1/enrolments", body, headers=headers)
    assert _problem(reply) == REFUSED


def _enquiry() -> Order:
    return Order(request="enquiry-0000-0001", operation="banking.balance", body={})


# ---- challenges ---------------------------------------------------------------------------------


def test_a_challenge_is_good_for_one_enrolment(stage: Stage) -> None:
    handset, challenge = stage.handset(), stage.handset().challenge()
    assert enrol(stage, activation(stage), handset, challenge=challenge) == (200, "ok")
    second = activation(stage, "Dan Mwangi")
    assert enrol(stage, second, challenge=challenge) == REFUSED
    assert reason(stage)[0] == "challenge.refused"


def test_a_challenge_is_good_once_although_nothing_is_committed_yet(stage: Stage) -> None:
    """Two enrolments with one challenge meet before the first is on the disk."""
    codes = [activation(stage), activation(stage, "Dan Mwangi")]
    handsets = [stage.handset(), stage.handset()]
    for handset in handsets:
        handset.service()
    challenge = handsets[0].challenge()
    books = stage.faulty_books()
    outcomes: list[tuple[int, str]] = []

    def send(handset: Handset, code: str) -> None:
        outcomes.append(enrol(stage, code, handset, challenge=challenge))

    threads = [
        threading.Thread(target=send, args=both) for both in zip(handsets, codes, strict=True)
    ]
    with books.held():
        threads[0].start()
        books.await_commit()
        threads[1].start()
        threads[1].join()
    threads[0].join()
    assert outcomes == [REFUSED, (200, "ok")]


def test_a_challenge_expires(stage: Stage) -> None:
    code, challenge = activation(stage), stage.handset().challenge()
    stage.clock.advance(ms=19_999)
    assert enrol(stage, code, challenge=challenge) == (200, "ok")
    code, challenge = activation(stage, "Dan Mwangi"), stage.handset().challenge()
    stage.clock.advance(ms=20_000)
    assert enrol(stage, code, challenge=challenge) == REFUSED


def test_a_challenge_of_before_a_restart_is_foreign(stage: Stage) -> None:
    challenge, code = stage.handset().challenge(), activation(stage)
    stage.close()
    with Stage(stage.home, clock=stage.clock) as again:
        assert enrol(again, code, challenge=challenge) == REFUSED
        assert enrol(again, code) == (200, "ok")


# ---- sessions -----------------------------------------------------------------------------------


def session(
    stage: Stage, person: Person, *, key: Any = None, device: str | None = None, **changes: Any
) -> tuple[int, str]:
    handset = person.handset
    claims = {
        "audience": handset.service().audience,
        "iat": stage.clock.now_ms() // 1000,
        "request": messages.new_request(),
        "challenge": handset.challenge() if "challenge" not in changes else "",
        "application": APPLICATION,
    }
    payload = messages.session_payload(**claims | changes)  # type: ignore[arg-type]
    token = messages.sign_session(
        payload, key=key or handset.keys.session, device=device or person.device
    )
    reply = handset.connection.post(
        "/v1/sessions", token.encode(), headers={"Content-Type": "application/jose"}
    )
    if reply.status == 200:
        return 200, "ok"
    return refusal(reply.expect, "application/json")


def test_a_device_proves_itself_and_gets_a_grant(stage: Stage, alice: Person) -> None:
    assert session(stage, alice) == (200, "ok")


def test_a_session_that_cannot_be_judged_is_not_told_as_a_refused_device(
    stage: Stage, alice: Person
) -> None:
    with patch.object(Registers, "get", side_effect=ServiceClosed("the books are away")):
        assert session(stage, alice) == (503, "service.closed")
    assert session(stage, alice) == (200, "ok")


def test_every_wrong_session_request_is_refused_with_one_word(
    stage: Stage, alice: Person, bob: Person
) -> None:
    used = alice.handset.challenge()
    assert session(stage, alice, challenge=used) == (200, "ok")
    now_s = stage.clock.now_ms() // 1000
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"challenge": used}, "challenge.refused"),
        ({"challenge": "A" * 75}, "challenge.refused"),
        ({"audience": "tallystick:other"}, "challenge.refused"),
        ({"iat": now_s - 121}, "challenge.refused"),
        ({"iat": now_s + 121}, "challenge.refused"),
        ({"application": replace(APPLICATION, version=0)}, "application.unsound"),
        ({"application": replace(APPLICATION, rooted=True)}, "application.unsound"),
        ({"key": bob.handset.keys.session}, "enrolment.refused"),
        ({"key": alice.handset.keys.signature}, "enrolment.refused"),
        ({"device": bob.device}, "enrolment.refused"),
        ({"device": "dev-nobody"}, "device.unknown"),
    ]
    for changes, inside in wrong:
        assert session(stage, alice, **changes) == REFUSED, changes
        assert reason(stage)[0] == inside, changes


def test_a_suspended_device_gets_no_grant(stage: Stage, alice: Person) -> None:
    assert alice.handset.suspend("lost").accepted
    assert session(stage, alice) == REFUSED
    assert reason(stage)[0] == "device.suspended"


def test_a_grant_expires_and_does_not_survive_a_restart(stage: Stage, alice: Person) -> None:
    grant = alice.handset.open_session()
    assert grant.expires_ms == stage.clock.now_ms() + 900_000
    stage.clock.advance(ms=900_000)
    alice.handset.grant = replace_expiry(grant, stage.clock.now_ms() + 1)
    headers, body = alice.handset.prepare_message(_enquiry())
    reply = alice.handset.connection.post("/v1/messages", body, headers=headers)
    assert refusal(reply.expect, "application/jose") == (401, "grant.refused")
    assert reason(stage)[0] == "grant.refused"
    assert alice.handset.balance().accepted, "the handset opens another session"


def replace_expiry(grant: Any, expires_ms: int) -> Any:
    return type(grant)(grant=grant.grant, expires_ms=expires_ms, counter=grant.counter)


def test_the_grant_says_which_counters_are_used(stage: Stage, alice: Person, bob: Person) -> None:
    for _ in range(3):
        pay(alice, bob, 100)
    assert alice.handset.open_session().counter == alice.handset.counter


# ---- what is written of strangers ---------------------------------------------------------------


def test_refusals_of_strangers_are_recorded_at_a_bounded_rate(stage: Stage, alice: Person) -> None:
    stage.settled()
    before = stage.platform.evidence.size()
    for _ in range(strangers.REFUSALS_RECORDED_PER_S + 15):
        alice.handset.connection.post(
            "/v1/messages", b"x", headers={"Content-Type": "application/jose"}
        )
    stage.settled()
    assert stage.platform.evidence.size() == before + strangers.REFUSALS_RECORDED_PER_S
    stage.clock.advance(ms=1000)
    alice.handset.connection.post(
        "/v1/messages", b"x", headers={"Content-Type": "application/jose"}
    )
    detail = facts_of(stage.tallies()[-1], "message.refused")
    assert detail["unrecorded"] == 15, "the ones that were not written are counted"


def test_a_strangers_refusal_says_nothing_of_a_person(stage: Stage, alice: Person) -> None:
    enrol(stage, "AAAA-BBBB-CCCC")
    stage.settled()
    evidence = stage.platform.evidence
    (entry,) = evidence.leaves(evidence.size() - 1, 1)
    for part in (b"AAAA-BBBB", b"BBBB-CCCC", b"AAAABBBB", b"BBBBCCCC"):
        assert part not in entry.leaf + entry.tally
    assert b'"device":null' in entry.leaf
    assert b'"code":"enrolment.refused"' in entry.leaf, "the leaf has the word that was said"
    assert ADDRESS.encode() not in entry.leaf + entry.tally
