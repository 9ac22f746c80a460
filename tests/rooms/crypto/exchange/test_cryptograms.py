"""Key cryptograms and agreed keys."""

from __future__ import annotations

import contextlib
import os

import pytest
from Crypto.Cipher import PKCS1_OAEP
from Crypto.Hash import SHA256, SHA512
from Crypto.PublicKey import RSA
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.key_blocks import (
    KeyAlgorithm,
    KeyTokenRefused,
    agree_key,
    make_cryptogram,
    open_cryptogram,
)
from tallystick.crypto.mechanisms import Derivation, HashName, KeyPair, KeyRefused, PublicHalf
from tests.rooms.crypto.exchange.people import attributes, distributor, recipient

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
HASHES = [(HashName.SHA_256, SHA256), (HashName.SHA_512, SHA512)]
CURVES = ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"]


@pytest.mark.parametrize(("hashed", "other"), HASHES)
def test_a_cryptogram_agrees_with_another_library(hashed: HashName, other: object) -> None:
    pair = recipient().pair
    sent = make_cryptogram(KEY, attributes(), recipient=pair.public, hashed=hashed)
    private = RSA.import_key(pair.pkcs8())
    assert PKCS1_OAEP.new(private, other).decrypt(sent) == KEY
    made = PKCS1_OAEP.new(private.public_key(), other).encrypt(KEY)
    assert open_cryptogram(made, attributes(), recipient=pair, hashed=hashed) == KEY


def test_a_cryptogram_is_made_with_one_of_two_hashes() -> None:
    with pytest.raises(KeyTokenRefused):
        make_cryptogram(
            KEY, attributes(), recipient=recipient().pair.public, hashed=HashName.SHA_384
        )


@pytest.mark.parametrize(
    ("sent", "told"),
    [(24, KeyAlgorithm.AES_128), (16, KeyAlgorithm.TDES_3KEY), (8, KeyAlgorithm.TDES_2KEY)],
)
def test_a_key_of_another_length_is_refused(sent: int, told: KeyAlgorithm) -> None:
    pair = recipient().pair
    cryptogram = pair.public.encrypt(os.urandom(sent), hashed=HashName.SHA_256)
    with pytest.raises(KeyTokenRefused, match="refused"):
        open_cryptogram(cryptogram, attributes(told), recipient=pair, hashed=HashName.SHA_256)


def test_single_des_in_disguise_is_refused() -> None:
    pair = recipient().pair
    cryptogram = pair.public.encrypt(KEY[:8] * 2, hashed=HashName.SHA_256)
    told = attributes(KeyAlgorithm.TDES_2KEY)
    with pytest.raises(KeyTokenRefused):
        open_cryptogram(cryptogram, told, recipient=pair, hashed=HashName.SHA_256)


def test_a_key_never_comes_or_goes_under_a_weaker_one() -> None:
    weak = distributor().pair
    assert weak.algorithm == "RSA_2048"
    with pytest.raises(KeyTokenRefused):
        make_cryptogram(KEY, attributes(), recipient=weak.public, hashed=HashName.SHA_256)
    cryptogram = weak.public.encrypt(KEY, hashed=HashName.SHA_256)
    with pytest.raises(KeyTokenRefused):
        open_cryptogram(cryptogram, attributes(), recipient=weak, hashed=HashName.SHA_256)


@given(st.binary(max_size=600))
def test_strangers_cryptograms_are_refused(octets: bytes) -> None:
    with pytest.raises(KeyTokenRefused, match=r"^the key token was refused$"):
        open_cryptogram(octets, attributes(), recipient=recipient().pair, hashed=HashName.SHA_256)


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("derivation", list(Derivation))
@pytest.mark.parametrize("hashed", list(HashName))
def test_both_sides_agree(curve: str, derivation: Derivation, hashed: HashName) -> None:
    ours, theirs = KeyPair.generate(curve), KeyPair.generate(curve)
    keys = {
        agree_key(
            pair,
            peer.public,
            algorithm=KeyAlgorithm.AES_128,
            derivation=derivation,
            hashed=hashed,
            information=b"both know this",
        )
        for pair, peer in ((ours, theirs), (theirs, ours))
    }
    assert len(keys) == 1


def _agree(curve: str, peer: str, algorithm: KeyAlgorithm, information: bytes = b"") -> bytes:
    return agree_key(
        KeyPair.generate(curve),
        KeyPair.generate(peer).public,
        algorithm=algorithm,
        derivation=Derivation.NIST_SP800,
        hashed=HashName.SHA_256,
        information=information,
    )


@pytest.mark.parametrize(
    ("curve", "peer", "algorithm"),
    [
        ("ECC_NIST_P256", "ECC_NIST_P384", KeyAlgorithm.AES_128),
        ("ECC_NIST_P256", "ECC_NIST_P256", KeyAlgorithm.AES_256),
        ("ECC_NIST_P384", "ECC_NIST_P384", KeyAlgorithm.AES_256),
        ("ECC_NIST_P256", "ECC_NIST_P256", KeyAlgorithm.HMAC_SHA256),
    ],
)
def test_a_key_is_agreed_on_one_curve_that_is_strong_enough(
    curve: str, peer: str, algorithm: KeyAlgorithm
) -> None:
    with pytest.raises(KeyTokenRefused):
        _agree(curve, peer, algorithm)


def test_information_has_an_end() -> None:
    with pytest.raises(KeyTokenRefused):
        _agree("ECC_NIST_P256", "ECC_NIST_P256", KeyAlgorithm.AES_128, bytes(1025))


def test_an_rsa_key_agrees_on_nothing() -> None:
    with pytest.raises(KeyTokenRefused):
        agree_key(
            recipient().pair,
            recipient().pair.public,
            algorithm=KeyAlgorithm.AES_128,
            derivation=Derivation.ANSI_X963,
            hashed=HashName.SHA_256,
            information=b"",
        )


@given(st.binary(max_size=200))
def test_strangers_keys_are_read_or_refused(octets: bytes) -> None:
    with contextlib.suppress(KeyRefused):
        PublicHalf.from_der(octets)
    with contextlib.suppress(KeyRefused):
        KeyPair.from_pkcs8(octets)


@pytest.mark.parametrize("algorithm", ["RSA_2048", *CURVES])
def test_a_pair_comes_back_from_where_it_was_kept(algorithm: str) -> None:
    pair = KeyPair.generate(algorithm)
    again = KeyPair.from_pkcs8(pair.pkcs8())
    assert again.public == pair.public == PublicHalf.from_der(pair.public.der())
    assert "hidden" in repr(pair)
