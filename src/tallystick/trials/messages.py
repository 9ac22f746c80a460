"""Attacks on a message's author and its place in time: replays, other keys, other counters."""

from __future__ import annotations

from functools import partial

from tallystick.handset import Handset, Order, jose, new_request, proofs, session
from tallystick.handset import messages as writing
from tallystick.trials import forging
from tallystick.trials.bout import Bout

GRANT, MESSAGE, ENROLMENT = "grant.refused", "message.refused", "enrolment.refused"


def replay(bout: Bout) -> None:
    """A recorded message is sent again: as it was, under a new proof, through another session."""
    payer, payee = bout.pair()
    order, other = bout.order(payer, payee), bout.cast.payer().handset
    headers, body = payer.handset.prepare_message(order)
    first = forging.post(payer.handset, order, body, headers)
    bout.holds("the honest message is accepted", expected="ok", seen=first.code)
    again = partial(forging.post, payer.handset, order, body)
    with bout.unmoved(payer, payee):
        bout.refused("the same octets", partial(again, headers), outside=GRANT,
                     inside="proof.refused")  # fmt: skip
        bout.refused("under a new proof", again, outside=MESSAGE, inside="message.replayed")
        bout.refused("through another session", partial(again, forging.prove(other)),
                     outside=MESSAGE, inside="message.refused")  # fmt: skip
        retried = forging.post_order(payer.handset, order)
        bout.holds(
            "an honest retry gets the first answer again",
            expected=first.answer and first.answer.index,
            seen=retried.answer and retried.answer.index,
        )
        changed = bout.order(payer, payee, 2)
        conflict = Order(request=order.request, operation=order.operation, body=changed.body)
        bout.refused("another order under the same request id",
                     partial(forging.post_order, payer.handset, conflict),
                     outside="request.conflict", inside="request.conflict")  # fmt: skip


def impersonate(bout: Bout) -> None:
    """A message claims one device and is signed by another; a session is borrowed."""
    (payer, payee), mallory = bout.pair(), bout.cast.payer()
    bout.pay(mallory, payee, bout.cast.unit_minor)
    victim, attacker = payer.handset, mallory.handset
    order = bout.order(payer, payee)
    payload = forging.encode(forging.claims(victim, order))
    naming_victim = {"alg": "ES256", "typ": "tallystick-message+jws", "kid": victim.bound().device}
    foreign = forging.seal(attacker, forging.sign(attacker, payload, header=naming_victim))
    own = forging.seal(attacker, forging.sign(attacker, payload))
    send = partial(forging.post, victim, order)
    with bout.unmoved(payer, payee, mallory):
        bout.refused("signed by another device, in the victim's session",
                     partial(send, foreign, forging.prove(victim)),
                     outside=MESSAGE, inside="message.refused signature")  # fmt: skip
        bout.refused("naming the victim, in the attacker's session",
                     partial(send, foreign, forging.prove(attacker)),
                     outside=MESSAGE, inside="message.refused")  # fmt: skip
        bout.refused("naming the attacker, in the victim's session",
                     partial(send, own, forging.prove(victim)),
                     outside=MESSAGE, inside="message.refused")  # fmt: skip
        for what, headers, why in _borrowed(victim, attacker):
            bout.refused(what, partial(send, foreign, headers), outside=GRANT, inside=why)
        challenge = victim.challenge()
        request = writing.sign_session(
            forging.session_claims(victim, challenge),
            key=attacker.keys.session,
            device=victim.bound().device,
        )
        bout.refused("a session asked for in the victim's name",
                     partial(forging.post_session, victim, request),
                     outside=ENROLMENT, inside="enrolment.refused signature")  # fmt: skip


def _borrowed(victim: Handset, attacker: Handset) -> list[tuple[str, dict[str, str], str]]:
    """Proofs for a grant that is not the attacker's: what, headers, the reason inside."""
    grant = victim.grant or victim.open_session()
    payload = proof_payload(victim, grant)
    naming_victim = {"typ": "dpop+jwt", "alg": "ES256", "jwk": victim.keys.session.jwk}
    own = proofs.sign_proof(payload, key=attacker.keys.session)
    forged = jose.sign(payload, header=naming_victim, key=attacker.keys.session)
    elsewhere = proofs.proof_payload(
        method="POST",
        url=victim.connection.url("/v1/sessions"),
        grant=grant.grant,
        jti=new_request(),
        iat=victim.clock.now_ms() // 1000,
    )
    another = proofs.sign_proof(elsewhere, key=victim.keys.session)
    forgotten = {"Authorization": f"DPoP {grant.grant}"}
    return [
        ("a borrowed grant under the attacker's proof", _headers(grant, own), "proof.refused"),
        ("a proof that shows the victim's key and is not signed by it",
         _headers(grant, forged), "proof.refused signature"),
        ("a proof for another address", _headers(grant, another), "proof.refused"),
        ("a borrowed grant without a proof", forgotten | forging.SENDS_JOSE,
         "proof.refused parts"),
        ("no grant", dict(forging.SENDS_JOSE), "grant.refused"),
    ]  # fmt: skip


def proof_payload(handset: Handset, grant: session.Grant) -> bytes:
    """The claims of an honest proof for one message."""
    return proofs.proof_payload(
        method="POST",
        url=handset.connection.url(writing.MESSAGES_PATH),
        grant=grant.grant,
        jti=new_request(),
        iat=handset.clock.now_ms() // 1000,
    )


def _headers(grant: session.Grant, proof: str) -> dict[str, str]:
    return proofs.proof_headers(grant=grant.grant, proof=proof) | forging.SENDS_JOSE


def roll_back(bout: Bout) -> None:
    """A new message comes under an old counter, a counter far ahead, or another time."""
    payer, payee = bout.pair()
    handset = payer.handset
    ahead = handset.counter + bout.policy.parameter("counter.skip_max") + 1
    now_s = bout.clock.now_ms() // 1000
    late_s = bout.policy.parameter("message.window_s") + 2
    with bout.unmoved(payer, payee):
        for what, change, inside in (
            ("the counter of the last message", {"ctr": handset.counter}, "message.replayed"),
            ("the first counter", {"ctr": 1}, "message.replayed"),
            ("counter zero", {"ctr": 0}, "message.refused json"),
            ("a counter far ahead", {"ctr": ahead + 10}, "message.out_of_window"),
            ("the largest counter", {"ctr": 2**53 - 1}, "message.out_of_window"),
            ("a message from yesterday", {"iat": now_s - late_s}, "message.out_of_window"),
            ("a message from tomorrow", {"iat": now_s + late_s}, "message.out_of_window"),
            ("for another provider", {"aud": "tallystick:another"}, "message.refused"),
            ("for another address", {"url": "/v1/sessions"}, "message.refused"),
            ("an operation that nobody knows", {"op": "remote.take"}, "message.refused"),
        ):
            order = bout.order(payer, payee)
            payload = forging.encode(forging.claims(handset, order) | change)
            bout.refused(what, partial(forging.post_claims, handset, order, payload),
                         outside=MESSAGE, inside=inside)  # fmt: skip
    bout.pay(payer, payee, bout.cast.unit_minor)
