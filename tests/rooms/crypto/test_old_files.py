"""Sealed files that an older version wrote are opened by this one."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tallystick.crypto.keys import (
    AccessFile,
    read_hub_file,
    read_key_file,
    read_signer_file,
)
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret

OLD = json.loads((Path(__file__).parent / "old_files.json").read_text(encoding="ascii"))
PASSPHRASE = Secret(OLD["passphrase"].encode("ascii"))


@pytest.fixture(autouse=True)
def _the_real_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallystick.crypto.keys.sealed._COST_N", 2**15)


def old(folder: Path, name: str) -> Path:
    path = folder / name
    path.touch(0o600)
    path.write_bytes(base64.b64decode(OLD["files"][name]))
    return path


def test_keys_towards_a_hub(tmp_path: Path) -> None:
    keys = read_hub_file(old(tmp_path, "hub"), PASSPHRASE)
    assert keys.signing.public.pem() == OLD["hub_pem"]


def test_a_persons_signing_key(tmp_path: Path) -> None:
    key = read_signer_file(old(tmp_path, "signer"), PASSPHRASE)
    assert key.public.hex() == OLD["signer_public"]


def test_the_keys_of_a_module(tmp_path: Path) -> None:
    ring = read_key_file(old(tmp_path, "keys"), PASSPHRASE)
    found = {str(record.purpose): record.check_value for record in ring.records}
    assert found == OLD["check_values"]


def test_access_keys(tmp_path: Path) -> None:
    assert list(AccessFile(old(tmp_path, "access"), PASSPHRASE).current()) == [OLD["access_id"]]


def test_one_kind_of_file_is_not_opened_as_another(tmp_path: Path) -> None:
    for name in ("signer", "keys", "access"):
        with pytest.raises(Misconfigured, match="do not open"):
            read_hub_file(old(tmp_path, name), PASSPHRASE)
