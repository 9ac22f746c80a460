"""A requirement is closed by everything that it asks for, under this policy, fresh; or it is not."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.ground.clock import DAY_MS
from tallystick.ground.errors import Misconfigured
from tallystick.ground.facts import Fact
from tallystick.prove.closure import (
    Assessment,
    Basis,
    Brought,
    BroughtCertificate,
    BroughtRefused,
    State,
    attest,
    close,
    trial_outcomes,
)
from tallystick.prove.evidence import Witnessed, open_entry, verifier_key
from tests.rooms.prove.logs import NOW_MS, OTHER_KEY, POLICY, make_entry, make_fact
from tests.rooms.prove.small import make_catalogue, make_policy, make_requirement

OTHER_POLICY = "sha256:" + "2" * 64
PERSON = verifier_key("auditor.example/ada", OTHER_KEY.public)


def seen(*facts: Fact) -> list[Witnessed]:
    """One entry for each fact, in this order."""
    return [
        open_entry(make_entry(fact, index=index, at_ms=fact.at_ms, policy=fact.policy))
        for index, fact in enumerate(facts)
    ]


def trial(name: str, *, withstood: bool = True, **more: Any) -> Fact:
    kind = "trial.withstood" if withstood else "trial.failed"
    return make_fact(kind, detail={"trial": name}, **more)


def assess(
    *facts: Fact, brought: Brought | None = None, nature: str = "requirement", **closing: Any
) -> Assessment:
    catalogue = make_catalogue(make_requirement("R-7-01", nature=nature, **closing))
    (assessment,) = close(
        policy=make_policy(catalogue),
        catalogue=catalogue,
        evidence=seen(*facts),
        brought=brought or Brought(),
        now_ms=NOW_MS,
    )
    return assessment


def test_all_facts_close_it_and_the_label_is_shown() -> None:
    found = assess(
        make_fact("message.fresh"),
        make_fact("intent.signed", at_ms=NOW_MS - DAY_MS),
        facts=("message.fresh", "intent.signed"),
    )
    assert found.state is State.CLOSED
    assert found.basis is Basis.SERVICE
    assert (found.labels, found.evidence) == (("software",), (0, 1))
    assert found.until_ms == NOW_MS + 364 * DAY_MS


def test_one_missing_fact_leaves_it_open_and_is_named() -> None:
    found = assess(make_fact("message.fresh"), facts=("message.fresh", "intent.signed"))
    assert (found.state, found.reason) == (State.OPEN, "no intent.signed was recorded")
    assert found.evidence == (0,)
    assert (found.basis, found.until_ms) == (Basis.NOTHING, None)


def test_a_fact_under_another_policy_makes_it_stale() -> None:
    found = assess(make_fact("message.fresh", policy=OTHER_POLICY), facts=("message.fresh",))
    assert found.state is State.STALE
    assert found.reason == "message.fresh was recorded only under another policy"


@pytest.mark.parametrize(("age_ms", "state"), [(30 * DAY_MS, "closed"), (30 * DAY_MS + 1, "stale")])
def test_an_old_fact_makes_it_stale(age_ms: int, state: str) -> None:
    fact = make_fact("message.fresh", at_ms=NOW_MS - age_ms)
    assert assess(fact, facts=("message.fresh",), freshness_days=30).state.value == state


def test_a_fact_is_as_old_as_its_leaf() -> None:
    # A leaf from long ago cannot carry a fact of today.
    catalogue = make_catalogue(make_requirement("R-7-01", facts=("message.fresh",)))
    old = open_entry(make_entry(make_fact("message.fresh"), at_ms=NOW_MS - 400 * DAY_MS))
    (found,) = close(
        policy=make_policy(catalogue), catalogue=catalogue, evidence=[old], brought=Brought(),
        now_ms=NOW_MS,
    )  # fmt: skip
    assert found.state is State.STALE


def test_what_lies_in_the_future_was_not_seen() -> None:
    fact = make_fact("message.fresh", at_ms=NOW_MS + 1)
    assert assess(fact, facts=("message.fresh",)).state is State.OPEN


def test_something_missing_outweighs_something_stale() -> None:
    old = make_fact("message.fresh", at_ms=NOW_MS - 999 * DAY_MS)
    found = assess(old, facts=("message.fresh", "intent.signed"))
    assert found.state is State.OPEN
    assert "999 days ago" in found.reason


def test_trials_must_be_withstood() -> None:
    trials = ("message-replayed", "amount-changed")
    both = [trial(name) for name in trials]
    assert assess(*both, trials=trials).state is State.CLOSED
    found = assess(both[0], trials=trials)
    assert (found.state, found.reason) == (State.OPEN, "the trial amount-changed was not run")


def test_a_trial_that_failed_later_reopens() -> None:
    name = "message-replayed"
    found = assess(trial(name), trial(name, withstood=False), trials=(name,))
    assert (found.state, found.evidence) == (State.OPEN, (1,))
    assert found.reason == "the trial message-replayed was not withstood (entry 1)"


def test_a_trial_that_was_withstood_later_closes() -> None:
    name = "message-replayed"
    assert assess(trial(name, withstood=False), trial(name), trials=(name,)).state is State.CLOSED


def test_what_was_recorded_last_counts_even_when_it_says_it_is_older() -> None:
    name = "message-replayed"
    failed = trial(name, withstood=False, at_ms=NOW_MS - DAY_MS)
    assert assess(trial(name), failed, trials=(name,)).state is State.OPEN


def test_a_failure_under_another_policy_does_not_count() -> None:
    name = "message-replayed"
    other = trial(name, withstood=False, policy=OTHER_POLICY)
    assert assess(trial(name), other, trials=(name,)).state is State.CLOSED
    assert assess(trial(name, policy=OTHER_POLICY), trials=(name,)).state is State.STALE


def test_an_old_trial_is_stale() -> None:
    old = trial("message-replayed", at_ms=NOW_MS - 31 * DAY_MS)
    found = assess(old, trials=("message-replayed",), freshness_days=30)
    assert found.state is State.STALE


def certificate(kind: str = "hsm", *, to_ms: int = NOW_MS + DAY_MS) -> Brought:
    return Brought(
        certificates=(
            BroughtCertificate(
                kind=kind, issuer="a laboratory", reference="L-1", document="sha256:" + "d" * 64,
                valid_from_ms=NOW_MS - DAY_MS, valid_to_ms=to_ms,
            ),
        )
    )  # fmt: skip


def test_a_certificate_must_be_brought() -> None:
    found = assess(certificates=("hsm", "pts"))
    assert (found.state, found.reason) == (State.OPEN, "no certificate hsm or pts was brought")


def test_a_brought_certificate_closes_on_a_persons_word() -> None:
    found = assess(certificates=("pts", "hsm"), brought=certificate())
    assert (found.state, found.basis, found.labels) == (State.CLOSED, Basis.PERSON, ("person",))
    assert found.until_ms == NOW_MS + DAY_MS


def test_an_expired_or_other_certificate_does_not() -> None:
    expired = certificate(to_ms=NOW_MS - 1)
    assert assess(certificates=("hsm",), brought=expired).state is State.STALE
    assert assess(certificates=("hsm",), brought=certificate("other")).state is State.OPEN


def attestation(**change: Any) -> Brought:
    said: dict[str, Any] = {
        "requirement": "R-7-01", "policy": POLICY, "statement": "I saw it", "at_ms": NOW_MS,
        "person": PERSON, "sign": OTHER_KEY.sign,
    }  # fmt: skip
    return Brought(attestations=(attest(**(said | change)),))


def test_only_a_persons_statement_closes_what_must_be_attested() -> None:
    assert assess(attested=True).reason == "no person has attested it"
    found = assess(attested=True, brought=attestation())
    assert (found.state, found.basis) == (State.CLOSED, Basis.PERSON)
    assert found.reason == "the word of auditor.example/ada"


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"requirement": "R-7-02"}, State.OPEN),
        ({"policy": OTHER_POLICY}, State.STALE),
        ({"at_ms": NOW_MS - 366 * DAY_MS}, State.STALE),
        ({"at_ms": NOW_MS + 1}, State.OPEN),
    ],
)
def test_a_statement_about_something_else_does_not(change: dict[str, Any], state: State) -> None:
    assert assess(attested=True, brought=attestation(**change)).state is state


def test_a_statement_that_its_person_did_not_sign_is_refused() -> None:
    (good,) = attestation().attestations
    forged = Brought(attestations=(type(good)(**(_members(good) | {"statement": "I did not"})),))
    with pytest.raises(BroughtRefused):
        assess(attested=True, brought=forged)


def _members(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}


def test_a_persons_fact_looks_weaker_than_a_service_record() -> None:
    person = make_fact("message.fresh", label="person")
    service = make_fact("message.fresh", at_ms=NOW_MS - DAY_MS)
    weak = assess(person, facts=("message.fresh",))
    assert (weak.state, weak.basis) == (State.CLOSED, Basis.PERSON)
    strong = assess(service, person, facts=("message.fresh",))
    assert (strong.basis, strong.evidence) == (Basis.SERVICE, (0,))


def test_a_requirement_that_nothing_closes_stays_open() -> None:
    assert assess().state is State.OPEN


def test_a_description_is_not_assessed() -> None:
    catalogue = make_catalogue(make_requirement("R-7-01", nature="description"))
    closed = close(
        policy=make_policy(catalogue), catalogue=catalogue, evidence=[], brought=Brought(),
        now_ms=NOW_MS,
    )  # fmt: skip
    assert closed == ()


@pytest.mark.parametrize(
    ("nature", "declined", "state", "reason"),
    [
        ("recommendation", {"R-7-01": "not followed", "C-TWO": "too dear"}, State.DECLINED,
         "not followed; C-TWO: too dear"),
        ("requirement", {"R-7-01": "not followed", "C-TWO": "too dear"}, State.OPEN,
         "no countermeasure in force answers it"),
        ("recommendation", {}, State.OPEN, "no countermeasure in force answers it"),
    ],
)  # fmt: skip
def test_only_a_recommendation_is_declined_and_only_with_a_reason(
    nature: str, declined: dict[str, str], state: State, reason: str
) -> None:
    catalogue = make_catalogue(make_requirement("R-7-01", nature=nature, facts=("message.fresh",)))
    (found,) = close(
        policy=make_policy(catalogue, declined=declined, unanswered=("R-7-01",)),
        catalogue=catalogue, evidence=seen(make_fact("message.fresh")), brought=Brought(),
        now_ms=NOW_MS,
    )  # fmt: skip
    assert (found.state, found.reason) == (state, reason)


def test_another_catalogue_is_refused() -> None:
    catalogue = make_catalogue(make_requirement("R-7-01"))
    policy = make_policy(catalogue)
    other = type(catalogue)(**(_fields(catalogue) | {"digest": "sha256:0"}))
    with pytest.raises(Misconfigured, match="another catalogue"):
        close(policy=policy, catalogue=other, evidence=[], brought=Brought(), now_ms=NOW_MS)


def _fields(catalogue: Any) -> dict[str, Any]:
    return {name: getattr(catalogue, name) for name in catalogue.__dataclass_fields__}


def test_the_last_outcome_of_every_trial_is_told() -> None:
    catalogue = make_catalogue(make_requirement("R-7-01", facts=("message.fresh",)))
    evidence = seen(
        trial("message-replayed"),
        trial("amount-changed", withstood=False),
        trial("amount-changed"),
        trial("nobody-knows-it"),
    )
    outcomes = trial_outcomes(
        policy=make_policy(catalogue), catalogue=catalogue, evidence=evidence, now_ms=NOW_MS
    )
    assert [(one.id, one.withstood, one.index) for one in outcomes] == [
        ("amount-changed", True, 2),
        ("message-replayed", True, 0),
    ]


def test_a_later_break_opens_a_reconciliation_and_a_later_clean_day_closes_it() -> None:
    clean, broken = make_fact("books.reconciled"), make_fact("safeguarding.broken")
    asked = {"facts": ("books.reconciled",)}
    assert assess(clean, **asked).state is State.CLOSED
    found = assess(clean, broken, **asked)
    assert (found.state, found.evidence) == (State.OPEN, (1,))
    assert "safeguarding.broken was recorded (entry 1)" in found.reason
    assert assess(clean, broken, clean, **asked).state is State.CLOSED
    assert assess(broken, **asked).state is State.OPEN


def test_a_break_under_another_policy_counts_too() -> None:
    broken = make_fact("safeguarding.broken", policy=OTHER_POLICY)
    found = assess(make_fact("books.reconciled"), broken, facts=("books.reconciled",))
    assert found.state is State.OPEN


def test_what_the_service_shows_stands_in_for_a_persons_word() -> None:
    closing: dict[str, Any] = {
        "attested": True,
        "instead_facts": ("key.managed", "keys.stated"),
        "instead_trials": ("single-custodian",),
    }
    all_of_it = (make_fact("key.managed"), make_fact("keys.stated"), trial("single-custodian"))
    found = assess(*all_of_it, **closing)
    assert (found.state, found.basis) == (State.CLOSED, Basis.SERVICE)
    for gone in range(3):
        some = [fact for number, fact in enumerate(all_of_it) if number != gone]
        assert assess(*some, **closing).reason == "no person has attested it"
    failed = (*all_of_it[:2], trial("single-custodian", withstood=False))
    assert assess(*failed, **closing).state is State.OPEN
    assert assess(brought=attestation(), **closing).basis is Basis.PERSON
