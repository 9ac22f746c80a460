"""The master key of a module's home: in a sealed file, or in the token that `token.toml` names.

    master.key, master.count     software: the key under a passphrase, and its count
    token.toml                   a token: which one; the key and its count are inside
    keys.sqlite                  records and journal, under whichever master key it is

A move writes all of it anew into `next/`, gives that the name `ready/` (from here on the move is
done, whatever happens), takes the old files to `replaced-.../`, and brings the new ones in. What a
crash leaves is finished by whoever opens the home next.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tallystick.backends.pkcs11 import TokenKeeper
from tallystick.backends.sqlite import KEYS_FILE, KEYS_LOCK, SqliteKeyStore, lock_keys
from tallystick.crypto.keys import (
    COUNT_FILE,
    MASTER_FILE,
    AssuranceLevel,
    MasterKey,
    Moved,
    Stretching,
    create_master_file,
    move_master_key,
    open_master_file,
    write_new_private,
)
from tallystick.ground.clock import Clock, SystemClock
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret

HARDWARE_FILE = "token.toml"
_NEXT, _READY, _PLACING, _REPLACED = "next", "ready", "placing", "replaced-"
_MARK = "to"
"""Names the folder that the old files go to."""
_FILES = (
    MASTER_FILE, COUNT_FILE, HARDWARE_FILE, KEYS_FILE, f"{KEYS_FILE}-wal", f"{KEYS_FILE}-shm",
)  # fmt: skip


def open_master(home: Path, passphrase: Secret) -> MasterKey:
    """Open the master key of a home. A token needs no passphrase: its PIN has a source of its own.

    Refuses: Misconfigured as `TokenKeeper` or `open_master_file`; for a home with both.
    """
    token, file = home / HARDWARE_FILE, home / MASTER_FILE
    if token.exists() and file.exists():
        raise Misconfigured("two master keys in one home", where=str(home), allowed="one of them")
    if token.exists():
        return TokenKeeper(token)
    return open_master_file(home, passphrase, level=AssuranceLevel.S1)


def move_to_token(
    home: Path, passphrase: Secret, token_file: Path, *, create: bool, clock: Clock | None = None
) -> Moved:
    """Put a home under the master key in a token.

    Takes:   passphrase of the home as it is; create, to draw the master key in the token first.
    Refuses: Misconfigured for a home that is open elsewhere, a token that cannot be trusted with
             it, and whatever `move_master_key` refuses. Then nothing has changed.
    """

    def prepare(directory: Path) -> MasterKey:
        keeper = TokenKeeper(token_file, create=create)
        try:
            write_new_private(directory / HARDWARE_FILE, token_file.read_bytes())
        except BaseException:
            keeper.close()
            raise
        return keeper

    return _move(home, passphrase, prepare, clock or SystemClock())


def move_to_file(
    home: Path,
    passphrase: Secret,
    new_passphrase: Secret,
    *,
    stretching: Stretching = Stretching.SCRYPT,
    clock: Clock | None = None,
) -> Moved:
    """Put a home under a new software master key, under a new passphrase.

    Refuses: as `move_to_token`, and Misconfigured for a short passphrase.
    """

    def prepare(directory: Path) -> MasterKey:
        create_master_file(directory, new_passphrase, stretching=stretching)
        return open_master_file(directory, new_passphrase, level=AssuranceLevel.S1)

    return _move(home, passphrase, prepare, clock or SystemClock())


def finish_move(home: Path) -> None:
    """Finish a move that was cut off after it was done; otherwise there is nothing to do.

    Refuses: Misconfigured while another process has the home open.
    """
    if (home / _READY).exists() or (home / _PLACING).exists():
        with lock_keys(home):
            _take_away(home)
            _bring_in(home)


def _move(
    home: Path, passphrase: Secret, prepare: Callable[[Path], MasterKey], clock: Clock
) -> Moved:
    finish_move(home)
    directory = home / _NEXT
    with ExitStack() as stack:
        stack.enter_context(lock_keys(home))
        source = SqliteKeyStore(home, locked=True)
        stack.callback(source.close)
        shutil.rmtree(directory, ignore_errors=True)  # what a move that was cut off has left
        directory.mkdir(mode=0o700)
        old = open_master(home, passphrase)
        stack.callback(old.close)
        new = prepare(directory)
        stack.callback(new.close)
        target = SqliteKeyStore(directory)
        try:
            moved = move_master_key(old, new, source, target, at_ms=clock.now_ms())
        finally:
            target.close()
        source.close()
        _put_in_place(home, directory)
        if (home / HARDWARE_FILE).exists():
            new.anchor(moved.entries)  # a file's count is raised by whoever opens the home next
    return moved


def _put_in_place(home: Path, directory: Path) -> None:
    (directory / KEYS_LOCK).unlink()
    write_new_private(directory / _MARK, f"{_REPLACED}{os.urandom(8).hex()}".encode("ascii"))
    _sync(directory)
    os.rename(directory, home / _READY)
    _sync(home)
    _take_away(home)
    _bring_in(home)


def _take_away(home: Path) -> None:
    """The old files leave; done twice, or begun twice, it comes to the same."""
    ready = home / _READY
    if not ready.exists():
        return
    place = home / (ready / _MARK).read_text("ascii")
    place.mkdir(mode=0o700, exist_ok=True)
    for name in _FILES:
        if (home / name).exists():
            os.replace(home / name, place / name)
    _sync(place)
    _sync(home)
    os.rename(ready, home / _PLACING)
    _sync(home)


def _bring_in(home: Path) -> None:
    placing = home / _PLACING
    if not placing.exists():
        return
    for name in _FILES:
        if (placing / name).exists():
            os.replace(placing / name, home / name)
    _sync(home)
    (placing / _MARK).unlink(missing_ok=True)
    placing.rmdir()
    _sync(home)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
