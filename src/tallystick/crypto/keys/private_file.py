"""Files that only their owner may read: written whole or not at all, and refused when open."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tallystick.ground.errors import Misconfigured


def write_new_private(path: Path, octets: bytes) -> None:
    """Write beside the path, make it durable, then give it its name unless the name is taken.

    Refuses: Misconfigured for a name that is taken, and when it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        _write_durably(beside, octets)
        os.link(beside, path)
    except FileExistsError:
        raise Misconfigured("a key file is never overwritten", where=str(path)) from None
    except OSError as error:
        problem = f"the key file cannot be written: {error.strerror}"
        raise Misconfigured(problem, where=str(path)) from None
    finally:
        beside.unlink(missing_ok=True)
    sync_directory(path.parent)


def replace_private(path: Path, octets: bytes) -> None:
    """Put new octets in the place of a file of ours; after a power cut one of the two is there.

    Refuses: Misconfigured when it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        _write_durably(beside, octets)
        os.replace(beside, path)
    except OSError as error:
        problem = f"the key file cannot be written: {error.strerror}"
        raise Misconfigured(problem, where=str(path)) from None
    finally:
        beside.unlink(missing_ok=True)
    sync_directory(path.parent)


def _write_durably(path: Path, octets: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(descriptor)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_private(path: Path, *, octets_max: int) -> bytes:
    """Read a file of ours that nobody else may read or write.

    Refuses: Misconfigured for one that is missing, a link, somebody else's, open to others, or
             too long.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        problem = f"the key file cannot be opened: {error.strerror}"
        raise Misconfigured(problem, where=str(path)) from None
    try:
        _check_private(os.fstat(descriptor), path, octets_max)
        return os.read(descriptor, octets_max)
    finally:
        os.close(descriptor)


def _check_private(status: os.stat_result, path: Path, octets_max: int) -> None:
    if not stat.S_ISREG(status.st_mode) or status.st_size > octets_max:
        raise Misconfigured("not a key file", where=str(path))
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise Misconfigured(
            "the key file may be read by others", where=str(path), allowed="mode 0600"
        )
    if status.st_uid not in (0, os.geteuid()):
        raise Misconfigured("the key file belongs to somebody else", where=str(path))
