"""Signing keys that live in a token: drawn there, used there, never out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

ID_DIGITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSigner:
    """An Ed25519 key pair in a token: `id` is 32 hex digits, `public` 32 octets."""

    id: str
    public: bytes


class TokenSigners(Protocol):
    """Ed25519 keys in a token. One that does not answer raises ModuleUnavailable."""

    def create_signer(self, label: str) -> TokenSigner:
        """Draw a key pair in the token. When this returns, it survives a power cut.

        Refuses: TokenKeyRefused for a label that is none, and for a token without Ed25519.
        """
        ...

    def find_signer(self, key: str) -> TokenSigner:
        """The key of an id. Refuses: TokenKeyRefused for one that is not there, that was not drawn
        in the token, or that may leave it or do more than sign.
        """
        ...

    def sign_with(self, key: str, octets: bytes) -> bytes:
        """Sign up to 64 KiB inside: 64 octets (RFC 8032). Refuses: TokenKeyRefused."""
        ...
