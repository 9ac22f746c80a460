"""What the mechanisms refuse. No message says more than that it was refused."""

from __future__ import annotations

from tallystick.ground.errors import Refused


class KeyRefused(Refused):
    """Not exactly one public key of the expected kind."""

    code, clause = "key.refused", "8"


class SignatureRefused(Refused):
    """The signature is not this key's signature over these octets."""

    code, clause = "signature.refused", "8"


class MechanismRefused(Refused):
    """A mechanism that is unknown, too weak or past its year."""

    code, clause = "mechanism.refused", "8"


class Undecipherable(Refused):
    """The authenticated ciphertext does not open: other key, other header or altered octets."""

    code, clause = "ciphertext.refused", "8"


class FormatRefused(Refused):
    """A text that does not belong to the domain of a format-preserving cipher."""

    code, clause = "format.refused", "8"


class X509Refused(Refused):
    """A certificate or revocation list that we do not take; outsiders get one answer."""

    code, clause = "certificate.refused", "8"


class MacRefused(Refused):
    """The MAC is not this key's MAC over this message, or has no length that a MAC may have."""

    code, clause = "mac.refused", "8"
