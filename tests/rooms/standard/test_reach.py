"""For every service that can be described, what is asked can be answered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tallystick.standard import (
    VOCABULARY,
    Attribute,
    AttributeType,
    Layer,
    ServiceFacts,
    load_catalogue,
    parse_condition,
)

CATALOGUE = load_catalogue()
CONTROLS = CATALOGUE.countermeasures
APPLIES = {one.id: parse_condition(one.applies) for one in CONTROLS.values()}
ASKED = {one.id: parse_condition(one.applies) for one in CATALOGUE.requirements.values()}
NEEDS = {one.id: parse_condition(one.needs) for one in CATALOGUE.threats.values()}
NEVER_EMPTY = {"channels", "handsets", "environments", "modes", "services", "crypto_modules"}


def answers(name: str, attribute: Attribute) -> st.SearchStrategy[object]:
    values = sorted(attribute.values)
    if attribute.type is AttributeType.WORDS:
        return st.frozensets(st.sampled_from(values), min_size=int(name in NEVER_EMPTY))
    if attribute.type is AttributeType.WORD:
        return st.sampled_from(values)
    if attribute.type is AttributeType.FLAG:
        return st.booleans()
    return st.integers(0, 1_000_000)


SERVICES = st.fixed_dictionaries(
    {name: answers(name, attribute) for name, attribute in VOCABULARY.items()}
).map(ServiceFacts)


@given(SERVICES)
def test_what_applies_has_a_countermeasure_that_applies(facts: ServiceFacts) -> None:
    usable = {name for name, condition in APPLIES.items() if condition.holds(facts)}
    for one in CATALOGUE.requirements.values():
        if one.controls and ASKED[one.id].holds(facts):
            assert usable & set(one.controls), one.id
    for name in usable:
        assert set(CONTROLS[name].requires) <= usable, name


REMAINS_MOST = 0.8
"""Of a threat to money, with everything that the service can use, at the low end of effects."""


@given(SERVICES)
def test_money_is_out_of_nobodys_reach(facts: ServiceFacts) -> None:
    usable = [one for name, one in CONTROLS.items() if APPLIES[name].holds(facts)]
    for name, threat in CATALOGUE.threats.items():
        if "money" not in threat.hits or not NEEDS[name].holds(facts):
            continue
        remains = 1.0
        for layer in Layer:
            acting = [one.effects[name].low for one in usable
                      if one.layer is layer and name in one.effects]  # fmt: skip
            remains *= 1 - max(acting, default=0.0)
        assert remains <= REMAINS_MOST, name


@given(SERVICES)
def test_what_threatens_can_be_held_down(facts: ServiceFacts) -> None:
    usable = [one for name, one in CONTROLS.items() if APPLIES[name].holds(facts)]
    for threat, condition in NEEDS.items():
        if condition.holds(facts) and not CATALOGUE.threats[threat].accepted:
            assert len([one for one in usable if threat in one.effects]) >= 2, threat
