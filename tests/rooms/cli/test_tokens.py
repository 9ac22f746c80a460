"""`tallystick tokens` as people use it; the guide runs in tests/rooms/serve/payment_crypto."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tallystick.assembly import create_payment_home, open_payment_module
from tallystick.cli.app import app
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret
from tallystick.protect.tokens import DetokenisationRefused, TokenisationRefused, TokenRefused

PAN = "4111111111111111"
SHOP = "merchant:m-17"


class Desk:
    """A vault, and commands about it."""

    def __init__(self, folder: Path, keys: Path) -> None:
        self.vault, self.keys = str(folder / "vault"), str(keys)
        self.run("init", "--keys", self.keys)

    def type(self, *words: str, typed: str | None = None) -> str:
        done = CliRunner().invoke(app, words, input=typed, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    def run(self, verb: str, *words: str, typed: str | None = None) -> str:
        return self.type("tokens", verb, self.vault, *words, typed=typed)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The module of all tests here runs, so that no command opens it for itself."""
    home, passphrase = tmp_path_factory.mktemp("tokens") / "keys", Secret(b"correct horse battery")
    create_payment_home(home, passphrase)
    with open_payment_module(home, passphrase, listen=True):
        yield home


@pytest.fixture
def desk(tmp_path: Path, keys: Path) -> Desk:
    return Desk(tmp_path, keys)


def test_a_vault_from_its_first_token_to_another_key(desk: Desk) -> None:
    with pytest.raises(Misconfigured, match="without a domain"):
        desk.run("tokenise", SHOP, "--as", "shop", typed=PAN)
    desk.run("domain", SHOP, "--prefix", "9000001", "--maker", "shop", "--keeper", "shop")
    desk.run("rule", "--as", "clearing", "--for", "settlement", "--domain", "*", "--per-day", "2",
             "--whole")  # fmt: skip
    (token,) = desk.run("tokenise", SHOP, "--as", "shop", typed=f"{PAN}\n\n").split()
    who = (SHOP, token, "--as", "clearing", "--for", "settlement")
    assert desk.run("detokenise", *who) == f"{PAN}\n"
    assert desk.run("mask", *who) == "411111******1111\n"
    with pytest.raises(DetokenisationRefused):
        desk.run("mask", *who)
    with pytest.raises(DetokenisationRefused):
        desk.run("mask", SHOP, token, "--as", "shop", "--for", "settlement")
    with pytest.raises(TokenisationRefused):
        desk.run("tokenise", SHOP, "--as", "clearing", typed=PAN)
    desk.run("state", SHOP, token, "suspended", "--as", "shop")
    with pytest.raises(TokenRefused):
        desk.run("tokenise", SHOP, "--as", "shop", typed=PAN)
    told = desk.run("rotate")
    assert told.startswith("1 seen, 1 sealed anew")
    assert desk.run("rotate", "--go-on").startswith("1 seen, 0 sealed anew")
    facts = desk.run("facts", "--after", "1")
    assert [line.split()[2] for line in facts.splitlines()] == [
        "pan.detokenised", "pan.detokenised", "pan.withheld", "pan.withheld", "pan.withheld",
        "token.changed",
    ]  # fmt: skip
    assert PAN not in facts
    assert token not in facts


def test_what_cannot_be_is_told(desk: Desk) -> None:
    with pytest.raises(Misconfigured, match="no vault"):
        desk.type("tokens", "facts", desk.keys)
    with pytest.raises(Misconfigured, match="never overwritten"):
        desk.run("init", "--keys", desk.keys)
    for name in ("a\udcff", "", "x\n", "y" * 141):
        with pytest.raises(Misconfigured, match="not a name"):
            desk.run("domain", SHOP, "--prefix", "9000001", "--maker", name)
    desk.run("domain", SHOP, "--prefix", "9000001", "--maker", "shop")
    with pytest.raises(Misconfigured, match="twice"):
        desk.run("domain", SHOP, "--prefix", "9000002", "--maker", "shop")
    with pytest.raises(Misconfigured, match="no such state"):
        desk.run("state", SHOP, "t", "gone", "--as", "shop")
    with pytest.raises(Misconfigured, match="--go-on"):
        desk.run("rotate", "--to", "x", "--go-on")
