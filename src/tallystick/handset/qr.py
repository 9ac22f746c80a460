"""Merchant QR codes: EMV tag-length-value, checksum, the provider's signature in template 80."""

from __future__ import annotations

import binascii
from dataclasses import dataclass

from tallystick.ground.identifiers import account_id
from tallystick.ground.money import NUMERIC_CODES
from tallystick.handset.errors import Malformed, QrRefused, refusing
from tallystick.handset.keys import check_ed25519
from tallystick.handset.reading import read_octets

ACCOUNT_IDENTIFIER = "tallystick"
SIGNATURE_IDENTIFIER = "tally"
_TAGS = ["00", "01", "26", "52", "53", "58", "59", "60", "80", "63"]
_FIXED = {"00": "01", "01": "11", "52": "0000"}
_TEXT_MAX = 512
_CHECKSUM = 8
"""Characters of tag 63 with its length and value."""
_SIGNED_PREFIX = b"tallystick-qr\n"
_CURRENCIES = {numeric: currency for currency, numeric in NUMERIC_CODES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantCode:
    """Whom a signed code pays."""

    account: str
    name: str
    city: str
    country: str
    currency: str


def checksum(text: str) -> str:
    """EMV CRC of a code's text up to and including `6304`, four upper-case hex digits.

    >>> checksum("123456789")  # CRC-16/CCITT-FALSE check value
    '29B1'
    """
    return f"{binascii.crc_hqx(text.encode('utf-8'), 0xFFFF):04X}"


def read_fields(text: str) -> list[tuple[str, str]]:
    """Take tag-length-value apart. Refuses: Malformed.

    >>> read_fields("0002015802KE")
    [('00', '01'), ('58', 'KE')]
    """
    fields = []
    at = 0
    while at < len(text):
        mark = text[at : at + 4]
        if len(mark) != 4 or not (mark.isascii() and mark.isdecimal()):
            raise Malformed("no tag and length where they belong")
        value = text[at + 4 : at + 4 + int(mark[2:])]
        if len(value) != int(mark[2:]):
            raise Malformed("a value is cut short")
        fields.append((mark[:2], value))
        at += 4 + len(value)
    return fields


def read_code(text: str, *, qr_key: bytes) -> MerchantCode:
    """Read a merchant code that the provider signed. Refuses: QrRefused.

    Takes: the text of the code; the raw Ed25519 key of the service statement.
    """
    with refusing(QrRefused, "QR code"):
        if not (text.isascii() and text.isprintable() and len(text) <= _TEXT_MAX):
            raise Malformed("not printable ASCII")
        if text[-_CHECKSUM:-4] != "6304" or checksum(text[:-4]) != text[-4:]:
            raise Malformed("the checksum does not hold")
        fields = read_fields(text)
        values = dict(fields)
        if [tag for tag, _ in fields] != _TAGS:
            raise Malformed("not a signed code of this provider")
        if any(values[tag] != value for tag, value in _FIXED.items()):
            raise Malformed("not a static merchant code")
        signature = _template(values["80"], identifier=SIGNATURE_IDENTIFIER)
        signed_length = len(text) - _CHECKSUM - 4 - len(values["80"])
        check_ed25519(
            public=qr_key,
            octets=_SIGNED_PREFIX + text[:signed_length].encode("ascii"),
            signature=read_octets(signature),
        )
        return _merchant(values)


def _merchant(values: dict[str, str]) -> MerchantCode:
    currency = _CURRENCIES.get(values["53"])
    if currency is None:
        raise Malformed("in a currency that this handset does not know")
    if not (1 <= len(values["59"]) <= 25 and 1 <= len(values["60"]) <= 15):
        raise Malformed("name or city of another length")
    if not (len(values["58"]) == 2 and values["58"].isalpha() and values["58"].isupper()):
        raise Malformed("not a country")
    return MerchantCode(
        account=account_id(_template(values["26"], identifier=ACCOUNT_IDENTIFIER)),
        name=values["59"],
        city=values["60"],
        country=values["58"],
        currency=currency,
    )


def _template(value: str, *, identifier: str) -> str:
    """The second member of a template that starts with the identifier."""
    match read_fields(value):
        case [("00", found), ("01", member)] if found == identifier:
            return member
    raise Malformed("a template of another provider")
