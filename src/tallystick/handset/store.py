"""A handset kept in a file of its owner: keys, counter, identity, what it remembers of the log."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Literal

import msgspec

from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret
from tallystick.handset.keys import DeviceKey, HandsetKeys
from tallystick.handset.messages import Application, Platform, SecureEnvironment
from tallystick.handset.notes import Checkpoint
from tallystick.handset.orders import Enrolment, Identity, Order
from tallystick.handset.reading import Strict, Whole, read_json

_STATE_MAX = 4 * 1024 * 1024


class StoredKeys(Strict):
    """The three private scalars; JSON spells them in base64."""

    session: bytes
    signature: bytes
    agreement: bytes


class StoredHandset(Strict, kw_only=True):
    """Everything that a handset is, apart from its grant: a new session asks for a new one."""

    format: Literal["tallystick-handset:1"] = "tallystick-handset:1"
    base_url: str
    verifier_key: str
    platform: Platform
    secure_environment: SecureEnvironment
    application: Application
    keys: StoredKeys
    counter: Whole
    identity: Identity | None
    remembered: Checkpoint | None
    unanswered: list[Order]
    enrolling: Enrolment | None = None


def write_state(stored: StoredHandset) -> Secret:
    """The state as octets that hold the private keys."""
    return Secret(msgspec.json.encode(stored))


def read_state(state: Secret) -> StoredHandset:
    """Read what `write_state` wrote. Refuses: Malformed."""
    return read_json(state.reveal(), StoredHandset)


def store_keys(keys: HandsetKeys) -> StoredKeys:
    """The private halves, on their way into the owner's file."""
    return StoredKeys(
        session=keys.session.reveal().reveal(),
        signature=keys.signature.reveal().reveal(),
        agreement=keys.agreement.reveal().reveal(),
    )


def restore_keys(stored: StoredKeys) -> HandsetKeys:
    """The key pairs of stored scalars. Refuses: Malformed."""
    return HandsetKeys(
        session=DeviceKey.restore(Secret(stored.session)),
        signature=DeviceKey.restore(Secret(stored.signature)),
        agreement=DeviceKey.restore(Secret(stored.agreement)),
    )


def save_state(path: Path, state: Secret) -> None:
    """Write a state so that only the owner reads it and a crash leaves the old or the new one."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(state.reveal())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        _sync_folder(path.parent)
    finally:
        fresh.unlink(missing_ok=True)


def load_state(path: Path) -> Secret:
    """Read a state that only its owner can read. Refuses: Misconfigured."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as wrong:
        raise Misconfigured(
            f"no handset can be read here: {wrong.strerror}",
            where=str(path),
            allowed="a file that save_state wrote",
        ) from None
    with os.fdopen(handle, "rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise Misconfigured("others can open this handset", where=str(path), allowed="0600")
        octets = file.read(_STATE_MAX + 1)
    if len(octets) > _STATE_MAX:
        raise Misconfigured("too long to be a handset", where=str(path))
    return Secret(octets)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
