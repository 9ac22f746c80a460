"""A managed key: its header in clear, its material sealed with the header as context.

Whoever alters one character of the header, or puts the material of one key behind the header of
another, finds that it no longer opens: the database that keeps these is not trusted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, NewType

import msgspec

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys.life import LifeState
from tallystick.crypto.mechanisms import KeyRefused
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Refused

KeyId = NewType("KeyId", str)
"""The handle of a managed key: 24 of a-z 2-7."""

KEY_ID = re.compile(r"[a-z2-7]{24}")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PREFIX = b"tallystick-key 1\n"


class KeyRecordRefused(Refused):
    """A key's record is not what this module wrote last: altered, mixed up or of another module."""

    code, clause, public_code = "key.record", "8", "key.unusable"


def new_key_id(chance: bytes) -> KeyId:
    """A handle from 24 random octets.

    >>> new_key_id(bytes(24))
    'aaaaaaaaaaaaaaaaaaaaaaaa'
    """
    return KeyId("".join(_ALPHABET[octet & 31] for octet in chance[:24]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedKey:
    """Everything about a key but the key. `revision` grows by one with every change of the record.

    Instants are in ms since 1970; `uses_max` counts operations. `under` is the key that this one
    was wrapped, derived or agreed under, so that compromise can be followed down. `pinned` holds
    what is bound to the key beyond X9.143, by name: a decimalisation table, a PVKI, the usage that
    a key agreed under this one may have. `public` is the SubjectPublicKeyInfo of a key pair, DER.
    """

    id: KeyId
    revision: int
    attributes: KeyAttributes
    kind: str
    """symmetric, pair, private or public; token for a key that is in the module's token."""
    state: LifeState
    domain: str
    """production or test; keys of the two never meet."""
    label: str
    origin: str
    """created, imported, components, derived or agreed."""
    created_ms: int
    active_from_ms: int | None = None
    expires_ms: int | None = None
    destroy_at_ms: int | None = None
    uses_max: int | None = None
    check_value: str = ""
    check_method: str = ""
    under: KeyId | None = None
    policy: str = ""
    public: bytes = b""
    pinned: Mapping[str, str] = field(default_factory=dict)

    def header(self) -> bytes:
        """The canonical octets of everything here: what the sealed material is bound to."""
        attributes = self.attributes
        plain = {name: getattr(self, name) for name in _PLAIN}
        plain |= {
            "usage": str(attributes.usage),
            "algorithm": str(attributes.algorithm),
            "mode": str(attributes.mode),
            "exportability": str(attributes.exportability),
            "version": attributes.version,
            "state": str(self.state),
            "public": self.public.hex(),
            "pinned": dict(self.pinned),
        }
        return _PREFIX + canonical_json(plain)


_PLAIN = (
    "id", "revision", "kind", "domain", "label", "origin", "created_ms", "active_from_ms",
    "expires_ms", "destroy_at_ms", "uses_max", "check_value", "check_method", "under", "policy",
)  # fmt: skip

_Instant = Annotated[int, msgspec.Meta(ge=0, le=2**52)]
_Short = Annotated[str, msgspec.Meta(max_length=256)]


class _Header(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    id: Annotated[str, msgspec.Meta(pattern="^[a-z2-7]{24}$")]
    revision: Annotated[int, msgspec.Meta(ge=1, le=2**52)]
    usage: KeyUsage
    algorithm: KeyAlgorithm
    mode: KeyMode
    exportability: Exportability
    version: _Short
    kind: _Short
    state: LifeState
    domain: _Short
    label: _Short
    origin: _Short
    created_ms: _Instant
    active_from_ms: _Instant | None
    expires_ms: _Instant | None
    destroy_at_ms: _Instant | None
    uses_max: _Instant | None
    check_value: _Short
    check_method: _Short
    under: Annotated[str, msgspec.Meta(pattern="^[a-z2-7]{24}$")] | None
    policy: _Short
    public: Annotated[str, msgspec.Meta(max_length=8192)]
    pinned: dict[_Short, Annotated[str, msgspec.Meta(max_length=4096)]]


_headers = msgspec.json.Decoder(_Header)


def read_header(octets: bytes) -> ManagedKey:
    """Read what `ManagedKey.header` wrote. Refuses: KeyRecordRefused, also for another spelling."""
    try:
        found = _headers.decode(octets.removeprefix(_PREFIX))
        key = _inside(found)
    except (msgspec.MsgspecError, KeyRefused, ValueError):
        raise KeyRecordRefused("a key's record cannot be read") from None
    if key.header() != octets:
        raise KeyRecordRefused("a key's record cannot be read")
    return key


def record_digest(header: bytes, sealed: bytes) -> bytes:
    """What the journal remembers of a record: 32 octets that change with any part of it."""
    return hashlib.sha256(hashlib.sha256(header).digest() + sealed).digest()


def _inside(found: _Header) -> ManagedKey:
    attributes = KeyAttributes(
        usage=found.usage,
        algorithm=found.algorithm,
        mode=found.mode,
        exportability=found.exportability,
        version=found.version,
    )
    return ManagedKey(
        attributes=attributes,
        state=found.state,
        public=bytes.fromhex(found.public),
        pinned=found.pinned,
        **{name: getattr(found, name) for name in _PLAIN},
    )
