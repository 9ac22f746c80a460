"""Attacks on devices: late and second answers to a challenge, and a device that was suspended."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tallystick.ground.identifiers import from_base64url, to_base64url
from tallystick.handset import Handset
from tallystick.trials import forging
from tallystick.trials.bout import Bout
from tallystick.trials.cast import demand
from tallystick.trials.racing import race
from tallystick.trials.seen import Seen

ENROLMENT = "enrolment.refused"
MARGIN_MS = 100


def answer_late(bout: Bout) -> Iterator[int]:
    """A challenge is answered after its time: for a session, for an enrolment, with a new date."""
    player = bout.cast.payer()
    handset, newcomer = player.handset, bout.cast.stranger()
    fresh = forging.post_session(handset, forging.sign_session(handset, handset.challenge()))
    bout.honest("a challenge that is answered in time", fresh)
    activation = bout.cast.activation()
    late, late_too = handset.challenge(), newcomer.challenge()
    lifetime_ms = bout.policy.parameter("challenge.lifetime_s") * 1000
    yield bout.clock.now_ms() + lifetime_ms + MARGIN_MS
    with bout.unmoved(player):
        bout.refused("a session, too late",
                     partial(_open, handset, late),
                     outside=ENROLMENT, inside="challenge.refused")  # fmt: skip
        bout.refused("an enrolment, too late",
                     partial(forging.post_enrolment, newcomer, activation, player.pin, late_too),
                     outside=ENROLMENT, inside="challenge.refused")  # fmt: skip
        bout.refused("a session, with the date moved",
                     partial(_open, handset, _postponed(late, lifetime_ms)),
                     outside=ENROLMENT, inside="challenge.refused")  # fmt: skip
    enrolled = forging.post_enrolment(newcomer, activation, player.pin, newcomer.challenge())
    bout.holds("the same enrolment in time is accepted", expected="ok", seen=enrolled.code)


def answer_twice(bout: Bout) -> None:
    """A challenge is answered a second time: again, by others, for something else, at once."""
    (payer, payee), other = bout.pair(), bout.cast.payer()
    handset, newcomer = payer.handset, bout.cast.stranger()
    challenge = handset.challenge()
    token = forging.sign_session(handset, challenge)
    bout.honest("the first answer", forging.post_session(handset, token))
    activation = bout.cast.activation()
    with bout.unmoved(payer, payee):
        for what, attempt in (
            ("the same request again", partial(forging.post_session, handset, token)),
            ("a new request", partial(_open, handset, challenge)),
            ("by another device", partial(_open, other.handset, challenge)),
            ("for an enrolment", partial(
                forging.post_enrolment, newcomer, activation, payer.pin, challenge)),
        ):  # fmt: skip
            bout.refused(what, attempt, outside=ENROLMENT, inside="challenge.refused")
        for what, made_up in (("nobody's challenge", to_base64url(bytes(56))), ("none", "")):
            bout.refused(what, partial(_open, handset, made_up),
                         outside=ENROLMENT, inside="challenge.refused")  # fmt: skip
        challenge = handset.challenge()
        requests = [forging.sign_session(handset, challenge) for _ in range(4)]
        for _ in requests:
            bout.place.pace()
        seen = race([partial(forging.post_session, handset, request) for request in requests])
        bout.raced("four answers at once", seen, accepted=1, outside=ENROLMENT,
                   inside="challenge.refused")  # fmt: skip


def use_suspended(bout: Bout) -> None:
    """A suspended device goes on: pays, asks, opens a session; its code is used again."""
    payer, payee = bout.pair()
    handset, backoffice = payer.handset, bout.place.staff.backoffice
    sent = bout.order(payer, payee)
    activation = bout.cast.activation()
    demand(backoffice.suspend("lost", device=handset.bound().device))
    with bout.unmoved(payee):
        for what, order in (
            ("a payment", sent),
            ("another payment", bout.order(payer, payee)),
            ("its balance", forging.enquiry("banking.balance", {})),
            ("its statement", forging.enquiry("banking.statement", {"limit": 5})),
            ("suspending itself", forging.enquiry(
                "device.suspend", {"device": handset.bound().device, "reason": "again"})),
        ):  # fmt: skip
            bout.refused(what, partial(forging.post_order, handset, order),
                         outside="device.suspended", inside="device.suspended")  # fmt: skip
        if "device.revoke" in bout.policy.operations:
            demand(backoffice.revoke("lost for good", device=handset.bound().device))
            bout.refused("a payment, once it is revoked",
                         partial(forging.post_order, handset, bout.order(payer, payee)),
                         outside="device.suspended", inside="device.suspended")  # fmt: skip
        bout.refused("a new session", partial(_open, handset, handset.challenge()),
                     outside=ENROLMENT, inside="device.suspended")  # fmt: skip
        bout.refused(
            "its own keys bound again",
            partial(forging.post_enrolment, handset, activation, payer.pin, handset.challenge()),
            outside=ENROLMENT,
            inside="enrolment.refused",
        )


def _open(handset: Handset, challenge: str) -> Seen:
    return forging.post_session(handset, forging.sign_session(handset, challenge))


def _postponed(challenge: str, by_ms: int) -> str:
    """The same challenge with another date in its last eight octets."""
    octets = from_base64url(challenge)
    later_ms = int.from_bytes(octets[-8:], "big") + 2 * by_ms
    return to_base64url(octets[:-8] + later_ms.to_bytes(8, "big"))
