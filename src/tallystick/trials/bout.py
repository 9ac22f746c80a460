"""A bout: one trial under way; honest first, then the attack, then what moved and was noted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tallystick.ground.facts import MESSAGE_REFUSED, ORDER_REFUSED
from tallystick.handset import Answer, Order
from tallystick.prove.evidence import Witnessed
from tallystick.standard import Trial
from tallystick.trials.cast import Cast, Player, demand
from tallystick.trials.range import Range
from tallystick.trials.result import CannotRun, Probe, TrialResult, judge
from tallystick.trials.seen import Attempt, Seen

UNRECORDED = ""
"""Inside, for what is refused unread: there is nothing to record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempted:
    what: str
    outside: str
    inside: str
    seen: Seen
    is_code: bool = True


class Bout:
    """Collects the probes of one trial and judges them at the end."""

    def __init__(self, trial: Trial, *, place: Range, cast: Cast) -> None:
        self.trial, self.place, self.cast = trial, place, cast
        self.policy, self.clock = place.policy, place.clock
        self._attempts: list[_Attempted] = []
        self._probes: list[Probe] = []
        self._began_ms = place.clock.now_ms()
        self._size = place.insider.size() if place.insider else 0

    def go_on(self) -> None:
        """After a pause in which other trials ran: what they left in the evidence is not ours."""
        self._size = self.place.insider.size() if self.place.insider else 0

    # ---- honest --------------------------------------------------------------------------------

    def control(self, answer: Answer) -> Answer:
        """The honest version must be accepted. Refuses: CannotRun."""
        demand(answer)
        return answer

    def honest(self, what: str, seen: Seen) -> None:
        """The honest version, sent by hand, must be accepted. Refuses: CannotRun."""
        if seen.code != "ok":
            raise CannotRun(f"{what} was refused: {seen.code}")

    def pay(self, payer: Player, payee: Player, minor: int) -> Answer:
        """An honest payment that is accepted. Refuses: CannotRun."""
        return self.control(payer.handset.send(self.cast.order(payer, payee, minor)))

    def pair(self) -> tuple[Player, Player]:
        """A payer with funds and a payee, after one honest payment between them."""
        payer, payee = self.cast.payer(), self.cast.payee()
        self.pay(payer, payee, self.cast.unit_minor)
        return payer, payee

    def order(self, payer: Player, payee: Player, units: int = 1) -> Order:
        """A signed order, not sent."""
        return self.cast.order(payer, payee, units * self.cast.unit_minor)

    # ---- the attack ----------------------------------------------------------------------------

    def refused(self, what: str, attempt: Attempt, *, outside: str, inside: str) -> Seen:
        """One attempt, which must be refused with exactly this code and for exactly this reason.

        `inside` is the tally's reason, and after a blank what lies at the bottom of it.
        """
        if outside in ("message.refused", "grant.refused", "enrolment.refused"):
            self.place.pace()
        seen = attempt()
        self._attempts.append(_Attempted(what=what, outside=outside, inside=inside, seen=seen))
        return seen

    def overtaken(self, seen: Seen) -> None:
        """A message that lost a race to a later counter: refused as a replay, and noted as one."""
        self._attempts.append(
            _Attempted(
                what="overtaken by a later counter",
                outside="message.refused",
                inside="message.replayed",
                seen=seen,
                is_code=False,
            )
        )

    def raced(
        self, what: str, seen: Sequence[Seen], *, accepted: int, outside: str, inside: str
    ) -> None:
        """Of many at once exactly so many were accepted, and the others refused in this word."""
        won = [one for one in seen if one.code == "ok"]
        self.holds(f"{what}: accepted", expected=accepted, seen=len(won))
        for one in seen:
            if one.code != "ok":
                self._attempts.append(
                    _Attempted(what=what, outside=outside, inside=inside, seen=one)
                )

    def holds(self, what: str, *, expected: object, seen: object) -> None:
        """Something beside a code that must be so."""
        probe = Probe(what=what, expected=str(expected), seen=str(seen), is_code=False)
        self._probes.append(probe)

    def found(self, what: str, *, expected: str, seen: str) -> None:
        """A code that is not an answer to a handset: the word of an audit, of a restart."""
        self._probes.append(Probe(what=what, expected=expected, seen=seen))

    # ---- what moved ----------------------------------------------------------------------------

    def balance(self, player: Player) -> int:
        """What a player has, reserved or not, in minor units."""
        if not self.cast.offers("banking.balance"):
            balance, held = self.place.watch().balance(player.account)
            return balance * 2 - held  # either changing is a change
        data = demand(player.handset.balance())
        available, reserved = (_minor(data[name]) for name in ("available", "reserved"))
        return 2 * available + reserved

    @contextmanager
    def unmoved(self, *players: Player) -> Iterator[None]:
        """Nothing of these players' money moves, is reserved or let go in here."""
        before = [self.balance(player) for player in players]
        yield
        after = [self.balance(player) for player in players]
        self.holds("nothing moved", expected=before, seen=after)

    @contextmanager
    def moved(self, payer: Player, payee: Player, minor: int) -> Iterator[None]:
        """Exactly so much moves from the one to the other in here, and nothing is reserved."""
        before = (self.balance(payer), self.balance(payee))
        yield
        after = (self.balance(payer), self.balance(payee))
        expected = [-2 * minor, 2 * minor]
        if self.cast.payment == "banking.transfer":
            expected = [-minor, 0]  # reserved until the bank has paid
        changed = [one - other for one, other in zip(after, before, strict=True)]
        self.holds("exactly so much moved", expected=expected, seen=changed)

    def adopt(self, other: Bout) -> None:
        """Take over what a bout of the same trial on another place has found."""
        self._probes += [*other._noted(), *other._probes]

    # ---- the verdict ---------------------------------------------------------------------------

    def result(self) -> TrialResult:
        """Judge everything that was tried. Refuses: CannotRun when nothing was."""
        if not self._attempts and not self._probes:
            raise CannotRun("nothing was tried")
        noted = self._noted()
        return judge(
            self.trial.id,
            self.trial.threat,
            (*noted, *self._probes),
            took_ms=self.clock.now_ms() - self._began_ms,
        )

    def _noted(self) -> list[Probe]:
        """The attempts as probes, each with its record where an insider looks."""
        if self.place.insider is None:
            return [_probe(attempted, None) for attempted in self._attempts]
        self.cast.flush()
        entries = self.place.insider.since(self._size)
        by_index = {entry.index: entry for entry in entries}
        strangers = iter([entry for entry in entries if _is_strangers(entry)])
        probes = []
        for attempted in self._attempts:
            answer = attempted.seen.answer
            if answer is not None:
                entry = by_index.get(answer.index)
            else:
                entry = next(strangers, None) if attempted.inside != UNRECORDED else None
            probes.append(_probe(attempted, _reason(entry)))
        left = sum(1 for _ in strangers)
        self.holds("every refusal is recorded once", expected=0, seen=left)
        return probes


def _probe(attempted: _Attempted, seen_inside: str | None) -> Probe:
    return Probe(
        what=attempted.what,
        expected=attempted.outside,
        seen=attempted.seen.code,
        expected_inside="" if seen_inside is None else attempted.inside,
        seen_inside=seen_inside or "",
        is_code=attempted.is_code,
    )


def _is_strangers(entry: Witnessed) -> bool:
    return any(fact.kind == MESSAGE_REFUSED for fact in entry.facts)


def _reason(entry: Witnessed | None) -> str:
    if entry is None:
        return UNRECORDED
    for fact in entry.facts:
        if fact.kind in (MESSAGE_REFUSED, ORDER_REFUSED):
            detail: Mapping[str, str | int] = fact.detail
            return f"{detail['reason']} {detail.get('why', '')}".strip()
    return entry.code


def _minor(text: object) -> int:
    """The digits of an amount, as a whole number to compare with others of its kind."""
    return int(str(text).replace(".", ""))
