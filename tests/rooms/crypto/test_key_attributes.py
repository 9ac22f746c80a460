"""What a key may be for: every pair of usage and algorithm that has no mode in common is refused."""

from __future__ import annotations

import itertools

import pytest

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAction,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.mechanisms import KeyRefused


def attributes(usage: KeyUsage, algorithm: KeyAlgorithm, mode: KeyMode) -> KeyAttributes:
    return KeyAttributes(
        usage=usage, algorithm=algorithm, mode=mode, exportability=Exportability.EXPORTABLE
    )


@pytest.mark.parametrize(
    ("usage", "algorithm", "mode"),
    [
        ("P0", "AES_128", "B"), ("P0", "TDES_2KEY", "E"), ("B0", "AES_256", "X"),
        ("C0", "TDES_2KEY", "C"), ("M7", "HMAC_SHA256", "G"), ("K3", "ECC_NIST_P256", "X"),
        ("S0", "RSA_2048", "S"), ("K1", "AES_256", "D"), ("V2", "TDES_2KEY", "V"),
    ],
)  # fmt: skip
def test_what_goes_together(usage: str, algorithm: str, mode: str) -> None:
    assert attributes(KeyUsage(usage), KeyAlgorithm(algorithm), KeyMode(mode))


@pytest.mark.parametrize(
    ("usage", "algorithm", "mode"),
    [
        ("P0", "AES_128", "C"), ("P0", "RSA_2048", "B"), ("B0", "AES_256", "B"),
        ("M7", "AES_128", "G"), ("M3", "AES_128", "G"), ("K3", "RSA_2048", "X"),
        ("D0", "HMAC_SHA256", "B"), ("S0", "RSA_2048", "B"), ("V2", "TDES_2KEY", "B"),
    ],
)  # fmt: skip
def test_what_does_not(usage: str, algorithm: str, mode: str) -> None:
    with pytest.raises(KeyRefused):
        attributes(KeyUsage(usage), KeyAlgorithm(algorithm), KeyMode(mode))


def test_no_key_encrypts_and_checks() -> None:
    for usage, algorithm, mode in itertools.product(KeyUsage, KeyAlgorithm, KeyMode):
        if mode is KeyMode.ANY:
            continue
        try:
            attributes(usage, algorithm, mode)
        except KeyRefused:
            continue
        assert not (mode.allows(KeyAction.ENCRYPT) and mode.allows(KeyAction.GENERATE))


@pytest.mark.parametrize("version", ["0", "000", "é1", "0-", ""])
def test_a_version_is_two_characters(version: str) -> None:
    with pytest.raises(KeyRefused):
        KeyAttributes(
            usage=KeyUsage.PIN_ENCRYPTION,
            algorithm=KeyAlgorithm.AES_128,
            mode=KeyMode.BOTH,
            exportability=Exportability.EXPORTABLE,
            version=version,
        )
