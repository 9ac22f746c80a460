"""Envelopes: strict compact JOSE, sealed (ECDH-ES, A256GCM) and signed (ES256); COSE_Sign1.

Clauses: 8, 11, Annex C.
Enters:  compact tokens from strangers; plaintext and a public key of ours.
Leaves:  Sealed, Signed, verified payloads, sealed answers.
Refuses: EnvelopeRefused: one error with one text for every reason; the reason is kept inside.
Proof:   tests/rooms/crypto/test_sealed.py, test_signed.py, test_joserfc_agrees.py,
         test_cose.py, tests/vectors/test_cose_vectors.py,
         test_parsers_fuzz.py.
"""

from tallystick.crypto.envelopes.cose import (
    CoseSign1,
    demand_cose,
    parse_sign1,
    read_cbor,
    write_cbor,
)
from tallystick.crypto.envelopes.refusals import EnvelopeRefused
from tallystick.crypto.envelopes.sealed import Sealed, open_sealed, parse_sealed, seal
from tallystick.crypto.envelopes.signed import Signed, parse_signed
from tallystick.crypto.envelopes.strict import strict_object

__all__ = [
    "seal",
    "parse_sealed",
    "open_sealed",
    "parse_signed",
    "strict_object",
    "parse_sign1",
    "read_cbor",
    "write_cbor",
    "demand_cose",
    "CoseSign1",
    "Sealed",
    "Signed",
    "EnvelopeRefused",
]
