"""A home copied while it runs, and brought back where there is none.

A backup is a directory: the books as their backend copies them out, the policy, the trust anchor,
with `keys` also what only the provider may have, and a manifest with the digest of every file and
the checkpoint that the books stand at. The manifest is written last: without it there is no backup.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tallystick.assembly import home as homes
from tallystick.assembly.audit import check_home
from tallystick.assembly.own_keys import finish_own_move
from tallystick.assembly.readers import open_reading
from tallystick.assembly.stores import postgres, remember_address, remembered_address
from tallystick.backends import sqlite
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Misconfigured, Refused

MANIFEST = "manifest.json"
VERSION = 1
BACKENDS = ("sqlite", "postgres")
PUBLIC = (homes.POLICY, homes.TRUST, homes.SHARD, homes.TOKEN)
SECRET = (homes.KEYS, homes.PASSPHRASE, homes.PRIVACY)
"""Only with `keys`: whoever has these can be the provider."""


class BackupRefused(Refused):
    """What is there is not what the manifest says, or the books in it are not sound."""

    code, clause = "backup.refused", "6.2.3"


class Copier(Protocol):
    """How a backend copies its books; one per backend, chosen by what the home says."""

    def copy_out(self, home: Path, to: Path) -> tuple[Sequence[str], int, str]:
        """Write the books as files into a directory that is there and empty, all of one moment,
        durable on return. Works while a platform commits.

        Gives the names of the files, and the size and the newest checkpoint of the log in them.
        """
        ...

    def copy_in(self, source: Path, home: Path) -> None:
        """Make the books of a home out of such files. Refuses: Misconfigured when it has books."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a manifest says: the backend, the log's size and newest checkpoint, digests by file."""

    backend: str
    size: int
    checkpoint: str
    files: Mapping[str, str]


def back_up(home: str | Path, *, to: str | Path, keys: bool = False) -> Backup:
    """Copy a home into a fresh directory, whether or not it is served.

    Refuses: Misconfigured when the home holds no books, and when `to` is there already.
    """
    source, target = Path(home), Path(to)
    if target.exists():
        raise Misconfigured("is there already", where=str(target), allowed="a new directory")
    finish_own_move(source)
    backend, copier = _copier(source)
    target.mkdir(mode=0o700, parents=True)
    copied, size, checkpoint = copier.copy_out(source, target)
    names = list(copied)
    for name in (*PUBLIC, *(SECRET if keys else ())):
        if (source / name).exists():
            homes.write_private(target / name, (source / name).read_bytes())
            names.append(name)
    made = Backup(
        backend=backend,
        size=size,
        checkpoint=checkpoint,
        files={name: _digest(target / name) for name in sorted(names)},
    )
    homes.write_private(target / MANIFEST, canonical_json(_plain(made)))
    return made


def restore(backup: str | Path, *, home: str | Path, books: str | None = None) -> Backup:
    """Bring a home back from a backup, and check it from end to end before it may be used.

    `books` is the address of the empty database that shall keep them, for a backup of a database.
    Refuses: Misconfigured when there is no manifest, and when the home is there and not empty;
             BackupRefused when a file is not the one that was backed up, and when books and
             evidence in it do not agree. Then the home is as it was; drop the database.
    """
    source, target = Path(backup), Path(home)
    made = read_manifest(source)
    demand_files(source, made)
    if target.exists() and any(target.iterdir()):
        raise Misconfigured("is not empty", where=str(target), allowed="a directory that is new")
    if (made.backend == "sqlite") != (books is None):
        raise Misconfigured(f"a backup of books on {made.backend}", allowed="that backend again")
    homes.prepare_home(target)
    try:
        remember_address(target, books)
        _copier(target, books)[1].copy_in(source, target)
        for name in (*PUBLIC, *SECRET):
            if name in made.files:
                homes.write_private(target / name, (source / name).read_bytes())
        _demand_sound(target, made)
    except BaseException:
        shutil.rmtree(target)
        raise
    return made


def read_manifest(backup: Path) -> Backup:
    """What a backup says of itself. Refuses: Misconfigured when it is none, or of a newer kind."""
    where = backup / MANIFEST
    try:
        plain: dict[str, Any] = json.loads(where.read_bytes())
        version, files = plain.pop("v"), plain.pop("files")
        made = Backup(**plain, files={str(name): str(said) for name, said in files.items()})
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(where)) from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Misconfigured("not a manifest of a backup", where=str(where)) from None
    if version != VERSION or made.backend not in BACKENDS:
        raise Misconfigured(
            f"a backup of version {version} from {made.backend}",
            where=str(where),
            allowed=f"version {VERSION} from {', '.join(BACKENDS)}",
        )
    return made


def demand_files(backup: Path, made: Backup) -> None:
    """Refuses: BackupRefused with the first file that is missing or reads otherwise."""
    for name, said in made.files.items():
        file = backup / name
        if "/" in name or not file.is_file():
            raise BackupRefused(f"{name} is missing")
        if _digest(file) != said:
            raise BackupRefused(f"{name} is not the file that was backed up")


def _demand_sound(home: Path, made: Backup) -> None:
    if _stand(home) != (made.size, made.checkpoint):
        raise BackupRefused("the books stand at another checkpoint than the manifest says")
    findings = check_home(home)
    if findings:
        raise BackupRefused(f"{findings[0].where}: {findings[0].what}")


def _stand(home: Path) -> tuple[int, str]:
    with open_reading(home) as reading:
        return reading.evidence.size(), reading.evidence.checkpoint() or ""


def _copier(home: Path, books: str | None = None) -> tuple[str, Copier]:
    """The backend of a home and how it copies; `books` is the address with its password."""
    address = books or remembered_address(home)
    return ("sqlite", sqlite) if address is None else ("postgres", _Database(address))


class _Database:
    """Copies books that a database keeps; the home says nothing more than where."""

    def __init__(self, address: str) -> None:
        self._address = address

    def copy_out(self, home: Path, to: Path) -> tuple[Sequence[str], int, str]:
        copied: tuple[Sequence[str], int, str] = postgres().copy_out(self._address, to)
        return copied

    def copy_in(self, source: Path, home: Path) -> None:
        postgres().copy_in(source, self._address)


def _digest(file: Path) -> str:
    with file.open("rb") as octets:
        return f"sha256:{hashlib.file_digest(octets, 'sha256').hexdigest()}"


def _plain(made: Backup) -> dict[str, Any]:
    return {
        "v": VERSION,
        "backend": made.backend,
        "size": made.size,
        "checkpoint": made.checkpoint,
        "files": dict(made.files),
    }
