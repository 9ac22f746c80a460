"""Octets in a file under a master key: one header that names the key, and what it sealed.

    <format> token <fingerprint>\n       the header, bound to what follows
    whatever the master key made of the octets

Beside `keys/sealed.py`, where a passphrase does the same: the first words are those of the format,
so that a file tells by itself what opens it.
"""

from __future__ import annotations

import re

from tallystick.crypto.keys.managed import KeyRecordRefused
from tallystick.crypto.keys.ports import MasterKey
from tallystick.ground.errors import Misconfigured

_HEADER = re.compile(rb"([a-z0-9 -]{1,64}) token ([0-9a-f]{16})\n")


def seal_under_master(kind: str, plaintext: bytes, master: MasterKey) -> bytes:
    """Seal up to 8 KiB. `kind` is the format's name."""
    header = f"{kind} token {master.fingerprint}\n".encode("ascii")
    return header + master.seal(plaintext, bound=header)


def master_that_sealed(kind: str, sealed: bytes) -> str | None:
    """The fingerprint of the master key that a file is under; None for another kind of file."""
    found = _HEADER.match(sealed)
    if found is None or found[1] != kind.encode("ascii"):
        return None
    return found[2].decode("ascii")


def open_under_master(kind: str, sealed: bytes, master: MasterKey) -> bytes:
    """Open what `seal_under_master` made.

    Refuses: Misconfigured for another kind of file, another master key, and every altered octet.
    """
    named = master_that_sealed(kind, sealed)
    if named is None:
        raise Misconfigured("is not sealed under a master key")
    if named != master.fingerprint:
        raise Misconfigured(
            f"is sealed under master key {named}, and the token has {master.fingerprint}",
            allowed="the token that it was sealed under",
        )
    header, end, ciphertext = sealed.partition(b"\n")
    try:
        return master.open(ciphertext, bound=header + end)
    except KeyRecordRefused:
        raise Misconfigured("does not open: it was altered") from None
