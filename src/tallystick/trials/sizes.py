"""Attacks by size: more octets than any honest message has, announced and unannounced."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import httpx

from tallystick.ground.limits import (
    GRANT_MAX,
    HEADER_MAX,
    MESSAGE_MAX,
    PROOF_MAX,
    TRANSACTION_DATA_MAX,
)
from tallystick.handset import Handset, Order, connection, proofs
from tallystick.trials import forging
from tallystick.trials.bout import UNRECORDED, Bout
from tallystick.trials.seen import Seen, look

MESSAGE, GRANT, TOO_LONG = "message.refused", "grant.refused", "message.too_long"


def send_oversize(bout: Bout) -> None:
    """Bodies, headers, proofs and grants beyond their limits; another content type."""
    payer, payee = bout.pair()
    handset, order = payer.handset, bout.order(payer, payee)
    payload = forging.encode(forging.claims(handset, order))
    token = forging.sign(handset, payload)
    grant = (handset.grant or handset.open_session()).grant
    proof = handset.prove_request(grant, iat=bout.clock.now_ms() // 1000)["DPoP"]
    sealed = forging.seal(handset, token)
    with bout.unmoved(payer, payee):
        for what, path, octets in (
            ("a message one octet too long", "/v1/messages", MESSAGE_MAX + 1),
            ("a message of a megabyte", "/v1/messages", 1 << 20),
            ("an enrolment too long", "/v1/enrolments", MESSAGE_MAX + 1),
            ("a session request too long", "/v1/sessions", MESSAGE_MAX + 1),
        ):
            bout.refused(what, partial(_post_many, handset, order, path, octets),
                         outside=TOO_LONG, inside=UNRECORDED)  # fmt: skip
        if bout.place.transport is None:
            bout.refused("a message that does not say how long it is",
                         partial(_post_chunked, handset, order),
                         outside=TOO_LONG, inside=UNRECORDED)  # fmt: skip
        bout.refused("a message of another content type",
                     partial(_post_as, handset, order, sealed, "application/json"),
                     outside="media.unsupported", inside=UNRECORDED)  # fmt: skip
        for what, body, why in (
            ("as long as may be, and nothing in it", b"A" * MESSAGE_MAX, "parts"),
            ("a seal with a long header", forging.seal(handset, token, kid="A" * HEADER_MAX),
             "header.size"),
            ("a signature with a long header",
             forging.seal(handset, forging.sign(handset, payload, header={
                 "alg": "ES256", "typ": "tallystick-message+jws", "kid": "A" * HEADER_MAX})),
             "header.size"),
            ("a long name for a device",
             forging.seal(handset, forging.sign(handset, payload, header={
                 "alg": "ES256", "typ": "tallystick-message+jws", "kid": "A" * 65})), "kid"),
        ):  # fmt: skip
            bout.refused(what, partial(forging.post, handset, order, body), outside=MESSAGE,
                         inside=f"message.refused {why}")  # fmt: skip
        for what, shown, proven, inside in (
            ("a long proof", grant, proof + "A" * PROOF_MAX, "proof.refused"),
            ("a long grant", grant + "A" * GRANT_MAX, proof, "grant.refused"),
        ):
            headers = proofs.proof_headers(grant=shown, proof=proven) | forging.SENDS_JOSE
            bout.refused(what, partial(forging.post, handset, order, sealed, headers),
                         outside=GRANT, inside=inside)  # fmt: skip
        for what, octets, outside in (
            ("a transaction beyond its limit", TRANSACTION_DATA_MAX, "intent.refused"),
            ("a transaction twice as long", 2 * TRANSACTION_DATA_MAX, "order.malformed"),
        ):
            large = forging.signed_order(handset, bout.order(payer, payee), b" " * octets)
            bout.refused(what, partial(forging.post_order, handset, large), outside=outside,
                         inside=outside)  # fmt: skip


def _post_many(handset: Handset, order: Order, path: str, octets: int) -> Seen:
    headers = forging.prove(handset)
    return look(handset, order, handset.connection.post(path, b"A" * octets, headers=headers))


def _post_as(handset: Handset, order: Order, body: bytes, media: str) -> Seen:
    headers = forging.prove(handset) | {"Content-Type": media}
    return forging.post(handset, order, body, headers)


def _post_chunked(handset: Handset, order: Order) -> Seen:
    """Twice the limit, in chunks, without a length."""

    def chunks() -> Iterator[bytes]:
        for _ in range(2 * MESSAGE_MAX // 1024):
            yield b"A" * 1024

    with httpx.Client(trust_env=False) as client:
        answer = client.post(
            handset.connection.url("/v1/messages"), content=chunks(), headers=forging.prove(handset)
        )
    media = answer.headers.get("content-type", "").partition(";")[0]
    reply = connection.Reply(status=answer.status_code, media=media, octets=answer.content)
    return look(handset, order, reply)
