"""Signing keys in a token pass one suite: in SoftHSM, and in the memory that tests use."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar

import pytest

from tallystick.backends.pkcs11 import TokenKeeper, TokenKeyRefused
from tallystick.crypto.keys import TokenSigners
from tallystick.testing import MemorySigners, TokenSignersConformance
from tests.softhsm import LOG_IN, SoftToken, make_token

_SEED, _ID = bytes(range(32)), "ab" * 16
_PUT = """
common = {A.KEY_TYPE: KeyType.EC_EDWARDS, A.TOKEN: True, A.ID: bytes.fromhex(%r),
          A.EC_PARAMS: bytes.fromhex("06032b6570"), A.LABEL: "tallystick-signer checkpoint"}
s.create_object({**common, A.CLASS: ObjectClass.PRIVATE_KEY, A.VALUE: bytes.fromhex(%r),
                 A.PRIVATE: True, A.SENSITIVE: True, A.EXTRACTABLE: False, A.MODIFIABLE: False,
                 A.SIGN: True})
s.create_object({**common, A.CLASS: ObjectClass.PUBLIC_KEY, A.EC_POINT: b"\\x04\\x20" + bytes(32)})
"""


class TestTokenKeeper(TokenSignersConformance):
    def open_signers(self, home: Path) -> AbstractContextManager[TokenKeeper]:
        fresh = not (home / "softhsm").exists()
        if fresh:
            make_token(home / "softhsm")
        return TokenKeeper(home / "softhsm" / "token.toml", create=fresh)


class TestMemorySigners(TokenSignersConformance):
    homes: ClassVar[dict[Path, MemorySigners]] = {}

    def open_signers(self, home: Path) -> AbstractContextManager[TokenSigners]:
        return contextlib.nullcontext(self.homes.setdefault(home, MemorySigners()))


def test_a_key_that_was_loaded_into_the_token_is_refused(soft_token: SoftToken) -> None:
    soft_token.run(LOG_IN + _PUT % (_ID, _SEED.hex()))
    with TokenKeeper(soft_token.file, create=True) as token:
        with pytest.raises(TokenKeyRefused, match="not drawn in the token"):
            token.find_signer(_ID)
        with pytest.raises(TokenKeyRefused):
            token.sign_with(_ID, b"octets")
        assert token.token_keys() == [], "nor is it a key of X9.143"
