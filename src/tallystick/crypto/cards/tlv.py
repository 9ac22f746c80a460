"""BER-TLV as chip cards speak it: a strict reader with bounds, and a writer that it agrees with.

Read is refused what a card should not send and what would have two spellings: indefinite or padded
lengths, padded tag numbers, filler octets, what does not end where its template ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from tallystick.crypto.cards.refusals import TlvMalformed

OCTETS_MAX = 65_535
OBJECTS_MAX = 512
DEPTH_MAX = 8
_TAG_OCTETS_MAX = 4
_LENGTH_OCTETS_MAX = 2
_CONSTRUCTED = 0x20


@dataclass(frozen=True, slots=True)
class DataObject:
    """One object: its tag as a number (0x9F26), and its value or, in a template, what it holds.

    Its value hides in `repr`: account numbers and track data are values.
    """

    tag: int
    value: bytes = b""
    objects: tuple[DataObject, ...] = ()

    def __post_init__(self) -> None:
        if self.value if _is_template(self.tag) else self.objects:
            raise TlvMalformed("a template holds objects, every other object a value")

    @property
    def is_template(self) -> bool:
        return _is_template(self.tag)

    def __repr__(self) -> str:
        held = self.objects if self.is_template else f"{len(self.value)} octets"
        return f"DataObject({self.tag:X}, {held})"


def read_objects(octets: bytes) -> tuple[DataObject, ...]:
    """The objects that these octets are, all of them and nothing else.

    Refuses: TlvMalformed, which says where; also over 65,535 octets, 512 objects or 8 templates
             inside one another.
    Source:  EMV 4.3 Book 3, annex B; ISO/IEC 8825-1.

    >>> read_objects(bytes.fromhex("9c0101e0055f2a020208"))
    (DataObject(9C, 1 octets), DataObject(E0, (DataObject(5F2A, 2 octets),)))
    """
    if len(octets) > OCTETS_MAX:
        raise TlvMalformed("more octets than are read")
    return _Reader(octets).objects(0, len(octets), DEPTH_MAX)


def write_objects(objects: Iterable[DataObject]) -> bytes:
    """These objects with the shortest lengths; `read_objects` gives them back."""
    return b"".join(_written(one) for one in objects)


def find_object(objects: Iterable[DataObject], tag: int) -> DataObject:
    """The one object with this tag, in whatever template. Refuses: none of them, or two."""
    found = [one for one in walk_objects(objects) if one.tag == tag]
    if len(found) != 1:
        raise TlvMalformed(f"tag {tag:X} is there {len(found)} times")
    return found[0]


def walk_objects(objects: Iterable[DataObject]) -> Iterator[DataObject]:
    """Every object, a template before what it holds."""
    for one in objects:
        yield one
        yield from walk_objects(one.objects)


def read_list(octets: bytes) -> tuple[tuple[int, int], ...]:
    """A data object list (CDOL and its kin): tags with the length that each is to have.

    Refuses: TlvMalformed.    Source: EMV 4.3 Book 3, 5.4.

    >>> [(f"{tag:X}", octets) for tag, octets in read_list(bytes.fromhex("9f02069a03"))]
    [('9F02', 6), ('9A', 3)]
    """
    if len(octets) > OCTETS_MAX:
        raise TlvMalformed("more octets than are read")
    reader, at, listed = _Reader(octets), 0, []
    while at < len(octets):
        tag, at = reader.tag(at, len(octets))
        length, at = reader.length(at, len(octets))
        listed.append((tag, length))
        if len(listed) > OBJECTS_MAX:
            raise TlvMalformed("more objects than are read")
    return tuple(listed)


class _Reader:
    """One pass over some octets; positions are from their beginning."""

    __slots__ = ("_left", "_octets")

    def __init__(self, octets: bytes) -> None:
        self._octets, self._left = octets, OBJECTS_MAX

    def objects(self, at: int, end: int, depth: int) -> tuple[DataObject, ...]:
        if depth == 0:
            raise TlvMalformed("more templates inside one another than are read")
        found = []
        while at < end:
            self._left -= 1
            if self._left < 0:
                raise TlvMalformed("more objects than are read")
            tag, at = self.tag(at, end)
            length, at = self.length(at, end)
            if at + length > end:
                raise TlvMalformed(f"the value at octet {at} is cut off")
            if _is_template(tag):
                found.append(DataObject(tag, objects=self.objects(at, at + length, depth - 1)))
            else:
                found.append(DataObject(tag, self._octets[at : at + length]))
            at += length
        return tuple(found)

    def tag(self, at: int, end: int) -> tuple[int, int]:
        stop = at + 1
        if self._octets[at] & 0x1F == 0x1F:
            while stop < end and self._octets[stop] & 0x80 and stop - at < _TAG_OCTETS_MAX:
                stop += 1
            stop += 1
        if stop > end:
            raise TlvMalformed(f"the tag at octet {at} is cut off")
        tag = int.from_bytes(self._octets[at:stop])
        _is_template(tag)
        return tag, stop

    def length(self, at: int, end: int) -> tuple[int, int]:
        if at >= end:
            raise TlvMalformed(f"the length at octet {at} is cut off")
        first = self._octets[at]
        if first < 0x80:
            return first, at + 1
        stop = at + 1 + (first & 0x7F)
        if first == 0x80 or stop - at - 1 > _LENGTH_OCTETS_MAX:
            raise TlvMalformed(f"the length at octet {at} is of a form that is not read")
        if stop > end:
            raise TlvMalformed(f"the length at octet {at} is cut off")
        length = int.from_bytes(self._octets[at + 1 : stop])
        if length < 0x80 or (stop - at == 3 and length < 0x100):
            raise TlvMalformed(f"the length at octet {at} could be shorter")
        return length, stop


@lru_cache(maxsize=1024)
def _is_template(tag: int) -> bool:
    """Whether objects of this tag hold others.

    Refuses: TlvMalformed for a tag with two spellings, of a size that cards do not have, or filler.
    """
    if not 0 < tag < 1 << 8 * _TAG_OCTETS_MAX:
        raise TlvMalformed("not a tag")
    packed = _packed_tag(tag)
    long = packed[0] & 0x1F == 0x1F
    if long != (len(packed) > 1):
        raise TlvMalformed("not a tag")
    if long and (
        packed[1] in (0x80, 0x00)
        or packed[-1] & 0x80
        or any(not octet & 0x80 for octet in packed[1:-1])
    ):
        raise TlvMalformed("not a tag")
    return bool(packed[0] & _CONSTRUCTED)


def _packed_tag(tag: int) -> bytes:
    return tag.to_bytes((tag.bit_length() + 7) // 8)


def _written(one: DataObject) -> bytes:
    value = write_objects(one.objects) if one.is_template else one.value
    return _packed_tag(one.tag) + _packed_length(len(value)) + value


def _packed_length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    if length < 0x100:
        return bytes([0x81, length])
    if length > OCTETS_MAX:
        raise TlvMalformed("a value is longer than is written")
    return b"\x82" + length.to_bytes(2)
