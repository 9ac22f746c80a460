"""Every master key passes one suite: software in a file, a token with GCM, a token without."""

from __future__ import annotations

from pathlib import Path

from tallystick.backends.pkcs11 import TokenKeeper
from tallystick.crypto.keys import (
    AssuranceLevel,
    MasterKey,
    create_master_file,
    open_master_file,
)
from tallystick.ground.secret import Secret
from tallystick.testing import MasterKeyConformance
from tests.softhsm import make_token

PASSPHRASE = Secret(b"a passphrase for tests")


class TestSoftwareMasterKey(MasterKeyConformance):
    def open_master(self, home: Path) -> MasterKey:
        if not (home / "master.key").exists():
            create_master_file(home, PASSPHRASE)
        return open_master_file(home, PASSPHRASE, level=AssuranceLevel.S1)


class TestTokenMasterKey(MasterKeyConformance):
    levels = frozenset({AssuranceLevel.S1})
    sealing: str | None = None

    def open_master(self, home: Path) -> MasterKey:
        fresh = not (home / "softhsm").exists()
        if fresh:
            make_token(home / "softhsm").write(sealing=self.sealing)
        return TokenKeeper(home / "softhsm" / "token.toml", create=fresh)


class TestTokenMasterKeyWithoutGcm(TestTokenMasterKey):
    sealing = "cbc-hmac"
