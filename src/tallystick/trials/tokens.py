"""Attacks on the containers: no signature, another kind of key, more than fits."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from functools import partial
from typing import Any

from tallystick.ground.identifiers import from_base64url, to_base64url
from tallystick.handset import Handset, Order, jose, keys, proofs
from tallystick.handset import messages as writing
from tallystick.trials import forging
from tallystick.trials.bout import Bout
from tallystick.trials.messages import proof_payload

MESSAGE, GRANT, ENROLMENT = "message.refused", "grant.refused", "enrolment.refused"
HONEST = {"alg": "ES256", "typ": "tallystick-message+jws"}
SPKI_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
"""The octets before the point in a P-256 SubjectPublicKeyInfo (RFC 5480)."""


def drop_signature(bout: Bout) -> None:
    """A message says that it needs no signature; so do a session request and a proof."""
    payer, payee = bout.pair()
    handset, order = payer.handset, bout.order(payer, payee)
    device = handset.bound().device
    payload = forging.encode(forging.claims(handset, order))
    with bout.unmoved(payer, payee):
        for alg in ("none", "None", "NONE", "nOnE", ""):
            token = forging.sign(
                handset, payload, header={**HONEST, "alg": alg, "kid": device}, signature=b""
            )
            _message(bout, f"alg {alg or 'empty'}", handset, order, token, "header.alg")
        unsigned = forging.sign(handset, payload, header={**HONEST, "alg": "none", "kid": device})
        _message(bout, "alg none over a good signature", handset, order, unsigned, "header.alg")
        missing = {"typ": HONEST["typ"], "kid": device}
        token = forging.sign(handset, payload, header=missing)
        _message(bout, "no alg at all", handset, order, token, "header.members")
        for what, signature, why in (
            ("no signature", b"", "parts"),
            ("zeros for a signature", bytes(64), "signature"),
        ):
            token = forging.sign(handset, payload, signature=signature)
            _message(bout, what, handset, order, token, why)
        honest = forging.sign(handset, payload)
        bout.refused("signed and not sealed",
                     partial(forging.post, handset, order, honest.encode("ascii")),
                     outside=MESSAGE, inside="message.refused parts")  # fmt: skip
        sealed = forging.seal(handset, honest, enc="none")
        bout.refused("sealed with enc none", partial(forging.post, handset, order, sealed),
                     outside=MESSAGE, inside="message.refused header.alg")  # fmt: skip
        _unsigned_proof(bout, handset, order)
        _unsigned_session(bout, handset)


def confuse_keys(bout: Bout) -> None:
    """A public key is offered as a shared secret, a key comes with the message, a curve is left."""
    payer, payee = bout.pair()
    handset, order = payer.handset, bout.order(payer, payee)
    payload = forging.encode(forging.claims(handset, order))
    with bout.unmoved(payer, payee):
        for what, token, why in _confused_signatures(handset, payload):
            _message(bout, what, handset, order, token, why)
        for what, body, why in _confused_seals(handset, forging.sign(handset, payload)):
            bout.refused(what, partial(forging.post, handset, order, body), outside=MESSAGE,
                         inside=f"message.refused {why}".strip())  # fmt: skip
        grant = handset.grant or handset.open_session()
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": handset.keys.signature.jwk}
        proof = jose.sign(proof_payload(handset, grant), header=header, key=handset.keys.signature)
        headers = proofs.proof_headers(grant=grant.grant, proof=proof) | forging.SENDS_JOSE
        sealed = forging.seal(handset, forging.sign(handset, payload))
        bout.refused("a proof by the device's other key",
                     partial(forging.post, handset, order, sealed, headers),
                     outside=GRANT, inside="proof.refused")  # fmt: skip


def _confused_signatures(handset: Handset, payload: bytes) -> Iterator[tuple[str, str, str]]:
    """What, the signed token, the reason inside."""
    device, session = handset.bound().device, handset.keys.session
    header: dict[str, Any] = {**HONEST, "kid": device}
    for name, secret in _public_octets(handset).items():
        confused = {**header, "alg": "HS256"}
        token = forging.sign(handset, payload, header=confused, signature=b"")
        mac = hmac.new(secret, token.rpartition(".")[0].encode("ascii"), hashlib.sha256).digest()
        yield f"HS256 under {name}", token + to_base64url(mac), "header.alg"
    for alg in ("RS256", "PS256", "ES256K", "ES384", "ES512", "EdDSA"):
        yield (
            f"alg {alg}",
            forging.sign(handset, payload, header={**header, "alg": alg}),
            ("header.alg"),
        )
    stranger = keys.DeviceKey.create()
    for what, changed in (
        ("a key that comes with the message", {**HONEST, "jwk": stranger.jwk}),
        ("a known device and a key of its own", {**header, "jwk": stranger.jwk}),
        ("a key behind an address", {**header, "jku": "http://127.0.0.1/keys"}),
        ("an X.509 chain", {**header, "x5c": ["AAAA"]}),
        ("a critical extension", {**header, "crit": ["b64"], "b64": False}),
    ):
        token = forging.sign(handset, payload, header=changed, key=stranger)
        yield what, token, "header.members"
    for what, kid in (("a path for a device", "../../etc/passwd"), ("a quote", "' OR 1=1"),
                      ("a list of devices", [device]), ("no device", None)):  # fmt: skip
        yield what, forging.sign(handset, payload, header={**HONEST, "kid": kid}), "kid"
    yield (
        "another device's name",
        forging.sign(handset, payload, header={**HONEST, "kid": "dev-" + "0" * 32}),
        "",
    )
    yield (
        "signed by the signature key",
        forging.sign(handset, payload, key=handset.keys.signature),
        "signature",
    )
    for typ in ("tallystick-session+jws", "dpop+jwt", "JWT"):
        yield (
            f"typ {typ}",
            forging.sign(handset, payload, header={**header, "typ": typ}),
            ("header.typ"),
        )
    signature = session.sign(b"something else")
    yield (
        "a signature over something else",
        forging.sign(handset, payload, signature=signature),
        "signature",
    )
    der = b"\x30\x44\x02\x20" + signature[:32] + b"\x02\x20" + signature[32:]
    yield "a signature in another encoding", forging.sign(handset, payload, signature=der), "parts"


def _confused_seals(handset: Handset, token: str) -> Iterator[tuple[str, bytes, str]]:
    """What, the sealed body, the reason inside."""
    service = handset.service()
    point = keys.DeviceKey.create().jwk
    y = from_base64url(point["y"])
    off_curve = to_base64url(y[:-1] + bytes([y[-1] ^ 1]))
    zero = to_base64url(bytes(32))
    for what, epk in (
        ("a key share off the curve", {**point, "y": off_curve}),
        ("a key share at zero", {**point, "x": zero, "y": zero}),
        ("a key share beyond the field", {**point, "x": to_base64url(b"\xff" * 32)}),
        ("a key share of another curve", {**point, "crv": "P-384"}),
        ("a key share of another kind", {"kty": "OKP", "crv": "X25519", "x": point["x"]}),
        ("a key share with a private half", {**point, "d": zero}),
        ("a key share cut short", {**point, "x": point["x"][:-2]}),
    ):
        yield what, forging.seal(handset, token, epk=epk), "epk"
    for alg in ("dir", "ECDH-ES+A256KW", "RSA-OAEP-256", "PBES2-HS512+A256KW"):
        yield f"alg {alg}", forging.seal(handset, token, alg=alg), "header.alg"
    yield "enc A128GCM", forging.seal(handset, token, enc="A128GCM"), "header.alg"
    yield "compressed", forging.seal(handset, token, zip="DEF"), "header.members"
    yield "with party names", forging.seal(handset, token, apu="AA", apv="AA"), "header.members"
    yield "without a type", forging.seal(handset, token, drop=("typ",)), "header.members"
    yield (
        "sealed as an enrolment",
        forging.seal(handset, token, typ="tallystick-enrolment+jwe"),
        "header.typ",
    )
    yield "sealed to a key of nobody", forging.seal(handset, token, kid="A" * 43), "kid"
    yield "sealed to the PIN key", forging.seal(handset, token, to=service.pin_key), "kid"
    yield (
        "sealed to the PIN key in another's name",
        forging.seal(handset, token, to=service.pin_key, kid=service.message_key.thumbprint),
        "tag",
    )


def _public_octets(handset: Handset) -> dict[str, bytes]:
    """Public keys as octets that a confused verifier may take for a secret."""
    jwk = handset.keys.session.jwk
    point = b"\x04" + from_base64url(jwk["x"]) + from_base64url(jwk["y"])
    return {
        "the public key as JSON": forging.encode(jwk),
        "the public point": point,
        "the public key as DER": SPKI_P256 + point,
        "the thumbprint": handset.keys.session.thumbprint.encode("ascii"),
        "nothing": b"",
    }


def _message(bout: Bout, what: str, handset: Handset, order: Order, token: str, why: str) -> None:
    body = forging.seal(handset, token)
    bout.refused(what, partial(forging.post, handset, order, body), outside=MESSAGE,
                 inside=f"message.refused {why}".strip())  # fmt: skip


def _unsigned_proof(bout: Bout, handset: Handset, order: Order) -> None:
    grant = handset.grant or handset.open_session()
    header = {"typ": "dpop+jwt", "alg": "none", "jwk": handset.keys.session.jwk}
    proof = jose.write_signed(proof_payload(handset, grant), header=header, signature=b"")
    headers = proofs.proof_headers(grant=grant.grant, proof=proof) | forging.SENDS_JOSE
    payload = forging.encode(forging.claims(handset, order))
    sealed = forging.seal(handset, forging.sign(handset, payload))
    bout.refused("a proof with alg none", partial(forging.post, handset, order, sealed, headers),
                 outside=GRANT, inside="proof.refused header.alg")  # fmt: skip


def _unsigned_session(bout: Bout, handset: Handset) -> None:
    header = {"alg": "none", "typ": f"{writing.SESSION}+jws", "kid": handset.bound().device}
    claims = forging.session_claims(handset, handset.challenge())
    token = jose.write_signed(claims, header=header, signature=b"")
    bout.refused("a session request with alg none", partial(forging.post_session, handset, token),
                 outside=ENROLMENT, inside="enrolment.refused header.alg")  # fmt: skip
