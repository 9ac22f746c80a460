"""Cryptograms and answers against another implementation, by cryptogram version."""

from __future__ import annotations

import inspect
from typing import Any

import pyemv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.crypto.cards import (
    VERSIONS,
    AlgorithmNotPublic,
    CardDataMalformed,
    CryptogramKey,
    CryptogramRefused,
    IssuerMasterKey,
    ScriptCipher,
    encipher_data,
    script_key,
    session_key,
    vis_pin_block,
)
from tallystick.crypto.mechanisms import MacPadding
from tests.rooms.crypto.cards.oracles import QUIET, counters, keys, numbers, pans, pins, sequences

pytestmark = QUIET
KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
data = st.binary(min_size=1, max_size=120)
cryptograms = st.binary(min_size=8, max_size=8)
ORACLES: dict[str, Any] = {
    "visa-10": pyemv.cvn.VisaCVN10,
    "visa-18": pyemv.cvn.VisaCVN18,
    "visa-22": pyemv.cvn.VisaCVN22,
    "mastercard-16": pyemv.cvn.MasterCardCVN16,
    "mastercard-17": pyemv.cvn.MasterCardCVN17,
    "mastercard-20": pyemv.cvn.MasterCardCVN20,
    "mastercard-21": pyemv.cvn.MasterCardCVN21,
    "interac-133": pyemv.cvn.InteracCVN133,
}
FIELDS = {
    "tag_9f02": 6,
    "tag_9f03": 6,
    "tag_9f1a": 2,
    "tag_95": 5,
    "tag_5f2a": 2,
    "tag_9a": 3,
    "tag_9c": 1,
}


@given(key=keys, message=data, cryptogram=cryptograms, code=counters, status=numbers)
def test_cryptograms_and_answers_are_those_of_another_tool(
    key: bytes, message: bytes, cryptogram: bytes, code: bytes, status: bytes
) -> None:
    ours = CryptogramKey.tdes(key)
    emv, visa = pyemv.ac.PaddingType.EMV, pyemv.ac.PaddingType.VISA
    assert ours.cryptogram(message) == pyemv.ac.generate_ac(key, message, emv)
    assert ours.cryptogram(message, MacPadding.ZEROS) == pyemv.ac.generate_ac(key, message, visa)
    assert ours.response_1(cryptogram, code) == pyemv.ac.generate_arpc_1(key, cryptogram, code)
    extra = message[:8]
    theirs = pyemv.ac.generate_arpc_2(key, cryptogram, status, extra)
    assert ours.response_2(cryptogram, status, extra) == theirs


@pytest.mark.parametrize("name", ORACLES)
@settings(max_examples=20)
@given(issuer=keys, pan=pans, sequence=sequences, atc=counters, number=numbers, chance=st.data())
def test_a_version_is_the_bundle_that_another_tool_has(
    name: str, issuer: bytes, pan: str, sequence: str, atc: bytes, number: bytes, chance: Any
) -> None:
    version, theirs = VERSIONS[name], ORACLES[name](issuer, issuer, issuer, pan, sequence)
    fields = {
        field: chance.draw(st.binary(min_size=size, max_size=size))
        for field, size in FIELDS.items()
    }
    fields |= {"tag_9f37": number, "tag_82": b"\x18\0", "tag_9f36": atc}
    issued = chance.draw(st.binary(min_size=7, max_size=7))
    extra = bytes(8) if name in ("mastercard-17", "mastercard-21") else b""
    cryptogram = _theirs(
        theirs.generate_ac, {**fields, "tag_9f10": issued, "cvr": issued, "counters": extra}
    )

    card = IssuerMasterKey.tdes(issuer).card_key(pan, sequence, option=version.option)
    signer = CryptogramKey.tdes(session_key(version.session, card, atc=atc, number=number))
    signer.verify(b"".join(fields.values()) + issued + extra, cryptogram, version.padding)
    answering = CryptogramKey.tdes(card) if version.answered_by_card_key else signer
    if version.response == 1:
        right = _theirs(
            theirs.generate_arpc,
            {"tag_9f26": cryptogram, "tag_9f36": atc, "tag_9f37": number, "arpc_rc": b"00"},
        )
        assert answering.response_1(cryptogram, b"00") == right
    else:
        right = _theirs(
            theirs.generate_arpc, {"tag_9f26": cryptogram, "tag_9f36": atc, "csu": bytes(4)}
        )
        assert answering.response_2(cryptogram, bytes(4)) == right


@pytest.mark.parametrize("name", ORACLES)
@settings(max_examples=20)
@given(issuer=keys, pan=pans, atc=counters, cryptogram=cryptograms, pin=pins)
def test_a_pin_change_is_the_command_that_another_tool_makes(
    name: str, issuer: bytes, pan: str, atc: bytes, cryptogram: bytes, pin: str
) -> None:
    version, theirs = VERSIONS[name], ORACLES[name](issuer, issuer, issuer, pan)
    right = _theirs(
        theirs.generate_pin_change_command,
        {"pin": pin, "tag_9f26": cryptogram, "tag_9f36": atc},
    )
    card = IssuerMasterKey.tdes(issuer).card_key(pan, option=version.option)
    key = script_key(version.script, card, atc=atc, cryptogram=cryptogram)
    legacy = name in ("visa-10", "visa-18")
    format_2 = bytes.fromhex(f"2{len(pin):x}{pin}".ljust(16, "f"))
    block = vis_pin_block(card, pin) if legacy else format_2
    enciphered = encipher_data(key, block, version.cipher)
    header = right[: len(right) - 8 - len(enciphered)]
    assert right[len(header) : -8] == enciphered
    between = b"" if name == "interac-133" else atc + cryptogram
    mac = CryptogramKey.tdes(key).script_mac(header + between + enciphered)
    assert right[-8:] == mac


