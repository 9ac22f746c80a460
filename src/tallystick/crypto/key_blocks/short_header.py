"""The header of a key block alone, 16 characters, as TR-34 and our hybrid transport bind it.

Its version and length say nothing there and are not read; what is read becomes KeyAttributes and
therefore goes together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from tallystick.crypto.key_blocks.attributes import (
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.mechanisms import KeyRefused

HEADER_OCTETS = 16
_HEADER = re.compile(rb"[A-E][0-9]{4}([0-9A-Z]{2})([A-Z])([A-Z])([0-9A-Za-z]{2})([ENS])0000")
_ALGORITHMS: Mapping[tuple[str, int], KeyAlgorithm] = MappingProxyType(
    {(one.letter, one.octets): one for one in KeyAlgorithm if one.is_symmetric}
)


def write_short_header(attributes: KeyAttributes) -> bytes:
    """The attributes as 16 characters; the length is 9999, which no key block has.

    >>> write_short_header(KeyAttributes(
    ...     usage=KeyUsage.KEY_ENCRYPTION, algorithm=KeyAlgorithm.AES_128, mode=KeyMode.BOTH,
    ...     exportability=Exportability.EXPORTABLE))
    b'D9999K0AB00E0000'
    """
    inside = (
        attributes.usage,
        attributes.algorithm.letter,
        attributes.mode,
        attributes.version,
        attributes.exportability,
    )
    return f"D9999{''.join(inside)}0000".encode("ascii")


def read_short_header(header: bytes, *, key_octets: int) -> KeyAttributes:
    """Read a header beside its key. Refuses: KeyRefused for what does not go together.

    Source: ANSI X9.143-2022, the fixed part of a header; optional blocks are not taken here.
    """
    found = _HEADER.fullmatch(header)
    if found is None:
        raise KeyRefused("not a header of a key block")
    usage, letter, mode, version, exportability = (part.decode("ascii") for part in found.groups())
    algorithm = _ALGORITHMS.get((letter, key_octets))
    if algorithm is None:
        raise KeyRefused("the key is not as long as its algorithm says")
    try:
        return KeyAttributes(
            usage=KeyUsage(usage),
            algorithm=algorithm,
            mode=KeyMode(mode),
            exportability=Exportability(exportability),
            version=version,
        )
    except ValueError:
        raise KeyRefused("not a usage or mode that we know") from None
