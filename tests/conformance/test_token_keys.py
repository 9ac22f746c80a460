"""Keys in a token pass one suite."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from tallystick.backends.pkcs11 import TokenKeeper
from tallystick.testing import TokenKeysConformance
from tests.softhsm import make_token


class TestTokenKeeper(TokenKeysConformance):
    def open_token(self, home: Path) -> AbstractContextManager[TokenKeeper]:
        fresh = not (home / "softhsm").exists()
        if fresh:
            make_token(home / "softhsm")
        return TokenKeeper(home / "softhsm" / "token.toml", create=fresh)
