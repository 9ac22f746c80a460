"""The header of a key block: readable by everyone, altered by no one without being found out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from tallystick.crypto.key_blocks.optional_blocks import (
    OptionalBlock,
    read_optional,
    write_optional,
)
from tallystick.crypto.key_blocks.refusals import KeyBlockRefused

LENGTH_MAX = 9999
_FIXED = 16
_HEAD = re.compile(
    r"([A-E])([0-9]{4})([0-9A-Z]{2})([0-9A-Z])([0-9A-Z])([0-9A-Za-z]{2})([0-9A-Z])"
    r"([0-9]{2})([0-2])0"
)


class BlockVersion(StrEnum):
    """How a key block is bound: its first character."""

    A = "A"
    """TDEA, variants of the protection key, MAC of four octets. Broken design; read on demand."""
    B = "B"
    """TDEA, derived keys."""
    C = "C"
    """As A, with clearer header values. Read on demand."""
    D = "D"
    """AES-CBC, derived keys."""
    E = "E"
    """AES-CTR, derived keys (ISO 20038)."""

    @property
    def is_aes(self) -> bool:
        return self in _AES

    @property
    def block_octets(self) -> int:
        """What optional blocks are padded to, in characters, and payloads of A to D in octets."""
        return 16 if self in _AES else 8

    @property
    def mac_octets(self) -> int:
        return _MAC_OCTETS[self]


_AES = frozenset({BlockVersion.D, BlockVersion.E})
_MAC_OCTETS = {
    BlockVersion.A: 4,
    BlockVersion.B: 8,
    BlockVersion.C: 4,
    BlockVersion.D: 16,
    BlockVersion.E: 16,
}
_VERSIONS = {version.value: version for version in BlockVersion}


class KeyContext(StrEnum):
    """Where a key block may be used (X9.143:2021, 6.2)."""

    ANY = "0"
    STORAGE = "1"
    EXCHANGE = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a header says, as it says it: whether we take it is decided elsewhere.

    All fields are the characters of X9.143: usage two, algorithm one, mode one, key version two,
    exportability one. Padding is no part of `optional`.
    """

    version: BlockVersion
    usage: str
    algorithm: str
    mode: str
    key_version: str
    exportability: str
    context: KeyContext = KeyContext.ANY
    optional: tuple[OptionalBlock, ...] = ()

    def find(self, name: str) -> str | None:
        """The data of the optional block of this name."""
        return next((block.data for block in self.optional if block.id == name), None)


def read_header(block: str) -> tuple[Header, str]:
    """Read the header of a whole key block, which is not verified by that.

    Gives:   what it says, and the characters that it takes up.
    Refuses: KeyBlockRefused for anything but one exact spelling: a length that is not the block's,
             a count of optional blocks that is not theirs, lower-case hex digits, padding amiss.
    Source:  X9.143:2021, 6.2; ISO 20038:2017, A.2.

    >>> head, text = read_header("B0080P0TE00E0000" + "0" * 64)
    >>> head.usage, head.algorithm, head.mode, text
    ('P0', 'T', 'E', 'B0080P0TE00E0000')
    """
    match = _HEAD.match(block)
    if match is None:
        raise KeyBlockRefused("header")
    letter, length, usage, algorithm, mode, key_version, exportability, count, context = (
        match.groups()
    )
    if int(length) != len(block):
        raise KeyBlockRefused("length")
    version = _VERSIONS[letter]
    optional, end = read_optional(block, _FIXED, count=int(count), multiple=version.block_octets)
    header = Header(
        version=version,
        usage=usage,
        algorithm=algorithm,
        mode=mode,
        key_version=key_version,
        exportability=exportability,
        context=KeyContext(context),
        optional=optional,
    )
    return header, block[:end]


def write_header(header: Header, *, payload_octets: int) -> str:
    """Write the header of a key block whose enciphered payload has so many octets.

    Refuses: KeyBlockRefused when the whole would be longer than 9999 characters.
    """
    count, optional = write_optional(header.optional, multiple=header.version.block_octets)
    length = _FIXED + len(optional) + 2 * (payload_octets + header.version.mac_octets)
    if length > LENGTH_MAX:
        raise KeyBlockRefused("length")
    text = (
        f"{header.version}{length:04d}{header.usage}{header.algorithm}{header.mode}"
        f"{header.key_version}{header.exportability}{count:02d}{header.context}0"
    )
    if not _HEAD.fullmatch(text):
        raise KeyBlockRefused("header")
    return text + optional
