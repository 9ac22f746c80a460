"""Pseudonyms and seals: what stands in the evidence instead of a person or a document.

Both are keyed (HMAC-SHA-256): without the key nobody can go through all customers, or all document
numbers, and compare. Whoever destroys the key makes every one of them anonymous for good.
"""

from __future__ import annotations

import hmac

from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import to_base64url
from tallystick.ground.secret import Secret

KEY_OCTETS_MIN = 32
PSEUDONYM_OCTETS = 16
"""128 bits: no two of 2**40 customers share one, but with a probability below 2**-48."""

KINDS = {"customer": "cus", "account": "acc", "device": "dev", "document": "doc", "name": "nam"}


def pseudonym(kind: str, value: str, *, key: Secret) -> str:
    """The pseudonym of a value of one kind; the same value as another kind has another.

    Refuses:  Defect for an unknown kind, an empty value or a key of less than 32 octets.

    >>> pseudonym("customer", "cus-1", key=Secret(bytes(32)))
    'cus~Xvw137upxhwbtsDPOJfMxA'
    """
    octets = key.reveal()
    if kind not in KINDS or not value or len(octets) < KEY_OCTETS_MIN:
        raise Defect("a pseudonym takes a known kind, a value and a key of 32 octets or more")
    material = f"tallystick-pseudonym.{kind}.{value}".encode()
    tag = hmac.digest(octets, material, "sha256")[:PSEUDONYM_OCTETS]
    return f"{KINDS[kind]}~{to_base64url(tag)}"


def seal_document(number: str, *, key: Secret) -> str:
    """What may be stored of a document number: enough to know it again, and nothing to read."""
    return pseudonym("document", number, key=key)
