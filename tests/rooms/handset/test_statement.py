"""Only the pinned provider's statement says which keys to trust."""

import json

import httpx
import pytest

from tallystick.handset import Handset, Malformed, StatementRefused, read_pin
from tests.rooms.handset.conftest import APPLICATION
from tests.rooms.handset.logs import NoteSigner
from tests.rooms.handset.provider import BASE
from tests.rooms.handset.shapes import b64, canonical, unb64


def test_a_provider_under_another_key_is_refused(provider, clock):
    pinned = NoteSigner(provider.signer.name).verifier_key
    handset = Handset.create(
        BASE,
        pinned,
        secure_environment="tee",
        application=APPLICATION,
        clock=clock,
        transport=provider.transport,
    )
    with pytest.raises(StatementRefused):
        handset.enrol("ABCD-EFGH-JKLM", read_pin("2468"))
    assert provider.seen == [("GET", "/v1/service")]


def test_a_malformed_pinned_key_is_refused(clock):
    with pytest.raises(Malformed):
        Handset.create(
            BASE,
            "provider+00000000+AAAA",
            secure_environment="tee",
            application=APPLICATION,
            clock=clock,
        )


@pytest.mark.parametrize(
    "alter",
    [
        lambda statement: statement.replace(b'"KES"', b'"UGX"'),
        lambda statement: statement.replace(b"tallystick:test", b"tallystick:tesu"),
        lambda statement: statement + b" ",
        lambda statement: statement[:-1],
        lambda statement: b"",
    ],
)
def test_an_altered_statement_is_refused(provider, fresh, alter):
    provider.tamper_statement = alter
    with pytest.raises(StatementRefused):
        fresh.service()


def signed_statement(provider, alter):
    """The provider's own key under a statement that it should not sign."""

    def answer(path, response):
        if path != "/v1/service":
            return response
        octets = alter(json.loads(unb64(response.json()["statement"])))
        signature = provider.signer.private.sign(b"tallystick-statement\n" + octets)
        return httpx.Response(200, json={"statement": b64(octets), "signature": b64(signature)})

    return answer


@pytest.mark.parametrize(
    "alter",
    [
        lambda said: canonical(said | {"origin": "tallystick/other/evidence"}),
        lambda said: canonical(said | {"currency": "XXX"}),
        lambda said: canonical(said | {"extra": 1}),
        lambda said: json.dumps(said).encode(),
        lambda said: canonical(
            said | {"keys": said["keys"] | {"pin": said["keys"]["pin"] | {"x": b64(b"\1" * 32)}}}
        ),
        lambda said: canonical(
            said | {"keys": said["keys"] | {"pin": said["keys"]["pin"] | {"x": b64(b"\1" * 31)}}}
        ),
        lambda said: canonical(
            said | {"keys": said["keys"] | {"pin": said["keys"]["pin"] | {"d": b64(b"\1" * 32)}}}
        ),
        lambda said: canonical(
            said | {"keys": said["keys"] | {"qr": said["keys"]["qr"] | {"x": b64(b"\1" * 33)}}}
        ),
    ],
)
def test_a_signed_statement_of_another_shape_is_refused(provider, fresh, alter):
    provider.tamper_response = signed_statement(provider, alter)
    with pytest.raises(StatementRefused):
        fresh.service()
