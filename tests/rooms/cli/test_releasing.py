"""release: from two keys to a policy that serve takes, and what stops on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tallystick.cli import planning, running
from tallystick.cli.app import app
from tallystick.decide.policy import policy_plain
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Misconfigured
from tallystick.prove.release import SIGNERS_HEADER, ReleaseRefused
from tallystick.testing.policies import sealed_again
from tests.rooms.cli.running import EXAMPLE, edited, refuse, run, succeed
from tests.rooms.prove.release.made import OLD

PATHS = ("operations.merchant.pay.step_up", "operations.remote.pay.step_up")
WHY = ["--because", "operations.*.step_up=Losses stayed under appetite"]
DAY = "2026-12-24"
REASON = "Customers asked for fewer PINs"


def _because(path: str) -> tuple[str, str]:
    return ("--because", f"{path}=Losses stayed under appetite")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with two people's keys, their signers file, and a weaker service."""
    lines = [SIGNERS_HEADER]
    for name in ("amina", "brian"):
        lines.append(
            succeed("release", "key", name, "--to", tmp_path / f"{name}.key").splitlines()[0]
        )
    (tmp_path / "signers.txt").write_text("\n".join([*lines, ""]))
    edited(tmp_path, ('step_up = "500.00"', 'step_up = "1000.00"'), name="new.toml")
    return tmp_path


def propose(desk: Path, *more: str | Path, because: bool = True) -> list[str | Path]:
    return [
        "release", "propose", desk / "new.toml", "--previous", EXAMPLE, "--reason", REASON,
        "--key", desk / "amina.key", "--name", "amina", "--to", desk / "r.json", "--as-of", DAY,
        *(WHY if because else []), *more,
    ]  # fmt: skip


def approve(desk: Path, name: str = "brian", *more: str | Path) -> list[str | Path]:
    return [
        "release", "approve", desk / "r.json", "--key", desk / f"{name}.key", "--name", name, *more,
    ]  # fmt: skip


def verify(desk: Path, *more: str | Path, policy: Path | None = None) -> list[str | Path]:
    return [
        "release", "verify", desk / "r.json", "--policy", policy or desk / "new.toml",
        "--signers", desk / "signers.txt", "--as-of", DAY, *more,
    ]  # fmt: skip


@pytest.mark.usefixtures("planned_once")
def test_two_people_release_and_everybody_sees_the_same(desk: Path) -> None:
    first = succeed(*propose(desk))
    second = succeed(*approve(desk, "brian", "--policy", desk / "new.toml", "--previous", EXAMPLE))
    third = succeed(*verify(desk))
    stated = first.splitlines()[:-1]
    assert stated == second.splitlines()[:-1] == third.splitlines()[:-1]
    assert "500.00 to 999.99 KES: PIN -> device alone" in first
    assert f"weaker    {PATHS[0]}: from 500.00 -> from 1000.00" in stated
    assert second.splitlines()[-1].endswith(
        "signed by amina and brian; you signed what you derived again"
    )
    assert third.splitlines()[-1].startswith("released by amina and brian until 2027-")


@pytest.mark.usefixtures("planned_once")
def test_a_weaker_change_without_a_reason_writes_nothing(desk: Path) -> None:
    said = refuse(ReleaseRefused, *propose(desk, because=False))
    assert said.startswith("weaker without a recorded reason: ")
    assert all(path in said for path in PATHS)
    one = refuse(ReleaseRefused, *propose(desk, *_because(PATHS[0]), because=False))
    assert PATHS[0] not in one
    assert PATHS[1] in one
    nothing = refuse(
        Misconfigured, *propose(desk, *_because("operations.*.nothing"), because=False)
    )
    assert "no weaker change" in nothing
    assert not (desk / "r.json").exists()
    assert "PATH=REASON" in refuse(Misconfigured, *propose(desk, "--because", "no path"))


@pytest.mark.usefixtures("planned_once")
def test_what_is_not_released_is_refused(desk: Path) -> None:
    succeed(*propose(desk))
    assert "signed by amina" in refuse(ReleaseRefused, *verify(desk))
    assert "it takes two people" in refuse(ReleaseRefused, *approve(desk, "amina"))
    assert "there already" in refuse(Misconfigured, *propose(desk))
    succeed(*approve(desk))
    assert "was released" in refuse(ReleaseRefused, *verify(desk, policy=EXAMPLE))
    late = refuse(ReleaseRefused, *verify(desk, "--as-of", "2031-01-01"))
    assert "not on 2031-01-01" in late
    other = refuse(
        ReleaseRefused, *approve(desk, "brian", "--policy", EXAMPLE, "--previous", EXAMPLE)
    )
    assert other


@pytest.mark.usefixtures("planned_once")
def test_nothing_is_shown_of_a_statement_that_was_altered(desk: Path) -> None:
    succeed(*propose(desk))
    path = desk / "r.json"
    path.write_text(path.read_text().replace(REASON, "Something else is true"))
    done = CliRunner().invoke(app, [str(word) for word in approve(desk)])
    assert isinstance(done.exception, ReleaseRefused)
    assert done.stdout == ""


