"""The guide to the catalogue says what the catalogue does."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from tallystick.ground.errors import Misconfigured
from tallystick.standard import EDITIONS, extend_catalogue, load_catalogue

CATALOGUE = load_catalogue()
GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "the-catalogue.md").read_text("utf-8")


def test_every_entry_that_the_guide_names_is_there() -> None:
    named = set(re.findall(r"\b[CT](?:-[A-Z0-9]+)+\b", GUIDE))
    known = {*CATALOGUE.threats, *CATALOGUE.countermeasures}
    assert sorted(named - known) == []


def test_the_example_is_reckoned_as_the_guide_says() -> None:
    threat = CATALOGUE.threats["T-MAL-TROJAN"]
    assert (threat.frequency.low, threat.frequency.high) == (0.4, 2.4)
    assert (threat.severity.low, threat.severity.high, threat.base) == (0.2, 0.9, "balance")
    assert threat.scale == "customers_1000"
    low, high = threat.frequency.low, threat.frequency.high
    sigma = math.log(high / low) / (2 * 1.6448536)
    mean = math.sqrt(low * high) * math.exp(sigma**2 / 2) * 120
    assert f"reckoned with {round(mean)} events a year" in " ".join(GUIDE.split())


def test_every_cost_is_within_a_band() -> None:
    for control in CATALOGUE.countermeasures.values():
        assert 1 <= control.cost.build_days <= 60, control.id
        assert 1 <= control.cost.run_days <= 300, control.id
        assert 0 <= control.cost.friction <= 15, control.id


def test_the_alternatives_of_the_guide_exclude_each_other() -> None:
    table = GUIDE.partition("## Alternatives")[2].partition("## ")[0]
    rows = [re.findall(r"`(C-[A-Z-]+)`", row) for row in table.splitlines() if row.startswith("| ")]
    rows = [row for row in rows if row]
    assert len(rows) == 4
    for row in rows:
        for name in row:
            assert set(row) - {name} <= set(CATALOGUE.countermeasures[name].excludes), name


def test_the_editions_are_those_of_the_code() -> None:
    assert f"edition {EDITIONS['attack-mobile']}" in GUIDE
    assert f"CAPEC ({EDITIONS['capec']})" in GUIDE
    assert f"MASWE ({EDITIONS['maswe']})" in GUIDE


def test_the_own_figures_of_the_guide_can_be_put_in() -> None:
    text = next(block for block in re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL))
    own = extend_catalogue((("own-figures.toml", text),))
    assert own.threats["T-SIM-SWAP"].frequency.high == 0.4
    assert own.countermeasures["C-FRAUD-DESK"].cost.run_days == 440
    assert own.digest != CATALOGUE.digest


OWN = [  # the owner's text, what is said
    (
        '[[threat]]\nid = "T-OWN"\ntitle = "One"\ndescription = "One."\nclause = "7"\n'
        'layer = "process"\nneeds = "always"\nhits = ["money"]\nsources = ["own: our records"]\n'
        'frequency = [1, 2]\nscale = "service"\nseverity = [1, 2]\nbase = "person_day"\n',
        "no countermeasure has an effect on T-OWN",
    ),
    (
        '[[countermeasure]]\nid = "C-DEV-BIND"\noverrides = true\nrequires = ["C-DEV-NEW-SMALL"]\n',
        "circle: C-DEV-BIND requires C-DEV-NEW-SMALL, which requires C-DEV-BIND",
    ),
]


@pytest.mark.parametrize(("text", "says"), OWN)
def test_an_owners_file_is_held_to_the_same_rules(text: str, says: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        extend_catalogue((("own.toml", text),))
    assert says in str(caught.value)
    assert "own.toml" in caught.value.where
