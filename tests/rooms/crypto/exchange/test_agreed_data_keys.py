"""Data keys that are agreed on for one call."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.mechanisms import BlockCipher, Purpose, X509Certificate, derive_agreed
from tallystick.crypto.payment import (
    Agreement,
    Asymmetric,
    CreateKeyPair,
    DataMode,
    DecryptData,
    DecryptedData,
    EncryptData,
    EncryptedData,
    ReadCertificate,
    Symmetric,
)
from tests.rooms.crypto.exchange.conftest import Meeting

CURVE = "ECC_NIST_P256"
BLOCK, CBC = bytes(range(16)), Symmetric(DataMode.CBC, bytes(range(16)))


def agreed(meeting: Meeting, derives: KeyUsage) -> tuple[Agreement, bytes]:
    """What the module is told, and the key that the other side derives."""
    ours = meeting.ask(
        CreateKeyPair(
            usage=KeyUsage.KEY_AGREEMENT, algorithm=KeyAlgorithm(CURVE), mode=KeyMode.DERIVE,
            derives=derives,
        )
    )  # fmt: skip
    certificates = meeting.ask(ReadCertificate(key=ours.key))
    theirs, certificate = meeting.outside(CURVE, Purpose.KEY_AGREEMENT)
    agreement = Agreement(
        pair=ours.key,
        authority=meeting.root,
        certificate=certificate.pem().encode(),
        algorithm=KeyAlgorithm.AES_128,
        information=b"sixteen octets!!",
    )
    key = derive_agreed(
        theirs.agree(X509Certificate.from_der(certificates.certificate).public),
        derivation=agreement.derivation,
        hashed=agreement.hashed,
        information=agreement.information,
        octets=16,
    )
    return agreement, key


def test_data_go_both_ways_under_an_agreed_key(meeting: Meeting) -> None:
    agreement, key = agreed(meeting, KeyUsage.DATA_ENCRYPTION)
    call: dict[str, Any] = {"key": agreement.pair, "by": CBC, "agreement": agreement}
    sealed = meeting.ask(EncryptData(plaintext=BLOCK, **call))
    assert isinstance(sealed, EncryptedData)
    assert sealed.ciphertext == BlockCipher.aes(key).encrypt_cbc(BLOCK, iv=CBC.iv)
    opened = meeting.ask(DecryptData(ciphertext=sealed.ciphertext, **call))
    assert isinstance(opened, DecryptedData)
    assert opened.plaintext == BLOCK
    assert opened.key.key == agreement.pair


@pytest.mark.parametrize(
    "derives", [KeyUsage.PIN_ENCRYPTION, KeyUsage.KEY_ENCRYPTION, KeyUsage.KEY_BLOCK_PROTECTION]
)
def test_a_pair_that_agrees_on_other_keys_deciphers_no_data(
    meeting: Meeting, derives: KeyUsage
) -> None:
    agreement, _ = agreed(meeting, derives)
    call = DecryptData(key=agreement.pair, ciphertext=BLOCK, by=CBC, agreement=agreement)
    assert meeting.denied(call)[0] == "key.unusable"


def test_an_agreed_key_is_that_of_its_pair_alone(meeting: Meeting) -> None:
    agreement, _ = agreed(meeting, KeyUsage.DATA_ENCRYPTION)
    other, _ = agreed(meeting, KeyUsage.DATA_ENCRYPTION)
    calls = (
        DecryptData(key=other.pair, ciphertext=BLOCK, by=CBC, agreement=agreement),
        DecryptData(
            key=agreement.pair, ciphertext=BLOCK, by=CBC, agreement=agreement, wrapped="D" * 80
        ),
        DecryptData(key=agreement.pair, ciphertext=BLOCK, by=Asymmetric(), agreement=agreement),
    )
    for call in calls:
        assert meeting.denied(call)[0] == "call.malformed"
