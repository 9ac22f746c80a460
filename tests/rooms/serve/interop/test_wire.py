"""The wire of the API: whatever strangers send is read or refused, and nothing else happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.keys.hub_file import create_hub_keys
from tallystick.ground.money import EXPONENTS
from tallystick.ground.secret import Secret
from tallystick.serve.interop import bodies
from tallystick.serve.interop.amounts import (
    AmountRefused,
    InstantRefused,
    read_date,
    read_instant,
    read_minor,
    write_date,
    write_instant,
    write_minor,
)
from tallystick.serve.interop.bodies import Open, QuoteBody, TransferBody, read_api_body
from tallystick.serve.interop.deciding import alias
from tallystick.serve.interop.errors import DESCRIPTION_MAX, MEANING, ApiRefused, error_body
from tallystick.serve.interop.headers import media_type, negotiate, read_headers
from tallystick.serve.interop.ilp import (
    Packet,
    PacketRefused,
    condition_of,
    fulfilment_of,
    fulfils,
    read_packet,
    write_packet,
)
from tallystick.serve.interop.jws import sign_request, verify_request

KEYS = create_hub_keys()
PEERS = {"payerfsp": KEYS.signing.public}
EVERY_BODY = [
    kind for kind in vars(bodies).values()
    if isinstance(kind, type) and issubclass(kind, Open) and kind is not Open
]  # fmt: skip
CURRENCIES = st.sampled_from(sorted(EXPONENTS))


def refused_by(call: Callable[[], object]) -> tuple[str, str] | None:
    """What the API refuses a call with, or None."""
    try:
        call()
    except ApiRefused as refusal:
        return refusal.api, refusal.what
    return None


# ---- amounts and instants -----------------------------------------------------------------------


@given(st.integers(1, 2**53 - 1), CURRENCIES)
def test_an_amount_has_one_spelling_and_reads_back(minor: int, currency: str) -> None:
    text = write_minor(minor, currency)
    if len(text.partition(".")[0]) <= 18:
        assert read_minor(text, currency) == minor


@pytest.mark.parametrize(
    "text",
    ["0", "-1", "1.0", "01", "1.", ".5", "1e3", "1.123", "1,5", " 1", "1\n", "", "9" * 19, "١"],
)
def test_no_other_spelling_is_an_amount(text: str) -> None:
    with pytest.raises(AmountRefused):
        read_minor(text, "KES")


@given(st.text(max_size=30), st.text(max_size=4))
def test_any_text_is_an_amount_or_refused(text: str, currency: str) -> None:
    for known in (currency, "KES"):
        try:
            assert read_minor(text, known) > 0
        except AmountRefused:
            continue


@given(st.integers(0, 4_000_000_000_000))
def test_an_instant_reads_back(at_ms: int) -> None:
    assert read_instant(write_instant(at_ms)) == at_ms
    assert read_date(write_date(at_ms)) == at_ms // 1000 * 1000


@given(st.text(max_size=60))
def test_any_text_is_an_instant_or_refused(text: str) -> None:
    for read in (read_instant, read_date):
        try:
            read(text)
        except InstantRefused:
            continue


# ---- packets ------------------------------------------------------------------------------------

PLAIN = st.dictionaries(
    st.text("abcXYZ", min_size=1, max_size=8), st.text(max_size=200), max_size=8
)


@given(st.integers(0, 2**64 - 1), PLAIN)
def test_a_packet_reads_back_and_has_one_spelling(amount: int, transaction: dict[str, str]) -> None:
    packet = Packet(amount=amount, address="g.payeefsp.msisdn.2547", transaction=transaction)
    octets = write_packet(packet)
    assert read_packet(octets) == packet
    with pytest.raises(PacketRefused):
        read_packet(octets + b"\0")


@given(st.binary(max_size=400))
def test_any_octets_are_a_packet_or_refused(octets: bytes) -> None:
    for tried in (octets, b"\1" + octets, b"\1" + bytes([len(octets) % 128]) + octets):
        try:
            assert write_packet(read_packet(tried)) != b""
        except PacketRefused:
            continue


@given(st.binary(max_size=100))
def test_only_the_fulfilment_fulfils(packet: bytes) -> None:
    secret = Secret(b"s" * 32)
    fulfilment = fulfilment_of(packet, secret)
    condition = condition_of(fulfilment)
    assert condition != condition_of(fulfilment_of(packet + b"x", secret))
    assert condition != condition_of(fulfilment_of(packet, Secret(b"t" * 32)))
    assert not fulfils(condition, condition)


# ---- signatures ---------------------------------------------------------------------------------

METHOD, PATH, BODY = "POST", "/quotes", b'{"quoteId": "1"}'


def signed(body: bytes = BODY, **changes: str) -> dict[str, str]:
    headers = {
        "fspiop-source": "payerfsp",
        "fspiop-destination": "payeefsp",
        "date": write_date(0),
    } | changes
    signature = sign_request(KEYS.signing, method=METHOD, path=PATH, headers=headers, body=body)
    return headers | {"fspiop-signature": signature}


def verified(headers: dict[str, str], **changes: Any) -> bool:
    said: dict[str, Any] = {"method": METHOD, "path": PATH, "headers": headers, "body": BODY}
    refusal = refused_by(lambda: verify_request(PEERS, **said | changes))
    assert refusal in (None, ("3105", "the signature was refused"))
    return refusal is None


def test_what_was_signed_is_what_is_verified() -> None:
    headers = signed()
    assert verified(headers)
    assert not verified(headers, body=BODY + b" ")
    assert not verified(headers, method="PUT")
    assert not verified(headers, path="/quotes/1")
    for name in ("fspiop-source", "fspiop-destination", "date"):
        assert not verified(headers | {name: "other"})
    assert not verified({k: v for k, v in headers.items() if k != "fspiop-destination"})
    assert not verified({k: v for k, v in headers.items() if k != "fspiop-signature"})
    assert not verified(headers | {"fspiop-uri": "/transfers"})


def test_a_destination_that_is_not_signed_is_refused() -> None:
    headers = {"fspiop-source": "payerfsp", "date": write_date(0)}
    signature = sign_request(KEYS.signing, method=METHOD, path=PATH, headers=headers, body=BODY)
    bare = headers | {"fspiop-signature": signature}
    assert verified(bare)
    assert not verified(bare | {"fspiop-destination": "payeefsp"})


@pytest.mark.parametrize("member", ["crit", "b64", "jwk", "x5u"])
def test_members_that_change_the_rules_are_refused(
    member: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tallystick.serve.interop import jws

    real = jws.canonical_json
    monkeypatch.setattr(
        jws, "canonical_json", lambda v: real(v | ({member: []} if "alg" in v else {}))
    )
    headers = signed()
    monkeypatch.undo()
    assert not verified(headers)


@given(st.text(max_size=200))
def test_any_header_is_a_signature_or_refused(value: str) -> None:
    for tried in (value, json.dumps({"protectedHeader": value, "signature": value})):
        assert not verified(signed() | {"fspiop-signature": tried})


# ---- headers ------------------------------------------------------------------------------------


def fields(**changes: str | None) -> list[tuple[bytes, bytes]]:
    media = media_type("quotes", "1.1")
    usual = {
        "content-type": media,
        "accept": media,
        "date": write_date(0),
        "fspiop-source": "payerfsp",
    } | {name.replace("_", "-"): text for name, text in changes.items()}
    return [(n.encode(), t.encode()) for n, t in usual.items() if t is not None]


def api(said: list[tuple[bytes, bytes]], *, asks: bool = True) -> str:
    try:
        return read_headers(said, resource="quotes", asks=asks).version
    except ApiRefused as refusal:
        return refusal.api


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "1.1"),
        ({"accept": media_type("quotes", "1.0")}, "1.0"),
        ({"accept": media_type("quotes", "1")}, "1.1"),
        ({"accept": f"{media_type('quotes', '2.0')}, {media_type('quotes', '1.0')}"}, "1.0"),
        ({"accept": media_type("quotes", "2.0")}, "3001"),
        ({"accept": media_type("transfers", "1.1")}, "3102"),
        ({"accept": None}, "3102"),
        ({"accept": "application/json"}, "3102"),
        ({"content_type": "application/json"}, "3102"),
        ({"content_type": f"{media_type('quotes', '1.0')};charset=utf-8"}, "1.1"),
        ({"content_type": media_type("quotes", "1.7")}, "3001"),
        ({"date": "Thursday"}, "3102"),
        ({"date": None}, "3102"),
        ({"fspiop_source": None}, "3102"),
        ({"fspiop_source": "a b"}, "3100"),
        ({"fspiop_destination": "../x"}, "3100"),
    ],
)
def test_headers_are_as_the_api_has_them(changes: dict[str, str | None], code: str) -> None:
    assert api(fields(**changes)) == code


def test_a_header_that_stands_twice_is_refused() -> None:
    assert api([*fields(), (b"FSPIOP-Source", b"somebody")]) == "3101"


@given(st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=60)), max_size=6))
def test_any_headers_are_read_or_refused(said: list[tuple[bytes, bytes]]) -> None:
    api([*fields(), *said])
    api(said, asks=False)


@given(st.text(max_size=100))
def test_any_accept_is_negotiated_or_refused(text: str) -> None:
    refusal = refused_by(lambda: negotiate(text, "quotes"))
    assert refusal is None or refusal[0] in ("3001", "3102")


# ---- bodies -------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["quoteId", "payer", "payee", "amount", "partyIdInfo", "currency", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(EVERY_BODY))
def test_any_json_is_a_body_or_refused(said: Any, kind: type[Open]) -> None:
    refusal = refused_by(lambda: read_api_body(json.dumps(said).encode(), kind))
    assert refusal is None or refusal[0] in ("3100", "3101", "3102")
    assert refusal is None or len(str(error_body(*refusal))) < DESCRIPTION_MAX + 80


@given(st.binary(max_size=60), st.sampled_from(EVERY_BODY))
def test_any_octets_are_a_body_or_refused(octets: bytes, kind: type[Open]) -> None:
    try:
        read_api_body(octets, kind)
    except ApiRefused:
        return


def test_a_refusal_says_where() -> None:
    with pytest.raises(ApiRefused) as refused:
        read_api_body(b'{"quoteId": "x"}', QuoteBody)
    assert refused.value.what == "/quoteId is not as it must be"
    with pytest.raises(ApiRefused) as refused:
        read_api_body(b"{}", TransferBody)
    assert (refused.value.api, refused.value.what) == ("3102", "/transferId is missing")
    with pytest.raises(ApiRefused) as refused:
        read_api_body(b'{"a": 1, "a": 2}', TransferBody)
    assert refused.value.api == "3101"


@given(st.text(max_size=140), st.sampled_from(sorted(bodies.PARTY_TYPES)))
def test_an_alias_is_short_and_of_its_kind(identifier: str, kind: str) -> None:
    name = alias(kind, identifier)
    assert name.startswith(f"{kind.lower()}:")
    assert len(name) <= 64


def test_every_code_has_a_name_of_the_api() -> None:
    assert all(len(code) == 4 and code[0] in "12345" for code in MEANING)
    assert error_body("9999")["errorInformation"] == {
        "errorCode": "9999",
        "errorDescription": "Error",
    }
