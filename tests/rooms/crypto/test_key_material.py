"""The octets of keys: their length, their strength, and the keys that are none."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psec import des

from tallystick.crypto.key_blocks import (
    KeyAlgorithm,
    WeakerKey,
    check_method,
    check_value_of,
    demand_length,
    demand_not_weaker,
    demand_sound,
    with_odd_parity,
)
from tallystick.crypto.mechanisms import CheckMethod, KeyRefused
from tallystick.ground.errors import Defect

h = bytes.fromhex
K1, K2, K3 = h("0123456789abcdef"), h("23456789abcdef01"), h("456789abcdef0123")
A = KeyAlgorithm
ORDER = [  # SP 800-57 part 1 rev. 5, table 2; SP 800-131A rev. 2 for two-key TDEA; FIPS 203 and 204
    ({A.TDES_2KEY}, 80), ({A.TDES_3KEY, A.RSA_2048}, 112),
    ({A.AES_128, A.RSA_3072, A.ECC_P256}, 128), ({A.RSA_4096}, 152),
    ({A.AES_192, A.ECC_P384, A.HYBRID_768, A.HYBRID_SIGNATURE}, 192), ({A.HMAC_SHA224}, 224),
    ({A.AES_256, A.ECC_P521, A.HMAC_SHA256, A.HMAC_SHA384, A.HMAC_SHA512, A.HYBRID_1024}, 256),
]  # fmt: skip


def test_the_order_names_every_algorithm() -> None:
    assert set().union(*(algorithms for algorithms, _ in ORDER)) == set(A)


@pytest.mark.parametrize(("wrapping", "wrapped"), list(itertools.product(A, A)))
def test_no_key_is_protected_by_a_weaker_one(wrapping: A, wrapped: A) -> None:
    bits = {each: strength for algorithms, strength in ORDER for each in algorithms}
    if bits[wrapping] < bits[wrapped]:
        with pytest.raises(WeakerKey):
            demand_not_weaker(wrapping, wrapped)
    else:
        demand_not_weaker(wrapping, wrapped)


DEGENERATE = [
    (K1 + K1, A.TDES_2KEY), (K1 + K1 + K2, A.TDES_3KEY), (K1 + K2 + K2, A.TDES_3KEY),
    (K1 + K2 + K1, A.TDES_3KEY), (bytes(16), A.TDES_2KEY), (b"\x41" * 32, A.AES_256),
    (K1 + bytes(octet ^ 1 for octet in K1), A.TDES_2KEY),  # alike but for parity
    (h("0101010101010101") + K1, A.TDES_2KEY), (K1 + h("FEFEFEFEFEFEFEFE"), A.TDES_2KEY),
    (K1 + K2 + h("1F1F1F1F0E0E0E0E"), A.TDES_3KEY), (K1 + h("E0E0E0E0F1F1F1F1"), A.TDES_2KEY),
    (K1 + h("01FE01FE01FE01FE"), A.TDES_2KEY), (h("FE01FE01FE01FE01") + K1, A.TDES_2KEY),
    (K1 + h("1FE01FE00EF10EF1"), A.TDES_2KEY), (K1 + h("E0FEE0FEF1FEF1FE"), A.TDES_2KEY),
    (bytes(32), A.HMAC_SHA256),
]  # fmt: skip


@pytest.mark.parametrize(("key", "algorithm"), DEGENERATE)
def test_a_degenerate_key_is_none(key: bytes, algorithm: A) -> None:
    demand_length(key, algorithm)
    with pytest.raises(KeyRefused):
        demand_sound(key, algorithm)


WEAK = "0101010101010101 FEFEFEFEFEFEFEFE E0E0E0E0F1F1F1F1 1F1F1F1F0E0E0E0E"
SEMI_WEAK = (  # SP 800-67 rev. 2, 3.3.2: each enciphers what the other has enciphered back
    ("011F011F010E010E", "1F011F010E010E01"), ("01E001E001F101F1", "E001E001F101F101"),
    ("01FE01FE01FE01FE", "FE01FE01FE01FE01"), ("1FE01FE00EF10EF1", "E01FE01FF10EF10E"),
    ("1FFE1FFE0EFE0EFE", "FE1FFE1FFE0EFE0E"), ("E0FEE0FEF1FEF1FE", "FEE0FEE0FEF1FEF1"),
)  # fmt: skip


def test_every_weak_part_is_refused() -> None:
    for part in WEAK.split() + list(itertools.chain(*SEMI_WEAK)):
        with pytest.raises(KeyRefused):
            demand_sound(K1 + h(part), A.TDES_2KEY)


def test_sound_keys_are_taken() -> None:
    demand_sound(K1 + K2, A.TDES_2KEY)
    demand_sound(K1 + K2 + K3, A.TDES_3KEY)
    demand_sound(bytes(range(16)), A.AES_128)


@pytest.mark.parametrize("algorithm", list(A))
def test_a_key_is_as_long_as_its_algorithm(algorithm: A) -> None:
    for octets in (0, 8, 15, 17, 33):
        with pytest.raises(KeyRefused):
            demand_length(bytes(octets), algorithm)
    if algorithm.is_symmetric:
        demand_length(bytes(algorithm.octets), algorithm)
    else:
        with pytest.raises(KeyRefused):
            demand_length(b"", algorithm)


@given(st.binary(min_size=16, max_size=24))
def test_parity_is_odd_and_changes_no_check_value(key: bytes) -> None:
    assert with_odd_parity(key) == des.adjust_key_parity(key)
    assert with_odd_parity(with_odd_parity(key)) == with_odd_parity(key)
    two = key[:16]
    assert check_value_of(two, A.TDES_2KEY) == check_value_of(with_odd_parity(two), A.TDES_2KEY)


def test_check_values_go_by_the_algorithm() -> None:
    assert [check_method(a) for a in (A.TDES_2KEY, A.AES_256, A.HMAC_SHA384)] == [
        CheckMethod.LEGACY, CheckMethod.CMAC, CheckMethod.HMAC,
    ]  # fmt: skip
    with pytest.raises(Defect):
        check_method(A.RSA_2048)
    with pytest.raises(KeyRefused):
        check_value_of(bytes(32), A.HMAC_SHA256, method=CheckMethod.CMAC)
    with pytest.raises(KeyRefused):
        check_value_of(bytes(16), A.AES_128, method=CheckMethod.HMAC)
    # An AES key of zeros: FIPS 197's cipher of a block of zeros, as SP 800-38A's GCM papers give it.
    assert check_value_of(bytes(16), A.AES_128, method=CheckMethod.LEGACY) == "66E94B"
