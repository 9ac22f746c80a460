"""Checks are made to raise, one by one, on a platform of the trial's own: the answer must be no."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from tallystick.assembly import CHECKS, Platform, broken_check, open_platform
from tallystick.crypto.modules import SoftwareModule
from tallystick.ground.facts import CUSTOMER_AUTHENTICATED, PARTIES_CLEAR, RISK_ACCEPTABLE
from tallystick.prove.certificate import TrustAnchor
from tallystick.trials import forging
from tallystick.trials.bout import UNRECORDED, Bout
from tallystick.trials.cast import Cast, enrol_staff
from tallystick.trials.range import Insider
from tallystick.trials.result import CannotRun

CLOSED = "service.closed"
DEMANDED_BY = {
    # Checks that only some policies ask for, and the fact that asks.
    "module.pin": CUSTOMER_AUTHENTICATED,
    "screening": PARTIES_CLEAR,
    "monitoring": RISK_ACCEPTABLE,
}
NEEDED_TO_A_BANK = frozenset(CHECKS) - {"accounts"}
"""A transfer to a bank names no account of ours that is to be paid, so none is looked for."""
LOST = ("module.sign", "books")
"""What these break cannot be written down either."""


def break_checks(bout: Bout) -> None:
    """Each check in turn raises: the payment is refused, nothing moves, the operator hears it."""
    with tempfile.TemporaryDirectory(prefix="tallystick-") as folder, ExitStack() as open_things:
        scratch, platform = _open_scratch(bout, Path(folder) / "home", open_things)
        facts = bout.policy.operation(scratch.cast.payment).facts
        minor = _amount_with_pin(scratch)
        tier = scratch.cast.tier_for(minor)
        payer = scratch.cast.payer(minor=(len(CHECKS) + 2) * minor, tier=tier)
        payee = scratch.cast.payee()
        scratch.pay(payer, payee, minor)
        to_bank = scratch.cast.payment == "banking.transfer"
        for check in CHECKS:
            if DEMANDED_BY.get(check) not in (None, *facts):
                continue
            if to_bank and check not in NEEDED_TO_A_BANK:
                continue
            order = scratch.cast.order(payer, payee, minor)
            with scratch.unmoved(payer, payee):
                with broken_check(platform, check), _operator() as heard:
                    scratch.refused(
                        f"{check} raises",
                        partial(forging.post_order, payer.handset, order),
                        outside=CLOSED,
                        inside=UNRECORDED if check in LOST else CLOSED,
                    )
                scratch.holds(f"{check}: the operator hears", expected=True, seen=bool(heard))
            again = forging.post_order(payer.handset, scratch.cast.order(payer, payee, minor))
            scratch.holds(f"{check}: whole again, open again", expected="ok", seen=again.code)
        bout.adopt(scratch)


def _open_scratch(bout: Bout, home: Path, open_things: ExitStack) -> tuple[Bout, Platform]:
    """A platform of our own under the same policy, and a bout on it."""
    place = bout.place
    if place.names is None and PARTIES_CLEAR in bout.policy.operation(bout.cast.payment).facts:
        raise CannotRun("needs the screening list")
    platform = open_things.enter_context(
        open_platform(
            bout.policy,
            home=home,
            names=place.names,
            clock=place.clock,
            module=SoftwareModule.generate(),
        )
    )
    reach = open_things.enter_context(place.host(platform))
    key = TrustAnchor.read(home / "trust.txt").checkpoint
    codes = dict(line.split() for line in (home / "activation.txt").read_text().splitlines())
    staff = enrol_staff(
        reach.base_url, key, codes=codes, clock=place.clock, transport=reach.transport
    )
    for handset in (staff.treasury, staff.backoffice, staff.laboratory):
        open_things.callback(handset.close)
    cast = Cast(staff, bout.policy, clock=place.clock, transport=reach.transport)
    open_things.callback(cast.close)
    own = replace(
        place, base_url=reach.base_url, staff=staff, insider=Insider(home),
        transport=reach.transport,
    )  # fmt: skip
    return Bout(bout.trial, place=own, cast=cast), platform


def _amount_with_pin(bout: Bout) -> int:
    """An amount that the PIN is asked for, where the policy asks for it at all."""
    step_up_minor = bout.policy.operation(bout.cast.payment).step_up_minor
    return max(bout.cast.unit_minor, step_up_minor or 0)


class _Heard(logging.Handler):
    """Keeps what the operator's log is told."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def _operator() -> Iterator[list[logging.LogRecord]]:
    """Listen to what the operator's log is told as an error, in the operator's place."""
    heard, log = _Heard(), logging.getLogger("tallystick")
    propagates, log.propagate = log.propagate, False
    log.addHandler(heard)
    try:
        yield heard.records
    finally:
        log.removeHandler(heard)
        log.propagate = propagates
