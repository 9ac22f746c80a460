"""The signing key of one person, in a file of its own that nobody else may read.

    tallystick-signer 1 open <seed>\\n
    tallystick-signer 1 sealed <salt> <iv> <AES-256-GCM of the seed, tag last>\\n

Everything after the kind is base64url. Under a passphrase the key comes from scrypt with the cost
of the sealed key file, and the words before the ciphertext are authenticated.
"""

from __future__ import annotations

import os
from pathlib import Path

from tallystick.crypto.keys.key_file import demand_long_passphrase, stretch
from tallystick.crypto.keys.private_file import read_private, write_new_private
from tallystick.crypto.mechanisms import (
    KeyRefused,
    SigningKey,
    Undecipherable,
    decrypt_gcm,
    encrypt_gcm,
)
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url, to_base64url
from tallystick.ground.secret import Secret

SIGNER_FILE_MAX = 1024
_OPEN, _SEALED = "tallystick-signer 1 open", "tallystick-signer 1 sealed"
_SALT_OCTETS, _IV_OCTETS = 16, 12
_UNREADABLE = "the signing key does not open: wrong passphrase or altered file"


def create_signer_file(path: Path, passphrase: Secret | None = None) -> bytes:
    """Make a fresh Ed25519 key, keep it in a new file of mode 0600, give its public key.

    Without a `passphrase` the file alone is the key: whoever reads it signs.
    Refuses: Misconfigured for a short passphrase, and for a path where something is already.
    """
    key = SigningKey.generate()
    if passphrase is not None:
        demand_long_passphrase(passphrase, path)
    write_new_private(path, _written(key, passphrase))
    return key.public


def read_signer_file(path: Path, passphrase: Secret | None = None) -> SigningKey:
    """The signing key of a file.

    Refuses: Misconfigured for a file that is missing, a link, somebody else's or open to others,
             that is no signing key, or is under another passphrase.
    """
    octets = read_private(path, octets_max=SIGNER_FILE_MAX)
    try:
        return SigningKey.from_secret(_seed(octets.decode("ascii"), passphrase))
    except (NotAnIdentifier, Undecipherable, KeyRefused, UnicodeDecodeError):
        raise Misconfigured(_UNREADABLE, where=str(path)) from None
    except Misconfigured as error:
        raise Misconfigured(error.problem, where=str(path), allowed=error.allowed) from None


def _written(key: SigningKey, passphrase: Secret | None) -> bytes:
    seed = key.secret().reveal()
    if passphrase is None:
        return f"{_OPEN} {to_base64url(seed)}\n".encode("ascii")
    salt, iv = os.urandom(_SALT_OCTETS), os.urandom(_IV_OCTETS)
    header = f"{_SEALED} {to_base64url(salt)} {to_base64url(iv)}"
    sealed = encrypt_gcm(stretch(passphrase, salt), iv=iv, plaintext=seed, aad=header.encode())
    return f"{header} {to_base64url(sealed)}\n".encode("ascii")


def _seed(text: str, passphrase: Secret | None) -> Secret:
    kind, _, rest = text.removesuffix("\n").rpartition(" ")
    if kind == _OPEN:
        return Secret(from_base64url(rest))
    words = kind.removeprefix(f"{_SEALED} ").split(" ")
    if not kind.startswith(f"{_SEALED} ") or len(words) != 2:
        raise Misconfigured("not a signing key", allowed="a file made by tallystick release key")
    if passphrase is None:
        raise Misconfigured("the signing key is sealed", allowed="its passphrase")
    salt, iv = (from_base64url(word) for word in words)
    if (len(salt), len(iv)) != (_SALT_OCTETS, _IV_OCTETS):
        raise Misconfigured(_UNREADABLE)
    key = stretch(passphrase, salt)
    return Secret(decrypt_gcm(key, iv=iv, ciphertext=from_base64url(rest), aad=kind.encode()))
