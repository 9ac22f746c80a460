"""Whatever a stranger sends, only the declared refusals come out: never an internal error.

Each reader is given random octets, random JSON, and honest input with one thing changed.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tallystick.crypto.mechanisms import SigningKey
from tallystick.ground.identifiers import to_base64url
from tallystick.handset.keys import HandsetKeys
from tallystick.handset.messages import seal_message, sign_session
from tallystick.protect.codes import CodeRefused, layout, read_code
from tallystick.protect.corridor import bodies, read_body
from tallystick.protect.devices import EnrolmentRefused, read_enrolment, read_session
from tallystick.protect.enforcement import OrderMalformed
from tallystick.standard import OPERATION_KINDS
from tests.rooms.protect.made import device_of, enrolment_claims, paths, signed_enrolment
from tests.stage import ADDRESS, Person, Stage

KINDS = [
    kind
    for kind in vars(bodies).values()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not bodies.Strict
]
ODD = ["", "\x00", "é", "\u202e", "a" * 5000, "-1", "1e9", "NaN", "null", "../../etc", "' OR 1=1"]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(ODD),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
nested = st.integers(1, 5000).map(lambda depth: b"[" * depth + b"]" * depth)
octets = st.one_of(
    st.binary(max_size=300), values.map(lambda value: json.dumps(value).encode()), nested
)


def members(kind: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with the right names and anything behind them."""
    names = [field.name for field in msgspec.structs.fields(kind)]
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, values))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@example(data=None)
def test_an_order_is_read_or_malformed(kind: type[Any], data: st.DataObject | None) -> None:
    if data is None:
        asked = b'{"limit":1,"limit":2}'
    else:
        written = members(kind).map(lambda value: json.dumps(value).encode())
        asked = data.draw(st.one_of(octets, written))
    try:
        body = read_body(asked, kind)
    except OrderMalformed:
        return
    assert isinstance(body, kind)


KEYS = HandsetKeys.create()
CLAIMS = enrolment_claims(KEYS)
DEVICE = device_of(KEYS)


def changed(plain: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    name, _, rest = path.partition(".")
    inner = changed(plain[name], rest, value) if rest else value
    return {**plain, name: inner}


@given(st.one_of(octets, st.tuples(st.sampled_from(paths(CLAIMS)), values)))
def test_an_enrolment_is_read_or_refused(asked: Any) -> None:
    if isinstance(asked, tuple):
        asked = json.dumps(changed(CLAIMS, *asked)).encode()
    for token in (asked, signed_enrolment(asked, KEYS)):
        try:
            read = read_enrolment(token)
        except EnrolmentRefused:
            continue
        assert read.session.jwk() == KEYS.session.jwk


@given(octets)
def test_a_session_request_is_read_or_refused(asked: bytes) -> None:
    signed = sign_session(asked, key=KEYS.session, device=DEVICE.id)
    for token in (signed, asked.decode("latin-1")):
        with pytest.raises(EnrolmentRefused):
            read_session(token, device=DEVICE)


PROVIDER = SigningKey.generate()
fields = st.tuples(st.sampled_from(["00", "01", "26", "59", "80", "63", "99", "xx"]), st.text())


@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(fields, max_size=12).map(
            lambda found: "".join(f"{tag}{len(text):02d}{text}" for tag, text in found)
        ),
    )
)
def test_a_code_is_read_or_refused(text: str) -> None:
    summed = text + "6304"
    for asked in (text, summed + layout._crc(summed) if text.isascii() else text):
        with pytest.raises(CodeRefused):
            read_code(asked, key=PROVIDER.public)


# ---- the whole way in ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def open_stage() -> Iterator[tuple[Stage, Person]]:
    with tempfile.TemporaryDirectory() as folder, Stage(Path(folder) / "home") as stage:
        yield stage, stage.person("Alice Wanjiru", minor=1000)


TAKING = ("/v1/messages", "/v1/enrolments", "/v1/sessions")
ANSWERS = {
    "/v1/messages": {(400, "message.refused"), (401, "grant.refused"), (413, "message.too_long")},
    "/v1/enrolments": {(403, "enrolment.refused"), (413, "message.too_long")},
    "/v1/sessions": {(403, "enrolment.refused"), (413, "message.too_long")},
}
_quiet = settings(suppress_health_check=list(HealthCheck), max_examples=40)


def send(stage: Stage, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    request = httpx.Request("POST", ADDRESS + path, content=body, headers=headers)
    return stage.transport.handle_request(request)


def told(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@_quiet
@given(
    path=st.sampled_from(TAKING),
    body=st.one_of(octets, st.binary(max_size=100).map(lambda b: to_base64url(b).encode())),
    dots=st.integers(0, 6),
)
def test_strangers_octets_meet_declared_refusals(
    open_stage: tuple[Stage, Person],
    caplog: pytest.LogCaptureFixture,
    path: str,
    body: bytes,
    dots: int,
) -> None:
    stage, alice = open_stage
    stage.clock.advance(ms=1000)
    headers = {"content-type": "application/jose"}
    if path == "/v1/messages":
        headers |= alice.handset.prove_request(
            alice.handset._current_grant().grant, iat=stage.clock.now_ms() // 1000
        )
    with caplog.at_level(logging.ERROR):
        response = send(stage, path, body + b"." * dots, headers)
    assert told(response) in ANSWERS[path]
    assert caplog.records == []


@_quiet
@given(
    operation=st.one_of(st.sampled_from(OPERATION_KINDS), st.text(max_size=40)),
    body=st.one_of(*(members(kind) for kind in KINDS), values),
    claim=st.one_of(
        st.none(), st.tuples(st.sampled_from(["aud", "url", "iat", "jti", "ctr", "op"]), values)
    ),
)
def test_an_authentic_device_that_sends_anything_gets_an_answer_or_a_declared_refusal(
    open_stage: tuple[Stage, Person],
    caplog: pytest.LogCaptureFixture,
    operation: str,
    body: Any,
    claim: tuple[str, Any] | None,
) -> None:
    """Right keys, right session, right counter: and an order that nobody thought of."""
    stage, alice = open_stage
    stage.clock.advance(ms=1000)
    handset = alice.handset
    handset._current_grant()
    claims = {
        "aud": handset.service().audience,
        "url": "/v1/messages",
        "iat": stage.clock.now_ms() // 1000,
        "jti": f"fuzz-0000-{handset.counter:012}",
        "ctr": handset._next_counter(),
        "op": operation,
        "body": body,
    }
    if claim is not None:
        claims[claim[0]] = claim[1]
    sealed = seal_message(
        json.dumps(claims).encode(),
        key=handset.keys.session,
        device=alice.device,
        to=handset.service().message_key,
    )
    headers = handset.prove_request(
        handset._current_grant().grant, iat=stage.clock.now_ms() // 1000
    )
    with caplog.at_level(logging.ERROR):
        response = send(
            stage, "/v1/messages", sealed.encode(), headers | {"content-type": "application/jose"}
        )
    if response.status_code != 200:
        assert told(response) in ANSWERS["/v1/messages"]
    assert caplog.records == []
    assert stage.balance(alice) == (1000, 0)
