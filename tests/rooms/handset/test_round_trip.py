"""The handset against a provider that is built on another JOSE library."""

import httpx
import pytest

from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret
from tallystick.handset import (
    AnswerLost,
    Handset,
    HandsetRefused,
    Malformed,
    NotConfirmed,
    NotEnrolled,
    QrRefused,
    Refusal,
    load_state,
    new_request,
    read_pin,
    save_state,
)
from tallystick.handset.connection import Connection
from tests.rooms.handset.conftest import kes
from tests.rooms.handset.provider import Problem


def test_enrolment_binds_the_device(provider, fresh):
    answer = fresh.enrol("ABCD-EFGH-JKLM", read_pin("2468"))
    assert answer.accepted
    assert answer.leaf["operation"] == "device.enrol"
    assert fresh.identity.device == "d-1"
    assert fresh.identity.account == "a-1"
    assert provider.devices["d-1"].pin == "2468"


def test_a_wrong_activation_code_is_refused_in_the_providers_word(fresh):
    with pytest.raises(Refusal) as refused:
        fresh.enrol("ZZZZ-ZZZZ-ZZZZ", read_pin("2468"))
    assert (refused.value.status, refused.value.code) == (403, "enrolment.refused")
    assert fresh.identity is None


def test_an_order_needs_an_enrolled_handset(fresh):
    with pytest.raises(NotEnrolled):
        fresh.pay("a-2", "Mama Njeri", kes(100))


def test_a_payment_comes_back_with_a_proof(provider, handset):
    answer = handset.pay("a-2", "Mama Njeri", kes(1234))
    assert (answer.outcome, answer.code, answer.data) == ("accepted", "ok", None)
    assert answer.leaf["amount_minor"] == 1234
    assert answer.index == len(provider.leaves) - 1
    assert answer.receipt == provider.leaves[-1]
    assert provider.balances["a-1"] == 500_000 - 1234


def test_a_refusal_inside_a_receipt_is_an_answer(handset):
    assert handset.pay("a-2", "Mama Njeri", kes(100_001)).code == "customer.not_verified"
    assert (
        handset.pay("a-2", "Mama Njeri", kes(100_001), read_pin("1111")).code
        == "customer.not_verified"
    )
    assert handset.pay("a-2", "Mama Njeri", kes(100_001), read_pin("2468")).accepted
    refused = handset.pay("a-2", "Mama Njeri", kes(900_000), read_pin("2468"))
    assert (refused.outcome, refused.code) == ("refused", "funds.insufficient")


def test_a_merchant_is_paid_by_a_signed_code(provider, handset):
    answer = handset.pay_merchant(provider.code(), kes(5_000))
    assert answer.accepted
    assert (answer.leaf["operation"], answer.leaf["payee"]) == ("merchant.pay", "a-2")


def test_a_code_in_another_currency_is_refused(provider, handset):
    with pytest.raises(QrRefused):
        handset.pay_merchant(provider.code(currency="978"), kes(5_000))


def test_every_other_operation_round_trips(handset):
    assert handset.balance().data == {
        "currency": "KES",
        "available": "5000.00",
        "reserved": "0.00",
    }
    assert handset.statement(10).data["lines"][0]["amount"] == "-1.00"
    bank = handset.transfer_to_bank("DE89 3704 0044 0532 0130 00", "Mama Njeri", kes(100))
    assert bank.leaf["payee"] == "bank:de89370400440532013000"
    registered = handset.register_customer(
        name="Wanjiru", born="1990-02-01", country="KE", document="P1", role="merchant", tier="full"
    )
    assert registered.data["activation"] == "AAAA-BBBB-CCCC"
    assert handset.confirm_funds(kes(100), "BANK-1").leaf["amount_minor"] == 100
    assert handset.issue("a-2", kes(100)).leaf["payee"] == "a-2"
    assert handset.settle("x" * 16, "paid").accepted
    assert handset.suspend("lost").accepted
    trial = handset.record_trial(
        trial="alg-none", threat="T-1", outcome="withstood", expected="a", seen="a"
    )
    assert trial.accepted


def test_an_expired_grant_opens_a_session_by_itself(provider, handset, clock):
    handset.balance()
    clock.advance(ms=900_000)
    assert handset.balance().accepted
    assert provider.seen.count(("POST", "/v1/sessions")) == 2


def test_a_grant_that_the_provider_forgot_opens_one_session_and_no_more(provider, handset):
    handset.balance()
    provider.grants.clear()
    assert handset.balance().accepted
    assert provider.seen.count(("POST", "/v1/sessions")) == 2

    provider.grant_lifetime_ms = 0
    handset.grant = None
    with pytest.raises(Refusal) as refused:
        handset.balance()
    assert (refused.value.status, refused.value.code) == (401, "grant.refused")
    assert provider.seen.count(("POST", "/v1/sessions")) == 4


def test_the_counter_goes_on_where_the_provider_saw_it(provider, handset):
    provider.devices["d-1"].counter = 70
    handset.balance()
    assert handset.counter == 71


def test_a_lost_answer_is_asked_for_again_with_the_same_order(provider, handset):
    request = new_request()
    handset.balance()

    def lose(path, response):
        if path == "/v1/messages":
            raise httpx.ReadTimeout("gone")
        return response

    provider.tamper_response = lose
    with pytest.raises(AnswerLost):
        handset.pay("a-2", "Mama Njeri", kes(1_000), request=request)
    del provider.tamper_response
    assert provider.balances["a-1"] == 499_000
    with pytest.raises(Refusal):
        handset.pay("a-2", "Mama Njeri", kes(2_000), request=request)
    answer = handset.retry(request)
    assert answer.leaf["amount_minor"] == 1_000
    assert answer.accepted
    assert provider.balances["a-1"] == 499_000
    with pytest.raises(HandsetRefused):
        handset.retry(request)


