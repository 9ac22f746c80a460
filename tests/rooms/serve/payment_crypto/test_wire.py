"""The two planes over a real socket with unmodified boto3: routes, roles, errors, one packet."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.keys import AccessRole
from tallystick.serve.payment_crypto import HANDLERS as SERVED
from tallystick.serve.payment_crypto import UNSERVED, VARIANTS, Wire
from tallystick.serve.payment_crypto.application import BODY_OCTETS_MAX, Asked
from tallystick.serve.payment_crypto.errors import STATUSES, WireRefused, not_found, unfit
from tallystick.serve.payment_crypto.shapes import planes
from tallystick.serve.payment_crypto.signature import Verifier
from tests.payment_wire import (
    REGION,
    access_key,
    ask,
    client,
    keyed,
    serving,
    signed_headers,
    target,
)

ARN = "arn:aws:payment-cryptography:us-east-1:111122223333:key/abcdefabcdefabcd"
ALL = access_key()
DATA = access_key(AccessRole.DATA, id="TSAKDDDDDDDDDDDDDDDD")
READ = access_key(AccessRole.READ, id="TSAKRRRRRRRRRRRRRRRR")
KEYS = access_key(AccessRole.KEYS, id="TSAKKKKKKKKKKKKKKKKK")
SYMMETRIC = {"Symmetric": {"Mode": "ECB"}}


async def encrypt(asked: Asked) -> dict[str, Any]:
    identifier = asked.members["KeyIdentifier"]
    if identifier == "alias/gone":
        raise not_found(identifier)
    if identifier == "alias/broken":
        raise ZeroDivisionError("a secret thing")
    return {"KeyArn": ARN, "KeyCheckValue": "0A3674", "CipherText": identifier.encode().hex()}


async def verify_mac(asked: Asked) -> dict[str, Any]:
    raise WireRefused("VerificationFailedException", "not verified", reason="INVALID_MAC")


async def generate_mac(asked: Asked) -> dict[str, Any]:
    raise unfit("MacLength must be 8", path="MacLength")


async def list_keys(asked: Asked) -> dict[str, Any]:
    return {"Keys": []}


async def get_key(asked: Asked) -> dict[str, Any]:
    raise not_found(asked.members["KeyIdentifier"])


async def delete_key(asked: Asked) -> dict[str, Any]:
    raise WireRefused(asked.members["KeyIdentifier"].partition("/")[2], "told so")


HANDLERS = {
    "EncryptData": encrypt,
    "VerifyMac": verify_mac,
    "GenerateMac": generate_mac,
    "ListKeys": list_keys,
    "GetKey": get_key,
    "DeleteKey": delete_key,
}


def wire() -> Wire:
    known = {key.id: key for key in (ALL, DATA, READ, KEYS)}
    return Wire(Verifier(lambda: known, region=REGION), HANDLERS)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(wire()) as base:
        yield base


def error_of(caught: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    told = caught.value.response
    return told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("identifier", [ARN, "alias/a", "alias/till/one/two", "alias/a_b-c"])
def test_an_identifier_arrives_whole(url: str, identifier: str) -> None:
    told = client("data", url, DATA).encrypt_data(
        KeyIdentifier=identifier, PlainText="00" * 8, EncryptionAttributes=SYMMETRIC
    )
    assert bytes.fromhex(told["CipherText"]).decode() == identifier
    assert told["ResponseMetadata"]["RequestId"]


def test_the_control_plane_answers(url: str) -> None:
    assert client("control", url, READ).list_keys()["Keys"] == []
    assert client("control", url, READ).get_paginator("list_keys").paginate().build_full_result()


def test_errors_of_the_data_plane_are_what_boto3_knows(url: str) -> None:
    data = client("data", url, DATA)
    mac: dict[str, Any] = {"KeyIdentifier": ARN, "MessageData": "00"}
    with pytest.raises(data.exceptions.VerificationFailedException) as failed:
        data.verify_mac(**mac, Mac="00" * 4, VerificationAttributes={"Algorithm": "CMAC"})
    assert failed.value.response["Reason"] == "INVALID_MAC"
    with pytest.raises(data.exceptions.ValidationException) as invalid:
        data.generate_mac(**mac, GenerationAttributes={"Algorithm": "CMAC"})
    assert invalid.value.response["fieldList"] == [
        {"path": "MacLength", "message": "MacLength must be 8"}
    ]
    assert invalid.value.response["message"] == "MacLength must be 8"
    with pytest.raises(data.exceptions.ResourceNotFoundException) as absent:
        data.encrypt_data(
            KeyIdentifier="alias/gone", PlainText="00" * 8, EncryptionAttributes=SYMMETRIC
        )
    assert absent.value.response["ResourceId"] == "alias/gone"
    assert error_of(absent)[1] == 404


def test_errors_of_the_control_plane_are_what_boto3_knows(url: str) -> None:
    control = client("control", url, KEYS)
    with pytest.raises(control.exceptions.ResourceNotFoundException) as absent:
        control.get_key(KeyIdentifier=ARN)
    assert absent.value.response["ResourceId"] == ARN
    with pytest.raises(control.exceptions.ValidationException) as invalid:
        control.create_key(KeyAttributes={
            "KeyUsage": "TR31_XX", "KeyClass": "SYMMETRIC_KEY", "KeyAlgorithm": "AES_128",
            "KeyModesOfUse": {},
        }, Exportable=True)  # fmt: skip
    assert "KeyAttributes.KeyUsage" in invalid.value.response["Error"]["Message"]


@pytest.mark.parametrize("name", sorted(STATUSES))
def test_every_error_arrives_by_its_name_and_status(url: str, name: str) -> None:
    control = client("control", url, KEYS)
    with pytest.raises(ClientError) as caught:
        control.delete_key(KeyIdentifier=f"alias/{name}")
    assert error_of(caught) == (name, STATUSES[name])


def test_what_breaks_is_told_to_nobody(url: str, caplog: pytest.LogCaptureFixture) -> None:
    data = client("data", url, DATA)
    with pytest.raises(data.exceptions.InternalServerException) as caught:
        data.encrypt_data(
            KeyIdentifier="alias/broken", PlainText="00" * 8, EncryptionAttributes=SYMMETRIC
        )
    assert "secret" not in str(caught.value)
    assert DATA.id not in caplog.text, "nothing of Authorization is logged"


def test_a_wrong_secret_an_unknown_key_and_another_region_are_403(url: str) -> None:
    for other in (access_key(id="TSAKXXXXXXXXXXXXXXXX"),):
        with pytest.raises(ClientError) as caught:
            client("control", url, other).list_keys()
        assert error_of(caught) == ("InvalidSignatureException", 403)


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        (DATA, {"data"}),
        (READ, {"look"}),
        (KEYS, {"look", "manage"}),
        (ALL, {"data", "look", "manage"}),
    ],
)
def test_a_role_allows_its_plane_and_no_more(url: str, key: Any, allowed: set[str]) -> None:
    control, data = client("control", url, key), client("data", url, key)
    calls = {
        "data": lambda: data.encrypt_data(
            KeyIdentifier=ARN, PlainText="00" * 8, EncryptionAttributes=SYMMETRIC
        ),
        "look": control.list_keys,
        "manage": lambda: control.delete_key(KeyIdentifier="alias/ConflictException"),
    }
    for name, call in calls.items():
        code = ""
        try:
            call()
        except ClientError as error:
            code = error.response["Error"]["Code"]
        assert (code == "AccessDeniedException") is (name not in allowed), (name, code)


def test_an_operation_without_a_handler_is_told_as_not_served(url: str) -> None:
    control = client("control", url, KEYS)
    with pytest.raises(control.exceptions.ValidationException, match="not served here"):
        control.get_alias(AliasName="alias/x")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/", target("NoSuchOperation")),
        ("/", {"x-amz-target": "Other.GetKey"}),
        ("/", {"x-amz-target": "~~"}),
        ("/nowhere", {}),
        ("/keys//encrypt", {}),
        ("/keys/x/explode", {}),
        ("/keys/" + "a" * 1025 + "/encrypt", {}),
    ],
)
def test_what_is_no_operation_is_told_so(path: str, headers: dict[str, str]) -> None:
    signed = signed_headers(ALL, b"{}", path=path, extra=headers)
    status, told, body = ask(wire(), path, signed, b"{}")
    assert (status, told["x-amzn-errortype"]) == (404, "UnknownOperationException")
    assert ("__type" in json.loads(body)) is (path == "/")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b"[" * 50_000, b'{"a":' * 50_000])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    signed = signed_headers(ALL, body, extra=target("ListKeys"))
    status, told, _ = ask(wire(), "/", signed, body)
    assert (status, told["x-amzn-errortype"]) == (400, "SerializationException")


def test_a_body_that_is_too_long_is_refused_unread() -> None:
    status, told, _ = ask(wire(), "/", {}, b" " * (BODY_OCTETS_MAX + 1))
    assert (status, told["x-amzn-errortype"]) == (413, "RequestEntityTooLargeException")


def test_an_answer_comes_in_one_piece(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    body = b"{}"
    headers = signed_headers(READ, body, host=f"{host}:{port}", extra=target("ListKeys"))
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(["POST / HTTP/1.1", *lines, f"content-length: {len(body)}", "", ""])
    with socket.create_connection((host, int(port))) as sock:
        for _ in range(5):
            sock.sendall(head.encode() + body)
            first = sock.recv(65_536)
            assert first.startswith(b"HTTP/1.1 200")
            assert first.endswith(b'{"Keys":[]}'), "header and body are one write"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(value=JSON, control=st.booleans(), data=st.data())
def test_no_json_breaks_an_edge(value: Any, control: bool, data: Any) -> None:
    body = json.dumps(value).encode()
    if control:
        name = data.draw(st.sampled_from(sorted(planes()["control"].operations)))
        path, extra = "/", target(name)
    else:
        operation = data.draw(st.sampled_from(sorted(planes()["data"].operations)))
        uri = planes()["data"].operations[operation].path
        path, extra = uri.replace(uri[uri.find("{") : uri.find("}") + 1], "alias%2Fa"), {}
    status, _, told = ask(wire(), path, signed_headers(ALL, body, path=path, extra=extra), body)
    assert status < 500
    json.loads(told)


@given(path=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
def test_no_path_breaks_an_edge(path: str) -> None:
    path = "/" + path.replace("?", "").replace("#", "")
    signed = signed_headers(ALL, b"{}", path=path)
    assert ask(wire(), path, signed, b"{}")[0] < 500
    assert ask(wire(), path, {}, b"{}")[0] == 403


def test_keyed_paths_are_encoded_once() -> None:
    assert keyed("alias/a/b", "encrypt") == "/keys/alias%2Fa%2Fb/encrypt"


def test_every_operation_is_served_or_says_why() -> None:
    known = {name for plane in planes().values() for name in plane.operations}
    assert known == set(SERVED) | set(UNSERVED)
    assert not set(SERVED) & set(UNSERVED)
    assert set(VARIANTS) <= set(SERVED)
