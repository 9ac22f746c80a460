"""Nothing leaves privacy that its purpose does not allow, and nothing is retired early."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.clock import DAY_MS
from tallystick.ground.secret import Secret
from tallystick.protect.privacy import (
    MEMBERS,
    PURPOSES,
    RetentionRule,
    StoredRecord,
    due_for_retirement,
    minimise,
)

keys = st.binary(min_size=32, max_size=64).map(Secret)
values = st.text("abcdefgh0123456789", min_size=8, max_size=20)
people = st.dictionaries(st.sampled_from(sorted(MEMBERS)), values)


@given(people, st.sampled_from(sorted(PURPOSES)), keys)
def test_only_allowed_members_stay_and_no_document_is_readable(person, purpose, key) -> None:
    kept = minimise(person, purpose=purpose, key=key)
    assert kept.keys() == person.keys() & PURPOSES[purpose].keys()
    if "document" in kept:
        assert person["document"] not in kept["document"]


@given(
    st.lists(st.tuples(st.integers(0, 100), st.booleans()), max_size=20),
    st.integers(1, 50),
    st.integers(0, 100),
)
def test_a_record_is_due_from_its_day_on_and_never_before(ended, days, now_days) -> None:
    records = [
        StoredRecord(id=str(i), record_class="tally", ended_ms=at * DAY_MS, held=held)
        for i, (at, held) in enumerate(ended)
    ]
    rules = [RetentionRule(record_class="tally", days=days)]
    due = due_for_retirement(records, rules, now_ms=now_days * DAY_MS)
    assert {r.id for r in due} == {
        str(i) for i, (at, held) in enumerate(ended) if not held and at + days <= now_days
    }
