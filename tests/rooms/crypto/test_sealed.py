"""Sealed envelopes: what is opened, and that everything else is refused in one way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tallystick.crypto.envelopes import EnvelopeRefused, open_sealed, parse_sealed, seal
from tallystick.crypto.mechanisms import AgreementKey
from tallystick.ground.identifiers import from_base64url, to_base64url
from tallystick.ground.limits import HEADER_MAX, MESSAGE_MAX
from tests.rooms.crypto.made import encoded

TYP = "tallystick-message+jwe"
KEY = AgreementKey.generate()
KID = KEY.public.thumbprint
TOKEN = seal(b'{"amount":"1500.00"}', to=KEY.public, kid=KID, typ=TYP, cty="JWT")
HEADER: dict[str, Any] = json.loads(from_base64url(TOKEN.split(".")[0]))


def _opened(token: str) -> bytes:
    return open_sealed(parse_sealed(token, typ=TYP, cty="JWT"), KEY)


def _with_header(header: object) -> str:
    return ".".join([encoded(header), *TOKEN.split(".")[1:]])


def _with_part(place: int, part: str) -> str:
    parts = TOKEN.split(".")
    parts[place] = part
    return ".".join(parts)


def _without(member: str) -> dict[str, Any]:
    return {name: value for name, value in HEADER.items() if name != member}


@pytest.mark.parametrize("size", [0, 1, 15, 16, 700, 9000])
def test_what_is_sealed_is_opened(size: int) -> None:
    token = seal(b"x" * size, to=KEY.public, kid=KID, typ=TYP, cty="JWT")
    sealed = parse_sealed(token, typ=TYP, cty="JWT")
    assert sealed.kid == KID
    assert open_sealed(sealed, KEY) == b"x" * size


def test_the_header_is_exactly_that_of_the_wire() -> None:
    assert list(HEADER) == ["alg", "enc", "kid", "epk", "typ", "cty"]
    assert list(HEADER["epk"]) == ["kty", "crv", "x", "y"]
    assert (HEADER["alg"], HEADER["enc"]) == ("ECDH-ES", "A256GCM")
    token = seal(b"", to=KEY.public, kid=KID, typ="tallystick-pin+jwe")
    assert "cty" not in json.loads(from_base64url(token.split(".")[0]))
    assert parse_sealed(token, typ="tallystick-pin+jwe").kid == KID


def test_every_envelope_has_its_own_key_and_iv() -> None:
    tokens = [seal(b"same", to=KEY.public, kid=KID, typ=TYP, cty="JWT") for _ in range(50)]
    sealed = [parse_sealed(token, typ=TYP, cty="JWT") for token in tokens]
    assert len({envelope.epk for envelope in sealed}) == 50
    assert len({envelope.iv for envelope in sealed}) == 50
    assert len({envelope.ciphertext for envelope in sealed}) == 50


def test_the_order_of_members_and_white_space_do_not_matter_until_they_are_altered() -> None:
    # The header is authenticated as it was written: a re-spelt one parses and does not open.
    respelt = _with_header(dict(reversed(HEADER.items())))
    parse_sealed(respelt, typ=TYP, cty="JWT")
    with pytest.raises(EnvelopeRefused) as refusal:
        _opened(respelt)
    assert refusal.value.reason == "tag"


def test_any_flipped_bit_is_refused_with_the_same_error() -> None:
    for place in range(len(TOKEN)):
        for bit in range(7):
            altered = TOKEN[:place] + chr(ord(TOKEN[place]) ^ 1 << bit) + TOKEN[place + 1 :]
            with pytest.raises(EnvelopeRefused) as refusal:
                _opened(altered)
            assert type(refusal.value) is EnvelopeRefused
            assert str(refusal.value) == "the envelope was refused"


def test_another_key_is_refused() -> None:
    with pytest.raises(EnvelopeRefused):
        open_sealed(parse_sealed(TOKEN, typ=TYP, cty="JWT"), AgreementKey.generate())


HEADERS: list[tuple[str, object]] = [
    ("header.alg", {**HEADER, "alg": "none"}),
    ("header.alg", {**HEADER, "alg": "dir"}),
    ("header.alg", {**HEADER, "alg": "ECDH-ES+A256KW"}),
    ("header.alg", {**HEADER, "alg": "RSA-OAEP"}),
    ("header.alg", {**HEADER, "alg": ["ECDH-ES"]}),
    ("header.alg", {**HEADER, "enc": "A128GCM"}),
    ("header.alg", {**HEADER, "enc": "A256CBC-HS512"}),
    ("header.members", {**HEADER, "zip": "DEF"}),
    ("header.members", {**HEADER, "crit": ["exp"], "exp": 1}),
    ("header.members", {**HEADER, "jku": "https://example.com/keys"}),
    ("header.members", {**HEADER, "x5u": "https://example.com/chain"}),
    ("header.members", {**HEADER, "jwk": HEADER["epk"]}),
    ("header.members", {**HEADER, "b64": False}),
    ("header.members", {**HEADER, "apu": "QQ"}),
    ("header.members", {**HEADER, "apv": ""}),
    ("header.members", {}),
    *(("header.members", _without(member)) for member in HEADER),
    ("header.typ", {**HEADER, "typ": "tallystick-answer+jwe"}),
    ("header.typ", {**HEADER, "typ": TYP.upper()}),
    ("header.typ", {**HEADER, "cty": "jwt"}),
    ("header.typ", {**HEADER, "cty": None}),
    ("kid", {**HEADER, "kid": ""}),
    ("kid", {**HEADER, "kid": "k" * 65}),
    ("kid", {**HEADER, "kid": "a b"}),
    ("kid", {**HEADER, "kid": "../key"}),
    ("kid", {**HEADER, "kid": 7}),
    ("epk", {**HEADER, "epk": None}),
    ("epk", {**HEADER, "epk": {**HEADER["epk"], "d": "AA"}}),
    ("epk", {**HEADER, "epk": {**HEADER["epk"], "crv": "P-384"}}),
    ("epk", {**HEADER, "epk": {**HEADER["epk"], "y": HEADER["epk"]["x"]}}),
    ("epk", {**HEADER, "epk": {**HEADER["epk"], "x": "A" * 43, "y": "A" * 43}}),
    ("json", [HEADER]),
    ("json", "text"),
    ("json", b""),
    ("json", b"{"),
    ("json", b"\xff\xfe"),
    ("json", b'{"alg":"ECDH-ES","alg":"ECDH-ES"}'),
    ("json", json.dumps(HEADER).replace('"kid"', '"\\u0061lg": "none", "kid"').encode()),
    ("json", json.dumps(HEADER).replace('"crv"', '"kty": "EC", "crv"').encode()),
    ("json", b'{"alg":NaN}'),
    ("json", b"[" * 1000),
    ("json", b'{"a":' * 200),
    ("header.size", b" " * HEADER_MAX + b"{}"),
]


@pytest.mark.parametrize(("reason", "header"), HEADERS, ids=range(len(HEADERS)))
def test_a_header_that_is_not_exactly_ours_is_refused(reason: str, header: object) -> None:
    if reason == "json" and header == b"":
        reason = "header.size"
    with pytest.raises(EnvelopeRefused) as refusal:
        _opened(_with_header(header))
    assert refusal.value.reason == reason
    assert refusal.value.outside == "message.refused"


TOKENS = [
    "",
    ".",
    "....",
    "a.b.c",
    TOKEN + ".",
    "." + TOKEN,
    TOKEN.rpartition(".")[0],
    TOKEN.replace("..", ".", 1),
    TOKEN.replace("..", ".QQ.", 1),
    TOKEN + "=",
    TOKEN + "\n",
    " " + TOKEN,
    TOKEN.replace(".", "\u3002"),
    "\ud800" + TOKEN,
    _with_part(2, "AAAA"),
    _with_part(2, to_base64url(bytes(13))),
    _with_part(2, to_base64url(bytes(16))),
    _with_part(3, ""),
    _with_part(3, TOKEN.split(".")[3][:-1]),
    _with_part(4, ""),
    _with_part(4, to_base64url(bytes(15))),
    _with_part(4, to_base64url(bytes(12))),
    _with_part(4, TOKEN.split(".")[4] + "AA"),
    "A" * (MESSAGE_MAX + 1),
    _with_part(3, "A" * MESSAGE_MAX),
]


@pytest.mark.parametrize("token", TOKENS, ids=range(len(TOKENS)))
def test_a_token_of_another_shape_is_refused(token: str) -> None:
    with pytest.raises(EnvelopeRefused):
        _opened(token)


def test_a_missing_cty_is_not_taken_for_any() -> None:
    plain = seal(b"", to=KEY.public, kid=KID, typ=TYP)
    with pytest.raises(EnvelopeRefused):
        parse_sealed(plain, typ=TYP, cty="JWT")
    with pytest.raises(EnvelopeRefused):
        parse_sealed(TOKEN, typ=TYP)


def test_limits_may_be_narrower_for_a_smaller_thing() -> None:
    assert parse_sealed(TOKEN, typ=TYP, cty="JWT", octets_max=len(TOKEN)).kid == KID
    with pytest.raises(EnvelopeRefused):
        parse_sealed(TOKEN, typ=TYP, cty="JWT", octets_max=len(TOKEN) - 1)


def test_an_envelope_shows_only_whom_it_is_for() -> None:
    sealed = parse_sealed(TOKEN, typ=TYP, cty="JWT")
    shown = repr(sealed)
    assert KID in shown
    assert repr(sealed.ciphertext) not in shown
