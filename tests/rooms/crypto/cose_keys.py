"""A key that signs for the tests of COSE."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("cbor2", reason="the extra [purses] is not installed")

import cbor2

from tallystick.crypto.envelopes.cose import signature_input, write_cbor
from tallystick.crypto.mechanisms import public_key_from_jwk
from tallystick.handset.keys import DeviceKey

KEY = DeviceKey.create()
PUBLIC = public_key_from_jwk(KEY.jwk)


def sign1(
    payload: bytes,
    protected: dict[Any, Any] | None = None,
    unprotected: dict[Any, Any] | None = None,
) -> bytes:
    head = write_cbor({1: -7} if protected is None else protected)
    signature = KEY.sign(signature_input(head, payload))
    return write_cbor(cbor2.CBORTag(18, [head, unprotected or {}, payload, signature]))
