"""Material that does not belong together is refused; identifiers follow from names alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tallystick.ground.errors import Misconfigured
from tallystick.prove.exchange import NO_DATE, Material, date_of_dossier
from tests.rooms.prove.exchange.conftest import plan_template


@pytest.mark.parametrize("part", ["service", "analysis", "policy"])
def test_artefacts_of_another_service_are_refused(wallet: Material, part: str) -> None:
    other = plan_template("p2p")
    with pytest.raises(Misconfigured, match="is of another one"):
        replace(wallet, **{part: getattr(other, part)})


def test_a_dossier_of_another_policy_is_refused(certified: Material) -> None:
    other = plan_template("p2p")
    with pytest.raises(Misconfigured, match="dossier"):
        replace(other, dossier=certified.dossier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-13-01",
        "2026-02-30",
        "20260230",
        "2026-W01-1",
        "today",
        "2026-01-01\n",
        "٢٠٢٦-01-01",
    ],
)
def test_what_is_no_date_is_refused(wallet: Material, text: str) -> None:
    with pytest.raises(Misconfigured, match="YYYY-MM-DD"):
        replace(wallet, made_at=text)


def test_no_date_is_the_same_everywhere(wallet: Material) -> None:
    assert replace(wallet, made_at=NO_DATE).instant == "1980-01-01T00:00:00Z"


def test_a_dossier_brings_its_day(certified: Material) -> None:
    assert certified.dossier is not None
    assert certified.made_at == date_of_dossier(certified.dossier)


def test_identifiers_depend_on_names_alone(wallet: Material) -> None:
    assert wallet.uuid("a", "b") == wallet.uuid("a", "b")
    assert len({wallet.uuid("a", "b"), wallet.uuid("ab"), plan_template("p2p").uuid("a", "b")}) == 3
