"""Merchant QR codes: EMV merchant-presented layout, signed by the provider."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tallystick.crypto.mechanisms import KeyRefused, SignatureRefused, ed25519_verify
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import (
    AccountId,
    NotAnIdentifier,
    account_id,
    from_base64url,
    to_base64url,
)
from tallystick.ground.money import NUMERIC_CODES

TAGS = ("00", "01", "26", "52", "53", "58", "59", "60", "80", "63")
CITY = "n/a"
NAME_CHARACTERS_MAX = 25
_PREFIX = b"tallystick-qr\n"
_SIGNATURE_TEMPLATE = 99
"""Characters of template 80: nine name the scheme, ninety hold the signature."""


class CodeRefused(Refused):
    """Not a code of ours, altered, or not to be written."""

    code, clause, public_code = "code.refused", "10", "payee.mismatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantCode:
    """What a merchant's code says: the account, the name shown, currency and country."""

    account: AccountId
    name: str
    currency: str
    country: str


def write_code(code: MerchantCode, *, sign: Callable[[bytes], bytes]) -> str:
    """Write a static code and sign it.

    Refuses: CodeRefused for a name that is not 1 to 25 printable ASCII characters.
    Source:  EMV QR Code Specification, merchant-presented mode, for tags and CRC (field layout).
    """
    plain = code.name.isascii() and code.name.isprintable()
    if not (plain and 0 < len(code.name) <= NAME_CHARACTERS_MAX):
        raise CodeRefused("a merchant's name on a code is 1 to 25 printable ASCII characters")
    signed = "".join(
        (
            _field("00", "01"),
            _field("01", "11"),
            _field("26", _field("00", "tallystick") + _field("01", code.account)),
            _field("52", "0000"),
            _field("53", NUMERIC_CODES[code.currency]),
            _field("58", code.country),
            _field("59", code.name),
            _field("60", CITY),
        )
    )
    signature = to_base64url(sign(_PREFIX + signed.encode("ascii")))
    text = signed + _field("80", _field("00", "tally") + _field("01", signature)) + "6304"
    return text + _crc(text)


def read_code(text: str, *, key: bytes) -> MerchantCode:
    """Read a code that a handset photographed. Refuses: CodeRefused.

    Takes: the provider's raw Ed25519 key for codes, 32 octets.
    """
    if not text.isascii() or len(text) < 8 or _crc(text[:-4]) != text[-4:]:
        raise CodeRefused("the code is damaged")
    fields = dict(_read_fields(text))
    if tuple(fields) != TAGS or len(fields["80"]) != _SIGNATURE_TEMPLATE:
        raise CodeRefused("the code does not have exactly our fields")
    _verify(text, _template(fields["80"], "tally"), key)
    currency = next((c for c, n in NUMERIC_CODES.items() if n == fields["53"]), "")
    try:
        account = account_id(_template(fields["26"], "tallystick"))
    except NotAnIdentifier:
        raise CodeRefused("the code names no account") from None
    return MerchantCode(account=account, name=fields["59"], currency=currency, country=fields["58"])


def _verify(text: str, signature: str, key: bytes) -> None:
    signed = text[: -len(_field("80", "?" * _SIGNATURE_TEMPLATE)) - len("6304XXXX")]
    try:
        ed25519_verify(key, _PREFIX + signed.encode("ascii"), from_base64url(signature))
    except (KeyRefused, SignatureRefused, NotAnIdentifier) as refusal:
        raise CodeRefused("the code is not signed by the provider") from refusal


def _template(value: str, name: str) -> str:
    """What a template of this name holds: nothing but its name and one field."""
    fields = dict(_read_fields(value))
    if tuple(fields) != ("00", "01") or fields["00"] != name:
        raise CodeRefused("the code does not have exactly our templates")
    return fields["01"]


def _field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"


def _read_fields(text: str) -> Iterator[tuple[str, str]]:
    position, seen = 0, set()
    while position < len(text):
        tag, length = text[position : position + 2], text[position + 2 : position + 4]
        if not (tag + length).isdigit() or len(length) != 2 or tag in seen:
            raise CodeRefused("the code cannot be read")
        end = position + 4 + int(length)
        if end > len(text):
            raise CodeRefused("the code cannot be read")
        seen.add(tag)
        yield tag, text[position + 4 : end]
        position = end


def _crc(text: str) -> str:
    return f"{binascii.crc_hqx(text.encode('ascii'), 0xFFFF):04X}"
