"""Certificate: what was proven and what was not, signed, and verified by anybody from files alone.

Clauses: 9 (security evaluation and certification).
Enters:  a Dossier and its artefacts, a signing function; or a folder, a TrustAnchor and the time.
Leaves:  Certificate, its bundle; VerifiedCertificate.
Refuses: VerificationFailed, naming what and where; Misconfigured for a trust anchor that is none.
Proof:   tests/rooms/prove/certificate, tests/properties/test_bundle.py.
"""

from tallystick.prove.certificate.bundle import write_bundle
from tallystick.prove.certificate.model import Certificate, certify
from tallystick.prove.certificate.refusals import VerificationFailed
from tallystick.prove.certificate.trust import TrustAnchor
from tallystick.prove.certificate.verify import VerifiedCertificate, verify_certificate

__all__ = [
    "certify",
    "Certificate",
    "write_bundle",
    "verify_certificate",
    "VerifiedCertificate",
    "VerificationFailed",
    "TrustAnchor",
]
