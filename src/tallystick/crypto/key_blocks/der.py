"""DER, strictly: one element at a time, definite and minimal lengths, nothing behind the end.

The reader goes only as deep as its caller asks, so that no nesting keeps it busy. It does not judge
the order within a SET: key tokens of TR-34:2012 have them unordered and sign what they wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.ground.errors import Defect, Refused

DER_OCTETS_MAX = 64 * 1024
ELEMENTS_MAX = 64
"""Elements within one SEQUENCE or SET."""

INTEGER, OCTET_STRING, NULL, OBJECT = 0x02, 0x04, 0x05, 0x06
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
CONTEXT, CONSTRUCTED = 0x80, 0x20
_HIGH_TAG = 0x1F
_INTEGER_OCTETS_MAX = 64


class DerRefused(Refused):
    """Octets that are not the DER that was expected."""

    code, clause = "der.refused", "8"


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag octet, what it holds, and itself as it was written."""

    tag: int
    content: bytes
    whole: bytes


def read_element(octets: bytes, *, tag: int | None = None) -> Element:
    """Read octets that are exactly one element (of a tag). Refuses: DerRefused.

    >>> read_element(bytes.fromhex("020105"), tag=INTEGER).content
    b'\\x05'
    """
    if len(octets) > DER_OCTETS_MAX:
        raise DerRefused("too long")
    element, end = _read_at(octets, 0)
    if end != len(octets):
        raise DerRefused("octets behind the end")
    return element if tag is None else _demand(element, tag)


def read_elements(octets: bytes) -> list[Element]:
    """Read octets that are a row of elements, at most 64. Refuses: DerRefused."""
    elements: list[Element] = []
    at = 0
    while at < len(octets):
        if len(elements) == ELEMENTS_MAX:
            raise DerRefused("too many elements")
        element, at = _read_at(octets, at)
        elements.append(element)
    return elements


def inside(element: Element, *tags: int) -> list[Element]:
    """What a constructed element holds: exactly these tags, in this order. Refuses: DerRefused."""
    if not element.tag & CONSTRUCTED:
        raise DerRefused("holds no elements")
    return row(read_elements(element.content), *tags)


def row(elements: list[Element], *tags: int) -> list[Element]:
    """Hold a row of elements to these tags, in this order. Refuses: DerRefused."""
    if [element.tag for element in elements] != list(tags):
        raise DerRefused("not the elements that belong here")
    return elements


def only(element: Element, tag: int) -> Element:
    """The one element that a constructed element holds. Refuses: DerRefused."""
    return inside(element, tag)[0]


def read_integer(element: Element) -> int:
    """A whole number of at most 64 octets, written as short as it can be. Refuses: DerRefused."""
    content = _demand(element, INTEGER).content
    if not 0 < len(content) <= _INTEGER_OCTETS_MAX:
        raise DerRefused("not a whole number")
    if len(content) > 1 and (content[0], content[1] & 0x80) in ((0, 0), (0xFF, 0x80)):
        raise DerRefused("not the shortest form")
    return int.from_bytes(content, "big", signed=True)


def write(tag: int, content: bytes) -> bytes:
    """One element.

    >>> write(OCTET_STRING, bytes(130)).hex()[:6]
    '048182'
    """
    size = len(content)
    if size < CONTEXT:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, CONTEXT | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of elements that are written already."""
    return write(SEQUENCE, b"".join(parts))


def set_of(parts: Sequence[bytes]) -> bytes:
    """A SET OF, in the order that DER wants: by their octets (X.690 §11.6)."""
    return write(SET, b"".join(sorted(parts)))


def integer(value: int) -> bytes:
    """An INTEGER that is not negative."""
    if value < 0:
        raise Defect("no negative whole number is written here")
    return write(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octet_string(content: bytes) -> bytes:
    """An OCTET STRING."""
    return write(OCTET_STRING, content)


def object_identifier(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER.

    >>> object_identifier("1.2.840.113549.1.9.3").hex()
    '06092a864886f70d010903'
    """
    first, second, *rest = (int(part) for part in dotted.split("."))
    octets = b"".join(_base128(part) for part in (40 * first + second, *rest))
    return write(OBJECT, octets)


def _base128(number: int) -> bytes:
    low, number = bytes((number & 0x7F,)), number >> 7
    while number:
        low, number = bytes((CONTEXT | number & 0x7F,)) + low, number >> 7
    return low


def _demand(element: Element, tag: int) -> Element:
    if element.tag != tag:
        raise DerRefused("not the element that belongs here")
    return element


def _read_at(octets: bytes, at: int) -> tuple[Element, int]:
    if at + 2 > len(octets):
        raise DerRefused("cut short")
    tag, size, begin = octets[at], octets[at + 1], at + 2
    if tag & _HIGH_TAG == _HIGH_TAG:
        raise DerRefused("a tag of more than one octet")
    if size >= CONTEXT:
        size, begin = _read_long(octets, begin, size - CONTEXT)
    end = begin + size
    if end > len(octets):
        raise DerRefused("cut short")
    return Element(tag, octets[begin:end], octets[at:end]), end


def _read_long(octets: bytes, begin: int, count: int) -> tuple[int, int]:
    """A length of one to four octets that could not have been written shorter."""
    end = begin + count
    if not 0 < count <= 4 or end > len(octets):
        raise DerRefused("not a definite length")
    size = int.from_bytes(octets[begin:end], "big")
    if size < CONTEXT or octets[begin] == 0:
        raise DerRefused("not the shortest length")
    return size, end
