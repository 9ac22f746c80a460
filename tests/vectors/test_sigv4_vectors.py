"""Signature Version 4 gives the signatures that its publisher gives (SOURCES-payment-wire.md)."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from tallystick.ground.secret import Secret
from tallystick.serve.payment_crypto.canonical import Request, canonical_request
from tallystick.serve.payment_crypto.signature import signing_key

SUITE = json.loads((Path(__file__).parent / "sigv4.json").read_text("utf-8"))


@pytest.mark.parametrize("case", SUITE["cases"], ids=lambda case: case["name"])
def test_a_request_has_its_published_signature(case: dict[str, Any]) -> None:
    path, _, query = case["target"].encode().partition(b"?")
    headers = [(name.encode(), value.encode()) for name, value in case["headers"]]
    headers += [(b"host", b"example.amazonaws.com"), (b"x-amz-date", SUITE["instant"].encode())]
    request = Request(case["method"], path, query, headers, case["body"].encode())
    signed = sorted({name.decode() for name, _ in headers})
    day, region, service = SUITE["instant"][:8], SUITE["region"], SUITE["service"]
    hashed = hashlib.sha256(canonical_request(request, signed)).hexdigest()
    scope = f"{day}/{region}/{service}/aws4_request"
    told = f"AWS4-HMAC-SHA256\n{SUITE['instant']}\n{scope}\n{hashed}".encode()
    key = signing_key(Secret(SUITE["secret"].encode()), day, region, service)
    assert hmac.digest(key, told, "sha256").hex() == case["signature"]
