"""Card verification values that a chip makes anew each time: dCVV of Visa, CVC3 of Mastercard.

The key is that of the card (`master_keys`), derived from the issuer's key for these values.
"""

from __future__ import annotations

from tallystick.crypto.cards.pan import demand_between, demand_octets
from tallystick.crypto.cards.values import CardVerificationKey
from tallystick.crypto.mechanisms import MacPadding, RetailMac

_CVC3_DIGITS = (3, 5)
_TRACK_OCTETS_MAX = 256


def dynamic_value(
    card_key: bytes, *, pan: str, expiry: str, service_code: str, atc: bytes, digits: int = 3
) -> str:
    """Visa's dCVV: the CVV under the card's key, with the counter over the first digits.

    Takes:   card_key 16 octets; pan 12 to 19 digits; atc 2 octets; 3 to 5
             digits out.
    Refuses: CardDataMalformed.
    Source:  US patent 8,387,866 B2; values of another tool in tests/vectors/SOURCES-cards.md.
    """
    head = demand_octets(atc, "transaction counter", 2).hex()
    key = CardVerificationKey(card_key)
    return key.overlaid(pan, head, expiry, service_code, digits=digits)


def dynamic_code(
    card_key: bytes, *, track: bytes, number: bytes, atc: bytes, digits: int = 5
) -> str:
    """Mastercard's CVC3: the last digits, 3 to 5, of a 16-bit number, zeros in front.

    Takes:   card_key 16 octets; track, the static track data as the card hashes them (track 2
             packed, track 1 as text); number, the unpredictable number, 4 octets; atc 2 octets.
    Refuses: CardDataMalformed.
    Source:  Mastercard PayPass MagStripe facts as published by pyemv 1.5.

    >>> from tallystick.crypto.cards.master_keys import IssuerMasterKey
    >>> issuer = IssuerMasterKey.tdes(bytes.fromhex("01234567899876543210012345678998"))
    >>> track = bytes.fromhex("5123456789012345d35121010000000000000f")
    >>> dynamic_code(issuer.card_key_a("5123456789012345", "00"), track=track,
    ...              number=bytes.fromhex("00000899"), atc=bytes.fromhex("005e"))
    '29488'
    """
    demand_octets(number, "unpredictable number", 4)
    demand_octets(atc, "transaction counter", 2)
    demand_octets(track, "track", 1, _TRACK_OCTETS_MAX)
    demand_between(digits, "value length", *_CVC3_DIGITS)
    mac = RetailMac(card_key)
    start = mac.tag(track, padding=MacPadding.ONE_AND_ZEROS)[-2:]
    last = mac.encrypt(start + number + atc)[-2:]
    return f"{int.from_bytes(last, 'big'):05d}"[-digits:]
