"""COSE_Sign1 as the working group's examples have it (tests/vectors/SOURCES-cose.md)."""

from __future__ import annotations

import pytest

pytest.importorskip("cbor2", reason="the extra [purses] is not installed")

from tallystick.crypto.envelopes import EnvelopeRefused, parse_sign1
from tallystick.crypto.envelopes.cose import signature_input
from tallystick.crypto.mechanisms import public_key_from_jwk

KEY = public_key_from_jwk(
    {
        "kty": "EC",
        "crv": "P-256",
        "x": "usWxHK2PmfnHKwXPS54m0kTcGJ90UiglWiGahtagnv8",
        "y": "IBOL-C3BttVivg-lSreASjpkttcsz-1rb7btKLv8EX4",
    }
)
CONTENT = b"This is the content."
EXAMPLES = [  # name, external data, what is signed, the message
    (
        "ecdsa-examples/ecdsa-sig-01",
        "",
        "846A5369676E61747572653145A2012603004054546869732069732074686520636F6E74656E742E",
        "D28445A201260300A10442313154546869732069732074686520636F6E74656E742E5840EAE868ECC176883766C5DC5BA5B8DCA25DAB3C2E56A551CE5705B793914348E172727F48461FABBBA2E343492DDECAC3983686250BC68E9F1A7A07D41225B59F",
    ),
    (
        "sign1-tests/sign-pass-02",
        "11aa22bb33cc44dd55006699",
        "846A5369676E61747572653143A101264C11AA22BB33CC44DD5500669954546869732069732074686520636F6E74656E742E",
        "D28443A10126A10442313154546869732069732074686520636F6E74656E742E5840EAE868ECC176883766C5DC5BA5B8DCA25DAB3C2E56A551CE5705B793914348E155388B10C4F1B59A6733EAB416870A945111A4B2FBDBEF33A77234B1DEFF2F9B",
    ),
]
CHANGED = "D28443A10126A10442313154546869732069732074686520636F6E74656E742F5840EAE868ECC176883766C5DC5BA5B8DCA25DAB3C2E56A551CE5705B793914348E19F43D6C6BA654472DA301B645B293C9BA939295B97C4BDB847782BFF384C5794"
"""sign1-tests/sign-fail-02: the content was changed."""
LONG_SPELLING = "D28441A0A201260442313154546869732069732074686520636F6E74656E742E5840EAE868ECC176883766C5DC5BA5B8DCA25DAB3C2E56A551CE5705B793914348E11A02E5F0344BF2D4EE5C7FD75A68A9F5E0B3CC1F1FC1409C189566586FF9D610"
"""sign1-tests/sign-pass-01: an empty protected header as an empty map, the algorithm unprotected."""


@pytest.mark.parametrize(("name", "external", "signed", "message"), EXAMPLES)
def test_a_published_message_verifies(name: str, external: str, signed: str, message: str) -> None:
    parsed = parse_sign1(bytes.fromhex(message), octets_max=400)
    extra = bytes.fromhex(external)
    octets = signature_input(parsed.protected_octets, parsed.payload, external=extra)
    assert octets == bytes.fromhex(signed)
    assert parsed.verify(KEY, external=extra) == CONTENT
    with pytest.raises(EnvelopeRefused):
        parsed.verify(KEY, external=extra + b"x")


def test_a_published_forgery_is_refused() -> None:
    parsed = parse_sign1(bytes.fromhex(CHANGED), octets_max=400)
    with pytest.raises(EnvelopeRefused):
        parsed.verify(KEY)


def test_a_published_message_with_its_algorithm_unprotected() -> None:
    """Its Sig_structure has no octets for the empty header; ours takes what stands there."""
    parsed = parse_sign1(bytes.fromhex(LONG_SPELLING), octets_max=400)
    assert parsed.unprotected[1] == -7
    with pytest.raises(EnvelopeRefused):
        parsed.verify(KEY)
