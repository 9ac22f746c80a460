"""Octets in a file under a passphrase: one header, one AES-256-GCM ciphertext.

    <format> <salt> <iv>\\n      the header, authenticated; salt and iv in base64url
    ciphertext, tag last

The key comes from the passphrase by scrypt with fixed cost: the header cannot ask for less, nor for
so much that the machine stands still.
"""

from __future__ import annotations

import os

from tallystick.crypto.keys.key_file import stretch
from tallystick.crypto.mechanisms import Undecipherable, decrypt_gcm, encrypt_gcm
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url, to_base64url
from tallystick.ground.secret import Secret

_SALT_OCTETS, _IV_OCTETS = 16, 12
_HEADER_OCTETS_MAX = 128


def seal_under_passphrase(kind: str, plaintext: bytes, passphrase: Secret) -> bytes:
    """Seal under a fresh salt (so a fresh key) and a random iv. `kind` is the format's name."""
    salt, iv = os.urandom(_SALT_OCTETS), os.urandom(_IV_OCTETS)
    header = f"{kind} {to_base64url(salt)} {to_base64url(iv)}\n".encode("ascii")
    return header + encrypt_gcm(stretch(passphrase, salt), iv=iv, plaintext=plaintext, aad=header)


def open_under_passphrase(kind: str, sealed: bytes, passphrase: Secret) -> bytes:
    """Open what `seal_under_passphrase` made. Refuses: Misconfigured, one answer for all."""
    header, end, ciphertext = sealed.partition(b"\n")
    try:
        words = header[:_HEADER_OCTETS_MAX].decode("ascii").rsplit(" ", 2)
        salt, iv = (from_base64url(word) for word in words[1:])
        if words[0] != kind or (len(salt), len(iv)) != (_SALT_OCTETS, _IV_OCTETS):
            raise Undecipherable("another kind of file")
        key = stretch(passphrase, salt)
        return decrypt_gcm(key, iv=iv, ciphertext=ciphertext, aad=header + end)
    except (Undecipherable, NotAnIdentifier, ValueError):
        raise Misconfigured(
            "does not open: wrong passphrase, altered, or another kind of file"
        ) from None
