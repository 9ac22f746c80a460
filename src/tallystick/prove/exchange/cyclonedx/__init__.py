"""CycloneDX: cryptographic assets as a bill of materials, closed requirements as attestations.

Clauses: 8 (cryptographic components), 9 (security evaluation and certification), Annex C.
Enters:  Material; the register of mechanisms and of key purposes.
Leaves:  two CycloneDX 1.6 documents in JSON, valid against the official schema: the CBOM, and
         declarations that map requirements to claims, evidence and conformance.
Refuses: nothing of its own; Material has refused what does not belong together.
Proof:   tests/rooms/prove/exchange/test_cyclonedx.py, tests/vectors/cyclonedx.
"""

from tallystick.prove.exchange.cyclonedx.files import cyclonedx_files

__all__ = ["cyclonedx_files"]
