"""The software master key: 32 octets in a sealed file, and a count beside it that only grows.

    master.key        the key, under a passphrase (keys/sealed.py)
    master.count      a decimal number: the journal's last entry that this module has seen

Whoever can put back the database and `master.count` together goes back in time unnoticed by this
module alone; the evidence log, which states the journal's count, notices. A hardware module keeps
the count inside.
"""

from __future__ import annotations

import os
from pathlib import Path

from tallystick.crypto.keys.key_file import demand_long_passphrase
from tallystick.crypto.keys.levels import AssuranceLevel
from tallystick.crypto.keys.managed import KeyRecordRefused
from tallystick.crypto.keys.private_file import read_private, sync_directory, write_new_private
from tallystick.crypto.keys.sealed import Stretching, open_under_passphrase, seal_under_passphrase
from tallystick.crypto.mechanisms import (
    Undecipherable,
    decrypt_gcm,
    encrypt_gcm,
    hkdf_sha256,
    hmac_sha256,
)
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret

MASTER_FILE, COUNT_FILE = "master.key", "master.count"
_KIND = "tallystick-master-key 1"
_OCTETS, _IV_OCTETS, _FILE_MAX = 32, 12, 1024


def create_master_file(
    directory: Path, passphrase: Secret, *, stretching: Stretching = Stretching.SCRYPT
) -> None:
    """Draw a master key and seal it in a new file of mode 0600, with a count of nought.

    Refuses: Misconfigured for a short passphrase, and where a master key is already.
    """
    secret = Secret(os.urandom(_OCTETS))
    write_master_file(directory, secret, passphrase, stretching=stretching)


def write_master_file(
    directory: Path, secret: Secret, passphrase: Secret, *, stretching: Stretching
) -> None:
    """Seal a master key that is known already, as `create_master_file` seals a new one."""
    path = directory / MASTER_FILE
    demand_long_passphrase(passphrase, path)
    sealed = seal_under_passphrase(_KIND, secret.reveal(), passphrase, stretching=stretching)
    write_new_private(path, sealed)
    write_new_private(directory / COUNT_FILE, b"0")


def open_master_file(
    directory: Path, passphrase: Secret, *, level: AssuranceLevel
) -> SoftwareMasterKey:
    """Open the sealed file. Refuses: Misconfigured as `read_private`; a wrong passphrase."""
    secret = read_master_secret(directory, passphrase)
    return SoftwareMasterKey(secret, count=directory / COUNT_FILE, level=level)


def read_master_secret(directory: Path, passphrase: Secret) -> Secret:
    """The master key itself, for whoever makes shares of it. Refuses: as `open_master_file`."""
    path = directory / MASTER_FILE
    sealed = read_private(path, octets_max=_FILE_MAX)
    try:
        return Secret(open_under_passphrase(_KIND, sealed, passphrase))
    except Misconfigured as error:
        raise Misconfigured(error.problem, where=str(path), allowed=error.allowed) from None


class SoftwareMasterKey:
    """Implements MasterKey over 32 octets in this process's memory.

    `count` is the file of the monotonic count; None keeps it in memory, for tests.
    """

    def __init__(
        self, secret: Secret, *, count: Path | None, level: AssuranceLevel = AssuranceLevel.S0
    ) -> None:
        self.level = level
        self.statement = "a software master key: in a sealed file, and in memory while it is used"
        self.fingerprint = _derive(secret, b"fingerprint").reveal()[:8].hex()
        self._sealing = _derive(secret, b"sealing").reveal()
        self._journal = _derive(secret, b"journal")
        self._file = count
        self._count = 0 if count is None else _read_count(count)

    def seal(self, octets: bytes, *, bound: bytes) -> bytes:
        iv = os.urandom(_IV_OCTETS)
        return iv + encrypt_gcm(self._sealing, iv=iv, plaintext=octets, aad=bound)

    def open(self, sealed: bytes, *, bound: bytes) -> bytes:
        iv, ciphertext = sealed[:_IV_OCTETS], sealed[_IV_OCTETS:]
        try:
            return decrypt_gcm(self._sealing, iv=iv, ciphertext=ciphertext, aad=bound)
        except Undecipherable:
            raise KeyRecordRefused("a key's record was altered") from None

    def mac(self, octets: bytes) -> bytes:
        return hmac_sha256(self._journal, octets)

    def anchor(self, at_least: int | None = None) -> int:
        if at_least is not None and at_least > self._count:
            if self._file is not None:
                _write_count(self._file, at_least)
            self._count = at_least
        return self._count

    def close(self) -> None:
        self._sealing, self._journal = b"", Secret(b"")

    def __repr__(self) -> str:
        return f"SoftwareMasterKey({self.fingerprint})"


def _derive(secret: Secret, purpose: bytes) -> Secret:
    return hkdf_sha256(secret, salt=b"", info=b"tallystick-master-key " + purpose, octets=_OCTETS)


def _read_count(path: Path) -> int:
    text = read_private(path, octets_max=32)
    if not text.isdigit():
        raise Misconfigured("not a count", where=str(path), allowed="a decimal number")
    return int(text)


def _write_count(path: Path, count: int) -> None:
    beside = path.with_name(f".{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(str(count).encode("ascii"))
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    sync_directory(path.parent)
