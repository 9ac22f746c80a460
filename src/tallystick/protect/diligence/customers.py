"""A customer as the register keeps them: who, where from, known how well."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date

from tallystick.ground.clock import day_of
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import CustomerId
from tallystick.ground.limits import NAME_CHARACTERS_MAX
from tallystick.protect.diligence.countries import COUNTRIES
from tallystick.protect.enforcement import Register, decode_record, encode_record

ROLES = ("customer", "merchant", "agent")
ORGANISATIONS = ("partner", "hub")
"""Other providers with a server: they are registered like customers and hold an account."""
AGE_YEARS_MAX = 130

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DOCUMENT = re.compile(r"[A-Z0-9]{4,32}")


class CustomerMalformed(Refused):
    """What was said about a customer cannot be: the back office may correct it."""

    code, clause, public_code = "customer.malformed", "B", "order.malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """One registered customer. The document's number is not kept, only what its owner shows again.

    `born` is `YYYY-MM-DD`, `country` ISO 3166-1 alpha-2, `document` the sealed number.
    """

    id: CustomerId
    name: str
    born: str
    country: str
    role: str
    tier: str
    document: str
    registered_ms: int


CUSTOMERS: Register[CustomerRecord] = Register(
    "customer",
    lambda record: encode_record(asdict(record)),
    lambda octets: CustomerRecord(**decode_record(octets)),
)


class CustomerKnown(Refused):
    """Somebody is registered with this document: tiers limit persons, not registrations."""

    code, clause = "customer.known", "B"


class AliasTaken(Refused):
    """This phone number leads to another account already."""

    code, clause = "alias.taken", "B"


ALIASES: Register[str] = Register(
    "alias", lambda account: account.encode(), lambda octets: octets.decode()
)
"""Another name of an account, such as `msisdn:254700000001` -> the account's id."""


def msisdn_alias(digits: str) -> str:
    """The key of a phone number (E.164, digits only) among the aliases."""
    return f"msisdn:{digits}"


DOCUMENTS: Register[str] = Register(
    "document", lambda customer: customer.encode(), lambda octets: octets.decode()
)
"""Sealed document -> the customer who showed it."""


def register_customer(
    *,
    id: CustomerId,  # noqa: A002
    name: str,
    born: str,
    country: str,
    role: str,
    tier: str,
    document: str,
    seal: Callable[[str], str],
    now_ms: int,
) -> CustomerRecord:
    """Check what is said about a customer and make the record of it.

    Takes:    `seal`, which turns a document number into what may be stored (privacy.seal_document).
    Refuses:  CustomerMalformed.
    """
    return CustomerRecord(
        id=id,
        name=_name(name),
        born=_born(born, today=day_of(now_ms)),
        country=_country(country),
        role=_role(role),
        tier=tier,
        document=seal(document_number(document)),
        registered_ms=now_ms,
    )


def document_number(text: str) -> str:
    """A document number without the spaces and hyphens that come and go.

    Refuses: CustomerMalformed for anything but 4 to 32 Latin letters and digits.

    >>> document_number("ke 1234-567")
    'KE1234567'
    """
    number = re.sub(r"[ \-/.]", "", text).upper()
    if not _DOCUMENT.fullmatch(number):
        raise CustomerMalformed("a document number is 4 to 32 letters and digits")
    return number


def _name(text: str) -> str:
    """The name in one composed form, single spaces, and nothing in it that cannot be seen."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not 2 <= len(name) <= NAME_CHARACTERS_MAX:
        raise CustomerMalformed(f"a name has 2 to {NAME_CHARACTERS_MAX} characters")
    if not any(c.isalpha() for c in name) or any(unicodedata.category(c)[0] == "C" for c in name):
        raise CustomerMalformed("a name is made of letters that can be seen")
    return name


def _born(text: str, *, today: str) -> str:
    try:
        born = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        born = None
    if born is None or text > today or born.year < int(today[:4]) - AGE_YEARS_MAX:
        raise CustomerMalformed("a birth date is a day in a living person's past, YYYY-MM-DD")
    return text


def _country(text: str) -> str:
    if text not in COUNTRIES:
        raise CustomerMalformed("a country is an ISO 3166-1 alpha-2 code")
    return text


def _role(text: str) -> str:
    if text not in (*ROLES, *ORGANISATIONS):
        raise CustomerMalformed(f"a role is one of {', '.join((*ROLES, *ORGANISATIONS))}")
    return text
