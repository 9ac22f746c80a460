"""A PIN encryption key that comes with the call, in a key block."""

from __future__ import annotations

import os

import pytest

from tallystick.crypto.key_blocks import (
    BlockVersion,
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
    ProtectionKey,
    wrap_key,
)
from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.payment import PinPlace, TranslatedPin, TranslatePin
from tallystick.crypto.payment.dukpt import DukptKind, DukptUse
from tallystick.crypto.pins import PinFormat, PinSide, decipher_pin, encipher_pin
from tests.rooms.crypto.pins.module import ACCOUNT, PIN, Desk


def wrapped(desk: Desk, key: bytes, usage: KeyUsage, mode: KeyMode) -> tuple[str, str]:
    """A fresh key encryption key in the module, and a key block under it."""
    under = desk.make(KeyUsage.KEY_BLOCK_PROTECTION, KeyAlgorithm.AES_256, KeyMode.BOTH)
    attributes = KeyAttributes(
        usage=usage,
        algorithm=KeyAlgorithm.AES_128,
        mode=mode,
        exportability=Exportability.EXPORTABLE,
    )
    octets = desk.bench.material(desk.bench.record(under))
    protection = ProtectionKey(octets, KeyAlgorithm.AES_256)
    return under, wrap_key(key, attributes, protection_key=protection, version=BlockVersion.D)


@pytest.mark.parametrize("side", ["incoming", "outgoing"])
def test_a_wrapped_key_serves_on_either_side(side: str) -> None:
    desk, key = Desk(), os.urandom(16)
    under, block = wrapped(desk, key, KeyUsage.PIN_ENCRYPTION, KeyMode.BOTH)
    lent = PinPlace(key=under, form=PinFormat.ISO_4, account=ACCOUNT, wrapped=block)
    outside = PinSide(PinFormat.ISO_4, BlockCipher.aes(key), ACCOUNT)
    ours = desk.place(PinFormat.ISO_4)
    if side == "incoming":
        call = TranslatePin(
            block=encipher_pin(PIN, outside, random=os.urandom), incoming=lent, outgoing=ours
        )
        answer = desk.ask(call)
        assert decipher_pin(answer.block, desk.side(ours)) == PIN
    else:
        answer = desk.ask(TranslatePin(block=desk.block(ours), incoming=ours, outgoing=lent))
        assert decipher_pin(answer.block, outside) == PIN
    assert isinstance(answer, TranslatedPin)
    assert key.hex() not in repr(answer)


@pytest.mark.parametrize(
    ("usage", "mode", "code"),
    [
        (KeyUsage.DATA_ENCRYPTION, KeyMode.BOTH, "key.unusable"),
        (KeyUsage.PIN_ENCRYPTION, KeyMode.ENCRYPT, "key.unusable"),
        (KeyUsage.PIN_VERIFICATION_PVV, KeyMode.ANY, "key.unusable"),
    ],
)
def test_a_wrapped_key_does_what_it_is_for(usage: KeyUsage, mode: KeyMode, code: str) -> None:
    desk = Desk()
    under, block = wrapped(desk, os.urandom(16), usage, mode)
    lent = PinPlace(key=under, form=PinFormat.ISO_4, account=ACCOUNT, wrapped=block)
    call = TranslatePin(block=bytes(16), incoming=lent, outgoing=desk.place(PinFormat.ISO_4))
    assert desk.denied(call).code == code


def test_a_wrapped_key_that_was_altered_opens_nothing() -> None:
    desk = Desk()
    under, block = wrapped(desk, os.urandom(16), KeyUsage.PIN_ENCRYPTION, KeyMode.BOTH)
    altered = block[:-1] + ("0" if block[-1] != "0" else "1")
    lent = PinPlace(key=under, form=PinFormat.ISO_4, account=ACCOUNT, wrapped=altered)
    call = TranslatePin(block=bytes(16), incoming=lent, outgoing=desk.place(PinFormat.ISO_4))
    assert desk.denied(call).code == "ciphertext.refused"
    lent.dukpt = DukptUse(serial=bytes(12), kind=DukptKind.AES_128)
    assert desk.denied(call).code == "call.malformed"
