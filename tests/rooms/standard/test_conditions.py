"""The condition language: total, typed, and never silently false."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.errors import Defect, Misconfigured
from tallystick.standard.conditions import parse_condition
from tallystick.standard.vocabulary import VOCABULARY, AttributeType, FactValue, ServiceFacts

ANSWERS: dict[str, FactValue] = {
    "jurisdiction": "KE",
    "currency": "KES",
    "services": frozenset({"remote_p2p", "e_money"}),
    "modes": frozenset({"remote"}),
    "channels": frozenset({"internet", "qr"}),
    "parties": frozenset({"provider", "customer"}),
    "handsets": frozenset({"android"}),
    "handsets.software_permille": 700,
    "environments": frozenset({"tee", "software"}),
    "crypto_modules": frozenset({"software"}),
    "crypto_modules.certified": False,
    "witness": "self",
    "data": frozenset({"kyc"}),
    "data.days_max": 2555,
    "diligence": frozenset({"mobile_number"}),
    "tiers.count": 2,
    "tiers.anonymous": True,
    "agents.count": 0,
    "customers.count": 20_000,
    "transactions.per_day": 9_000,
}
FACTS = ServiceFacts(ANSWERS)

HOLDS = [
    ("always", True),
    ("never", False),
    ('channels has "qr"', True),
    ('channels has "nfc"', False),
    ("agents.count > 0", False),
    ("agents.count = 0", True),
    ("tiers.count != 2", False),
    ("tiers.count >= 2 and customers.count<20001", True),
    ("tiers.anonymous", True),
    ("not tiers.anonymous or not crypto_modules.certified", True),
    ('jurisdiction in "KE"', True),
    ('jurisdiction in ("UG", "TZ")', False),
    ('not (channels has "nfc" or environments has "se")', True),
    ('channels has "nfc" or channels has "qr" and agents.count > 0', False),
    ('(channels has "nfc" or channels has "qr") and agents.count <= 0', True),
]


@pytest.mark.parametrize(("text", "answer"), HOLDS)
def test_a_condition_is_answered(text: str, answer: bool) -> None:
    assert parse_condition(text).holds(FACTS) is answer


REFUSED = [
    ("", "ends too early"),
    ("chanels has 'nfc'", "cannot read"),
    ('chanels has "nfc"', "not asked of services"),
    ('channels has "nfcc"', "never 'nfcc'"),
    ('channels in "nfc"', "'has'"),
    ('jurisdiction has "KE"', "'in'"),
    ('jurisdiction in "kenya"', "never 'kenya'"),
    ("jurisdiction in ()", "double quotes"),
    ('agents.count has "1"', "a comparison"),
    ("agents.count > many", "a whole number"),
    ("agents.count > 1.5", "cannot read"),
    ("agents.count , 1", "agents.count ,"),
    ("agents.count", "a comparison"),
    ("tiers.anonymous > 0", "the end"),
    ("always always", "the end"),
    ("(always", "')'"),
    ("not", "ends too early"),
    ("and", "not asked of services"),
    ("(" * 40 + "always" + ")" * 40, "nested too deeply"),
    ("always or " * 300, "characters"),
]


@pytest.mark.parametrize(("text", "says"), REFUSED)
def test_a_condition_that_cannot_be_answered_is_refused(text: str, says: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        parse_condition(text, where="threats.toml T-1")
    assert says in str(refusal.value)
    assert str(refusal.value).startswith("threats.toml T-1: ")


def test_facts_are_complete_and_of_their_type() -> None:
    for name in VOCABULARY:
        with pytest.raises(Defect):
            ServiceFacts({k: v for k, v in ANSWERS.items() if k != name})
        with pytest.raises(Defect):
            ServiceFacts({**ANSWERS, name: 1.5})  # type: ignore[dict-item]
    with pytest.raises(Defect):
        ServiceFacts({**ANSWERS, "channels": frozenset({"pigeon"})})
    with pytest.raises(Defect):
        ServiceFacts({**ANSWERS, "agents.count": True})
    with pytest.raises(Defect):
        FACTS["weather"]


WORDS = [*VOCABULARY, "and", "or", "not", "has", "in", "always", "never", "(", ")", ",", "<", ">=",
         "!=", "=", "0", "-3", '"nfc"', '"KE"', '"self"', '"', "§", "x", "1x", "\n"]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join) | st.text(max_size=60))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    try:
        condition = parse_condition(text)
    except Misconfigured:
        return
    assert condition.holds(FACTS) in (True, False)
    assert set(condition.names) <= set(VOCABULARY)


def _questions() -> st.SearchStrategy[str]:
    asked = []
    for name, attribute in VOCABULARY.items():
        values = sorted(attribute.values)
        if attribute.type is AttributeType.FLAG:
            asked.append(st.just(name))
        elif attribute.type is AttributeType.NUMBER:
            asked.append(st.integers(-5, 5000).map(lambda n, a=name: f"{a} >= {n}"))
        else:
            verb = "has" if attribute.type is AttributeType.WORDS else "in"
            asked.append(st.sampled_from(values).map(lambda v, a=name, r=verb: f'{a} {r} "{v}"'))
    return st.one_of(asked)


@given(st.lists(_questions(), min_size=1, max_size=6))
def test_joined_questions_are_answered_as_python_would(parts: list[str]) -> None:
    answers = [parse_condition(part).holds(FACTS) for part in parts]
    assert parse_condition(" and ".join(parts)).holds(FACTS) is all(answers)
    assert parse_condition(" or ".join(parts)).holds(FACTS) is any(answers)
    assert parse_condition(f"not ({' or '.join(parts)})").holds(FACTS) is not any(answers)
