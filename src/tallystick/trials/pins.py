"""Attacks on the transaction PIN: guessing it, and learning from the answers."""

from __future__ import annotations

from functools import partial

from tallystick.ground.facts import CUSTOMER_AUTHENTICATED
from tallystick.handset import messages as writing
from tallystick.trials import forging
from tallystick.trials.bout import Bout
from tallystick.trials.cast import Player
from tallystick.trials.racing import race_orders
from tallystick.trials.result import CannotRun
from tallystick.trials.seen import Seen

REFUSED, LOCKED, ENROLMENT = "customer.not_verified", "customer.locked", "enrolment.refused"


def guess_pin(bout: Bout) -> None:
    """PINs are guessed until the lock; then the right one comes too late, also in a new session."""
    payer, payee, minor = _people(bout)
    handset, tries = payer.handset, bout.policy.parameter("pin.tries_max")
    other = bout.cast.order(payer, payee, minor)
    with bout.unmoved(payer, payee):
        for guess in range(tries):
            order = bout.cast.order(payer, payee, minor, pin=payer.wrong_pin)
            if guess == 0 and tries > 1:
                order = forging.altered(order, pin=other.body["pin"])
            what = "another order's PIN" if guess == 0 and tries > 1 else "a wrong PIN"
            bout.refused(what, partial(forging.post_order, handset, order), outside=REFUSED,
                         inside=REFUSED)  # fmt: skip
        for what, pin in (("the right PIN", payer.pin), ("a wrong PIN", payer.wrong_pin)):
            order = bout.cast.order(payer, payee, minor, pin=pin)
            bout.refused(f"{what}, after the lock", partial(forging.post_order, handset, order),
                         outside=REFUSED, inside=LOCKED)  # fmt: skip
        handset.open_session()
        order = bout.cast.order(payer, payee, minor)
        bout.refused("the right PIN, in a new session", partial(forging.post_order, handset, order),
                     outside=REFUSED, inside=LOCKED)  # fmt: skip
    _guess_at_once(bout, payee, minor)


def _guess_at_once(bout: Bout, payee: Player, minor: int) -> None:
    """Many guesses at one instant count one by one."""
    tier, tries = bout.cast.tier_for(minor), bout.policy.parameter("pin.tries_max")
    victim = bout.cast.payer(minor=3 * minor, tier=tier)
    size = bout.place.insider.size() if bout.place.insider else 0
    with bout.unmoved(victim, payee):
        guesses = [
            bout.cast.order(victim, payee, minor, pin=victim.wrong_pin) for _ in range(2 * tries)
        ]
        seen = race_orders(bout, victim.handset, guesses)
        bout.holds("guesses at one instant", expected={REFUSED}, seen={one.code for one in seen})
        order = bout.cast.order(victim, payee, minor)
        bout.refused("the right PIN, after them", partial(
            forging.post_order, victim.handset, order), outside=REFUSED, inside=LOCKED)  # fmt: skip
    if bout.place.insider is not None:
        codes = [entry.code for entry in bout.place.insider.since(size)]
        bout.holds("guesses that counted", expected=tries, seen=codes.count(REFUSED))


def compare_answers(bout: Bout) -> None:
    """Answers to a wrong, missing, locked PIN, to a known and an unknown payee are one."""
    payer, payee, minor = _people(bout)
    nobody = Player(
        handset=payee.handset,
        name="Nobody Atall",
        account=payee.account[:-1] + ("0" if payee.account[-1] != "0" else "1"),
        pin=payee.pin,
        wrong_pin=payee.wrong_pin,
        qr=payee.qr,
    )
    locked = bout.cast.payer(minor=3 * minor, tier=bout.cast.tier_for(minor))
    tries = bout.policy.parameter("pin.tries_max")
    answers: list[Seen] = []
    with bout.unmoved(payer, payee, locked):
        for _ in range(tries):
            order = bout.cast.order(locked, payee, minor, pin=locked.wrong_pin)
            bout.refused("a wrong PIN", partial(forging.post_order, locked.handset, order),
                         outside=REFUSED, inside=REFUSED)  # fmt: skip
        for what, who, whom, pin, inside in (
            ("no PIN, known payee", payer, payee, None, REFUSED),
            ("no PIN, unknown payee", payer, nobody, None, REFUSED),
            ("a wrong PIN, known payee", payer, payee, payer.wrong_pin, REFUSED),
            ("a wrong PIN, unknown payee", payer, nobody, payer.wrong_pin,
             REFUSED if tries > 1 else LOCKED),
            ("the right PIN, locked, known payee", locked, payee, locked.pin, LOCKED),
            ("the right PIN, locked, unknown payee", locked, nobody, locked.pin, LOCKED),
            ("a wrong PIN, locked", locked, payee, locked.wrong_pin, LOCKED),
        ):  # fmt: skip
            order = bout.cast.order(who, whom, minor, pin=pin)
            sent = order if pin is not None else forging.altered(order, pin=None)
            answers.append(bout.refused(what, partial(forging.post_order, who.handset, sent),
                                        outside=REFUSED, inside=inside))  # fmt: skip
    bout.holds("shapes of the answers", expected=1, seen=len({_shape(seen) for seen in answers}))
    _compare_enrolments(bout, payer)


def _compare_enrolments(bout: Bout, payer: Player) -> None:
    """A code of nobody and a used one, a device of nobody and a wrong key, look the same."""
    newcomer, used = bout.cast.stranger(), bout.cast.activation()
    first = bout.cast.stranger()
    bout.honest("an enrolment", forging.post_enrolment(first, used, payer.pin, first.challenge()))
    sizes = set()
    for what, code, inside in (
        ("a code that was used", used, "activation.refused"),
        ("a code of nobody", "AAAA-BBBB-CCCC", "activation.refused"),
    ):
        seen = bout.refused(what, partial(
            forging.post_enrolment, newcomer, code, payer.pin, newcomer.challenge()),
            outside=ENROLMENT, inside=inside)  # fmt: skip
        sizes.add(seen.octets)
    for what, device, inside in (
        ("a session of nobody", "dev-" + "0" * 32, "device.unknown"),
        ("a session under a wrong key", payer.handset.bound().device,
         "enrolment.refused signature"),
    ):  # fmt: skip
        claims = forging.session_claims(newcomer, newcomer.challenge())
        token = writing.sign_session(claims, key=newcomer.keys.session, device=device)
        seen = bout.refused(what, partial(forging.post_session, newcomer, token),
                            outside=ENROLMENT, inside=inside)  # fmt: skip
        sizes.add(seen.octets)
    bout.holds("lengths of the answers", expected=1, seen=len(sizes))


def _people(bout: Bout) -> tuple[Player, Player, int]:
    """Payer, payee and an amount that needs the PIN, after an honest payment of it."""
    rule = bout.policy.operation(bout.cast.payment)
    if CUSTOMER_AUTHENTICATED not in rule.facts or rule.step_up_minor is None:
        raise CannotRun("no payment needs the transaction PIN")
    minor = max(rule.step_up_minor, 1)
    payer, payee = (
        bout.cast.payer(minor=4 * minor, tier=bout.cast.tier_for(minor)),
        bout.cast.payee(),
    )
    bout.pay(payer, payee, minor)
    return payer, payee, minor


def _shape(seen: Seen) -> tuple[object, ...]:
    """What an outsider can compare: status, code, members that are null, length of the receipt."""
    if seen.answer is None:
        return (seen.status, seen.code)
    nulls = frozenset(name for name, value in seen.answer.leaf.items() if value is None)
    data = seen.answer.data is None
    return (seen.status, seen.code, nulls, len(seen.answer.receipt), data)
