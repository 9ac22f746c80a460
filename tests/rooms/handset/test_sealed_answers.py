"""An answer is opened only from the one envelope of the wire page, and only to its own request."""

import httpx
import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from tallystick.handset import ReceiptRefused
from tests.rooms.handset.conftest import pay
from tests.spoilt import other_end


def test_an_answer_to_another_request_is_refused(provider, handset):
    handset.balance()
    kept = []

    def replay(path, response):
        if path == "/v1/messages":
            kept.append(response.content)
            return httpx.Response(200, headers=response.headers, content=kept[0])
        return response

    provider.tamper_response = replay
    assert pay(handset).accepted
    with pytest.raises(ReceiptRefused):
        pay(handset)


def reseal(provider, **header):
    def seal(bound, octets):
        key = ECKey.import_key(bound.keys[header.get("key", "agreement")])
        said = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key.thumbprint()}
        said |= {"typ": "tallystick-answer+jwe"} | header.get("said", {})
        token = jwe.encrypt_compact(said, octets, key, algorithms=["ECDH-ES", said["enc"], "DEF"])
        headers = {"content-type": "application/jose"}
        return httpx.Response(200, headers=headers, content=token.encode())

    provider.seal = seal


@pytest.mark.parametrize(
    "header",
    [
        {"key": "session"},
        {"said": {"typ": "tallystick-pin+jwe"}},
        {"said": {"kid": "x"}},
        {"said": {"cty": "JWT"}},
        {"said": {"enc": "A128GCM"}},
        {"said": {"apu": "QWxpY2U"}},
        {"said": {"zip": "DEF"}},
    ],
)
def test_an_answer_in_another_envelope_is_refused(provider, handset, header):
    reseal(provider, **header)
    with pytest.raises(ReceiptRefused):
        pay(handset)


@pytest.mark.parametrize(
    "alter",
    [
        lambda token: other_end(token.decode()).encode(),
        lambda token: token.replace(b"..", b".AAAA."),
        lambda token: token + b".",
        lambda token: token + b"=",
        lambda token: token[1:],
        lambda token: b"",
        lambda token: b"\xff" * 20,
        lambda token: b"A" * 3000 + token,
    ],
)
def test_a_damaged_answer_is_refused(provider, handset, alter):
    handset.balance()

    def damage(path, response):
        return httpx.Response(200, headers=response.headers, content=alter(response.content))

    provider.tamper_response = damage
    with pytest.raises(ReceiptRefused):
        pay(handset)