@pytest.mark.usefixtures("planned_once")
def test_a_release_without_a_previous_policy_says_so_everywhere(desk: Path) -> None:
    alone = [word for word in propose(desk, because=False) if word not in ("--previous", EXAMPLE)]
    assert "--first when no policy" in refuse(Misconfigured, *alone)
    both = propose(desk, "--first", because=False)
    assert "--first when no policy" in refuse(Misconfigured, *both)
    assert not (desk / "r.json").exists()
    told = "replaces  nothing; the first release: nothing was compared"
    assert told in succeed(*alone, "--first").splitlines()
    assert told in succeed(*approve(desk)).splitlines()
    assert told in succeed(*verify(desk)).splitlines()


@pytest.mark.usefixtures("planned_once")
def test_a_release_holds_no_longer_than_its_policy_allows(desk: Path) -> None:
    said = refuse(Misconfigured, *propose(desk, "--until", "2031-01-01"))
    assert "2031-01-01 is too late" in said
    assert "2027-12-24 at the latest" in said
    assert not (desk / "r.json").exists()
    succeed(*propose(desk, "--until", "2027-12-24"))


def test_an_unsound_policy_is_the_fault_of_its_file(desk: Path) -> None:
    caps = {"se": 5, "tee": 5, "software": 9}
    rule = replace(OLD.operations["remote.pay"], amount_max_minor=caps)
    broken = sealed_again(replace(OLD, operations={**OLD.operations, "remote.pay": rule}))
    path = desk / "broken.json"
    path.write_bytes(canonical_json(policy_plain(broken)))
    said = refuse(
        Misconfigured, "release", "propose", path, "--first", "--reason", REASON,
        "--key", desk / "amina.key", "--name", "amina", "--to", desk / "r.json", "--as-of", DAY,
    )  # fmt: skip
    assert "broken.json" in said
    assert "not a sound policy" in said


def test_a_key_has_a_name_and_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "amina.key"
    assert run("release", "key", "amina", "--to", path).stdout.startswith("amina+")
    assert "never overwritten" in refuse(Misconfigured, "release", "key", "amina", "--to", path)
    assert "neither spaces" in refuse(Misconfigured, "release", "key", "two words", "--to", path)


def test_a_key_under_a_passphrase_signs_with_it_alone(desk: Path) -> None:
    word = desk / "word"
    word.write_text("a long enough passphrase\n")
    succeed("release", "key", "chike", "--to", desk / "chike.key", "--passphrase", word)
    assert "is sealed" in refuse(
        Misconfigured, *propose(desk, "--key", desk / "chike.key", "--name", "chike")
    )
    succeed(*propose(desk, "--key", desk / "chike.key", "--name", "chike", "--passphrase", word))


@pytest.mark.parametrize("missing", ["amina.key", "r.json", "signers.txt"])
def test_a_file_that_is_not_there_is_named(desk: Path, missing: str) -> None:
    (desk / missing).unlink(missing_ok=True)
    command = {"amina.key": propose(desk), "r.json": approve(desk)}.get(missing)
    if command is None:
        succeed(*propose(desk))
        command = verify(desk)
    assert missing in refuse(Misconfigured, *command)


# ---- serve -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("planned_once")
def test_serve_takes_only_what_was_released(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def open_platform(policy: object, **_: object) -> object:
        opened.append("open")
        raise Misconfigured("far enough")

    monkeypatch.setattr("tallystick.assembly.open_platform", open_platform)
    monkeypatch.setattr(planning, "the_day", lambda as_of: as_of or DAY)
    serve = ["serve", desk / "new.toml", "--home", desk / "home"]
    with_release = [*serve, "--release", desk / "r.json", "--signers", desk / "signers.txt"]
    succeed(*propose(desk))
    assert "it takes 2" in refuse(ReleaseRefused, *with_release)
    assert "--signers together" in refuse(Misconfigured, *serve, "--release", desk / "r.json")
    assert opened == []
    succeed(*approve(desk))
    assert refuse(Misconfigured, *with_release) == "far enough"
    assert refuse(Misconfigured, *serve) == "far enough"
    assert opened == ["open", "open"]
    other = ["serve", EXAMPLE, *with_release[2:]]
    monkeypatch.setattr(running, "plan", lambda file: OLD)
    assert "was released" in refuse(ReleaseRefused, *other)


@pytest.mark.usefixtures("planned_once")
def test_serve_takes_only_what_was_compared_with_the_policy_in_force(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_platform(policy: object, **_: object) -> object:
        raise Misconfigured("far enough")

    monkeypatch.setattr("tallystick.assembly.open_platform", open_platform)
    monkeypatch.setattr(planning, "the_day", lambda as_of: as_of or DAY)
    succeed(*propose(desk))
    succeed(*approve(desk))
    home = desk / "home"
    home.mkdir()
    serve = [
        "serve", desk / "new.toml", "--home", home,
        "--release", desk / "r.json", "--signers", desk / "signers.txt",
    ]  # fmt: skip
    before, now = planning.plan(EXAMPLE), planning.plan(desk / "new.toml")
    for policy in (before, now):
        (home / "policy.json").write_bytes(canonical_json(policy_plain(policy)))
        assert refuse(Misconfigured, *serve) == "far enough"
    (home / "policy.json").write_bytes(canonical_json(policy_plain(OLD)))
    said = refuse(ReleaseRefused, *serve)
    assert f"policy {OLD.digest[:19]} is in force here" in said
    assert said.endswith(f"compared with {before.digest[:19]}")
    (home / "policy.json").write_text("{}")
    assert "policy" in refuse(Misconfigured, *serve)
    assert "far enough" not in refuse(Misconfigured, *serve)