@given(key=keys, block=st.binary(min_size=1, max_size=60), how=st.sampled_from(ScriptCipher))
def test_script_data_are_those_of_another_tool(key: bytes, block: bytes, how: ScriptCipher) -> None:
    theirs = pyemv.sm.encrypt_command_data(key, block, pyemv.sm.EncryptionType[how.name])
    assert encipher_data(key, block, how) == theirs


@given(key=keys, pin=pins, current=st.none() | pins)
def test_the_pin_block_of_visa_is_that_of_another_tool(
    key: bytes, pin: str, current: str | None
) -> None:
    padded = "0" * len(pin) if len(pin) % 2 else pin  # the other tool packs even lengths only
    if current is not None and len(current) % 2:
        current = current + "0" if len(current) < 12 else current[:-1]
    theirs = pyemv.sm.format_vis_pin_block(key, padded, current)
    assert vis_pin_block(key, padded, current) == theirs


@given(key=keys, message=data, at=st.integers(0), bit=st.integers(0, 7))
def test_any_flipped_bit_is_refused_with_the_same_words(
    key: bytes, message: bytes, at: int, bit: int
) -> None:
    signer = CryptogramKey.tdes(key)
    right = signer.cryptogram(message)
    signer.verify(message, right)
    for message_, cryptogram in (
        (_flipped(message, at, bit), right),
        (message, _flipped(right, at, bit)),
        (message, right[:-1]),
        (message, b""),
    ):
        with pytest.raises(CryptogramRefused, match=r"^the application cryptogram was refused$"):
            signer.verify(message_, cryptogram)


def test_the_padding_of_another_version_does_not_verify() -> None:
    # The trap of version 10 (method 1) against 18 and 22 (method 2); whole blocks differ as well.
    signer, message = CryptogramKey.tdes(KEY), bytes(range(16))
    for one in (MacPadding.ZEROS, MacPadding.ONE_AND_ZEROS):
        other = MacPadding.ONE_AND_ZEROS if one is MacPadding.ZEROS else MacPadding.ZEROS
        with pytest.raises(CryptogramRefused):
            signer.verify(message, signer.cryptogram(message, one), other)


def test_parity_of_a_cards_key_is_data_in_the_pin_block_of_visa() -> None:
    # The trap: DES ignores parity, this block does not.
    even = bytes(octet ^ 1 for octet in KEY)
    assert CryptogramKey.tdes(even).cryptogram(b"x") == CryptogramKey.tdes(KEY).cryptogram(b"x")
    assert vis_pin_block(even, "1234") != vis_pin_block(KEY, "1234")


@pytest.mark.parametrize("octets", [16, 24, 32])
def test_aes_makes_cryptograms_of_the_same_shape(octets: int) -> None:
    signer = CryptogramKey.aes(bytes(octets))
    cryptogram = signer.cryptogram(b"payment")
    assert len(cryptogram) == 8
    signer.verify(b"payment", cryptogram)
    assert len(signer.response_2(cryptogram, bytes(4))) == 4
    with pytest.raises(CryptogramRefused):
        signer.verify(b"Payment", cryptogram)
    with pytest.raises(AlgorithmNotPublic):
        signer.response_1(cryptogram, b"00")


def test_what_cannot_be_is_refused() -> None:
    signer = CryptogramKey.tdes(KEY)
    for call in (
        lambda: signer.cryptogram(b""),
        lambda: signer.cryptogram(bytes(1025)),
        lambda: signer.response_1(bytes(7), b"00"),
        lambda: signer.response_1(bytes(8), b"0"),
        lambda: signer.response_2(bytes(8), bytes(3)),
        lambda: signer.response_2(bytes(8), bytes(4), bytes(9)),
        lambda: signer.script_mac(b"x", octets=3),
        lambda: signer.script_mac(b"x", padded=True),
        lambda: encipher_data(KEY, b"", ScriptCipher.EMV),
        lambda: encipher_data(KEY, bytes(256), ScriptCipher.EMV),
        lambda: vis_pin_block(KEY, "123"),
        lambda: vis_pin_block(KEY, "1234", "1"),
    ):
        with pytest.raises(CardDataMalformed):
            call()


def test_keys_hide() -> None:
    assert repr(CryptogramKey.tdes(KEY)) == "CryptogramKey(hidden)"


def _theirs(method: Any, values: dict[str, Any]) -> bytes:
    """Their method with those of the values that it takes."""
    names = inspect.signature(method).parameters
    made: bytes = method(**{name: values[name] for name in names if name in values})
    return made


def _flipped(octets: bytes, at: int, bit: int) -> bytes:
    place = at % len(octets)
    return octets[:place] + bytes([octets[place] ^ 1 << bit]) + octets[place + 1 :]
