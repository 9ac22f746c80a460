"""What holds for every log: the entries that an assessment names decide it alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tallystick.decide.policy import SecurityPolicy
from tallystick.ground.clock import DAY_MS
from tallystick.ground.facts import Fact
from tallystick.prove.closure import Brought, State, close
from tallystick.prove.evidence import Witnessed, open_entry
from tests.rooms.prove.logs import NOW_MS, POLICY, make_entry, make_fact
from tests.rooms.prove.small import make_catalogue, make_policy, make_requirement

KINDS = ("message.fresh", "intent.signed", "trial.withstood", "trial.failed")
TRIALS = ("message-replayed", "amount-changed")
CATALOGUE = make_catalogue(
    make_requirement("R-7-01", facts=("message.fresh",), freshness_days=10),
    make_requirement("R-7-02", facts=("message.fresh", "intent.signed"), freshness_days=30),
    make_requirement("R-8-01", trials=TRIALS, freshness_days=20),
    make_requirement("R-8-02", facts=("trial.withstood",), trials=TRIALS[:1], freshness_days=5),
    make_requirement("R-9-01", facts=("intent.signed",), attested=True),
)
RULES: SecurityPolicy = make_policy(CATALOGUE)


@st.composite
def any_facts(draw: st.DrawFn) -> list[Fact]:
    """The facts of one tally: one policy, one instant, one label."""
    policy = draw(st.sampled_from([POLICY, POLICY, "sha256:" + "2" * 64]))
    at_ms = NOW_MS + draw(st.integers(-40, 1)) * DAY_MS
    label = draw(st.sampled_from(["software", "software", "person"]))
    said = draw(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(TRIALS)), max_size=4))
    return [
        make_fact(kind, policy=policy, at_ms=at_ms, label=label, detail={"trial": trial})
        for kind, trial in said
    ]


@st.composite
def any_evidence(draw: st.DrawFn) -> list[Witnessed]:
    entries = draw(st.lists(any_facts(), max_size=12))
    return [
        open_entry(
            make_entry(*facts, index=index, at_ms=NOW_MS + draw(st.integers(-40, 0)) * DAY_MS)
        )
        for index, facts in enumerate(entries)
    ]


def close_over(evidence: list[Witnessed], now_ms: int = NOW_MS) -> list[dict[str, object]]:
    return [one.plain() for one in _close(evidence, now_ms)]


def _close(evidence: list[Witnessed], now_ms: int) -> tuple:  # type: ignore[type-arg]
    return close(
        policy=RULES, catalogue=CATALOGUE, evidence=evidence, brought=Brought(), now_ms=now_ms
    )


@given(evidence=any_evidence(), data=st.data())
def test_the_named_entries_decide_alone(evidence: list[Witnessed], data: st.DataObject) -> None:
    whole = _close(evidence, NOW_MS)
    named = {index for one in whole for index in one.evidence}
    kept = named | data.draw(st.sets(st.integers(0, max(len(evidence) - 1, 0))))
    assert close_over([one for one in evidence if one.index in kept]) == close_over(evidence)


@given(evidence=any_evidence(), data=st.data())
def test_the_order_of_reading_does_not_matter(
    evidence: list[Witnessed], data: st.DataObject
) -> None:
    assert close_over(data.draw(st.permutations(evidence))) == close_over(evidence)


@given(evidence=any_evidence())
def test_a_closed_requirement_stays_closed_until_it_said_and_no_longer(
    evidence: list[Witnessed],
) -> None:
    past = [one for one in evidence if all(fact.at_ms <= NOW_MS for fact in one.facts)]
    for number, one in enumerate(_close(past, NOW_MS)):
        if one.state is State.CLOSED:
            assert _close(past, one.until_ms)[number].state is State.CLOSED
            assert _close(past, one.until_ms + 1)[number].until_ms != one.until_ms


@given(evidence=any_evidence())
def test_nothing_closes_without_everything(evidence: list[Witnessed]) -> None:
    by_id = {one.id: one for one in _close(evidence, NOW_MS)}
    assert by_id["R-9-01"].state is not State.CLOSED
    for one in by_id.values():
        closing = CATALOGUE.requirements[one.id].closing
        there = {
            fact.kind
            for entry in evidence
            if entry.index in one.evidence
            for fact in entry.facts
            if fact.policy == POLICY
        }
        assert one.state is not State.CLOSED or set(closing.facts) <= there
