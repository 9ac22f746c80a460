"""Ways to do the same job exclude each other, and the handsets decide which one is taken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tallystick.decide import plan_service
from tallystick.describe import read_service

EXAMPLE = Path(__file__).parents[3] / "examples" / "nfc-card.toml"
WAYS = {"C-NFC-CARD-SE", "C-NFC-CARD-TEE", "C-NFC-CARD-SOFTWARE"}
_HANDSETS = re.compile(r"\[\[handset\]\].*?(?=\[\[crypto_module\]\])", re.DOTALL)
_APPETITE = re.compile(r'^(scenario_expected_loss|annual_loss_9[59]) = "[^"]*"', re.MULTILINE)


def described(*environments: str) -> str:
    """The example with as many kinds of handset as environments, and an easy appetite."""
    share = 100 // len(environments)
    handsets = "".join(
        f'[[handset]]\nkind = "android"\nsecure_environment = "{one}"\nshare_percent = {share}\n\n'
        for one in environments
    )
    text = _HANDSETS.sub(handsets, EXAMPLE.read_text(encoding="utf-8"))
    return _APPETITE.sub(r'\1 = "900000000.00"', text)


@pytest.mark.parametrize(
    ("environments", "taken"),
    [
        (("se",), "C-NFC-CARD-SE"),
        (("tee",), "C-NFC-CARD-TEE"),
        (("software",), "C-NFC-CARD-SOFTWARE"),
    ],
)
def test_what_taps_is_kept_as_the_handsets_allow(environments: tuple[str, ...], taken: str) -> None:
    plan = plan_service(read_service(described(*environments), "service.toml"))
    chosen = set(plan.selection.chosen)
    assert chosen & WAYS == {taken}
    needed = plan.catalogue.countermeasures[taken].requires
    assert set(needed) <= chosen


def test_mixed_handsets_take_one_way_and_say_what_excludes_the_others() -> None:
    plan = plan_service(read_service(described("se", "tee"), "service.toml"))
    (taken,) = set(plan.selection.chosen) & WAYS
    for other in WAYS - {taken}:
        assert plan.policy.declined[other] == f"excludes {taken}, which is in force"
