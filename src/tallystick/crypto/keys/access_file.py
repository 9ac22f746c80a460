"""The access keys of programs that ask the payment cryptography service, sealed in one file.

    tallystick-access-keys 1 <salt> <iv>\\n      the header, authenticated
    AES-256-GCM of the canonical JSON of the keys, tag last

Signature Version 4 is symmetric: who verifies must have the secret itself, not a digest of it. So
the secrets are sealed at rest and in the memory of the process that verifies, and nowhere else.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec

from tallystick.crypto.keys.key_file import demand_long_passphrase
from tallystick.crypto.keys.private_file import read_private, replace_private, write_new_private
from tallystick.crypto.keys.sealed import Words
from tallystick.crypto.mechanisms import Undecipherable, decrypt_gcm, encrypt_gcm
from tallystick.ground.canonical import canonical_json
from tallystick.ground.clock import Clock, SystemClock
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret

ACCESS_FILE_MAX = 256 * 1024
ACCESS_KEYS_MAX = 500
_FORMAT = "tallystick-access-keys 1"
_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_UNREADABLE = "the access keys do not open: wrong passphrase or altered file"


class AccessRole(StrEnum):
    """What an access key may do. A program that uses keys has no reason to manage them."""

    DATA = "data"
    """Use keys: the data plane, and nothing that changes a key."""
    KEYS = "keys"
    """Manage keys, aliases, tags and policies: the control plane."""
    READ = "read"
    """Look at keys, aliases, tags and policies."""
    TOKENS = "tokens"
    """Ask the vault of tokens, as the party that the access key is named after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """One access key. `secret` is the one that signs requests; `name` says whose it is."""

    id: str
    name: str
    roles: frozenset[AccessRole]
    created_ms: int
    secret: Secret


class _Stored(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    id: Annotated[str, msgspec.Meta(pattern=r"\A[A-Z0-9]{16,64}\Z")]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=140)]
    roles: Annotated[list[AccessRole], msgspec.Meta(min_length=1, max_length=8)]
    created_ms: Annotated[int, msgspec.Meta(ge=0)]
    secret: Annotated[str, msgspec.Meta(min_length=16, max_length=128)]

    def __repr__(self) -> str:
        return f"_Stored({self.id}, hidden)"

    def inside(self) -> AccessKey:
        return AccessKey(
            id=self.id,
            name=self.name,
            roles=frozenset(self.roles),
            created_ms=self.created_ms,
            secret=Secret(self.secret.encode("ascii")),
        )


_stored = msgspec.json.Decoder(list[_Stored])


class AccessFile:
    """The sealed file, open: its keys, and changes that are durable when a call returns.

    A file that was changed by another process is read anew by `current`, without stretching the
    passphrase again.
    """

    def __init__(self, path: Path, passphrase: Secret) -> None:
        """Refuses: Misconfigured for a file that is missing, a link, somebody else's, open to
        others, altered, or under another passphrase.
        """
        self._path, self._passphrase = path, passphrase
        self._salt, self._key = b"", b""
        self._seen: tuple[int, int, int] = (0, 0, 0)
        self._keys: Mapping[str, AccessKey] = {}
        self.current()

    def current(self) -> Mapping[str, AccessKey]:
        """The keys that are valid now, by their id. Refuses: Misconfigured."""
        try:
            status = os.stat(self._path, follow_symlinks=False)
        except OSError as error:
            problem = f"the access keys cannot be read: {error.strerror}"
            raise Misconfigured(problem, where=str(self._path)) from None
        seen = (status.st_mtime_ns, status.st_ino, status.st_size)
        if seen != self._seen:
            self._keys, self._seen = self._read(), seen
        return self._keys

    def create(
        self, name: str, roles: Iterable[AccessRole], *, clock: Clock | None = None
    ) -> AccessKey:
        """Make a key; its secret is 40 characters of the operating system's generator.

        Refuses: Misconfigured for no role, for a name that is none, and for too many keys.
        """
        known = self.current()
        made = AccessKey(
            id="TSAK" + "".join(secrets.choice(_ID_ALPHABET) for _ in range(16)),
            name=name,
            roles=frozenset(roles),
            created_ms=(clock or SystemClock()).now_ms(),
            secret=Secret(secrets.token_urlsafe(30).encode("ascii")),
        )
        if not made.roles or not 1 <= len(name) <= 140 or len(known) >= ACCESS_KEYS_MAX:
            raise Misconfigured(
                "this access key cannot be made",
                allowed=f"a name, a role, at most {ACCESS_KEYS_MAX} keys",
            )
        self._write({**known, made.id: made}.values())
        return made

    def revoke(self, id: str) -> None:  # noqa: A002 - the word of the interface
        """Forget a key: whoever signs with it is refused from the next request on.

        Refuses: Misconfigured for a key that is not there.
        """
        known = dict(self.current())
        if known.pop(id, None) is None:
            raise Misconfigured("no such access key", where=str(self._path))
        self._write(known.values())

    def _read(self) -> Mapping[str, AccessKey]:
        header, end, sealed = read_private(
            self._path, octets_max=ACCESS_FILE_MAX
        ).partition(b"\n")  # fmt: skip
        try:
            words = _read_header(header)
            if words.salt != self._salt:
                self._salt, self._key = words.salt, words.key(self._passphrase)
            plain = decrypt_gcm(self._key, iv=words.iv, ciphertext=sealed, aad=header + end)
            keys = [one.inside() for one in _stored.decode(plain)]
        except (Undecipherable, msgspec.MsgspecError, ValueError):
            raise Misconfigured(_UNREADABLE, where=str(self._path)) from None
        return {key.id: key for key in keys}

    def _write(self, keys: Iterable[AccessKey]) -> None:
        replace_private(self._path, _sealed(keys, Words.drawn(salt=self._salt), self._key))

    def __repr__(self) -> str:
        return f"AccessFile({self._path.name}, {len(self._keys)} keys, hidden)"


def create_access_file(path: Path, passphrase: Secret) -> AccessFile:
    """Make a sealed file without any key, of mode 0600.

    Refuses: Misconfigured for a short passphrase, and for a path where something is already.
    """
    demand_long_passphrase(passphrase, path)
    words = Words.drawn()
    write_new_private(path, _sealed((), words, words.key(passphrase)))
    return AccessFile(path, passphrase)


def open_access_folder(folder: Path) -> AccessFile:
    """The file `access.keys` of a folder, with the passphrase in `access.passphrase` beside it.

    Refuses: Misconfigured.
    """
    opener = read_private(folder / "access.passphrase", octets_max=1024).strip()
    return AccessFile(folder / "access.keys", Secret(opener))


def _sealed(keys: Iterable[AccessKey], words: Words, key: bytes) -> bytes:
    header = f"{_FORMAT} {words}\n".encode("ascii")
    plain = canonical_json([_plain(one) for one in keys])
    return header + encrypt_gcm(key, iv=words.iv, plaintext=plain, aad=header)


def _plain(key: AccessKey) -> dict[str, str | int | list[str]]:
    return {
        "id": key.id,
        "name": key.name,
        "roles": sorted(map(str, key.roles)),
        "created_ms": key.created_ms,
        "secret": key.secret.reveal().decode("ascii"),
    }


def _read_header(header: bytes) -> Words:
    name, words = Words.read(header.decode("ascii"))
    if name != _FORMAT:
        raise Undecipherable("not a file of access keys")
    return words
