"""The programme: which attack belongs to which trial, and in which order they are run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tallystick.ground.errors import Misconfigured, Refused
from tallystick.standard import Trial, trial_register
from tallystick.trials import (
    books,
    closing,
    codes,
    devices,
    keys,
    limits,
    malformed,
    messages,
    orders,
    parties,
    pins,
    power,
    sizes,
    tokens,
)
from tallystick.trials.bout import Bout
from tallystick.trials.cast import Cast, demand
from tallystick.trials.range import Range
from tallystick.trials.result import NOT_RUN, CannotRun, Probe, TrialResult, judge, not_run

Attack = Callable[[Bout], Iterator[int] | None]
"""Runs one trial. One that must wait yields the instant (ms) at which it goes on."""
OnResult = Callable[[TrialResult], None]

ATTACKS: Mapping[str, Attack] = MappingProxyType(
    {
        # The first one waits for time to pass; the two after it read the whole log, which grows.
        "challenge-expired": devices.answer_late,
        "ledger-row-edited": books.edit_rows,
        "evidence-edited": books.edit_evidence,
        "message-replayed": messages.replay,
        "amount-changed": orders.change_amount,
        "payee-changed": orders.change_payee,
        "currency-changed": orders.change_currency,
        "other-device-key": messages.impersonate,
        "counter-rolled-back": messages.roll_back,
        "challenge-reused": devices.answer_twice,
        "alg-none": tokens.drop_signature,
        "key-confusion": tokens.confuse_keys,
        "token-oversize": sizes.send_oversize,
        "malformed-json": malformed.send_malformed_json,
        "malformed-jwe": malformed.damage_seals,
        "pin-guessing": pins.guess_pin,
        "pin-oracle": pins.compare_answers,
        "double-spend-concurrent": limits.spend_twice,
        "limit-split": limits.split_limit,
        "limit-concurrent": limits.race_limit,
        "listed-payee-variant": parties.pay_listed,
        "structuring": limits.stay_below,
        "qr-swapped": codes.swap_code,
        "device-suspended": devices.use_suspended,
        "power-cut": power.cut_power,
        "check-fails-closed": closing.break_checks,
        "pin-block-oracle": keys.ask_an_oracle,
        "pin-format-downgrade": keys.downgrade_format,
        "decimalisation-guessing": keys.guess_by_table,
        "key-misuse": keys.misuse_keys,
        "key-block-altered": keys.alter_block,
        "key-record-rolled-back": keys.roll_back_record,
        "key-database-stolen": keys.steal_database,
        "single-custodian": keys.act_alone,
    }
)


@dataclass(frozen=True, slots=True)
class _Parked:
    """A trial that goes on at an instant."""

    due_ms: int
    bout: Bout
    rest: Iterator[int]


def run_trials(
    place: Range, *, only: Iterable[str] | None = None, on_result: OnResult | None = None
) -> list[TrialResult]:
    """Run the trials against the service of a range, all or only some, in the catalogue's order.

    Each result is recorded in the service's own evidence by the laboratory's device, unless the
    trial did not run. `on_result` hears of each as soon as it is known.
    Refuses: Misconfigured for a trial that nobody knows; CannotRun when a result is not recorded.
    """
    register = trial_register()
    chosen = tuple(ATTACKS) if only is None else tuple(only)
    if unknown := set(chosen) - ATTACKS.keys():
        raise Misconfigured(f"no such trial: {sorted(unknown)[0]}", allowed=", ".join(ATTACKS))
    cast = Cast(place.staff, place.policy, clock=place.clock, transport=place.transport)
    results: dict[str, TrialResult] = {}

    def conclude(result: TrialResult) -> None:
        results[result.trial] = result
        record(place, result)
        if on_result is not None:
            on_result(result)

    try:
        parked = []
        for name in (name for name in ATTACKS if name in chosen):
            outcome = begin(register[name], place=place, cast=cast)
            if isinstance(outcome, _Parked):
                parked.append(outcome)
            else:
                conclude(outcome)
        for waiting in sorted(parked, key=lambda trial: trial.due_ms):
            place.wait_until(waiting.due_ms)
            conclude(go_on(waiting.bout, waiting.rest))
    finally:
        cast.close()
    return [results[name] for name in register if name in results]


def begin(trial: Trial, *, place: Range, cast: Cast) -> TrialResult | _Parked:
    """Run one trial to its end, or to where it waits."""
    bout = Bout(trial, place=place, cast=cast)
    try:
        rest = ATTACKS[trial.id](bout)
        if rest is None:
            return bout.result()
        return _Parked(next(rest), bout, rest)
    except Refused as refusal:
        return stopped(bout, refusal)


def go_on(bout: Bout, rest: Iterator[int]) -> TrialResult:
    """Run the rest of a trial that waited."""
    bout.go_on()
    try:
        for due_ms in rest:
            bout.place.wait_until(due_ms)
        return bout.result()
    except Refused as refusal:
        return stopped(bout, refusal)


def stopped(bout: Bout, refusal: Refused) -> TrialResult:
    """A trial that ended early: it could not run, or something was refused that must not be."""
    if isinstance(refusal, CannotRun):
        return not_run(bout.trial.id, bout.trial.threat, str(refusal))
    probe = Probe(what=f"the trial stopped: {refusal}", expected="", seen=refusal.code)
    return judge(bout.trial.id, bout.trial.threat, (probe,), took_ms=0)


def record(place: Range, result: TrialResult) -> None:
    """Put a result into the evidence. Refuses: CannotRun when it is not accepted."""
    if result.outcome == NOT_RUN:
        return
    demand(
        place.staff.laboratory.record_trial(
            trial=result.trial,
            threat=result.threat,
            outcome=result.outcome,
            expected=result.expected[:256] or "none",
            seen=result.seen[:256] or "none",
        )
    )