def test_an_order_that_a_503_leaves_open_is_kept_and_sent_again_with_one_effect(provider, handset):
    handset.balance()
    before = provider.balances["a-1"]

    def fail_after_the_commit(path, response):
        return provider.problem(Problem(503, "service.closed"))

    provider.tamper_response = fail_after_the_commit
    request = new_request()
    with pytest.raises(Refusal) as refused:
        handset.pay("a-2", "Mama Njeri", kes(1_000), request=request)
    assert refused.value.undecided
    assert list(handset.unanswered) == [request]
    del provider.tamper_response
    assert handset.retry(request).accepted
    assert provider.balances["a-1"] == before - 1_000
    assert not handset.unanswered


def test_the_same_request_with_another_body_is_a_conflict(handset):
    request = new_request()
    handset.pay("a-2", "Mama Njeri", kes(1_000), request=request)
    with pytest.raises(Refusal) as refused:
        handset.pay("a-2", "Mama Njeri", kes(2_000), request=request)
    assert (refused.value.status, refused.value.code) == (409, "request.conflict")


def test_what_the_customer_does_not_confirm_is_not_signed(provider, handset):
    shown = []
    handset.confirm = lambda text: shown.append(text) or False
    with pytest.raises(NotConfirmed):
        handset.pay("a-2", "Mama Njeri", kes(150_000))
    assert shown[0].splitlines()[:3] == [
        "Pay      1500.00 KES",
        "To       Mama Njeri",
        "Account  a-2",
    ]
    assert ("POST", "/v1/messages") not in provider.seen


def test_a_handset_is_saved_and_restored(provider, handset, clock, tmp_path):
    handset.pay("a-2", "Mama Njeri", kes(100))
    order = handset.order_payment("remote.pay", "a-2", "Mama Njeri", kes(200))
    handset.unanswered[order.request] = order
    save_state(tmp_path / "device.json", handset.state())
    assert (tmp_path / "device.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["device.json"]

    state = load_state(tmp_path / "device.json")
    with Handset.restore(state, clock=clock, transport=provider.transport) as again:
        assert again.identity == handset.identity
        assert again.remembered == handset.remembered
        assert again.retry(order.request).accepted
        assert again.pay("a-2", "Mama Njeri", kes(300)).accepted
        assert again.counter == handset.counter + 2


def test_a_handset_that_others_can_read_is_not_opened(handset, tmp_path):
    path = tmp_path / "device.json"
    save_state(path, handset.state())
    path.chmod(0o640)
    with pytest.raises(Misconfigured):
        load_state(path)
    with pytest.raises(Misconfigured):
        load_state(tmp_path / "absent.json")


def test_a_state_of_another_shape_is_refused(clock):
    for octets in (b"", b"{}", b"[]", b'{"format":"tallystick-handset:2"}'):
        with pytest.raises(Malformed):
            Handset.restore(Secret(octets), clock=clock)


def test_the_private_keys_do_not_show(handset):
    scalar = handset.keys.session.reveal().reveal()
    assert scalar.hex() not in repr(handset.keys)
    assert repr(handset.state()).endswith("hidden)")


def test_a_prepared_message_is_complete(provider, handset):
    order = handset.order_payment("remote.pay", "a-2", "Mama Njeri", kes(100))
    headers, body = handset.prepare_message(order)
    reply = handset.connection.post("/v1/messages", body, headers=headers)
    answer = handset.read_reply(order, reply.octets)
    assert answer.leaf["request"] == order.request
    assert handset.remembered != answer.checkpoint  # remembering is the sender's own step


@pytest.mark.parametrize(
    ("status", "headers", "content"),
    [
        (200, {"content-type": "text/html"}, b"<html>"),
        (502, {"content-type": "text/plain"}, b"bad gateway"),
        (200, {"content-type": "application/jose"}, b"x" * 40_000),
        (200, {"content-type": "application/jose", "content-encoding": "gzip"}, b"x"),
        (400, {"content-type": "application/problem+json"}, b"{}"),
        (
            400,
            {"content-type": "application/problem+json"},
            b'{"type":"about:blank","title":"","status":401,"code":"grant.refused"}',
        ),
        (
            400,
            {"content-type": "application/problem+json"},
            b'{"type":"about:blank","title":"","status":400,"code":"x","detail":"why"}',
        ),
        (307, {"location": "http://elsewhere.example/"}, b""),
    ],
)
def test_an_answer_of_another_kind_leaves_the_order_unanswered(
    provider, handset, status, headers, content
):
    handset.balance()
    provider.tamper_response = lambda path, response: httpx.Response(
        status, headers=headers, stream=httpx.ByteStream(content)
    )
    request = new_request()
    with pytest.raises(HandsetRefused):
        handset.pay("a-2", "Mama Njeri", kes(100), request=request)
    assert list(handset.unanswered) == [request]


def test_a_closed_service_says_so(provider, handset):
    handset.balance()
    provider.tamper_response = lambda path, response: provider.problem(
        Problem(503, "service.closed")
    )
    with pytest.raises(Refusal) as refused:
        handset.balance()
    assert (refused.value.status, refused.value.code) == (503, "service.closed")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "provider.example",
        "ftp://provider.example",
        "http://",
        "http://user@provider.example",
        "http://provider.example/api",
        "http://provider.example?x=1",
        "http://provider.example:x",
    ],
)
def test_an_address_that_is_not_a_providers_is_misconfigured(address):
    with pytest.raises(Misconfigured):
        Connection(address)
