"""Trials: the attacks of Annex D, tried against the running service, each yielding a fact.

Clauses: 9 (evaluation), D (vulnerabilities and attacks); each trial names its own.
Enters:  a Range: a live service's address, its policy, its staff's devices, an insider or none.
Leaves:  TrialResults, recorded in the evidence as trial.withstood or trial.failed.
Refuses: Misconfigured for an address off this machine and for unknown trials; CannotRun.
Proof:   tests/attacks (one test per trial, and tests that each fails without its defence).

An attack uses a handset's own files and altered octets; it never imports the edge. It begins with
the honest version, which must be accepted, and is withstood only when every attempt is refused with
exactly the expected code, for the expected reason where an insider looks, and nothing moved.
"""

from tallystick.trials.cast import Staff, enrol_staff
from tallystick.trials.programme import ATTACKS, run_trials
from tallystick.trials.range import Insider, Range, demand_allowed
from tallystick.trials.result import NOT_RUN, CannotRun, Probe, TrialResult
from tallystick.trials.transport import Host, Reach, in_process

__all__ = [
    "run_trials",
    "enrol_staff",
    "in_process",
    "demand_allowed",
    "Range",
    "Staff",
    "Insider",
    "Host",
    "Reach",
    "TrialResult",
    "Probe",
    "CannotRun",
    "NOT_RUN",
    "ATTACKS",
]
