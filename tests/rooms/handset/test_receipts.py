"""A receipt is believed when its leaf is in the signed log and says what was asked."""

import dataclasses
import json

import pytest

from tallystick.handset import ReceiptRefused, read_pin
from tests.rooms.handset.conftest import changed_leaf, kes, pay
from tests.rooms.handset.logs import NoteSigner
from tests.rooms.handset.shapes import b64, canonical, unb64


def in_plaintext(alter):
    """A tamper hook that alters the receipt's octets and leaves the log as it is."""

    def tamper(plaintext):
        leaf = json.loads(unb64(plaintext["receipt"]))
        return plaintext | {"receipt": b64(alter(leaf))}

    return tamper


@pytest.mark.parametrize(
    "members",
    [
        {"request": "another-request-id"},
        {"operation": "merchant.pay"},
        {"device": "d-2"},
        {"payer": "a-9"},
        {"payee": "a-3"},
        {"payee": None},
        {"amount_minor": 1_001},
        {"amount_minor": None},
        {"currency": "UGX"},
        {"instruction": "sha256:" + "0" * 64},
        {"instruction": None},
        {"code": "funds.insufficient"},
        {"outcome": "refused"},
        {"outcome": "refused", "code": "tier.exceeded", "payee": "a-3"},
        {"outcome": "refused", "code": "tier.exceeded", "device": None},
        {"outcome": "perhaps"},
        {"v": 3},
        {"amount_minor": 10.5},
        {"amount_minor": "1000"},
        {"at_ms": 2**60},
        {"at_ms": -1},
        {"extra": None},
    ],
)
def test_a_logged_leaf_that_says_something_else_is_refused(provider, handset, members):
    provider.tamper_leaf = changed_leaf(**members)
    with pytest.raises(ReceiptRefused):
        pay(handset)
    assert len(handset.unanswered) == 1


def test_a_refusal_may_leave_open_what_it_did_not_read(provider, handset):
    nothing = dict.fromkeys(("payer", "payee", "amount_minor", "currency", "instruction"))
    provider.tamper_leaf = changed_leaf(outcome="refused", code="order.malformed", **nothing)
    assert pay(handset).code == "order.malformed"


def test_a_leaf_without_a_signed_transaction_has_no_instruction(provider, handset):
    provider.tamper_leaf = changed_leaf(instruction="sha256:" + "0" * 64)
    with pytest.raises(ReceiptRefused):
        handset.balance()


@pytest.mark.parametrize("members", [{"amount_minor": 999}, {"currency": "UGX"}, {"payee": "a-3"}])
def test_issued_money_is_what_was_ordered(provider, handset, members):
    provider.tamper_leaf = changed_leaf(**members)
    with pytest.raises(ReceiptRefused):
        handset.issue("a-2", kes(1_000))


@pytest.mark.parametrize(
    "alter",
    [
        lambda leaf: canonical(leaf | {"amount_minor": 1}),
        lambda leaf: canonical(leaf | {"tally": "sha256:" + "3" * 64}),
        lambda leaf: json.dumps(leaf).encode(),
        lambda leaf: b"",
    ],
)
def test_an_altered_leaf_is_not_in_the_log(provider, handset, alter):
    provider.tamper_plaintext = in_plaintext(alter)
    with pytest.raises(ReceiptRefused):
        pay(handset)


def test_a_leaf_that_is_logged_but_not_canonical_is_refused(provider, handset):
    provider.append = lambda leaf: (
        provider.leaves.append(json.dumps(leaf).encode()) or (len(provider.leaves) - 1)
    )
    with pytest.raises(ReceiptRefused):
        pay(handset)


@pytest.mark.parametrize(
    "alter",
    [
        lambda place: place | {"path": place["path"][:-1]},
        lambda place: place | {"path": [*place["path"], b64(b"\0" * 32)]},
        lambda place: place | {"path": [b64(b"\0" * 32), *place["path"][1:]]},
        lambda place: place | {"path": [b64(b"\0" * 31), *place["path"][1:]]},
        lambda place: place | {"path": [place["path"][0] + "=", *place["path"][1:]]},
        lambda place: place | {"path": [b64(b"\0" * 32)] * 200},
        lambda place: place | {"index": place["index"] - 1},
        lambda place: place | {"index": -1},
        lambda place: place | {"size": place["size"] + 1},
        lambda place: place | {"size": 2**63},
        lambda place: place | {"note": "x"},
    ],
)
def test_a_wrong_path_is_refused(provider, handset, alter):
    pay(handset)

    def tamper(plaintext):
        return plaintext | {"inclusion": alter(plaintext["inclusion"])}

    provider.tamper_plaintext = tamper
    with pytest.raises(ReceiptRefused):
        pay(handset)


