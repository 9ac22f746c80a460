"""The rehearsal of a bank: longer PINs, a low cap for keys in software, transfers to banks alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.cli.planning import plan
from tallystick.cli.rehearsal.cast import PIN, WRONG_PIN, Cast, Player, tiers_by_size
from tallystick.cli.rehearsal.stage import Stage
from tests.rooms.cli.running import succeed

BANK = Path("examples/mobile-bank.toml")


def test_what_is_played_is_within_what_a_bank_allows() -> None:
    policy = plan(BANK)
    assert PIN != WRONG_PIN
    assert len(PIN) == len(WRONG_PIN) >= policy.parameter("pin.digits_min") > 4
    small, _ = tiers_by_size(policy)
    amina = Player(name="Amina", account="acc-a", tier=small, handset=None)  # type: ignore[arg-type]
    cast = Cast(
        treasury=None, backoffice=None, laboratory=None,
        amina=amina, brian=amina, chebet=amina, shop=amina,
    )  # type: ignore[arg-type]  # fmt: skip
    stage = Stage(policy=policy, cast=cast, listed="")
    assert stage.paying() == "banking.transfer"
    cap = policy.operation("banking.transfer").amount_max_minor["software"]
    assert 0 < stage.step_up() < cap < stage.limit(amina) // 10


@pytest.mark.slow
def test_a_transfer_to_a_bank_is_refused_when_a_check_cannot_be_made(tmp_path: Path) -> None:
    told = succeed(
        "attack", "--home", tmp_path / "home", "--file", BANK, "--only", "check-fails-closed"
    )
    assert "1 trial: 1 withstood" in told
