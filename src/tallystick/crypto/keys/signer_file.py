"""The signing key of one person, in a file of its own that nobody else may read.

    tallystick-signer 1 open <seed>\\n
    tallystick-signer 1 sealed <salt> <iv> <AES-256-GCM of the seed, tag last>\\n

Everything after the kind is base64url. Under a passphrase the key comes from scrypt with the cost
of the sealed key file, and the words before the ciphertext are authenticated.
"""

from __future__ import annotations

from pathlib import Path

from tallystick.crypto.keys.key_file import demand_long_passphrase
from tallystick.crypto.keys.private_file import read_private, write_new_private
from tallystick.crypto.keys.sealed import Words
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
    words = Words.drawn()
    header = f"{_SEALED} {words}"
    aad, under = header.encode("ascii"), words.key(passphrase)
    sealed = encrypt_gcm(under, iv=words.iv, plaintext=seed, aad=aad)
    return f"{header} {to_base64url(sealed)}\n".encode("ascii")


def _seed(text: str, passphrase: Secret | None) -> Secret:
    kind, _, rest = text.removesuffix("\n").rpartition(" ")
    if kind == _OPEN:
        return Secret(from_base64url(rest))
    if not kind.startswith(f"{_SEALED} "):
        raise Misconfigured("not a signing key", allowed="a file made by tallystick release key")
    if passphrase is None:
        raise Misconfigured("the signing key is sealed", allowed="its passphrase")
    name, words = Words.read(kind)
    if name != _SEALED:
        raise Misconfigured(_UNREADABLE)
    ciphertext, aad = from_base64url(rest), kind.encode("ascii")
    return Secret(decrypt_gcm(words.key(passphrase), iv=words.iv, ciphertext=ciphertext, aad=aad))
