"""Trial results: a laboratory's device records what its attack met."""

from __future__ import annotations

from tallystick.ground.facts import TRIAL_FAILED, TRIAL_WITHSTOOD
from tallystick.protect.corridor import Decision, TrialBody, Visit, read_body


def record_trial(visit: Visit) -> Decision:
    """Write one trial's outcome into the evidence, under the laboratory's signature."""
    body = read_body(visit.message.body, TrialBody)
    kind = TRIAL_WITHSTOOD if body.outcome == "withstood" else TRIAL_FAILED
    visit.tally.notch(
        kind,
        "C-EVIDENCE-LOG",
        trial=body.trial,
        threat=body.threat,
        expected=body.expected,
        seen=body.seen,
    )
    return Decision()