@pytest.mark.parametrize(
    "alter",
    [
        lambda note, provider: note.replace("tallystick/", "tallystack/"),
        lambda note, provider: note[:-8] + "AAAAAAA\n",
        lambda note, provider: note.rstrip("\n"),
        lambda note, provider: note.partition("\n\n")[0] + "\n",
        lambda note, provider: note + provider.signer.line("x"),
        lambda note, provider: NoteSigner(provider.signer.name).checkpoint(provider.leaves),
        lambda note, provider: NoteSigner("tallystick/other").checkpoint(provider.leaves),
        lambda note, provider: provider.signer.note(note.partition("\n\n")[0].partition("\n")[2]),
        lambda note, provider: provider.signer.note("x\n" + note.partition("\n")[2] + "\n"),
    ],
)
def test_a_note_that_the_pinned_key_did_not_sign_is_refused(provider, handset, alter):
    def tamper(plaintext):
        return plaintext | {"checkpoint": alter(plaintext["checkpoint"], provider)}

    provider.tamper_plaintext = tamper
    with pytest.raises(ReceiptRefused):
        pay(handset)


def test_a_witness_may_sign_beside_the_provider(provider, handset):
    witness = NoteSigner("witness.example")

    def tamper(plaintext):
        text = plaintext["checkpoint"].partition("\n\n")[0] + "\n"
        return plaintext | {"checkpoint": plaintext["checkpoint"] + witness.line(text)}

    provider.tamper_plaintext = tamper
    assert pay(handset).accepted


@pytest.mark.parametrize(
    "data", [{}, {"currency": "KES"}, {"currency": "KES", "available": 5, "reserved": "0.00"}, None]
)
def test_data_of_another_shape_is_refused(provider, handset, data):
    provider.tamper_plaintext = lambda plaintext: plaintext | {"data": data}
    with pytest.raises(ReceiptRefused):
        handset.balance()


def test_a_payment_brings_no_data(provider, handset):
    provider.tamper_plaintext = lambda plaintext: plaintext | {"data": {"available": "9.00"}}
    with pytest.raises(ReceiptRefused):
        pay(handset)


def test_an_enrolment_receipt_names_the_device_of_its_data(provider, fresh):
    provider.tamper_leaf = changed_leaf(device="d-7")
    with pytest.raises(ReceiptRefused):
        fresh.enrol("ABCD-EFGH-JKLM", read_pin("2468"))
    assert fresh.identity is None


def test_an_order_that_only_a_trial_sends_can_only_be_refused(provider, handset):
    good = handset.order_payment("remote.pay", "a-2", "Mama Njeri", kes(100))
    said = json.loads(unb64(good.body["transaction_data"]))
    said["payload"]["amount"] = "1.0"
    data = b64(canonical(said))
    intent = b64(handset.keys.signature.sign(data.encode()))
    order = dataclasses.replace(good, body=good.body | {"transaction_data": data, "intent": intent})
    with pytest.raises(ReceiptRefused):
        handset.send(order)

    provider.tamper_leaf = changed_leaf(outcome="refused", code="amount.malformed")
    provider.answers.clear()
    assert handset.send(order).code == "amount.malformed"


@pytest.mark.parametrize("amount", ["1.0", "abc", None, 5])
def test_an_issue_that_does_not_read_can_only_be_refused(provider, handset, amount):
    refused = changed_leaf(outcome="refused", code="amount.malformed")
    leaf = provider.leaf
    provider.execute = lambda bound, said: (
        leaf(said["jti"], said["op"], device=bound.device),
        None,
    )
    body = {"account": "a-2", "amount": amount}
    with pytest.raises(ReceiptRefused):
        handset.ask("emoney.issue", body)
    provider.tamper_leaf = refused
    assert handset.ask("emoney.issue", body).code == "amount.malformed"
