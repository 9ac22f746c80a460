"""Optional blocks: what else the header of a key block says, read strictly and written one way.

The data of an optional block is text. What the blocks of X9.143 hold is checked for its form here;
blocks that we do not know are kept as they are, and whoever takes a key decides about them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tallystick.crypto.key_blocks.attributes import KeyAlgorithm
from tallystick.crypto.key_blocks.refusals import KeyBlockRefused
from tallystick.crypto.mechanisms import CheckMethod

PADDING = "PB"
COUNT_MAX = 99
_SHORT_MAX = 255
_PREFIX, _EXTENDED_PREFIX = 4, 10
_DAY, _HOUR = "[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9]{2}:[0-9]{2}:[0-9]{2}"
_TIME = rf"(?:{_DAY}T{_HOUR}(?:\.[0-9]{{2}})?|[0-9]{{14}}(?:[0-9]{{2}})?)Z"
_CHECK = r"00(?:[0-9A-F]{2}){2,3}|01(?:[0-9A-F]{2}){2,5}"
_FORMS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        name: re.compile(form)
        for name, form in {
            "AL": r"010[01]",  # life of an asymmetric key
            "BI": r"00[0-9A-F]{10}|01[0-9A-F]{8}",  # identifier of the base derivation key
            "CT": r"0[012][0-9A-Za-z+/=]+",  # certificates
            "DA": r"01(?:[0-9A-Z]{5})+",  # derivations allowed
            "HM": r"[0-9A-F]{2}",  # hash of an HMAC key
            "IK": r"[0-9A-F]{16}",  # initial key identifier, AES DUKPT
            "KC": _CHECK,  # check value of the wrapped key
            "KP": _CHECK,  # check value of the protection key
            "KS": r"[0-9A-F]{16}(?:[0-9A-F]{4})?",  # key serial number, TDES DUKPT
            "KV": r"[0-9A-Za-z]{4}",  # key block values (deprecated)
            "LB": r"[ -~]+",  # label
            "PB": r"[ -~]*",  # padding
            "PK": _CHECK,  # check value of an earlier protection key
            "TC": _TIME,  # time of creation
            "TS": _TIME,  # time of the block
            "WP": r"00[0-3]",  # whether it was ever under a weaker key
        }.items()
    }
)
_ID = re.compile(r"[0-9A-Z]{2}")
_TEXT = re.compile(r"[ -~]*")
_HEX_2, _HEX_4 = re.compile(r"[0-9A-F]{2}"), re.compile(r"[0-9A-F]{4}")

_HASH_CODES = {
    KeyAlgorithm.HMAC_SHA224: "20",
    KeyAlgorithm.HMAC_SHA256: "21",
    KeyAlgorithm.HMAC_SHA384: "22",
    KeyAlgorithm.HMAC_SHA512: "23",
}
HASH_OF: Mapping[str, KeyAlgorithm] = MappingProxyType(
    {code: algorithm for algorithm, code in _HASH_CODES.items()}
)
"""What the data of an HM block says of its key, as far as we have the algorithm."""
METHOD_OF: Mapping[str, CheckMethod] = MappingProxyType(
    {"00": CheckMethod.LEGACY, "01": CheckMethod.CMAC}
)
"""What the first two digits of a check value block say of its method."""


@dataclass(frozen=True, slots=True)
class OptionalBlock:
    """One optional block: two characters that name it, and its text.

    Refuses: KeyBlockRefused for what X9.143:2021, 6.3.6 does not allow in a block of this name.
    """

    id: str
    data: str

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise KeyBlockRefused("optional-block.id")
        if not _FORMS.get(self.id, _TEXT).fullmatch(self.data):
            raise KeyBlockRefused("optional-block.data")

    @classmethod
    def key_serial_number(cls, ksn: bytes) -> OptionalBlock:
        """KS: the initial key serial number of TDES DUKPT, 10 octets with a counter of zero."""
        return cls("KS", ksn.hex().upper())

    @classmethod
    def initial_key_id(cls, identifier: bytes) -> OptionalBlock:
        """IK: the initial key identifier of AES DUKPT, 8 octets."""
        return cls("IK", identifier.hex().upper())

    @classmethod
    def hash_of(cls, algorithm: KeyAlgorithm) -> OptionalBlock:
        """HM: the hash of an HMAC key."""
        return cls("HM", _HASH_CODES[algorithm])

    @classmethod
    def check(cls, name: str, method: CheckMethod, value: str) -> OptionalBlock:
        """KC, KP or PK: a check value with its method, as upper-case hex digits."""
        return cls(name, ("00" if method is CheckMethod.LEGACY else "01") + value)

    @property
    def text(self) -> str:
        """The block as it stands in a header.

        The long form of the length is the one of the examples of X9.143:2021, 8.5 and 8.6: two hex
        pairs. `openemv/tr31` writes it as four digits, and we read both.
        """
        whole = len(self.data) + _PREFIX
        if whole <= _SHORT_MAX:
            return f"{self.id}{whole:02X}{self.data}"
        whole = len(self.data) + _EXTENDED_PREFIX
        return f"{self.id}0002{whole:04X}{self.data}"


def write_optional(blocks: Iterable[OptionalBlock], *, multiple: int) -> tuple[int, str]:
    """The blocks one after another, padded by a PB block to a multiple of `multiple` characters.

    Gives:   how many blocks there are with the padding, and their text.
    Refuses: KeyBlockRefused for a name twice, a PB block of the caller's, or too many.

    >>> write_optional([OptionalBlock("KS", "00604B120F9292800000")], multiple=8)
    (1, 'KS1800604B120F9292800000')
    >>> write_optional([OptionalBlock("HM", "21")], multiple=16)
    (2, 'HM0621PB0A000000')
    """
    written = list(blocks)
    names = [block.id for block in written]
    if len(set(names)) != len(names) or PADDING in names:
        raise KeyBlockRefused("optional-block.twice")
    text = "".join(block.text for block in written)
    if len(text) % multiple:
        written.append(OptionalBlock(PADDING, "0" * (-(len(text) + _PREFIX) % multiple)))
        text += written[-1].text
    if len(written) > COUNT_MAX:
        raise KeyBlockRefused("optional-block.count")
    return len(written), text


def read_optional(
    text: str, start: int, *, count: int, multiple: int
) -> tuple[tuple[OptionalBlock, ...], int]:
    """Read `count` blocks that begin at `start`.

    Gives:   the blocks without the padding, and where they end.
    Refuses: KeyBlockRefused for a length that is not what it says, a name twice, padding that is
             not the last or longer than needed, and a whole that is no multiple of `multiple`.
    """
    blocks: dict[str, OptionalBlock] = {}
    at = start
    for left in range(count - 1, -1, -1):
        end, data = _bounds(text, at)
        block = OptionalBlock(text[at : at + 2], text[data:end])
        if block.id in blocks:
            raise KeyBlockRefused("optional-block.twice")
        if block.id == PADDING and (left or end - at > _PREFIX + multiple):
            raise KeyBlockRefused("optional-block.padding")
        blocks[block.id] = block
        at = end
    if (at - start) % multiple:
        raise KeyBlockRefused("optional-block.padding")
    blocks.pop(PADDING, None)
    return tuple(blocks.values()), at


def _bounds(text: str, at: int) -> tuple[int, int]:
    """Where the block at `at` ends, and where its data begins."""
    short = _number(text, at + 2, _HEX_2)
    prefix, whole = _PREFIX, short
    if short == 0:
        if text[at + 4 : at + 6] not in ("02", "04"):
            raise KeyBlockRefused("optional-block.length")
        prefix, whole = _EXTENDED_PREFIX, _number(text, at + 6, _HEX_4)
        if whole - prefix <= _SHORT_MAX - _PREFIX:  # one spelling of each length
            raise KeyBlockRefused("optional-block.length")
    if whole < prefix or at + whole > len(text):
        raise KeyBlockRefused("optional-block.length")
    return at + whole, at + prefix


def _number(text: str, at: int, digits: re.Pattern[str]) -> int:
    match = digits.match(text, at)
    if match is None:
        raise KeyBlockRefused("optional-block.length")
    return int(match[0], 16)
