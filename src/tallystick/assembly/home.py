"""A home directory: what one provider's platform keeps, and who may read it.

policy.json        the policy in force, canonical
module.keys        the crypto module's keys, sealed (crypto.keys)
module.passphrase  only when the operator left the choice of passphrase to us
module.token       which token the keys are under, when they are under one (own_keys.py)
privacy.key        the key of pseudonyms and of sealed identity documents; sealed under that token
trust.txt          the verifier keys that handsets and auditors pin
activation.txt     activation codes of the first staff devices
shard.txt          which shard of how many this is, when there are several
books.sqlite       settlements, evidence
books.url          or where they are kept instead: the address of a database, without a password
"""

from __future__ import annotations

import os
from pathlib import Path

from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import to_base64url
from tallystick.ground.secret import Secret

POLICY = "policy.json"
KEYS = "module.keys"
PASSPHRASE = "module.passphrase"  # noqa: S105 - the name of a file
TOKEN = "module.token"  # noqa: S105 - the name of a file
PRIVACY = "privacy.key"
TRUST = "trust.txt"
ACTIVATION = "activation.txt"
SHARD = "shard.txt"
BOOKS = "books.sqlite"
BOOKS_URL = "books.url"


def prepare_home(home: Path) -> None:
    """Make the directory for its owner alone. Refuses: Misconfigured when it cannot be."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"cannot be made: {error.strerror}", where=str(home)) from None
    if home.stat().st_mode & 0o077:
        raise Misconfigured(
            "others may look into this home", where=str(home), allowed="mode 700: chmod 700"
        )


def write_private(path: Path, octets: bytes) -> None:
    """Write a file for its owner alone, whole or not at all, and on the disk when it returns."""
    draft = path.with_name(path.name + ".draft")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def kept_passphrase(home: Path, *, chance: bytes) -> Secret:
    """The passphrase beside the keys, made on first use.

    It protects a key file that leaves the home without it, nothing more: docs/limitations.md.
    """
    path = home / PASSPHRASE
    if not path.exists():
        write_private(path, to_base64url(chance).encode("ascii"))
    return Secret(path.read_bytes())


def keep_shard(home: Path, *, number: int, count: int) -> None:
    """Remember which shard this home is. Refuses: Misconfigured when it was another one before.

    Where an account is kept follows from its name and the number of shards: a home that is served
    as another shard, or alone, would open accounts that belong to others.
    """
    path, said = home / SHARD, f"shard {number} of {count}\n"
    kept = path.read_text() if path.exists() else None
    if kept is None and count > 1 and not (home / POLICY).exists():
        write_private(path, said.encode("ascii"))
    elif said != (kept or "shard 0 of 1\n"):
        raise Misconfigured(
            f"is to be {said.strip()}", where=str(home), allowed=(kept or "served alone").strip()
        )
