"""Messages as no honest handset writes them: any claims, any header, any signature, any seal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tallystick.ground.identifiers import from_base64url, to_base64url
from tallystick.ground.secret import Secret
from tallystick.handset import Handset, Order, connection, jose, keys, messages
from tallystick.trials.seen import Seen, look, look_at_grant

SENDS_JOSE = {"Content-Type": connection.JOSE}


def claims(handset: Handset, order: Order, **changes: Any) -> dict[str, Any]:
    """The claims of a message under the next counter, with some of them changed."""
    handset.counter += 1
    honest = messages.message_payload(
        audience=handset.service().audience,
        iat=handset.clock.now_ms() // 1000,
        request=order.request,
        counter=handset.counter,
        operation=order.operation,
        body=order.body,
    )
    return {**msgspec.json.decode(honest), **changes}


def encode(members: object) -> bytes:
    """JSON octets."""
    return msgspec.json.encode(members)


def sign(
    handset: Handset,
    payload: bytes,
    *,
    header: Mapping[str, object] | None = None,
    key: keys.DeviceKey | None = None,
    signature: bytes | None = None,
) -> str:
    """The inner layer: by default as the device itself would sign it."""
    honest = {
        "alg": "ES256",
        "typ": "tallystick-message+jws",
        "kid": handset.bound().device,
    }
    chosen = honest if header is None else header
    if signature is not None:
        return jose.write_signed(payload, header=chosen, signature=signature)
    return jose.sign(payload, header=chosen, key=key or handset.keys.session)


def seal(
    handset: Handset,
    token: str | bytes,
    *,
    to: keys.PeerKey | None = None,
    drop: tuple[str, ...] = (),
    **header: object,
) -> bytes:
    """The outer layer: by default as the device itself would seal it, some members changed."""
    target = to or handset.service().message_key
    ephemeral = keys.DeviceKey.create()
    honest = jose.sealed_header(
        to=target, ephemeral=ephemeral, typ="tallystick-message+jwe", cty="JWT"
    )
    members = {name: value for name, value in {**honest, **header}.items() if name not in drop}
    plain = token.encode("ascii") if isinstance(token, str) else token
    return jose.seal_under(plain, header=members, to=target, ephemeral=ephemeral).encode("ascii")


def prove(handset: Handset) -> dict[str, str]:
    """Honest request headers: a grant and a fresh proof."""
    if handset.grant is None:
        handset.open_session()
    if handset.grant is None:
        raise AssertionError
    proof = handset.prove_request(handset.grant.grant, iat=handset.clock.now_ms() // 1000)
    return proof | SENDS_JOSE


def post(
    handset: Handset, order: Order, body: bytes, headers: Mapping[str, str] | None = None
) -> Seen:
    """Send octets to /v1/messages under an honest proof, or under other headers."""
    sent = prove(handset) if headers is None else headers
    return look(handset, order, handset.connection.post("/v1/messages", body, headers=sent))


def post_claims(handset: Handset, order: Order, payload: bytes) -> Seen:
    """Send any payload at all, honestly signed and sealed."""
    return post(handset, order, seal(handset, sign(handset, payload)))


def post_order(handset: Handset, order: Order) -> Seen:
    """Send any order at all, honestly signed and sealed, under the next counter."""
    headers, body = handset.prepare_message(order)
    return post(handset, order, body, headers)


def post_session(handset: Handset, token: str) -> Seen:
    """Send a session request."""
    return look_at_grant(_post(handset, "/v1/sessions", token.encode("ascii", "replace")))


def session_claims(handset: Handset, challenge: str) -> bytes:
    """The payload of an honest session request."""
    return messages.session_payload(
        audience=handset.service().audience,
        iat=handset.clock.now_ms() // 1000,
        request=messages.new_request(),
        challenge=challenge,
        application=handset.application,
    )


def sign_session(handset: Handset, challenge: str) -> str:
    """An honest session request for a challenge."""
    return messages.sign_session(
        session_claims(handset, challenge),
        key=handset.keys.session,
        device=handset.bound().device,
    )


def _post(handset: Handset, path: str, body: bytes) -> connection.Reply:
    return handset.connection.post(path, body, headers=SENDS_JOSE)


def signed_order(handset: Handset, order: Order, plain: bytes) -> Order:
    """An order around any transaction object at all, signed by the device's signature key."""
    data = to_base64url(plain)
    intent = to_base64url(handset.keys.signature.sign(data.encode("ascii")))
    body = {**order.body, "transaction_data": data, "intent": intent}
    return Order(request=order.request, operation=order.operation, body=body)


def transaction(order: Order) -> dict[str, Any]:
    """What T says, to be changed."""
    said = msgspec.json.decode(from_base64url(order.transaction_data or ""))
    return dict(said)


def altered(order: Order, **changes: object) -> Order:
    """The same order with some members of its body changed and nothing signed anew."""
    return Order(request=order.request, operation=order.operation, body={**order.body, **changes})


def raw_token(header: bytes, payload: bytes, *, key: keys.DeviceKey) -> str:
    """A signed token under header octets that no encoder would write."""
    signed = f"{to_base64url(header)}.{to_base64url(payload)}"
    return f"{signed}.{to_base64url(key.sign(signed.encode('ascii')))}"


def post_enrolment(handset: Handset, activation: str, pin: Secret, challenge: str) -> Seen:
    """Send an enrolment that answers a given challenge."""
    request = messages.new_request()
    payload = messages.enrolment_payload(
        audience=handset.service().audience,
        iat=handset.clock.now_ms() // 1000,
        request=request,
        challenge=challenge,
        activation=activation,
        keys=handset.keys,
        platform=handset.platform,
        secure_environment=handset.secure_environment,
        application=handset.application,
        sealed_pin=handset.seal_pin(pin, request=request),
    )
    token = messages.sign_enrolment(payload, key=handset.keys.session)
    body = messages.seal_token(token, kind=messages.ENROLMENT, to=handset.service().message_key)
    return post_sealed_enrolment(handset, body.encode("ascii"))


def post_sealed_enrolment(handset: Handset, body: bytes) -> Seen:
    """Send octets to /v1/enrolments."""
    return look_at_grant(_post(handset, "/v1/enrolments", body))


def enquiry(operation: str, body: Mapping[str, object]) -> Order:
    """An order without a transaction, under a fresh request id."""
    return Order(request=messages.new_request(), operation=operation, body=body)
