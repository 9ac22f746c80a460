"""Nesting without end is refused by every reader of strangers' octets, at whatever depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tallystick.crypto.envelopes import read_cbor, strict_object
from tallystick.crypto.envelopes.refusals import EnvelopeRefused
from tallystick.crypto.modules.frames import read_answer, read_question
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import to_base64url
from tallystick.protect.corridor import bodies, partner_bodies, read_body
from tallystick.serve.bank import read_message
from tallystick.serve.edges.frames import read_heard, read_told
from tallystick.serve.interop import bodies as interop
from tallystick.serve.interop.bodies import ErrorAnswer, Open, read_api_body
from tallystick.serve.interop.ilp import Packet, read_packet, write_packet
from tallystick.serve.interop.jws import verify_request
from tallystick.serve.mobile_money import shapes
from tallystick.serve.mobile_money.shapes import Shape, TokenBody, read_shape
from tallystick.serve.mobile_money.tokenpoint import grant

DEPTHS = [1, 2, 200, *range(940, 1_010, 3), 5_000, 100_000]
"""Where the interpreter's own bound is depends on who calls, so the depths around it are tried."""


def kinds(module: Any, base: type[Any]) -> list[type[Any]]:
    return [
        kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, base)
    ]


def lists(depth: int) -> str:
    return "[" * depth + "]" * depth


def objects(depth: int) -> str:
    return '{"x":' * depth + "1" + "}" * depth


def refused(read: Callable[[], object]) -> bool:
    """Whether it was refused; any other end of it fails the test."""
    try:
        read()
    except Refused:
        return True
    return False


@pytest.mark.parametrize("nested", [lists, objects])
def test_orders_and_bodies(nested: Callable[[int], str]) -> None:
    structs = kinds(bodies, msgspec.Struct) + kinds(partner_bodies, msgspec.Struct)
    for depth in (*DEPTHS[:3], 900, 990, 1_000, 100_000):
        deep = nested(depth)
        for octets in (deep.encode(), f'{{"pin":"x","x":{deep}}}'.encode()):
            for kind in structs:
                refused(lambda kind=kind, octets=octets: read_body(octets, kind))
            for kind in kinds(shapes, Shape):
                refused(lambda kind=kind, octets=octets: read_shape(octets, kind))
            for kind in kinds(interop, Open):
                refused(lambda kind=kind, octets=octets: read_api_body(octets, kind))


@pytest.mark.parametrize("nested", [lists, objects])
def test_members_that_are_passed_over(nested: Callable[[int], str]) -> None:
    said = '{"errorInformation":{"errorCode":"3100","errorDescription":"x","q":%s}}'
    for depth in DEPTHS:
        deep = nested(depth)
        bodies_read = [
            refused(lambda deep=deep: read_api_body((said % deep).encode(), ErrorAnswer)),
            refused(lambda deep=deep: read_shape(f'{{"grant_type":"a","x":{deep}}}'.encode(), TokenBody)),
            refused(lambda deep=deep: strict_object(f'{{"x":{deep}}}'.encode())),
        ]  # fmt: skip
        assert all(bodies_read) or depth < 5_000


@pytest.mark.parametrize("nested", [lists, objects])
def test_what_lies_in_headers_packets_and_forms(nested: Callable[[int], str]) -> None:
    empty = write_packet(Packet(amount=1, address="g.a", transaction={}))
    for depth in (1, 2, 300, *range(970, 1_010), 2_000):
        deep = nested(depth)
        signature = f'{{"protectedHeader":"{to_base64url(deep.encode())}","signature":"AA"}}'
        for value in (signature, deep):
            headers = {"fspiop-signature": value[:8_192], "fspiop-source": "a"}
            assert refused(
                lambda headers=headers: verify_request(
                    {}, method="PUT", path="/x", headers=headers, body=b""
                )
            )
        data = to_base64url(deep.encode()).encode()
        refused(lambda data=data: read_packet(empty[:14] + data + b"\0"))
        kind = {"content-type": "application/json"}
        assert refused(lambda kind=kind, deep=deep: grant(None, kind, deep.encode()))  # type: ignore[arg-type]


@pytest.mark.parametrize("octet", [0x81, 0x91, 0x9F, 0xC1, 0xC6, 0xD2, 0xA1, 0x5F, 0x7F, 0xBF])
def test_octets_that_open_and_never_close(octet: int) -> None:
    for depth in (1, 2, 100, 390, 950, 1_000, 2_900):
        octets = bytes([octet]) * depth
        for end in (b"", b"\0", b"\xff"):
            for read in (read_heard, read_told, read_question, read_answer):
                assert refused(lambda read=read, end=end, octets=octets: read(octets + end))
            with pytest.raises(EnvelopeRefused):
                read_cbor(octets + b"\xff" + end, octets_max=3_000)


def test_elements_within_elements() -> None:
    space = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
    for depth in (1, 23, 24, 25, 1_000, 100_000):
        octets = f'<Document xmlns="{space}">' + "<a>" * depth + "</a>" * depth + "</Document>"
        assert refused(lambda octets=octets: read_message(octets.encode()))
