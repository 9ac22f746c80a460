"""Wrap a symmetric key into a key block of X9.143 (formerly TR-31) or ISO 20038, and take one out.

Written are versions B, D and E. A and C are read only by whoever names them in `accept`. What a
block says of its key is enforced, not only read: the usage, algorithm and mode must go together,
the key must be as long as its algorithm, the protection key must not be weaker than the key, and
check values in the header must be those of the keys.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tallystick.crypto.key_blocks.attributes import (
    OURS,
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.key_blocks.bindings import ProtectionKey
from tallystick.crypto.key_blocks.header import (
    BlockVersion,
    Header,
    KeyContext,
    read_header,
    write_header,
)
from tallystick.crypto.key_blocks.material import (
    check_value_of,
    demand_length,
    demand_not_weaker,
)
from tallystick.crypto.key_blocks.optional_blocks import HASH_OF, METHOD_OF, OptionalBlock
from tallystick.crypto.key_blocks.refusals import KeyBlockRefused, WeakerKey
from tallystick.crypto.mechanisms import KeyRefused

WRITTEN = frozenset({BlockVersion.B, BlockVersion.D, BlockVersion.E})
_HIDDEN_OCTETS = {"T": 24, "A": 32}
"""Keys of these letters are padded to the length of their longest (X9.143:2021, 5 and 6.1)."""
_LENGTH_OCTETS = 2
_COMPONENT = "c"
_ALGORITHMS = {
    ("T", 16): KeyAlgorithm.TDES_2KEY,
    ("T", 24): KeyAlgorithm.TDES_3KEY,
    ("A", 16): KeyAlgorithm.AES_128,
    ("A", 24): KeyAlgorithm.AES_192,
    ("A", 32): KeyAlgorithm.AES_256,
}
_TDES_DUKPT = frozenset({KeyUsage.BASE_DERIVATION, KeyUsage.INITIAL_DUKPT})
_AES_DUKPT = frozenset({KeyUsage.INITIAL_DUKPT})
_ASYMMETRIC_ONLY = frozenset({"AL", "CT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UnwrappedKey:
    """A key out of a key block, with what the block bound to it.

    `optional` has no padding. What it says beyond the attributes (derivations allowed, flags,
    blocks of others) is for the caller to honour or to refuse.
    """

    key: bytes = field(repr=False)
    attributes: KeyAttributes
    version: BlockVersion
    optional: tuple[OptionalBlock, ...] = ()


def wrap_key(
    key: bytes,
    attributes: KeyAttributes,
    *,
    protection_key: ProtectionKey,
    version: BlockVersion,
    optional: Iterable[OptionalBlock] = (),
    random: Callable[[int], bytes] = os.urandom,
) -> str:
    """Wrap a symmetric key into a key block, its length hidden among those of its algorithm.

    Takes:   B under TDEA, D or E under AES. An HMAC key gets its HM block by itself.
    Gives:   the block, text of up to 9999 characters.
    Refuses: KeyBlockRefused for another version, an optional block that does not go with the key, a
             usage of our own or a component; KeyRefused for a key that is not as long as its
             algorithm; WeakerKey.
    Source:  X9.143:2021, 6 and 7; ISO 20038:2017, 6 and annex A.

    >>> kek = ProtectionKey(bytes(range(32)), KeyAlgorithm.AES_256)
    >>> pin = KeyAttributes(
    ...     usage=KeyUsage.PIN_ENCRYPTION, algorithm=KeyAlgorithm.AES_128,
    ...     mode=KeyMode.BOTH, exportability=Exportability.NOT_EXPORTABLE)
    >>> block = wrap_key(bytes(16), pin, protection_key=kek, version=BlockVersion.D)
    >>> block[:16], len(block)
    ('D0144P0AB00N0000', 144)
    >>> unwrap_key(block, protection_key=kek).attributes == pin
    True
    """
    demand_length(key, attributes.algorithm)
    if version not in WRITTEN:
        raise KeyBlockRefused("version")
    demand_not_weaker(protection_key.algorithm, attributes.algorithm)
    blocks = tuple(optional)
    if attributes.algorithm.letter == "H" and all(block.id != "HM" for block in blocks):
        blocks += (OptionalBlock.hash_of(attributes.algorithm),)
    header = Header(
        version=version,
        usage=attributes.usage,
        algorithm=attributes.algorithm.letter,
        mode=attributes.mode,
        key_version=attributes.version,
        exportability=attributes.exportability,
        optional=blocks,
    )
    _demand_consistent(header, attributes.algorithm, attributes.usage)
    _demand_check_values(header, key, attributes.algorithm, protection_key)
    payload = _payload(key, header, random)
    text = write_header(header, payload_octets=len(payload))
    enciphered, mac = protection_key.binding(version).seal(text.encode("ascii"), payload)
    return text + (enciphered + mac).hex().upper()


def unwrap_key(
    block: str,
    *,
    protection_key: ProtectionKey,
    accept: frozenset[BlockVersion] | set[BlockVersion] = WRITTEN,
) -> UnwrappedKey:
    """Take a symmetric key out of a key block.

    Takes:   the block of a stranger; the versions that are accepted (A and C only if named).
    Refuses: KeyBlockRefused, the same for whatever is wrong. Nothing of the key is looked at before
             its MAC was verified in constant time.
    Source:  X9.143:2021, 6 and 7; ISO 20038:2017, 6 and annex A.
    """
    header, key = open_block(block, protection_key=protection_key, accept=accept)
    if header.context is KeyContext.STORAGE:
        raise KeyBlockRefused("context")
    try:
        algorithm = _algorithm(header, len(key))
        attributes = KeyAttributes(
            usage=KeyUsage(header.usage),
            algorithm=algorithm,
            mode=KeyMode(header.mode),
            exportability=Exportability(header.exportability),
            version=header.key_version,
        )
        demand_length(key, algorithm)
        demand_not_weaker(protection_key.algorithm, algorithm)
    except (LookupError, ValueError, KeyRefused):
        raise KeyBlockRefused("attributes") from None
    except WeakerKey:
        raise KeyBlockRefused("strength") from None
    _demand_consistent(header, algorithm, attributes.usage)
    _demand_check_values(header, key, algorithm, protection_key)
    return UnwrappedKey(
        key=key, attributes=attributes, version=header.version, optional=header.optional
    )


def open_block(
    block: str,
    *,
    protection_key: ProtectionKey,
    accept: frozenset[BlockVersion] | set[BlockVersion] = WRITTEN,
) -> tuple[Header, bytes]:
    """Verify a key block and give what is in it, whatever its header says that it is for."""
    header, text = read_header(block)
    if header.version not in accept:
        raise KeyBlockRefused("version")
    binding = protection_key.binding(header.version)
    octets = _octets(block[len(text) :])
    if len(octets) <= header.version.mac_octets:
        raise KeyBlockRefused("length")
    at = len(octets) - header.version.mac_octets
    payload = binding.open(text.encode("ascii"), octets[:at], octets[at:])
    whole, part = divmod(int.from_bytes(payload[:_LENGTH_OCTETS]), 8)
    if part or not 0 < whole <= len(payload) - _LENGTH_OCTETS:
        raise KeyBlockRefused("key-length")
    return header, payload[_LENGTH_OCTETS : _LENGTH_OCTETS + whole]


def _octets(digits: str) -> bytes:
    """Upper-case hex digits and nothing else: of each block there is one spelling."""
    try:
        octets = bytes.fromhex(digits)
    except ValueError:
        raise KeyBlockRefused("hex") from None
    if octets.hex().upper() != digits:
        raise KeyBlockRefused("hex")
    return octets


def _payload(key: bytes, header: Header, random: Callable[[int], bytes]) -> bytes:
    """Length in bits, key, and chance up to where every key of the algorithm would end."""
    octets = _LENGTH_OCTETS + max(len(key), _HIDDEN_OCTETS.get(header.algorithm, 0))
    if header.version is not BlockVersion.E:
        octets += -octets % header.version.block_octets
    told = (8 * len(key)).to_bytes(_LENGTH_OCTETS) + key
    return told + random(octets - len(told))


def _algorithm(header: Header, octets: int) -> KeyAlgorithm:
    if header.algorithm == "H":
        return HASH_OF[header.find("HM") or ""]
    return _ALGORITHMS[header.algorithm, octets]


def _demand_consistent(header: Header, algorithm: KeyAlgorithm, usage: KeyUsage) -> None:
    """Refuse what cannot be true of this key."""
    if usage in OURS or header.key_version[0] == _COMPONENT:
        raise KeyBlockRefused("attributes")
    if not header.optional:
        return
    told = {block.id for block in header.optional}
    wrong = bool(told & _ASYMMETRIC_ONLY)
    wrong |= "KS" in told and not (header.algorithm == "T" and usage in _TDES_DUKPT)
    wrong |= "IK" in told and not (header.algorithm == "A" and usage in _AES_DUKPT)
    wrong |= "HM" in told and HASH_OF.get(header.find("HM") or "") is not algorithm
    if wrong:
        raise KeyBlockRefused("optional-block.misplaced")


def _demand_check_values(
    header: Header, key: bytes, algorithm: KeyAlgorithm, protection_key: ProtectionKey
) -> None:
    """Refuse a block whose check values are not those of its keys."""
    for block in header.optional:
        if block.id not in ("KC", "KP"):
            continue
        method, value = METHOD_OF[block.data[:2]], block.data[2:]
        octets = len(value) // 2
        try:
            if block.id == "KC":
                found = check_value_of(key, algorithm, method=method, octets=octets)
            else:
                found = protection_key.check_value(method, octets=octets)
        except KeyRefused:
            raise KeyBlockRefused("check-value") from None
        if found != value:
            raise KeyBlockRefused("check-value")
