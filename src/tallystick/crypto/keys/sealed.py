"""Octets in a file under a passphrase: one header, one AES-256-GCM ciphertext.

    <format>[ argon2id] <salt> <iv>\\n      the header, authenticated; salt and iv in base64url
    ciphertext, tag last

The key comes from the passphrase by scrypt, or by Argon2id where the header says so, each with one
fixed cost: the header cannot ask for less, nor for so much that the machine stands still.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import StrEnum

from tallystick.crypto.keys.key_file import stretch
from tallystick.crypto.mechanisms import (
    Undecipherable,
    decrypt_gcm,
    encrypt_gcm,
    stretch_with_argon2id,
)
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url, to_base64url
from tallystick.ground.secret import Secret

_SALT_OCTETS, _IV_OCTETS = 16, 12
_HEADER_OCTETS_MAX = 128
# RFC 9106, section 4, the second recommended option: 64 MiB, three passes, four lanes.
_MEMORY_KIB, _ITERATIONS, _LANES = 64 * 1024, 3, 4


class Stretching(StrEnum):
    """How a passphrase becomes a key. Both are hard on memory; Argon2id (RFC 9106) is the newer."""

    SCRYPT = "scrypt"
    ARGON2ID = "argon2id"


def seal_under_passphrase(
    kind: str, plaintext: bytes, passphrase: Secret, *, stretching: Stretching = Stretching.SCRYPT
) -> bytes:
    """Seal under a fresh salt (so a fresh key) and a random iv. `kind` is the format's name."""
    salt, iv = os.urandom(_SALT_OCTETS), os.urandom(_IV_OCTETS)
    header = f"{_name(kind, stretching)} {to_base64url(salt)} {to_base64url(iv)}\n".encode("ascii")
    key = _STRETCH[stretching](passphrase, salt)
    return header + encrypt_gcm(key, iv=iv, plaintext=plaintext, aad=header)


def open_under_passphrase(kind: str, sealed: bytes, passphrase: Secret) -> bytes:
    """Open what `seal_under_passphrase` made. Refuses: Misconfigured, one answer for all."""
    header, end, ciphertext = sealed.partition(b"\n")
    try:
        words = header[:_HEADER_OCTETS_MAX].decode("ascii").rsplit(" ", 2)
        salt, iv = (from_base64url(word) for word in words[1:])
        known = {_name(kind, stretching): stretching for stretching in Stretching}
        if words[0] not in known or (len(salt), len(iv)) != (_SALT_OCTETS, _IV_OCTETS):
            raise Undecipherable("another kind of file")
        key = _STRETCH[known[words[0]]](passphrase, salt)
        return decrypt_gcm(key, iv=iv, ciphertext=ciphertext, aad=header + end)
    except (Undecipherable, NotAnIdentifier, ValueError):
        raise Misconfigured(
            "does not open: wrong passphrase, altered, or another kind of file"
        ) from None


def _name(kind: str, stretching: Stretching) -> str:
    return kind if stretching is Stretching.SCRYPT else f"{kind} {stretching}"


def _argon2id(passphrase: Secret, salt: bytes) -> bytes:
    return stretch_with_argon2id(
        passphrase, salt=salt, iterations=_ITERATIONS, lanes=_LANES, memory_kib=_MEMORY_KIB
    )


_STRETCH: Mapping[Stretching, Callable[[Secret, bytes], bytes]] = {
    Stretching.SCRYPT: stretch,
    Stretching.ARGON2ID: _argon2id,
}
