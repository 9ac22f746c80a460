"""Who signed a request: boto3's signatures are accepted, everything near them is not."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.keys import AccessKey
from tallystick.serve.payment_crypto.canonical import Request
from tallystick.serve.payment_crypto.errors import WireRefused
from tallystick.serve.payment_crypto.signature import Verifier
from tests.payment_wire import REGION, access_key, keyed, signed_headers

KEY = access_key()
BODY = b'{"PlainText": "00"}'
ALIAS = keyed("alias/till/one", "encrypt")


def verifier(now_s: float | None = None, key: AccessKey = KEY) -> Verifier:
    return Verifier(
        lambda: {key.id: key}, region=REGION, now_s=time.time if now_s is None else lambda: now_s
    )


def request(
    headers: dict[str, str], *, path: str = "/", body: bytes = BODY, **more: Any
) -> Request:
    named = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request("POST", path.encode(), more.get("query", b""), named, body)


def refusal(headers: dict[str, str], **more: Any) -> WireRefused:
    with pytest.raises(WireRefused) as caught:
        verifier().verify(request(headers, **more))
    return caught.value


@given(
    name=st.text("abcXYZ019/_-", min_size=1, max_size=40),
    body=st.binary(max_size=64),
    extra=st.dictionaries(st.sampled_from(["x-amz-a", "x-b"]), st.text("a b", max_size=8)),
)
def test_what_boto3_signs_is_accepted(name: str, body: bytes, extra: dict[str, str]) -> None:
    path = keyed(f"alias/{name}", "encrypt")
    sent = AWSRequest("POST", f"http://localhost:8080{path}", headers=dict(extra), data=body)
    credentials = Credentials(KEY.id, KEY.secret.reveal().decode())
    SigV4Auth(credentials, "payment-cryptography", REGION).add_auth(sent)
    headers = {key.lower(): value for key, value in sent.headers.items()}
    headers.setdefault("host", "localhost:8080")
    assert verifier().verify(request(headers, path=path, body=body)) is KEY


def test_a_path_is_verified_as_it_was_sent() -> None:
    headers = signed_headers(KEY, BODY, path=ALIAS)
    assert verifier().verify(request(headers, path=ALIAS)) is KEY
    decoded = "/keys/alias/till/one/encrypt"
    assert refusal(headers, path=decoded).name == "InvalidSignatureException"


@pytest.mark.parametrize("skew_s", [-299, 0, 299])
def test_five_minutes_are_no_matter(skew_s: int) -> None:
    now = 1_700_000_000.0
    headers = signed_headers(KEY, BODY, at=now + skew_s)
    assert verifier(now).verify(request(headers)) is KEY


@pytest.mark.parametrize("skew_s", [-301, 301, 86_400])
def test_more_than_five_minutes_are_refused(skew_s: int) -> None:
    now = 1_700_000_000.0
    headers = signed_headers(KEY, BODY, at=now + skew_s)
    with pytest.raises(WireRefused) as caught:
        verifier(now).verify(request(headers))
    assert caught.value.name == "InvalidSignatureException"


def test_an_unknown_key_and_a_wrong_secret_have_one_answer() -> None:
    stranger = access_key(id="TSAKBBBBBBBBBBBBBBBB")
    unknown = refusal(signed_headers(stranger, BODY))
    headers = signed_headers(KEY, BODY)
    altered = headers["authorization"][:-1] + ("0" if headers["authorization"][-1] != "0" else "1")
    wrong = refusal({**headers, "authorization": altered})
    assert (unknown.name, unknown.message) == (wrong.name, wrong.message)
    assert unknown.status == 403


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"x-amz-date": "20200101T000000Z"}, "InvalidSignatureException"),
        ({"x-amz-date": "yesterday"}, "IncompleteSignatureException"),
        ({"x-amz-date": "20261399T999999Z"}, "InvalidSignatureException"),
        ({"host": "elsewhere"}, "InvalidSignatureException"),
        ({"authorization": "Bearer x"}, "IncompleteSignatureException"),
        ({"authorization": ""}, "IncompleteSignatureException"),
        (
            {"x-amz-target": "PaymentCryptographyControlPlane.GetKey"},
            "IncompleteSignatureException",
        ),
        ({"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, "IncompleteSignatureException"),
    ],
)
def test_an_altered_header_is_refused(change: dict[str, str], name: str) -> None:
    assert refusal({**signed_headers(KEY, BODY), **change}).name == name


@pytest.mark.parametrize(
    "word", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0" * 64]
)
def test_a_payload_that_is_not_signed_is_refused(word: str) -> None:
    headers = signed_headers(KEY, BODY, extra={"x-amz-content-sha256": word})
    assert refusal(headers).name == "InvalidSignatureException"


def test_a_session_token_a_query_and_another_region_are_refused() -> None:
    token = signed_headers(KEY, BODY, extra={"x-amz-security-token": "abc"})
    assert refusal(token).name == "InvalidSignatureException"
    assert refusal(signed_headers(KEY, BODY), query=b"X-Amz-Signature=0").name.startswith(
        "Incomplete"
    )
    elsewhere = signed_headers(KEY, BODY, region="eu-west-1")
    assert "us-east-1" in refusal(elsewhere).message


def test_a_header_that_is_not_signed_or_not_there_is_refused() -> None:
    headers = signed_headers(KEY, BODY)
    for change in (
        ("host;x-amz-date", "x-amz-date"),
        ("host;x-amz-date", "host"),
        ("host;x-amz-date", "x-amz-date;host"),
        ("host;x-amz-date", "host;host;x-amz-date"),
        ("host;x-amz-date", "host;x-absent;x-amz-date"),
    ):
        altered = headers["authorization"].replace(*change)
        assert refusal({**headers, "authorization": altered}).name.startswith("Incomplete")


def test_two_of_what_must_be_one_are_refused() -> None:
    headers = signed_headers(KEY, BODY)
    for name in ("authorization", "x-amz-date", "host"):
        whole = request(headers)
        twice = [*whole.headers, (name.encode(), headers[name].encode())]
        with pytest.raises(WireRefused):
            verifier().verify(Request("POST", b"/", b"", twice, BODY))


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_any_flipped_bit_of_the_body_is_refused(place: int, bit: int) -> None:
    body = bytearray(BODY)
    body[place % len(body)] ^= 1 << bit
    assert refusal(signed_headers(KEY, BODY), body=bytes(body)).name == "InvalidSignatureException"


@given(st.text(max_size=200))
def test_no_authorization_breaks_the_verifier(text: str) -> None:
    headers = signed_headers(KEY, BODY)
    raw = [
        (
            name.encode(),
            text.encode("utf-8", "replace") if name == "authorization" else value.encode(),
        )
        for name, value in headers.items()
    ]
    with pytest.raises(WireRefused):
        verifier().verify(Request("POST", b"/", b"", raw, BODY))
