"""Access keys: sealed in one file, changed durably, revoked at once, and nothing else opens them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.crypto.keys import AccessFile, AccessRole, create_access_file
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret

PASSPHRASE = Secret(b"a passphrase of its own")


@pytest.fixture
def file(tmp_path: Path, cheap_passphrase: None) -> AccessFile:
    return create_access_file(tmp_path / "access.keys", PASSPHRASE)


def test_a_key_is_there_after_the_file_is_opened_again(file: AccessFile, tmp_path: Path) -> None:
    made = file.create("a till", [AccessRole.DATA])
    again = AccessFile(tmp_path / "access.keys", PASSPHRASE).current()[made.id]
    assert again.secret.matches(made.secret)
    assert (again.name, again.roles, again.created_ms) == (
        "a till",
        {AccessRole.DATA},
        made.created_ms,
    )
    octets = (tmp_path / "access.keys").read_bytes()
    assert made.secret.reveal() not in octets
    assert made.id.encode() not in octets
    assert (tmp_path / "access.keys").stat().st_mode & 0o777 == 0o600


def test_a_server_that_has_the_file_open_sees_what_another_process_changed(
    file: AccessFile, tmp_path: Path
) -> None:
    kept, gone = file.create("a", [AccessRole.DATA]), file.create("b", [AccessRole.READ])
    server = AccessFile(tmp_path / "access.keys", PASSPHRASE)
    assert server.current().keys() == {kept.id, gone.id}
    file.revoke(gone.id)
    assert server.current().keys() == {kept.id}
    with pytest.raises(Misconfigured, match="no such access key"):
        file.revoke(gone.id)


def test_a_key_has_a_role_and_a_name(file: AccessFile) -> None:
    with pytest.raises(Misconfigured, match="cannot be made"):
        file.create("a till", [])
    with pytest.raises(Misconfigured, match="cannot be made"):
        file.create("", [AccessRole.DATA])


@pytest.mark.parametrize("place", [0, 10, 26, 40, 70, 90, -1])
def test_every_altered_octet_is_one_refusal(file: AccessFile, tmp_path: Path, place: int) -> None:
    file.create("a till", [AccessRole.DATA])
    octets = bytearray((tmp_path / "access.keys").read_bytes())
    octets[place] ^= 1
    altered = tmp_path / "altered.keys"
    altered.write_bytes(octets)
    altered.chmod(0o600)
    with pytest.raises(Misconfigured, match="do not open"):
        AccessFile(altered, PASSPHRASE)


def test_the_wrong_passphrase_and_an_open_file_are_refused(
    file: AccessFile, tmp_path: Path
) -> None:
    path = tmp_path / "access.keys"
    with pytest.raises(Misconfigured, match="do not open"):
        AccessFile(path, Secret(b"another passphrase"))
    path.chmod(0o644)
    with pytest.raises(Misconfigured, match="read by others"):
        AccessFile(path, PASSPHRASE)
    with pytest.raises(Misconfigured, match="too short"):
        create_access_file(tmp_path / "new.keys", Secret(b"short"))


def test_nothing_of_a_key_is_shown(file: AccessFile) -> None:
    made = file.create("a till", [AccessRole.DATA])
    shown = repr(made) + repr(file) + str(file.current())
    assert made.secret.reveal().decode() not in shown
