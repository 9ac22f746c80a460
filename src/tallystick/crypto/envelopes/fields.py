"""Fields sealed at rest: one value of one row, bound to its table, column and row, and to its key.

An envelope is

    version (1 octet, 01) | length and octets of the key id | salt (16) | commitment (32) |
    AES-256-GCM-SIV ciphertext and tag (16)

HKDF-SHA-512 makes of the root, the key id, the place and the salt a key that this envelope alone
has, and a commitment to all four. So no second root, key id or place opens the same envelope, which
a tag alone does not promise (RFC 9771 calls it key commitment). Since the initialisation vector
never meets a key twice, there is no bound on how many fields a root seals.
"""

from __future__ import annotations

import hmac
import os
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tallystick.crypto.envelopes.refusals import EnvelopeRefused
from tallystick.crypto.mechanisms import Undecipherable, decrypt_gcm_siv, encrypt_gcm_siv
from tallystick.ground.errors import Defect

ROOT_OCTETS = 32
PLAINTEXT_MAX = 64 * 1024
NAME_MAX = 255
_VERSION = 1
_SALT_OCTETS = 16
_COMMITMENT_OCTETS = 32
_KEY_OCTETS = 32
_TAG_OCTETS = 16
_OVERHEAD = _SALT_OCTETS + _COMMITMENT_OCTETS + _TAG_OCTETS
_IV = bytes(12)
_EXTRACT_SALT = b"tallystick.fields.1"
_INDEX_SALT = b"tallystick.fields.index.1"
_length = struct.Struct(">H").pack

Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPlace:
    """Where a field lies. A value that is moved to another place does not open there.

    Takes: three names of 1 to 255 octets in UTF-8.
    """

    table: str
    column: str
    row: str
    context: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "context", _joined(self.table, self.column, self.row))


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldKey:
    """A root under which fields are sealed: 32 octets, and the id that stands in the envelopes."""

    id: str
    root: bytes = field(repr=False)
    extracted: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.root) != ROOT_OCTETS:
            raise Defect(f"a field root is {ROOT_OCTETS} octets")
        _demand_name(self.id)
        extracted = hmac.digest(_EXTRACT_SALT, self.root, "sha512")
        object.__setattr__(self, "extracted", extracted)


class FieldRing:
    """The keys of fields: the newest seals, every one of them opens.

    While a rotation goes on, old and new envelopes lie side by side and both are read: nothing has
    to stop. A key is taken out when no row is under it any more (see `rotation`).
    """

    __slots__ = ("_by_id", "newest")

    def __init__(self, newest: FieldKey, older: Iterable[FieldKey] = ()) -> None:
        self.newest = newest
        keys = (newest, *older)
        self._by_id = {key.id: key for key in keys}
        if len(self._by_id) != len(keys):
            raise Defect("two field keys have one id")

    def seal(self, place: FieldPlace, plaintext: bytes, *, random: Random = os.urandom) -> bytes:
        """Seal a value for one place under the newest key.

        Takes: up to 64 KiB.    Gives: the envelope, 66 octets and the key id longer.
        """
        if len(plaintext) > PLAINTEXT_MAX:
            raise Defect(f"a field is at most {PLAINTEXT_MAX} octets")
        salt = random(_SALT_OCTETS)
        head = _head(self.newest.id)
        key, commitment = _derive(self.newest, place, salt)
        sealed = encrypt_gcm_siv(key, iv=_IV, plaintext=plaintext, aad=head)
        return head + salt + commitment + sealed

    def open(self, place: FieldPlace, envelope: bytes) -> bytes:
        """Open a value that was sealed for this place under a key of this ring.

        Refuses: EnvelopeRefused, the same for a flipped bit, another place and an unknown key.
        """
        head, body = _split(envelope)
        found = self._by_id.get(head[2:].decode("ascii", "replace"))
        # Work is the same for a key that is not here.
        key = found or _NOBODY
        salt, given = body[:_SALT_OCTETS], body[_SALT_OCTETS : _SALT_OCTETS + _COMMITMENT_OCTETS]
        secret, commitment = _derive(key, place, salt)
        if not hmac.compare_digest(given, commitment) or found is None:
            raise EnvelopeRefused("field.commitment")
        try:
            return decrypt_gcm_siv(
                secret, iv=_IV, ciphertext=body[_SALT_OCTETS + _COMMITMENT_OCTETS :], aad=head
            )
        except Undecipherable:
            raise EnvelopeRefused("field.tag") from None

    def is_newest(self, envelope: bytes) -> bool:
        """Whether an envelope says that it is under the newest key."""
        return key_id_of(envelope) == self.newest.id

    def __repr__(self) -> str:
        return f"FieldRing({', '.join(self._by_id)}: hidden)"


class FieldIndex:
    """What stands beside a sealed field so that it can be found: a keyed digest of its value.

    Equal values of one column have equal digests, so an index tells which rows are alike, and who
    has its key can try values. Its key is not a sealing key, and no rotation changes it.
    """

    __slots__ = ("_extracted",)

    def __init__(self, root: bytes) -> None:
        if len(root) != ROOT_OCTETS:
            raise Defect(f"the root of an index is {ROOT_OCTETS} octets")
        self._extracted = hmac.digest(_INDEX_SALT, root, "sha512")

    def of(self, *, table: str, column: str, value: bytes) -> bytes:
        """HMAC-SHA-256 of a value in a column: 32 octets."""
        return hmac.digest(self._extracted, _joined(table, column) + value, "sha256")

    def __repr__(self) -> str:
        return "FieldIndex(hidden)"


def key_id_of(envelope: bytes) -> str:
    """The id of the key that an envelope says it is under. Nothing of it is verified.

    Refuses: EnvelopeRefused when it is no envelope.
    """
    head, _ = _split(envelope)
    return head[2:].decode("ascii", "replace")


def _derive(key: FieldKey, place: FieldPlace, salt: bytes) -> tuple[bytes, bytes]:
    """HKDF-Expand with SHA-512 to 64 octets (RFC 5869 §2.3): the key, and the commitment to it."""
    info = _joined(key.id) + place.context + salt + b"\x01"
    okm = hmac.digest(key.extracted, info, "sha512")
    return okm[:_KEY_OCTETS], okm[_KEY_OCTETS:]


def _head(key_id: str) -> bytes:
    name = key_id.encode("ascii")
    return bytes((_VERSION, len(name))) + name


def _split(envelope: bytes) -> tuple[bytes, bytes]:
    if len(envelope) < 2 or envelope[0] != _VERSION or not envelope[1]:
        raise EnvelopeRefused("field.shape")
    end = 2 + envelope[1]
    body = envelope[end:]
    if not _OVERHEAD <= len(body) <= PLAINTEXT_MAX + _OVERHEAD:
        raise EnvelopeRefused("field.shape")
    return envelope[:end], body


def _joined(*names: str) -> bytes:
    """Names with their lengths before them, so that no two lists of names are joined alike."""
    joined = b""
    for name in names:
        octets = name.encode()
        if not 1 <= len(octets) <= NAME_MAX:
            raise Defect("a name of a field's place is 1 to 255 octets")
        joined += _length(len(octets)) + octets
    return joined


def _demand_name(name: str) -> None:
    if not (1 <= len(name) <= NAME_MAX and name.isascii() and name.isprintable()):
        raise Defect("the id of a field key is 1 to 255 printable ASCII characters")


_NOBODY = FieldKey(id="nobody", root=os.urandom(ROOT_OCTETS))
