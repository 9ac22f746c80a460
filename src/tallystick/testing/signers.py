"""The conformance suite of the TokenSigners port, and signing keys in memory for tests.

    class TestMyToken(TokenSignersConformance):
        def open_signers(self, home):
            return MyToken(home)

pytest collects the tests of the subclass. Each test has a fresh home.
"""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tallystick.crypto.keys import TokenSigner, TokenSigners
from tallystick.crypto.mechanisms import SignatureRefused, SigningKey, ed25519_verify
from tallystick.ground.errors import Refused

_UNKNOWN = "0" * 32


class SignerUnknown(Refused):
    """No such key in memory."""

    code, clause = "key.refused", "8"


class MemorySigners:
    """Implements TokenSigners in memory; `keys` may be exchanged."""

    def __init__(self) -> None:
        self.keys: dict[str, SigningKey] = {}

    def create_signer(self, label: str) -> TokenSigner:
        if not label:
            raise SignerUnknown("not a label")
        name = f"{len(self.keys) + 1:032x}"
        self.keys[name] = SigningKey.generate()
        return self.find_signer(name)

    def find_signer(self, key: str) -> TokenSigner:
        return TokenSigner(id=key, public=self._find(key).public)

    def sign_with(self, key: str, octets: bytes) -> bytes:
        return self._find(key).sign(octets)

    def _find(self, key: str) -> SigningKey:
        if key not in self.keys:
            raise SignerUnknown("no such signing key")
        return self.keys[key]


class TokenSignersConformance:
    """Subclass it and say how the token of a home is opened, and made when it is not there."""

    @abstractmethod
    def open_signers(self, home: Path) -> AbstractContextManager[TokenSigners]:
        """Open the token of a home; a home that is new gets a new one."""

    def test_keys_stay_sign_and_do_not_mix(self) -> None:
        with tempfile.TemporaryDirectory(prefix="tallystick-signers-") as directory:
            home = Path(directory)
            with self.open_signers(home) as token:
                first, second = token.create_signer("checkpoint"), token.create_signer("checkpoint")
                assert first.id != second.id
                assert first.public != second.public
                signed = _signed(token, first, b"octets")
            with self.open_signers(home) as token:
                assert token.find_signer(first.id) == first
                assert _signed(token, first, b"octets") == signed, "RFC 8032: the same signature"
                _signed(token, second, b"")
                _signed(token, second, b"x" * 64 * 1024)
                assert _refuses(second, b"octets", signed)
                assert _refuses(first, b"octet", signed)

    def test_what_is_not_there_is_refused(self) -> None:
        with (
            tempfile.TemporaryDirectory(prefix="tallystick-signers-") as directory,
            self.open_signers(Path(directory)) as token,
        ):
            assert _refusal(token.find_signer, _UNKNOWN) == "key.refused"
            assert _refusal(token.sign_with, _UNKNOWN, b"") == "key.refused"
            assert _refusal(token.create_signer, "") == "key.refused"


def _refusal(ask: Callable[..., object], *given: object) -> str:
    try:
        ask(*given)
    except Refused as refusal:
        return refusal.code
    return "done"


def _signed(token: TokenSigners, key: TokenSigner, octets: bytes) -> bytes:
    signature = token.sign_with(key.id, octets)
    ed25519_verify(key.public, octets, signature)
    return signature


def _refuses(key: TokenSigner, octets: bytes, signature: bytes) -> bool:
    try:
        ed25519_verify(key.public, octets, signature)
    except SignatureRefused:
        return True
    return False
