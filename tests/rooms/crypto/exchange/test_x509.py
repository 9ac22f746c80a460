"""Certificates: a chain holds at an instant, for a purpose, or not at all."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509 as native
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.crypto.mechanisms import (
    KeyPair,
    KeyRefused,
    LocalAuthority,
    PublicHalf,
    Purpose,
    Subject,
    X509Certificate,
    X509Refused,
    check_authority,
    check_chain,
    check_not_revoked,
    make_request,
)
from tests.rooms.crypto.exchange.people import DAY_MS, NOW_MS

ROOT = LocalAuthority.create(common_name="root", at_ms=NOW_MS, days=100)
OTHER = LocalAuthority.create(common_name="root", at_ms=NOW_MS, days=100)
MIDDLE_PAIR = KeyPair.generate("ECC_NIST_P256")
MIDDLE = LocalAuthority(
    MIDDLE_PAIR,
    ROOT.issue_authority(MIDDLE_PAIR.public, common_name="middle", at_ms=NOW_MS, days=50),
)
LEAF_PAIR = KeyPair.generate("ECC_NIST_P256")


def _leaf(authority: LocalAuthority, purpose: Purpose = Purpose.SIGNATURE) -> X509Certificate:
    return authority.issue(
        LEAF_PAIR.public, common_name="leaf", at_ms=NOW_MS, days=30, purpose=purpose
    )


LEAF, BELOW = _leaf(ROOT), _leaf(MIDDLE)


def test_a_chain_holds() -> None:
    check_chain(LEAF, root=ROOT.certificate, at_ms=NOW_MS, purpose=Purpose.SIGNATURE)
    check_chain(
        BELOW,
        through=[MIDDLE.certificate],
        root=ROOT.certificate,
        at_ms=NOW_MS,
        purpose=Purpose.SIGNATURE,
    )
    check_authority(ROOT.certificate, at_ms=NOW_MS)


@pytest.mark.parametrize("at_ms", [NOW_MS - 2 * DAY_MS, NOW_MS + 31 * DAY_MS])
def test_a_leaf_outside_of_its_validity_is_refused(at_ms: int) -> None:
    with pytest.raises(X509Refused):
        check_chain(LEAF, root=ROOT.certificate, at_ms=at_ms, purpose=Purpose.SIGNATURE)


def test_an_authority_outside_of_its_validity_is_refused() -> None:
    short = LocalAuthority.create(common_name="short", at_ms=NOW_MS, days=3)
    leaf = _leaf(short)
    with pytest.raises(X509Refused):
        check_chain(
            leaf, root=short.certificate, at_ms=NOW_MS + 5 * DAY_MS, purpose=Purpose.SIGNATURE
        )
    with pytest.raises(X509Refused):
        check_authority(short.certificate, at_ms=NOW_MS + 5 * DAY_MS)


def test_another_root_of_the_same_name_is_refused() -> None:
    with pytest.raises(X509Refused):
        check_chain(LEAF, root=OTHER.certificate, at_ms=NOW_MS, purpose=Purpose.SIGNATURE)


def test_a_leaf_for_another_purpose_is_refused() -> None:
    with pytest.raises(X509Refused):
        check_chain(LEAF, root=ROOT.certificate, at_ms=NOW_MS, purpose=Purpose.KEY_TRANSPORT)


def test_a_leaf_issues_nothing() -> None:
    forger = LocalAuthority(LEAF_PAIR, LEAF)
    forged = _leaf(forger)
    with pytest.raises(X509Refused):
        check_chain(
            forged,
            through=[LEAF],
            root=ROOT.certificate,
            at_ms=NOW_MS,
            purpose=Purpose.SIGNATURE,
        )


def test_an_authority_below_another_issues_no_authority() -> None:
    pair = KeyPair.generate("ECC_NIST_P256")
    lowest = LocalAuthority(
        pair, MIDDLE.issue_authority(pair.public, common_name="low", at_ms=NOW_MS, days=9)
    )
    with pytest.raises(X509Refused):
        check_chain(
            _leaf(lowest),
            through=[lowest.certificate, MIDDLE.certificate],
            root=ROOT.certificate,
            at_ms=NOW_MS,
            purpose=Purpose.SIGNATURE,
        )


def test_a_missing_link_is_refused() -> None:
    with pytest.raises(X509Refused):
        check_chain(BELOW, root=ROOT.certificate, at_ms=NOW_MS, purpose=Purpose.SIGNATURE)


def test_a_root_that_another_issued_is_no_root() -> None:
    with pytest.raises(X509Refused):
        check_authority(MIDDLE.certificate, at_ms=NOW_MS)


def test_a_critical_extension_that_we_do_not_know_is_refused() -> None:
    builder = native.CertificateBuilder(ROOT.certificate.native.subject, LEAF.native.subject)
    builder = builder.public_key(LEAF_PAIR.public.native).serial_number(7)
    builder = builder.not_valid_before(LEAF.native.not_valid_before_utc)
    builder = builder.not_valid_after(LEAF.native.not_valid_after_utc)
    strange = native.UnrecognizedExtension(native.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    builder = builder.add_extension(strange, critical=True)
    signed = builder.sign(ROOT.pair.native, LEAF.native.signature_hash_algorithm)
    certificate = X509Certificate.from_pem(signed.public_bytes(Encoding.PEM))
    with pytest.raises(X509Refused):
        check_chain(certificate, root=ROOT.certificate, at_ms=NOW_MS, purpose=Purpose.SIGNATURE)


def test_a_revoked_leaf_is_refused_and_others_are_not() -> None:
    crl = ROOT.revoke([LEAF.serial], at_ms=NOW_MS, days=7)
    with pytest.raises(X509Refused):
        check_not_revoked(LEAF, crl=crl, issuer=ROOT.certificate, at_ms=NOW_MS)
    check_not_revoked(_leaf(ROOT), crl=crl, issuer=ROOT.certificate, at_ms=NOW_MS)


@pytest.mark.parametrize("at_ms", [NOW_MS - 1000, NOW_MS + 8 * DAY_MS])
def test_a_revocation_list_out_of_date_says_nothing(at_ms: int) -> None:
    crl = ROOT.revoke([], at_ms=NOW_MS, days=7)
    with pytest.raises(X509Refused):
        check_not_revoked(LEAF, crl=crl, issuer=ROOT.certificate, at_ms=at_ms)


def test_a_revocation_list_of_another_is_refused() -> None:
    crl = OTHER.revoke([], at_ms=NOW_MS, days=7)
    with pytest.raises(X509Refused):
        check_not_revoked(LEAF, crl=crl, issuer=ROOT.certificate, at_ms=NOW_MS)


def test_pem_is_one_certificate_and_nothing_else() -> None:
    pem = LEAF.pem().encode()
    assert X509Certificate.from_pem(pem) == LEAF
    for other in (pem * 2, b"x" + pem, pem + b"x", pem.replace(b"MI", b"!!"), b""):
        with pytest.raises(X509Refused):
            X509Certificate.from_pem(other)


def test_a_weak_key_is_refused() -> None:
    weak = (
        bytes.fromhex("305c300d06092a864886f70d0101010500034b003048024100")
        + b"\xbb" * 64
        + bytes.fromhex("0203010001")
    )
    with pytest.raises(KeyRefused):
        PublicHalf.from_der(weak)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_another_reader_takes_our_certificates_and_requests(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_text(ROOT.certificate.pem())
    (tmp_path / "middle.pem").write_text(MIDDLE.certificate.pem())
    (tmp_path / "leaf.pem").write_text(BELOW.pem())
    (tmp_path / "request.der").write_bytes(
        make_request(LEAF_PAIR, Subject(common_name="device 7", country="FR"))
    )
    verify = ["openssl", "verify", "-attime", str(NOW_MS // 1000), "-CAfile", "root.pem"]
    ran = subprocess.run(
        [*verify, "-untrusted", "middle.pem", "leaf.pem"],
        cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ran.stdout.strip() == "leaf.pem: OK", ran.stderr
    request = ["openssl", "req", "-in", "request.der", "-inform", "DER", "-verify", "-noout"]
    ran = subprocess.run(
        request, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
    )
    assert ran.returncode == 0
    assert "OK" in ran.stdout + ran.stderr


def _read_and_check(octets: bytes) -> None:
    certificate = X509Certificate.from_der(octets)
    check_chain(certificate, root=ROOT.certificate, at_ms=NOW_MS, purpose=Purpose.SIGNATURE)


@settings(max_examples=300)
@given(at=st.integers(0, len(LEAF.der) - 1), change=st.integers(1, 255))
def test_one_altered_octet_is_enough(at: int, change: int) -> None:
    octets = bytearray(LEAF.der)
    octets[at] ^= change
    with pytest.raises((X509Refused, KeyRefused)):
        _read_and_check(bytes(octets))


def test_a_country_of_five_letters_is_refused_without_a_word() -> None:
    """One altered octet makes a country of a common name; the library warns, and a list may do so."""
    common, country = bytes.fromhex("0603550403"), bytes.fromhex("0603550406")
    assert LEAF.der.count(common) == 2
    for times in (1, 2):
        with pytest.raises(X509Refused):
            _read_and_check(LEAF.der.replace(common, country, times))
    crl = ROOT.revoke([], at_ms=NOW_MS, days=5)
    with pytest.raises(X509Refused):
        check_not_revoked(
            LEAF, crl=crl.replace(common, country), issuer=ROOT.certificate, at_ms=NOW_MS
        )


def _with_zero_bits_last(issue: Callable[[], bytes]) -> bytes:
    """Signatures differ from one issue to the next; every second one ends with a bit that is zero."""
    return next(der for der in (issue() for _ in range(200)) if der[-1] & 1 == 0)


def test_a_signature_with_unused_bits_is_refused() -> None:
    der = _with_zero_bits_last(lambda: _leaf(ROOT).der)
    at = len(der) - len(native.load_der_x509_certificate(der).signature) - 1
    again = der[:at] + b"\x01" + der[at + 1 :]
    native.load_der_x509_certificate(again).verify_directly_issued_by(ROOT.certificate.native)
    with pytest.raises(X509Refused):
        _read_and_check(again)


def test_a_list_whose_signature_has_unused_bits_is_refused() -> None:
    der = _with_zero_bits_last(lambda: ROOT.revoke([], at_ms=NOW_MS, days=5))
    at = len(der) - len(native.load_der_x509_crl(der).signature) - 1
    check_not_revoked(LEAF, crl=der, issuer=ROOT.certificate, at_ms=NOW_MS)
    again = der[:at] + b"\x01" + der[at + 1 :]
    with pytest.raises(X509Refused):
        check_not_revoked(LEAF, crl=again, issuer=ROOT.certificate, at_ms=NOW_MS)


@given(st.binary(max_size=400))
def test_strangers_octets_are_read_or_refused(octets: bytes) -> None:
    with contextlib.suppress(X509Refused, KeyRefused):
        X509Certificate.from_der(octets)
    with contextlib.suppress(X509Refused, KeyRefused):
        X509Certificate.from_pem(octets)
