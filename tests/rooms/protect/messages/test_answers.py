"""The answer: a leaf bound to its tally, sealed for one device with its proof."""

from __future__ import annotations

import json

import pytest

from tallystick.ground.canonical import digest
from tallystick.ground.identifiers import to_base64url
from tallystick.handset.errors import Malformed
from tallystick.handset.jose import open_sealed
from tallystick.handset.keys import DeviceKey
from tallystick.protect.enforcement import Committed
from tallystick.protect.messages import ANSWER_TYP, Slip, seal_answer
from tests.rooms.protect.made import NOW_MS, public

KEY = DeviceKey.create()


def slip() -> Slip:
    return Slip(request="r" * 16, operation="remote.pay", device="dev-1", at_ms=NOW_MS, policy="p")


def test_a_leaf_is_canonical_and_names_its_tally() -> None:
    leaf = slip().leaf(code="ok", tally=b"the tally")
    said = json.loads(leaf)
    assert said["tally"] == digest(b"the tally")
    assert said["outcome"] == "accepted"
    assert leaf == json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize("code", ["funds.insufficient", "payment.declined", "OK", ""])
def test_anything_but_ok_is_a_refusal(code: str) -> None:
    assert json.loads(slip().leaf(code=code, tally=b""))["outcome"] == "refused"


@pytest.mark.parametrize("data", [None, b'{"a":"b"}'])
def test_only_the_device_opens_its_answer(data: bytes | None) -> None:
    committed = Committed(
        leaf=b"leaf", data=data, index=3, size=9, path=(bytes(32), b"x" * 32), checkpoint="note"
    )
    token = seal_answer(committed, to=public(KEY))
    plain = json.loads(open_sealed(token, key=KEY, typ=ANSWER_TYP))
    assert plain == {
        "receipt": to_base64url(b"leaf"),
        "inclusion": {
            "index": 3,
            "size": 9,
            "path": [to_base64url(bytes(32)), to_base64url(b"x" * 32)],
        },
        "checkpoint": "note",
        "data": data and json.loads(data),
    }
    with pytest.raises(Malformed):
        open_sealed(token, key=DeviceKey.create(), typ=ANSWER_TYP)
