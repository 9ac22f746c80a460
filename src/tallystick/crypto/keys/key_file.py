"""The sealed key file: every key of a module in one file, under a passphrase or a master key.

    tallystick-keys 1 <salt> <iv>\\n      the header, authenticated
    AES-256-GCM of the canonical JSON of the records, tag last

    tallystick-keys 1 token <fingerprint>\\n    the same under a master key (keys/under_master.py)

The key comes from the passphrase as in keys/sealed.py, always by scrypt. Under a master key the
file may name keys that are in the token itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from tallystick.crypto.keys.ports import MasterKey
from tallystick.crypto.keys.private_file import read_private, write_new_private
from tallystick.crypto.keys.records import KeyPurpose, KeyRecord, KeyRing, KeyState, create_keys
from tallystick.crypto.keys.sealed import HEADER_OCTETS_MAX, Words
from tallystick.crypto.keys.signers import TokenSigner
from tallystick.crypto.keys.under_master import (
    master_that_sealed,
    open_under_master,
    seal_under_master,
)
from tallystick.crypto.mechanisms import (
    KeyRefused,
    Undecipherable,
    decrypt_gcm,
    encrypt_gcm,
)
from tallystick.ground.canonical import canonical_json
from tallystick.ground.clock import Clock, SystemClock
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url, to_base64url
from tallystick.ground.secret import Secret

PASSPHRASE_OCTETS_MIN = 12
KEY_FILE_MAX = 64 * 1024
_FORMAT = "tallystick-keys 1"
_UNREADABLE = "the key file does not open: wrong passphrase or altered file"


class _StoredKey(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    purpose: KeyPurpose
    state: KeyState
    created_ms: Annotated[int, msgspec.Meta(ge=0)]
    check_value: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
    material: Annotated[str, msgspec.Meta(max_length=64)] | None
    token: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")] | None = None

    def __repr__(self) -> str:
        return f"_StoredKey({self.purpose}, hidden)"

    def inside(self) -> KeyRecord:
        material = None if self.material is None else Secret(from_base64url(self.material))
        return KeyRecord(
            purpose=self.purpose,
            state=self.state,
            created_ms=self.created_ms,
            check_value=self.check_value,
            material=material,
            token=self.token or "",
        )


_stored_keys = msgspec.json.Decoder(list[_StoredKey])


def create_key_file(path: Path, passphrase: Secret, *, clock: Clock | None = None) -> None:
    """Create one key for every purpose and seal them in a new file of mode 0600.

    When this returns, the file survives a power cut; it is never half there.

    Takes:   passphrase of at least 12 octets; it is the whole strength of the file.
    Refuses: Misconfigured for a short passphrase, and for a path where something is already.
    """
    demand_long_passphrase(passphrase, path)
    ring = create_keys(created_ms=(clock or SystemClock()).now_ms())
    write_new_private(path, seal_keys(ring, passphrase))


def create_key_file_under(
    path: Path,
    master: MasterKey,
    *,
    signers: Mapping[KeyPurpose, TokenSigner],
    clock: Clock | None = None,
) -> None:
    """Create a key file under a master key, with the keys of `signers` left where they are.

    Refuses: Misconfigured for a path where something is already.
    """
    ring = create_keys(created_ms=(clock or SystemClock()).now_ms(), signers=signers)
    write_new_private(path, seal_keys_under(ring, master))


def demand_long_passphrase(passphrase: Secret, path: Path) -> None:
    """Refuses: Misconfigured for a passphrase that is too short to carry a file alone."""
    if len(passphrase.reveal()) < PASSPHRASE_OCTETS_MIN:
        raise Misconfigured(
            "the passphrase is too short",
            where=str(path),
            allowed=f"{PASSPHRASE_OCTETS_MIN} octets or more",
        )


def read_key_file(path: Path, passphrase: Secret) -> KeyRing:
    """Open the sealed key file.

    Refuses: Misconfigured for a file that is missing, is a link, belongs to somebody else, may be
             read or written by group or others, was altered, or is under another passphrase.
    """
    sealed = read_private(path, octets_max=KEY_FILE_MAX)
    try:
        return open_keys(sealed, passphrase)
    except Misconfigured as error:
        raise Misconfigured(error.problem, where=str(path), allowed=error.allowed) from None


def seal_keys(ring: KeyRing, passphrase: Secret) -> bytes:
    """Seal a key ring under a fresh salt (so a fresh key) and a random iv."""
    words = Words.drawn()
    header = f"{_FORMAT} {words}\n".encode("ascii")
    plaintext = _written(ring)
    return header + encrypt_gcm(words.key(passphrase), iv=words.iv, plaintext=plaintext, aad=header)


def open_keys(sealed: bytes, passphrase: Secret) -> KeyRing:
    """Open what `seal_keys` made. Refuses: Misconfigured, the same for every altered octet."""
    header, end, ciphertext = sealed.partition(b"\n")
    try:
        name, words = Words.read(header[:HEADER_OCTETS_MAX].decode("ascii"))
        if name != _FORMAT:
            raise Undecipherable("another kind of file")
        key = words.key(passphrase)
        plaintext = decrypt_gcm(key, iv=words.iv, ciphertext=ciphertext, aad=header + end)
    except (Undecipherable, UnicodeDecodeError):
        raise Misconfigured(_UNREADABLE) from None
    return _read(plaintext)


def seal_keys_under(ring: KeyRing, master: MasterKey) -> bytes:
    """Seal a key ring under a master key."""
    return seal_under_master(_FORMAT, _written(ring), master)


def open_keys_under(sealed: bytes, master: MasterKey) -> KeyRing:
    """Open what `seal_keys_under` made. Refuses: Misconfigured as `open_under_master`."""
    return _read(open_under_master(_FORMAT, sealed, master))


def read_key_file_under(path: Path, master: MasterKey) -> KeyRing:
    """Open a key file under a master key. Refuses: Misconfigured as `read_key_file`."""
    sealed = read_private(path, octets_max=KEY_FILE_MAX)
    try:
        return open_keys_under(sealed, master)
    except Misconfigured as error:
        raise Misconfigured(error.problem, where=str(path), allowed=error.allowed) from None


def master_of_key_file(path: Path) -> str | None:
    """The fingerprint of the master key that a key file is under; None under a passphrase.

    Refuses: Misconfigured as `read_private`.
    """
    return master_that_sealed(_FORMAT, read_private(path, octets_max=KEY_FILE_MAX))


def _written(ring: KeyRing) -> bytes:
    return canonical_json([_plain(record) for record in ring.records])


def _read(plaintext: bytes) -> KeyRing:
    try:
        return KeyRing([stored.inside() for stored in _stored_keys.decode(plaintext)])
    except (msgspec.MsgspecError, NotAnIdentifier, KeyRefused):
        raise Misconfigured(_UNREADABLE) from None


def _plain(record: KeyRecord) -> dict[str, str | int | None]:
    where: dict[str, str | int | None] = {"token": record.token} if record.token else {}
    return where | {
        "purpose": str(record.purpose),
        "state": str(record.state),
        "created_ms": record.created_ms,
        "check_value": record.check_value,
        "material": None if record.material is None else to_base64url(record.material.reveal()),
    }
