"""An exception in any check is a refusal: nothing moves, outsiders learn nothing, the operator does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import tallystick
from tallystick.assembly import CHECKS, Platform, broken_check, check_home
from tallystick.decide import SecurityPolicy
from tallystick.ground.clock import ManualClock
from tallystick.handset import Handset, HandsetRefused, Order, Refusal, connection, messages
from tallystick.protect.screening import NameList
from tallystick.prove.certificate import TrustAnchor
from tallystick.trials import enrol_staff
from tallystick.trials.cast import Cast, Player
from tests.attacks.conftest import serving


@dataclass(frozen=True, slots=True)
class Place:
    """One platform behind the real edge, a payer with funds and a payee."""

    platform: Platform
    home: Path
    cast: Cast
    payer: Player
    payee: Player

    def order(self) -> Order:
        return self.cast.order(self.payer, self.payee, 60_000)


@pytest.fixture(scope="module")
def place(
    policy: SecurityPolicy, names: NameList, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    home, clock = tmp_path_factory.mktemp("closed") / "home", ManualClock()
    with (
        tallystick.open_platform(policy, home=home, names=names, clock=clock) as platform,
        serving(platform) as reach,
    ):
        key = TrustAnchor.read(home / "trust.txt").checkpoint
        codes = dict(line.split() for line in (home / "activation.txt").read_text().splitlines())
        staff = enrol_staff(reach.base_url, key, codes=codes, clock=clock)
        cast = Cast(staff, policy, clock=clock)
        yield Place(platform, home, cast, cast.payer(minor=1_500_000), cast.payee())
        cast.close()
        for handset in (staff.treasury, staff.backoffice, staff.laboratory):
            handset.close()


def pay(place: Place) -> connection.Reply:
    handset = place.payer.handset
    headers, body = handset.prepare_message(place.order())
    return handset.connection.post("/v1/messages", body, headers=headers)


def ask_balance(place: Place) -> connection.Reply:
    handset = place.payer.handset
    order = Order(request=messages.new_request(), operation="banking.balance", body={})
    headers, body = handset.prepare_message(order)
    return handset.connection.post("/v1/messages", body, headers=headers)


def open_session(place: Place) -> connection.Reply:
    handset = place.payer.handset
    claims = messages.session_payload(
        audience=handset.service().audience,
        iat=handset.clock.now_ms() // 1000,
        request=messages.new_request(),
        challenge=handset.challenge(),
        application=handset.application,
    )
    token = messages.sign_session(claims, key=handset.keys.session, device=handset.bound().device)
    headers = {"Content-Type": connection.JOSE}
    return handset.connection.post("/v1/sessions", token.encode(), headers=headers)


ACTS: dict[str, tuple[Callable[[Place], connection.Reply], frozenset[str]]] = {
    # What is tried, and the checks that it does not need.
    "a payment": (pay, frozenset()),
    "a balance": (
        ask_balance,
        frozenset({"module.pin", "screening", "monitoring", "ledger"}),
    ),
    "a session": (open_session, CHECKS.keys() - {"registers"}),
}
CASES = [
    (act, check) for act, (_, spared) in ACTS.items() for check in CHECKS if check not in spared
]


def balances(place: Place) -> list[object]:
    return [player.handset.balance().data for player in (place.payer, place.payee)]


def told(place: Place, reply: connection.Reply) -> str:
    """The code that the outsider is told, whichever way it is told."""
    if reply.media != connection.JOSE:
        with pytest.raises(Refusal) as refused:
            reply.expect(connection.JSON)
        assert refused.value.status == 503
        return refused.value.code
    from tallystick.handset.receipts import open_answer, read_answer

    handset = place.payer.handset
    plain = open_answer(reply.octets, key=handset.keys.agreement)
    assert b"broken" not in plain
    return read_answer(plain, verifier=handset.verifier).code


@pytest.mark.parametrize(("act", "check"), CASES, ids=[f"{a} without {c}" for a, c in CASES])
def test_a_check_that_raises_refuses(
    place: Place, act: str, check: str, caplog: pytest.LogCaptureFixture
) -> None:
    do, _ = ACTS[act]
    before = balances(place)
    with caplog.at_level(logging.ERROR, "tallystick"), broken_check(place.platform, check):
        reply = do(place)
    assert told(place, reply) == "service.closed"
    assert b"broken" not in reply.octets
    assert b"Traceback" not in reply.octets
    assert caplog.records, "the operator hears of it"
    assert balances(place) == before
    assert told_open(place, do(place))


def told_open(place: Place, reply: connection.Reply) -> bool:
    """Once the check can be made again the service is open again."""
    return reply.media == connection.JSON or told(place, reply) == "ok"


def test_the_books_are_whole_after_everything(place: Place) -> None:
    assert check_home(place.home) == []


def test_an_enrolment_is_refused_when_the_crypto_module_raises(place: Place) -> None:
    newcomer: Handset = place.cast.stranger()
    code = place.cast.activation()
    with broken_check(place.platform, "module.open"), pytest.raises(Refusal) as refused:
        newcomer.enrol(code, place.payer.pin)
    assert (refused.value.status, refused.value.code) == (503, "service.closed")
    assert newcomer.identity is None
    assert newcomer.enrol(code, place.payer.pin).accepted


def test_a_registration_is_refused_when_screening_raises(place: Place) -> None:
    with broken_check(place.platform, "screening"):
        answer = place.cast.register("Wanjiku Kamau", role="customer", tier=place.cast.small.tier)
    assert (answer.code, answer.data) == ("service.closed", None)


def test_nothing_is_acknowledged_that_was_not_committed(place: Place) -> None:
    order = place.order()
    with broken_check(place.platform, "books"), pytest.raises((Refusal, HandsetRefused)) as refused:
        place.payer.handset.send(order)
    assert refused.value.code == "service.closed"
    before = balances(place)
    first = place.payer.handset.send(order)
    again = place.payer.handset.send(order)
    assert first.code == again.code == "ok"
    assert first.index == again.index
    assert balances(place) != before
