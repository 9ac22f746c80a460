"""The log behind the receipts may grow; it may not shrink, fork or be rewritten."""

import httpx
import pytest

from tallystick.handset import ReceiptRefused, Refusal, new_request
from tests.rooms.handset.conftest import kes, pay
from tests.rooms.handset.provider import Problem


def test_a_log_that_grew_is_believed_with_its_path(provider, handset):
    for _ in range(5):
        provider.leaves.append(b"of somebody else")
        assert pay(handset).accepted
    assert handset.remembered.size == len(provider.leaves)


def test_a_log_that_shrank_is_refused(provider, handset):
    pay(handset)
    pay(handset)
    del provider.leaves[2:]
    with pytest.raises(ReceiptRefused, match="shrank"):
        pay(handset)


def test_a_log_that_was_rewritten_is_refused(provider, handset):
    pay(handset)
    provider.leaves[1] = b"history"
    with pytest.raises(ReceiptRefused, match="evidence log"):
        pay(handset)


def test_two_logs_of_one_size_are_refused(provider, handset):
    pay(handset)
    provider.leaves[1:] = [b"history"] * (len(provider.leaves) - 2)
    with pytest.raises(ReceiptRefused, match="forked"):
        pay(handset)


def test_a_log_that_shows_no_path_is_refused_and_the_order_stays_open(provider, handset):
    pay(handset)

    def withhold(path, response):
        if path == "/v1/consistency":
            return provider.problem(Problem(503, "service.closed"))
        return response

    provider.tamper_response = withhold
    try:
        with pytest.raises(ReceiptRefused):
            pay(handset)
    except Refusal:
        pytest.fail("a payment that was made must not look refused")
    assert len(handset.unanswered) == 1


def test_the_first_answer_to_a_retry_may_carry_its_first_checkpoint(provider, handset):
    request = new_request()
    handset.balance()
    order = handset.order_payment("remote.pay", "a-2", "Mama Njeri", kes(100), request=request)
    headers, body = handset.prepare_message(order)
    lost = handset.connection.post("/v1/messages", body, headers=headers)
    handset.unanswered[request] = order
    handset.balance()
    newest = handset.remembered

    provider.tamper_response = lambda path, response: (
        httpx.Response(200, headers=response.headers, content=lost.octets)
        if path == "/v1/messages"
        else response
    )
    assert handset.retry(request).accepted
    assert handset.remembered == newest


def test_a_first_answer_off_the_remembered_log_is_refused(provider, handset):
    order = handset.order_payment("remote.pay", "a-2", "Mama Njeri", kes(100))
    headers, body = handset.prepare_message(order)
    lost = handset.connection.post("/v1/messages", body, headers=headers)
    provider.leaves[-1] = b"history"
    provider.leaves.append(b"more")
    handset.remembered = None
    handset.balance()
    handset.unanswered[order.request] = order
    provider.tamper_response = lambda path, response: (
        httpx.Response(200, headers=response.headers, content=lost.octets)
        if path == "/v1/messages"
        else response
    )
    with pytest.raises(ReceiptRefused):
        handset.retry(order.request)
