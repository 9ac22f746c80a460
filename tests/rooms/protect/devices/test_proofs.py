"""Session proofs: each claim is compared, and each proof is good once (RFC 9449 §4.3)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tallystick.ground.identifiers import DeviceId, to_base64url
from tallystick.ground.limits import PROOF_MAX
from tallystick.handset.jose import sign
from tallystick.handset.keys import DeviceKey
from tallystick.protect.devices import Grant, ProofDesk, ProofRefused, proofs
from tests.rooms.protect.made import NOW_MS, NOW_S, altered, paths, twice, without

KEY = DeviceKey.create()
OTHER = DeviceKey.create()
TOKEN = "a-grant"
URL = "http://provider.example/v1/messages"
WINDOW_S = 60
GRANT = Grant(
    device=DeviceId("dev-1"), thumbprint=KEY.thumbprint, expires_ms=NOW_MS + 900_000, version=3
)
CLAIMS: dict[str, Any] = {
    "jti": "proof-0000-000001",
    "htm": "POST",
    "htu": URL,
    "iat": NOW_S,
    "ath": to_base64url(hashlib.sha256(TOKEN.encode()).digest()),
}


@pytest.fixture
def desk() -> ProofDesk:
    return ProofDesk(window_s=WINDOW_S)


def proof(claims: dict[str, Any] | bytes = CLAIMS, key: DeviceKey = KEY, **header: Any) -> str:
    payload = claims if isinstance(claims, bytes) else msgspec.json.encode(claims)
    usual = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk}
    return sign(payload, header=usual | header, key=key)


def accept(desk: ProofDesk, token: str, now_ms: int = NOW_MS, **changes: Any) -> None:
    usual = {"grant": GRANT, "grant_token": TOKEN, "method": "POST", "url": URL}
    desk.accept(token, **usual | changes, now_ms=now_ms)


def test_an_honest_proof_is_accepted_once(desk: ProofDesk) -> None:
    accept(desk, proof())
    with pytest.raises(ProofRefused, match="before"):
        accept(desk, proof())  # signed anew, the same jti


def test_a_jti_belongs_to_its_device(desk: ProofDesk) -> None:
    accept(desk, proof())
    accept(desk, proof(), grant=replace(GRANT, device=DeviceId("dev-2")))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("jti", "short"),
        ("jti", "a" * 65),
        ("jti", 7),
        ("htm", "GET"),
        ("htm", "post"),
        ("htu", URL + "/"),
        ("htu", URL + "?a=b"),
        ("htu", URL.replace("http:", "https:")),
        ("htu", URL.replace("provider", "other")),
        ("iat", NOW_S - WINDOW_S - 1),
        ("iat", NOW_S + WINDOW_S + 1),
        ("iat", float(NOW_S)),
        ("iat", str(NOW_S)),
        ("ath", to_base64url(hashlib.sha256(b"another").digest())),
        ("ath", ""),
        ("more", "x"),
    ],
)
def test_every_wrong_claim_is_refused(desk: ProofDesk, path: str, value: Any) -> None:
    with pytest.raises(ProofRefused):
        accept(desk, proof(altered(CLAIMS, path, value)))
    accept(desk, proof())  # what was refused has burnt nothing


@pytest.mark.parametrize("path", paths(CLAIMS))
def test_every_claim_is_needed_once(desk: ProofDesk, path: str) -> None:
    for payload in (msgspec.json.encode(without(CLAIMS, path)), twice(CLAIMS, path)):
        with pytest.raises(ProofRefused):
            accept(desk, proof(payload))


def test_a_proof_by_another_key_is_refused(desk: ProofDesk) -> None:
    with pytest.raises(ProofRefused):
        accept(desk, proof(key=OTHER))
    with pytest.raises(ProofRefused):
        accept(
            desk,
            sign(
                msgspec.json.encode(CLAIMS),
                header={"typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.jwk},
                key=OTHER,
            ),
        )


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"typ": "jwt"},
        {"kid": "dev-1"},
        {"jwk": {**KEY.jwk, "d": "AAAA"}},
        {"jwk": {**KEY.jwk, "x": OTHER.jwk["x"]}},
        {"jwk": None},
    ],
)
def test_other_headers_are_refused(desk: ProofDesk, header: dict[str, Any]) -> None:
    with pytest.raises(ProofRefused):
        accept(desk, proof(**header))


@pytest.mark.parametrize("token", ["", "a.b.c", "é", "." * 10, "A" * (PROOF_MAX + 1)])
def test_what_is_no_proof_is_refused(desk: ProofDesk, token: str) -> None:
    with pytest.raises(ProofRefused):
        accept(desk, token)


@pytest.mark.parametrize("offset_s", [-WINDOW_S, 0, WINDOW_S])
def test_a_proof_is_never_good_twice_at_any_moment(desk: ProofDesk, offset_s: int) -> None:
    """From the first moment at which it is accepted to the last, and to the millisecond."""
    token = proof(altered(CLAIMS, "iat", NOW_S + offset_s))
    accept(desk, token)
    last_ms = (NOW_S + offset_s + WINDOW_S) * 1000
    for now_ms in (NOW_MS, last_ms - 1, last_ms, last_ms + 1):
        with pytest.raises(ProofRefused):
            accept(desk, token, now_ms=now_ms)


def test_memory_is_given_back_when_windows_have_passed(desk: ProofDesk) -> None:
    for n in range(5):
        accept(desk, proof(altered(CLAIMS, "jti", f"proof-0000-00000{n}")))
    later_ms = NOW_MS + 2 * WINDOW_S * 1000 + 1
    accept(desk, proof(altered(CLAIMS, "iat", later_ms // 1000)), now_ms=later_ms)
    assert len(desk._seen) == 1


def test_memory_that_is_full_refuses(desk: ProofDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "PROOFS_REMEMBERED_MAX", 1)
    accept(desk, proof())
    with pytest.raises(ProofRefused, match="too many"):
        accept(desk, proof(altered(CLAIMS, "jti", "proof-0000-000002")))
