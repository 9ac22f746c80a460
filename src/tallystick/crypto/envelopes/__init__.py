"""Envelopes: strict compact JOSE, sealed and signed; COSE_Sign1; fields sealed at rest.

Clauses: 8, 11, Annex C.
Enters:  compact tokens from strangers; plaintext and a public key of ours; values and their places.
Leaves:  Sealed, Signed, verified payloads, sealed answers, sealed fields and their rotation.
Refuses: EnvelopeRefused: one error with one text for every reason; the reason is kept inside.
Proof:   tests/rooms/crypto/test_sealed.py, test_signed.py, test_joserfc_agrees.py,
         test_cose.py, tests/vectors/test_cose_vectors.py,
         test_parsers_fuzz.py, test_fields.py, test_field_rotation.py.
"""

from tallystick.crypto.envelopes.cose import (
    CoseSign1,
    demand_cose,
    parse_sign1,
    read_cbor,
    write_cbor,
)
from tallystick.crypto.envelopes.fields import (
    FieldIndex,
    FieldKey,
    FieldPlace,
    FieldRing,
    key_id_of,
)
from tallystick.crypto.envelopes.public_fields import open_field_with, seal_field_to
from tallystick.crypto.envelopes.refusals import EnvelopeRefused
from tallystick.crypto.envelopes.rotation import (
    Progress,
    Resealed,
    SealedField,
    SealedRows,
    reseal,
    rotate,
)
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
    "FieldIndex",
    "FieldKey",
    "FieldPlace",
    "FieldRing",
    "key_id_of",
    "seal_field_to",
    "open_field_with",
    "SealedField",
    "SealedRows",
    "Resealed",
    "Progress",
    "reseal",
    "rotate",
    "EnvelopeRefused",
]
