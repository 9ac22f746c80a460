"""PKCS#11: the master key, and keys that work, in a token; asked through a process of its own.

Clauses: 8, Annex C (ISO 11568, ISO 13491).
Enters:  a file that names the token, records to seal and open, octets to authenticate and sign.
Leaves:  sealed records, MACs, signatures, check values; what the token is and what it can do.
Refuses: Misconfigured for tokens that cannot be trusted with it, TokenPinRefused (never tried again
         by itself), KeyRecordRefused, TokenKeyRefused, TokenMacRefused, ModuleUnavailable.
Proof:   tests/conformance/test_master_keys.py, tests/conformance/test_token_keys.py,
         tests/rooms/backends/pkcs11.
"""

from tallystick.backends.pkcs11.keeper import TokenKeeper, mac_question
from tallystick.backends.pkcs11.mechanisms import MECHANISMS, SIGNER_MECHANISMS, TokenMechanism
from tallystick.backends.pkcs11.refusals import TokenKeyRefused, TokenMacRefused, TokenPinRefused
from tallystick.backends.pkcs11.settings import TokenSettings, parse_settings, read_settings

__all__ = [
    "TokenKeeper",
    "mac_question",
    "MECHANISMS",
    "SIGNER_MECHANISMS",
    "TokenMechanism",
    "TokenSettings",
    "read_settings",
    "parse_settings",
    "TokenPinRefused",
    "TokenKeyRefused",
    "TokenMacRefused",
]
