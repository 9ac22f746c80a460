"""One-time codes: tries and rounds are bounded whatever comes back, and digests tell no code."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from tallystick.protect.interop.consents import (
    CONSENTS,
    ROUNDS_MAX,
    Consent,
    ConsentState,
    code_digest,
)

FRESH = Consent(
    inquiry="i" * 36, hold="dev-1.order", kind="OTP", digest="right", tries=3, expires_ms=1_000
)


@given(st.lists(st.sampled_from(["a", "b", "c", "again"]), max_size=40))
def test_wrong_codes_and_questions_come_to_an_end(answers: list[str]) -> None:
    consent, wrong = FRESH, []
    for answer in answers:
        if consent.state is not ConsentState.OPEN:
            break
        before = consent
        consent = consent.asked_again() if answer == "again" else consent.counted(answer)
        if answer != "again" and consent != before:
            wrong.append(answer)
        assert consent.rounds <= ROUNDS_MAX
    assert len(wrong) <= 3
    assert (consent.state is ConsentState.OPEN) <= (len(wrong) < 3)
    assert consent.tries == 3 - len(wrong)


def test_the_same_wrong_code_again_is_no_other_try() -> None:
    once = FRESH.counted("a")
    assert (once.tries, once.rounds) == (2, 2)
    assert once.counted("a") == once


def test_time_ends_what_is_open_and_nothing_else() -> None:
    assert (FRESH.waits_at(1_000), FRESH.late_at(1_000)) == (True, False)
    assert (FRESH.waits_at(1_001), FRESH.late_at(1_001)) == (False, True)
    released = FRESH.ended(ConsentState.RELEASED)
    assert (released.waits_at(0), released.late_at(2_000)) == (False, False)


def test_a_digest_is_of_one_code_for_one_payment() -> None:
    def seal(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    said = {code_digest(hold, code, seal=seal) for hold in ("a", "b") for code in ("1", "2")}
    assert len(said) == 4


def test_the_record_reads_back() -> None:
    for state in ConsentState:
        consent = FRESH.counted("a").ended(state)
        assert CONSENTS.decode(CONSENTS.encode(consent)) == consent
