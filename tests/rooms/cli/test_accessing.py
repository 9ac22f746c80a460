"""access create, list, revoke: a secret is shown once, or written for its owner alone."""

from __future__ import annotations

import stat
from pathlib import Path

from tallystick.crypto.keys import open_access_folder
from tallystick.ground.errors import Misconfigured
from tests.rooms.cli.running import refuse, succeed


def test_a_key_is_made_shown_once_listed_and_revoked(tmp_path: Path) -> None:
    folder = tmp_path / "access"
    told = succeed("access", "create", folder, "--name", "the till", "--role", "data")
    id_, secret = (line.partition("=")[2] for line in told.splitlines())
    assert open_access_folder(folder).current()[id_].secret.reveal().decode() == secret
    listed = succeed("access", "list", folder)
    assert id_ in listed
    assert secret not in listed
    succeed("access", "revoke", folder, id_)
    assert succeed("access", "list", folder).strip() == "no access keys"


def test_a_secret_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    written = tmp_path / "till.env"
    options = ("--name", "the till", "--role", "data", "--role", "read", "--to", written)
    told = succeed("access", "create", tmp_path / "access", *options)
    lines = written.read_text().splitlines()
    assert [line.split("=")[0] for line in lines] == [
        "export AWS_ACCESS_KEY_ID",
        "export AWS_SECRET_ACCESS_KEY",
    ]
    assert lines[1].split("=")[1] not in told
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_a_secret_that_cannot_be_written_makes_no_key(tmp_path: Path) -> None:
    (tmp_path / "till.env").write_text("of another key")
    options = ("--name", "the till", "--role", "data", "--to", tmp_path / "till.env")
    refuse(Misconfigured, "access", "create", tmp_path / "access", *options)
    assert succeed("access", "list", tmp_path / "access").strip() == "no access keys"
    assert (tmp_path / "till.env").read_text() == "of another key"


def test_a_role_that_is_none_is_refused(tmp_path: Path) -> None:
    told = refuse(
        Misconfigured, "access", "create", tmp_path / "access", "--name", "x", "--role", "root"
    )
    assert "no such role: root" in told
    assert not (tmp_path / "access").exists()
