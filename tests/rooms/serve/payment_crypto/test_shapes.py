"""Requests against the snapshot of the model: like botocore says, and never the value in the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.session import Session
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from tallystick.serve.payment_crypto.errors import WireRefused
from tallystick.serve.payment_crypto.shapes import Shapes, planes
from tools.payment_crypto_model import SERVICES, SNAPSHOT, drift, installed, written

ARN = "arn:aws:payment-cryptography:us-east-1:111122223333:key/abcdefabcdefabcd"
KEY: dict[str, Any] = {
    "KeyAttributes": {
        "KeyUsage": "TR31_P0_PIN_ENCRYPTION_KEY",
        "KeyClass": "SYMMETRIC_KEY",
        "KeyAlgorithm": "TDES_3KEY",
        "KeyModesOfUse": {"Encrypt": True, "Decrypt": True, "Wrap": True, "Unwrap": True},
    },
    "Exportable": True,
}


def flaws(plane: str, operation: str, members: Any) -> dict[str, str]:
    shapes = planes()[plane]
    found = shapes.flaws(shapes.operations[operation].input, members)
    return {flaw.path: flaw.message for flaw in found}


def test_the_snapshot_is_the_installed_model() -> None:
    kept, found = json.loads(SNAPSHOT.read_text("utf-8")), installed()
    assert list(drift(kept, found)) == [], "python -m tools.payment_crypto_model write"
    assert json.loads(written(found)) == found


def test_drift_is_told_by_name() -> None:
    kept = json.loads(SNAPSHOT.read_text("utf-8"))
    other = json.loads(SNAPSHOT.read_text("utf-8"))
    other["data"]["operations"]["Unheard"] = {}
    del other["control"]["operations"]["GetKey"]
    other["data"]["shapes"]["MacType"]["max"] = 1
    assert list(drift(kept, other)) == [
        "control operations GetKey: gone",
        "data operations Unheard: new",
        "data shapes MacType: changed",
    ]


def test_all_operations_are_known() -> None:
    assert len(planes()["control"].operations) == 32
    assert len(planes()["data"].operations) == 15


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"Exportable": None}, "Exportable"),
        ({"Exportable": "yes"}, "Exportable"),
        ({"Unknown": 1}, ""),
        ({"KeyAttributes": []}, "KeyAttributes"),
        ({"Tags": [{"Key": "", "Value": "x"}]}, "Tags.1.member.Key"),
        ({"Tags": [{"Key": "a"}]}, "Tags.1.member.Value"),
        ({"Tags": [{"Key": "a", "Value": "b"}] * 201}, "Tags"),
    ],
)
def test_a_wrong_member_is_told_where_it_is(change: dict[str, Any], path: str) -> None:
    assert flaws("control", "CreateKey", KEY) == {}
    assert list(flaws("control", "CreateKey", {**KEY, **change})) == [path]


@pytest.mark.parametrize("count", [0, 2])
def test_a_union_has_exactly_one_member(count: int) -> None:
    cards = {"CardVerificationValue2": {"CardExpiryDate": "0128"}}
    more = {"CardVerificationValue1": {"CardExpiryDate": "0128", "ServiceCode": "101"}}
    chosen = {} if count == 0 else {**cards, **more}
    asked = {"KeyIdentifier": ARN, "PrimaryAccountNumber": "4123412341234123"}
    assert (
        flaws("data", "GenerateCardValidationData", {**asked, "GenerationAttributes": cards}) == {}
    )
    told = flaws("data", "GenerateCardValidationData", {**asked, "GenerationAttributes": chosen})
    assert told == {"GenerationAttributes": "Exactly one member of the union must be set"}


@pytest.mark.parametrize(
    ("identifier", "good"),
    [
        (ARN, True),
        ("alias/till/one", True),
        (ARN.replace("key/abcdefabcdefabcd", "alias/x"), True),
        ("alias/", False),
        ("alias/a b c", False),
        ("alias/abc\n", False),
        (ARN + "\n", False),
        ("key/abcdefabcdefabcd", False),
    ],
)
def test_patterns_hold_from_end_to_end(identifier: str, good: bool) -> None:
    assert (flaws("control", "GetKey", {"KeyIdentifier": identifier}) == {}) is good


def test_no_value_is_told_back() -> None:
    pan = "4123412341234123999999"
    asked = {"KeyIdentifier": ARN, "PrimaryAccountNumber": pan, "GenerationAttributes": {}}
    shapes = planes()["data"]
    with pytest.raises(WireRefused) as caught:
        shapes.demand_input(shapes.operations["GenerateCardValidationData"], asked)
    told = json.dumps(caught.value.data_body())
    assert pan not in told
    assert {one["path"] for one in caught.value.data_body()["fieldList"]} == {
        "PrimaryAccountNumber",
        "GenerationAttributes",
    }


def test_sensitive_shapes_are_known() -> None:
    assert {"PrimaryAccountNumberType", "EncryptedPinBlockType"} <= planes()["data"].sensitive()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(plane=st.sampled_from(["control", "data"]), data=st.data())
def test_whatever_comes_is_either_told_or_what_botocore_accepts(plane: str, data: Any) -> None:
    shapes = planes()[plane]
    name = data.draw(st.sampled_from(sorted(shapes.operations)))
    operation = shapes.operations[name]
    members = data.draw(_near(shapes, operation.input))
    if shapes.flaws(operation.input, members):
        return
    report = ParamValidator().validate(
        {k: v for k, v in members.items() if v is not None},
        _models()[plane].operation_model(name).input_shape,
    )
    assert not report.has_errors(), report.generate_report()


def _models() -> dict[str, Any]:
    if not _MODELS:
        for plane, service in SERVICES.items():
            _MODELS[plane] = Session().get_service_model(service)
    return _MODELS


_MODELS: dict[str, Any] = {}


def _near(shapes: Shapes, shape: str) -> st.SearchStrategy[Any]:
    """Values of the members' names with anything in them."""
    names = sorted(shapes._shapes[shape]["members"])
    known = st.sampled_from(names) if names else st.nothing()
    texts = st.sampled_from([ARN, "alias/a", "ECB", "00" * 8, "1234567890123456"])
    return JSON | st.dictionaries(known | st.text(max_size=5), JSON | texts, max_size=6)
