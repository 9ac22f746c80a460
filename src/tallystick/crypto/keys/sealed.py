"""Octets in a file under a passphrase: one header, one AES-256-GCM ciphertext.

    <format>[ argon2id] <salt> <iv>\\n      the header, authenticated; salt and iv in base64url
    ciphertext, tag last

The key comes from the passphrase by scrypt, or by Argon2id where the header says so, each with one
fixed cost: the header cannot ask for less, nor for so much that the machine stands still.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tallystick.crypto.mechanisms import (
    Undecipherable,
    decrypt_gcm,
    encrypt_gcm,
    stretch_passphrase,
    stretch_with_argon2id,
)
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url, to_base64url
from tallystick.ground.secret import Secret

_SALT_OCTETS, _IV_OCTETS = 16, 12
HEADER_OCTETS_MAX = 128
# 32 MiB of memory and about a quarter of a second; N, r and p as in OWASP's advice on passwords.
_COST_N, _COST_R, _COST_P = 2**15, 8, 3
# RFC 9106, section 4, the second recommended option: 64 MiB, three passes, four lanes.
_MEMORY_KIB, _ITERATIONS, _LANES = 64 * 1024, 3, 4


class Stretching(StrEnum):
    """How a passphrase becomes a key. Both are hard on memory; Argon2id (RFC 9106) is the newer."""

    SCRYPT = "scrypt"
    ARGON2ID = "argon2id"


@dataclass(frozen=True, slots=True)
class Words:
    """The salt of a key and the iv of a ciphertext, as the last two words of what names them."""

    salt: bytes
    iv: bytes

    @classmethod
    def drawn(cls, *, salt: bytes | None = None) -> Words:
        """Fresh ones; with a `salt` the key stays the one that it is."""
        return cls(salt or os.urandom(_SALT_OCTETS), os.urandom(_IV_OCTETS))

    @classmethod
    def read(cls, text: str) -> tuple[str, Words]:
        """What stands before them, and they. Refuses: Undecipherable."""
        name, *rest = text.rsplit(" ", 2)
        try:
            salt, iv = (from_base64url(word) for word in rest)
        except (NotAnIdentifier, ValueError):
            raise Undecipherable("no salt and iv") from None
        if (len(salt), len(iv)) != (_SALT_OCTETS, _IV_OCTETS):
            raise Undecipherable("no salt and iv")
        return name, cls(salt, iv)

    def __str__(self) -> str:
        return f"{to_base64url(self.salt)} {to_base64url(self.iv)}"

    def key(self, passphrase: Secret, stretching: Stretching = Stretching.SCRYPT) -> bytes:
        """The key that a passphrase makes with the salt."""
        return _STRETCH[stretching](passphrase, self.salt)


def seal_under_passphrase(
    kind: str, plaintext: bytes, passphrase: Secret, *, stretching: Stretching = Stretching.SCRYPT
) -> bytes:
    """Seal under a fresh salt (so a fresh key) and a random iv. `kind` is the format's name."""
    words = Words.drawn()
    header = f"{_name(kind, stretching)} {words}\n".encode("ascii")
    key = words.key(passphrase, stretching)
    return header + encrypt_gcm(key, iv=words.iv, plaintext=plaintext, aad=header)


def open_under_passphrase(kind: str, sealed: bytes, passphrase: Secret) -> bytes:
    """Open what `seal_under_passphrase` made. Refuses: Misconfigured, one answer for all."""
    header, end, ciphertext = sealed.partition(b"\n")
    try:
        name, words = Words.read(header[:HEADER_OCTETS_MAX].decode("ascii"))
        known = {_name(kind, stretching): stretching for stretching in Stretching}
        if name not in known:
            raise Undecipherable("another kind of file")
        key = words.key(passphrase, known[name])
        return decrypt_gcm(key, iv=words.iv, ciphertext=ciphertext, aad=header + end)
    except (Undecipherable, ValueError):
        raise Misconfigured(
            "does not open: wrong passphrase, altered, or another kind of file"
        ) from None


def _name(kind: str, stretching: Stretching) -> str:
    return kind if stretching is Stretching.SCRYPT else f"{kind} {stretching}"


def _scrypt(passphrase: Secret, salt: bytes) -> bytes:
    return stretch_passphrase(passphrase, salt=salt, n=_COST_N, r=_COST_R, p=_COST_P)


def _argon2id(passphrase: Secret, salt: bytes) -> bytes:
    return stretch_with_argon2id(
        passphrase, salt=salt, iterations=_ITERATIONS, lanes=_LANES, memory_kib=_MEMORY_KIB
    )


_STRETCH: Mapping[Stretching, Callable[[Secret, bytes], bytes]] = {
    Stretching.SCRYPT: _scrypt,
    Stretching.ARGON2ID: _argon2id,
}
