"""The master key of a module's home: in a sealed file, or in the token that `token.toml` names.

    master.key, master.count     software: the key under a passphrase, and its count
    token.toml                   a token: which one; the key and its count are inside
    keys.sqlite                  records and journal, under whichever master key it is

A move writes all of it anew and puts it in place whole (placing.py).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tallystick.assembly.placing import begin_placing, finish_placing, is_placing, put_in_place
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


def has_payment_keys(home: Path) -> bool:
    """Whether a payment module keeps its keys here."""
    return any((home / name).exists() for name in (MASTER_FILE, HARDWARE_FILE, KEYS_FILE))


def finish_move(home: Path) -> None:
    """Finish a move that was cut off after it was done; otherwise there is nothing to do.

    Refuses: Misconfigured while another process has the home open.
    """
    if is_placing(home):
        with lock_keys(home):
            finish_placing(home, _FILES)


def _move(
    home: Path, passphrase: Secret, prepare: Callable[[Path], MasterKey], clock: Clock
) -> Moved:
    finish_move(home)
    with ExitStack() as stack:
        stack.enter_context(lock_keys(home))
        source = SqliteKeyStore(home, locked=True)
        stack.callback(source.close)
        directory = begin_placing(home)
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
        (directory / KEYS_LOCK).unlink()
        put_in_place(home, _FILES)
        if (home / HARDWARE_FILE).exists():
            new.anchor(moved.entries)  # a file's count is raised by whoever opens the home next
    return moved
