"""`tallystick keys` as people use it: a home, a test key, a request of three, a ceremony of two."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tallystick.cli.app import app
from tallystick.cli.keys.opening import ModuleRefused
from tallystick.crypto.keys import CeremonyRefused
from tallystick.ground.errors import Misconfigured, TallystickError

SCRIPT = """\
title = "Zone master key with the bank"
usage = "K0"
algorithm = "AES_256"
mode = "B"
label = "zmk-bank"
officer = "amina"
custodians = ["brian", "carol"]
"""


class Desk:
    """A folder, and commands typed in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "secret").write_text("correct horse battery staple\n", encoding="utf-8")
        self.home, self.secret = str(folder / "keys"), str(folder / "secret")

    def run(self, *words: str) -> Result:
        result = CliRunner().invoke(app, ["keys", *words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result

    def on(self, *words: str) -> str:
        """With the passphrase of the home."""
        return self.run(*words, "--passphrase", self.secret).stdout

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def people(self) -> str:
        lines = [
            self.run("person", name, "--role", role, "--to", self.path(f"{name}.key")).stdout
            for name, role in (("amina", "officer"), ("brian", "custodian"), ("carol", "custodian"))
        ]
        (self.folder / "people.toml").write_text("\n".join(lines), encoding="utf-8")
        return self.path("people.toml")

    def person(self, name: str) -> tuple[str, ...]:
        return ("--as", name, "--key", self.path(f"{name}.key"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.on("init", made.home)
    return made


def test_a_test_key_from_creation_to_destruction(desk: Desk) -> None:
    shown = desk.on("create", desk.home, "--usage", "P0", "--algorithm", "AES_128", "--mode", "B",
                    "--label", "zone PIN key", "--days", "365")  # fmt: skip
    key = next(line.split()[1] for line in shown.splitlines() if line.startswith("key "))
    assert "expires" in shown
    assert key in desk.on("list", desk.home)
    assert "suspended" in desk.on("state", desk.home, key, "suspended", "--reason", "holiday")
    assert "destroyed" in desk.on("state", desk.home, key, "destroyed", "--reason", "the end")
    told = desk.on("events", desk.home)
    assert "state.destroyed" in told
    assert "reason=the end" in told


def test_a_production_key_takes_three_people(desk: Desk) -> None:
    desk.on("people", desk.home, desk.people())
    words = ("create", desk.home, "--usage", "K0", "--algorithm", "AES_256", "--mode", "B",
             "--domain", "production")  # fmt: skip
    with pytest.raises(ModuleRefused, match="approval"):
        desk.on(*words)
    request = desk.path("create.request")
    desk.on(*words, "--to", request, *desk.person("amina"))
    with pytest.raises(ModuleRefused, match="0 of 2"):
        desk.on("submit", desk.home, request)
    for name in ("brian", "carol"):
        assert name in desk.run("approve", request, *desk.person(name)).stdout
    with pytest.raises(Misconfigured, match="signed already"):
        desk.run("approve", request, *desk.person("brian"))
    assert "production" in desk.on("submit", desk.home, request)
    with pytest.raises(ModuleRefused, match="before"):
        desk.on("submit", desk.home, request)


def test_a_ceremony_of_two_custodians(desk: Desk) -> None:
    people = desk.people()
    desk.on("people", desk.home, people)
    (desk.folder / "zmk.toml").write_text(SCRIPT, encoding="utf-8")
    transcript = desk.path("zmk.transcript")
    home = ("--home", desk.home)
    desk.on("ceremony", "start", desk.path("zmk.toml"), *home, "--to", transcript,
            *desk.person("amina"))  # fmt: skip
    for name in ("brian", "carol"):
        part = desk.path(f"{name}.part")
        desk.run("ceremony", "draw", "--algorithm", "AES_256", "--to", part)
        said = desk.on(
            "ceremony", "part", transcript, *home, *desk.person(name), "--component", part
        )
    assert "check value" in said
    with pytest.raises(TallystickError):
        desk.on("ceremony", "part", transcript, *home, *desk.person("brian"), "--component", part)
    desk.on("ceremony", "close", transcript, *home, *desk.person("amina"))
    told = desk.run("ceremony", "verify", transcript, "--people", people).stdout
    value = told.rsplit(maxsplit=1)[-1]
    assert f"{value}  zmk-bank" in desk.on("list", desk.home)
    brians = bytes.fromhex(Path(desk.path("brian.part")).read_text(encoding="ascii"))
    for path in Path(desk.home).iterdir():
        if path.is_file():
            assert brians not in path.read_bytes()
    assert brians.hex().upper() not in Path(transcript).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with a ceremony that was carried out once; its transcript is for altering copies."""
    desk = Desk(tmp_path_factory.mktemp("closed"))
    desk.on("init", desk.home)
    desk.on("people", desk.home, desk.people())
    (desk.folder / "zmk.toml").write_text(SCRIPT, encoding="utf-8")
    transcript, home = desk.path("zmk.transcript"), ("--home", desk.home)
    desk.on("ceremony", "start", desk.path("zmk.toml"), *home, "--to", transcript,
            *desk.person("amina"))  # fmt: skip
    for name in ("brian", "carol"):
        desk.run("ceremony", "draw", "--algorithm", "AES_256", "--to", desk.path(name))
        desk.on("ceremony", "part", transcript, *home, *desk.person(name),
                "--component", desk.path(name))  # fmt: skip
    desk.on("ceremony", "close", transcript, *home, *desk.person("amina"))
    return desk


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("member", ["who", "check_value", "at_ms", "previous", "signature", "gone"])
def test_an_altered_transcript_does_not_hold(
    closed: Desk, tmp_path: Path, place: int, member: str
) -> None:
    transcript = closed.path("zmk.transcript")
    plain = json.loads(Path(transcript).read_text(encoding="utf-8"))
    step = plain["steps"][place]
    if member == "gone":
        del plain["steps"][place]
    else:
        step[member] = {
            "who": "brian" if step["who"] != "brian" else "carol",
            "check_value": "ABCDEF",
            "at_ms": step["at_ms"] + 1,
            "previous": "sha256:0",
            "signature": "00" * 64,
        }[member]
    altered = tmp_path / "altered.transcript"
    altered.write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(CeremonyRefused):
        closed.run("ceremony", "verify", str(altered), "--people", closed.path("people.toml"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "HOME", "--usage", "P9", "--algorithm", "AES_128", "--mode", "B"), "P9"),
        (("create", "HOME", "--usage", "P0", "--algorithm", "AES_1", "--mode", "B"), "AES_1"),
        (("show", "HOME", "nonsense"), "key"),
        (("people", "HOME", "nothing.toml"), "cannot be read"),
    ],
)
def test_wrong_input_is_told(desk: Desk, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        desk.on(*(desk.home if word == "HOME" else word for word in words))


def test_what_does_not_go_together_is_told_by_the_module(desk: Desk) -> None:
    with pytest.raises(ModuleRefused, match="cannot have mode"):
        desk.on("create", desk.home, "--usage", "P0", "--algorithm", "AES_128", "--mode", "G")


def test_a_wrong_passphrase_and_no_home(desk: Desk) -> None:
    (desk.folder / "wrong").write_text("another passphrase", encoding="utf-8")
    with pytest.raises(Misconfigured, match="passphrase"):
        desk.run("list", desk.home, "--passphrase", desk.path("wrong"))
    with pytest.raises(Misconfigured, match="no keys here"):
        desk.run("list", desk.path("nowhere"), "--passphrase", desk.secret)


def test_a_request_is_signed_with_the_key_of_who_asks(desk: Desk) -> None:
    desk.on("people", desk.home, desk.people())
    words = ("create", desk.home, "--usage", "K0", "--algorithm", "AES_256", "--mode", "B")
    ask = (*words, "--domain", "production", "--to", desk.path("asked"), "--key")
    with pytest.raises(Misconfigured, match="not the key of brian"):
        desk.on(*ask, desk.path("amina.key"), "--as", "brian")
    with pytest.raises(Misconfigured, match="allowed: amina, brian, carol"):
        desk.on(*ask, desk.path("amina.key"), "--as", "zoe")
    assert not (desk.folder / "asked").exists()
