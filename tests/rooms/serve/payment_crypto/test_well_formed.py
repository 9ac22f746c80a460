"""Requests that are well formed and mean nothing: every operation answers or refuses, and never breaks."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.crypto.payment import ModulePolicy
from tallystick.serve.payment_crypto.shapes import Operation, Shapes, planes
from tallystick.testing import local_bench, local_module
from tests.payment_wire import access_key, ask, keyed, known_key, signed_headers, target, wire_over

BENCH = local_bench(policy=ModulePolicy(cryptograms_made=True, card_data=True))
KEYS = [
    known_key(BENCH, usage, algorithm, os.urandom(size))
    for usage, algorithm, size in (
        ("P0", "TDES_2KEY", 16), ("P0", "AES_128", 16), ("B0", "TDES_2KEY", 16), ("B0", "AES_128", 16),
        ("D0", "AES_128", 16), ("K1", "AES_256", 32), ("C0", "TDES_2KEY", 16), ("E0", "TDES_2KEY", 16),
        ("E1", "TDES_2KEY", 16), ("E2", "TDES_2KEY", 16), ("E6", "TDES_2KEY", 16), ("M3", "TDES_2KEY", 16),
        ("M7", "HMAC_SHA256", 32), ("V1", "TDES_2KEY", 16), ("V2", "TDES_2KEY", 16),
    )
]  # fmt: skip
WIRE, KEY = wire_over(local_module(BENCH)), access_key()
IDENTIFIERS = ("KeyArnOrKeyAliasType", "KeyArn", "ResourceArn")
TEXT_MAX = 64


@cache
def values(plane: str, name: str) -> st.SearchStrategy[Any]:
    """Values of a shape, within its limits."""
    shapes: Shapes = planes()[plane]
    shape = shapes._shapes[name]
    if name in IDENTIFIERS:
        return st.sampled_from(KEYS)
    match shape["type"]:
        case "string":
            return _texts(shape)
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(shape.get("min", 0), shape.get("max", 100))
        case "list":
            low = shape.get("min", 0)
            return st.lists(values(plane, shape["of"]), min_size=low, max_size=low + 2)
        case "map":
            return st.dictionaries(
                values(plane, shape["key"]), values(plane, shape["of"]), max_size=2
            )
    members = {one: values(plane, of) for one, of in shape["members"].items()}
    if shape.get("union"):
        return st.sampled_from(sorted(members)).flatmap(
            lambda chosen: st.fixed_dictionaries({chosen: members[chosen]})
        )
    needed = {one: members[one] for one in shape["required"]}
    others = {one: of for one, of in members.items() if one not in needed}
    return st.fixed_dictionaries(needed, optional=others)


def _texts(shape: dict[str, Any]) -> st.SearchStrategy[str]:
    if "enum" in shape:
        words = [word for word in shape["enum"] if not word.startswith(("RSA_", "ECC_"))]
        return st.sampled_from(words or shape["enum"])
    low, high = shape.get("min", 1), min(shape.get("max", TEXT_MAX), shape.get("min", 1) + TEXT_MAX)
    pattern = shape.get("pattern", "[ -~]+")
    if pattern == "[0-9a-zA-Z]+":
        return st.text("0123456789ABCabc", min_size=low, max_size=high)
    if pattern == "[0-9]+":
        return st.text("0123456789", min_size=low, max_size=high)
    if pattern in ("[0-9a-fA-F]+", "[0-9A-F]+") and low % 2:
        return st.text("0123456789ABCDEF", min_size=low, max_size=high)
    if pattern in ("[0-9a-fA-F]+", "[0-9A-F]+", "(?:[0-9a-fA-F][0-9a-fA-F])+"):
        return (
            st.binary(min_size=-(-low // 2), max_size=max(-(-low // 2), high // 2))
            .map(lambda octets: octets.hex().upper())
            .filter(lambda text: low <= len(text) <= shape.get("max", 1 << 20))
        )
    fits = re.compile(f"^{pattern}$")
    drawn = st.from_regex(fits, fullmatch=True)
    return drawn.filter(lambda text: low <= len(text) <= shape.get("max", 1 << 20))


OPERATIONS = [one for plane in planes().values() for one in plane.operations.values()]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
@settings(max_examples=12)
@given(data=st.data())
def test_a_well_formed_request_never_breaks_the_service(operation: Operation, data: Any) -> None:
    members = data.draw(values(operation.plane, operation.input))
    body, path, extra = json.dumps(members).encode(), "/", target(operation.name)
    if operation.plane == "data":
        path, extra = operation.path, {}
        found = re.search(r"\{(\w+)\}/(\w+)", path)
        if found is not None:
            body = json.dumps({k: v for k, v in members.items() if k != found[1]}).encode()
            path = keyed(members[found[1]], found[2])
    headers = signed_headers(KEY, body, path=path, extra=extra)
    status, told, answer = ask(WIRE, path, headers, body)
    assert status < 500, answer
    if status != 200:
        name = told["x-amzn-errortype"]
        known = {*operation.errors, "SerializationException"}
        assert name in known, f"{operation.name} has no {name}"
