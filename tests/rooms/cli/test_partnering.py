"""partner new and partner register: secrets stay with the partner, staff take it on."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tallystick.assembly import open_platform
from tallystick.cli.partnering import SCOPES
from tallystick.decide import Plan
from tallystick.ground.errors import Misconfigured
from tallystick.protect import partners
from tallystick.protect.screening import read_name_list
from tallystick.serve import serving
from tests.rooms.cli.running import NAMES, refuse, run, succeed

ORGANISATION = (
    "--name", "Duka Online Ltd", "--registered", "2015-03-01", "--country", "KE",
    "--document", "CPR20151", "--tier", "merchant",
)  # fmt: skip


def shown(told: str, what: str) -> str:
    (line,) = [line for line in told.splitlines() if line.startswith(what)]
    return line.split()[-1]


def test_the_order_holds_no_secret(tmp_path: Path) -> None:
    folder = tmp_path / "duka"
    told = succeed("partner", "new", folder, *ORGANISATION)
    order = (folder / "registration.json").read_text()
    secret, key = shown(told, "client secret"), shown(told, "API key")
    for word in (secret, key):
        assert len(word) == 43
        assert word not in order
    assert set(json.loads(order)["keys"]["session"]) == {"kty", "crv", "x", "y"}
    kept = folder / "partner.keys"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "is there already" in refuse(Misconfigured, "partner", "new", folder, *ORGANISATION)


@pytest.mark.parametrize(
    ("option", "word"),
    [
        ("--registered", "2015-13-01"),
        ("--registered", "1 May 2015"),
        ("--country", "Kenya"),
        ("--country", "ke"),
    ],
)
def test_an_order_that_staff_could_not_send_is_not_made(
    tmp_path: Path, option: str, word: str
) -> None:
    words = [*ORGANISATION]
    words[words.index(option) + 1] = word
    assert option in refuse(Misconfigured, "partner", "new", tmp_path / "duka", *words)
    assert not (tmp_path / "duka").exists()


def test_staff_take_a_partner_on_once(planned: Plan, tmp_path: Path) -> None:
    home, order = tmp_path / "home", tmp_path / "duka" / "registration.json"
    told = succeed("partner", "new", tmp_path / "duka", *ORGANISATION, "--scope", "pay")
    names = read_name_list(NAMES.read_bytes(), where=str(NAMES))
    with (
        open_platform(planned.policy, home=home, names=names) as platform,
        serving(platform) as url,
    ):
        done = succeed("partner", "register", order, "--url", url, "--home", home)
        again = run("partner", "register", order, "--url", url, "--home", home)
        assert (again.exit_code, again.stdout) == (1, "refused: customer.known\n")
        found = platform.partners.partner(shown(done, "client id"))
        assert found is not None
        assert (found.account, found.scopes) == (shown(done, "account"), ("pay",))
        assert partners.check_secret(found, shown(told, "client secret")) is found
        assert partners.check_api_key(found, shown(told, "API key")) is found


@pytest.mark.parametrize("text", ["not json", "[]", None])
def test_what_is_no_order_is_not_sent(tmp_path: Path, text: str | None) -> None:
    order = tmp_path / "registration.json"
    if text is not None:
        order.write_text(text)
    where = refuse(Misconfigured, "partner", "register", order, "--url", "http://x", "--home", "h")
    assert "registration.json" in where


def test_scopes_are_those_of_the_provider(tmp_path: Path) -> None:
    assert SCOPES == partners.SCOPES
    asked = ("partner", "new", tmp_path / "x", *ORGANISATION, "--scope", "everything")
    assert "no such scope: everything" in refuse(Misconfigured, *asked)
    assert not (tmp_path / "x").exists()
