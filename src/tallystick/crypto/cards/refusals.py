"""What the card functions refuse. A value that does not verify gets one answer, whatever it was."""

from __future__ import annotations

from tallystick.ground.errors import Refused


class CardDataMalformed(Refused):
    """An account number, date, counter or field that cannot be one. Says which, never its value."""

    code, clause = "card.malformed", "8"


class CardValueRefused(Refused):
    """The card verification value is not the one of this card."""

    code, clause = "card.value-refused", "8"


class CryptogramRefused(Refused):
    """The application cryptogram is not the one of this card and these data."""

    code, clause = "card.cryptogram-refused", "8"


class TlvMalformed(Refused):
    """Not exactly a sequence of BER-TLV objects within the bounds."""

    code, clause = "card.tlv-malformed", "8"


class AlgorithmNotPublic(Refused):
    """The scheme keeps this algorithm to its members, so nothing here could be checked."""

    code, clause = "card.algorithm-not-public", "8"


class LimitedKeyRefused(Refused):
    """The limited-use key is not yet open, past its time or spent."""

    code, clause = "card.limited-key-refused", "8"
