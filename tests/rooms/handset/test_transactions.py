"""What is shown is what is signed."""

import json

import pytest

from tallystick.ground.money import Amount
from tallystick.handset import Malformed, ShownDiffers, describe_order
from tallystick.handset.keys import DeviceKey
from tallystick.handset.pin import pin_field, read_pin, seal_pin
from tallystick.handset.transactions import read_transaction, sign_intent, write_transaction
from tests.rooms.handset.shapes import b64, unb64, verify_p1363

T = write_transaction(
    request="r" * 16,
    device="d-1",
    at_ms=1_769_860_800_000,
    payee_id="a-2",
    payee_name="Mama Njeri",
    amount=Amount(minor=150_000, currency="KES"),
)


def altered(alter):
    said = json.loads(unb64(T))
    alter(said, said["payload"])
    return b64(json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def test_a_transaction_reads_back_as_it_was_written():
    said = read_transaction(T)
    assert (said.request, said.device, said.payee_id) == ("r" * 16, "d-1", "a-2")
    assert str(said.amount) == "1500.00 KES"
    assert said.date_time == "2026-01-31T12:00:00Z"


def test_the_signature_is_over_the_text_that_was_shown():
    key = DeviceKey.create()
    intent = sign_intent(T, shown=describe_order(T), key=key)
    verify_p1363(key.jwk, T.encode(), unb64(intent))


def test_another_text_than_the_one_shown_is_not_signed():
    key = DeviceKey.create()
    for shown in (describe_order(T).replace("1500.00", "15.00"), "", describe_order(T) + " "):
        with pytest.raises(ShownDiffers):
            sign_intent(T, shown=shown, key=key)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x" * 141,
        "Mama\nAccount  a-9",
        "Mama \u202eirejN",  # turns the direction of the text
        "Mama\u200bNjeri",
        "Mama\x00",
        "\ud800",
    ],
)
def test_a_name_that_could_mislead_is_not_shown(name):
    with pytest.raises(Malformed):
        describe_order(altered(lambda said, payload: payload["payee"].update(name=name)))


@pytest.mark.parametrize(
    "alter",
    [
        lambda said, payload: payload.update(amount="1500"),
        lambda said, payload: payload.update(amount="1500.0"),
        lambda said, payload: payload.update(amount="01500.00"),
        lambda said, payload: payload.update(amount="-1500.00"),
        lambda said, payload: payload.update(amount="1e3"),
        lambda said, payload: payload.update(amount=1500),
        lambda said, payload: payload.update(amount="٣.00"),
        lambda said, payload: payload.update(currency="XXX"),
        lambda said, payload: payload.update(date_time="today"),
        lambda said, payload: payload.update(fee="0.00"),
        lambda said, payload: payload.update(fee="1"),
        lambda said, payload: payload.update(fee=None),
        lambda said, payload: payload.update(refunds=""),
        lambda said, payload: payload.update(refunds="x" * 161),
        lambda said, payload: payload.update(refunds="a\u202eb"),
        lambda said, payload: payload.update(receives={"currency": "XXX", "amount": "1.00"}),
        lambda said, payload: payload.update(receives={"currency": "USD", "amount": "1"}),
        lambda said, payload: payload.update(receives={"currency": "USD"}),
        lambda said, payload: payload.update(tip="1.00"),
        lambda said, payload: payload["payee"].update(id="A 2"),
        lambda said, payload: payload.update(transaction_id="short"),
        lambda said, payload: said.update(type="tallystick:payment:2"),
        lambda said, payload: said.update(credential_ids=[]),
        lambda said, payload: said.update(credential_ids=["d-1", "d-2"]),
        lambda said, payload: said.update(more=1),
    ],
)
def test_a_transaction_of_another_shape_is_not_shown(alter):
    with pytest.raises(Malformed):
        describe_order(altered(alter))


def test_a_transaction_in_another_spelling_is_not_shown():
    doubled = unb64(T).replace(b'"amount":', b'"amount":"1.00","amount":')
    for data in (T + "=", T + "\n", b64(doubled), b64(b"[" * 1000), "x" * 3000, ""):
        with pytest.raises(Malformed):
            describe_order(data)


@pytest.mark.parametrize("text", ["", "123", "1" * 13, "12a4", "١٢٣٤", "12 4"])
def test_a_pin_is_four_to_twelve_digits(text):
    with pytest.raises(Malformed):
        read_pin(text)


def test_a_pin_of_every_length_has_its_field():
    assert pin_field(read_pin("123456789012")).hex() == "2c123456789012ff"
    assert pin_field(read_pin("12345")).hex() == "2512345fffffffff"


def test_a_sealed_pin_is_new_every_time(provider, fresh):
    pin_key = fresh.service().pin_key
    tokens = {
        seal_pin(read_pin("2468"), request="r" * 16, device_part="p", to=pin_key) for _ in range(3)
    }
    assert len(tokens) == 3
    assert {provider.read_pin(token, request="r" * 16, part="p") for token in tokens} == {"2468"}
