"""PIN encryption keys that are agreed on for one call."""

from __future__ import annotations

import os

from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.payment import (
    CreateKey,
    KeyView,
    PinPlace,
    TranslatedPin,
    TranslatePin,
)
from tallystick.crypto.payment.dukpt import DukptKind, DukptUse
from tallystick.crypto.pins import PinFormat, PinSide, decipher_pin, encipher_pin
from tests.rooms.crypto.exchange.conftest import Meeting
from tests.rooms.crypto.exchange.test_agreed_data_keys import agreed

ACCOUNT = "4929123456789014"


def zone(meeting: Meeting) -> PinPlace:
    made = meeting.ask(
        CreateKey(usage=KeyUsage.PIN_ENCRYPTION, algorithm=KeyAlgorithm.AES_256, mode=KeyMode.BOTH)
    )
    assert isinstance(made, KeyView)
    return PinPlace(key=made.key, form=PinFormat.ISO_4, account=ACCOUNT)


def test_a_pin_comes_and_goes_under_an_agreed_key(meeting: Meeting) -> None:
    agreement, key = agreed(meeting, KeyUsage.PIN_ENCRYPTION)
    lent = PinPlace(key=agreement.pair, form=PinFormat.ISO_4, account=ACCOUNT, agreement=agreement)
    outside = PinSide(PinFormat.ISO_4, BlockCipher.aes(key), ACCOUNT)
    kept = zone(meeting)
    block = encipher_pin("7305", outside, random=os.urandom)
    into = meeting.ask(TranslatePin(block=block, incoming=lent, outgoing=kept))
    assert isinstance(into, TranslatedPin)
    back = meeting.ask(TranslatePin(block=into.block, incoming=kept, outgoing=lent))
    assert isinstance(back, TranslatedPin)
    assert decipher_pin(back.block, outside) == "7305"
    assert back.outgoing.key == agreement.pair


def test_a_pair_that_agrees_on_other_keys_deciphers_no_pin(meeting: Meeting) -> None:
    agreement, _ = agreed(meeting, KeyUsage.DATA_ENCRYPTION)
    lent = PinPlace(key=agreement.pair, form=PinFormat.ISO_4, account=ACCOUNT, agreement=agreement)
    call = TranslatePin(block=bytes(16), incoming=lent, outgoing=zone(meeting))
    assert meeting.denied(call)[0] == "key.unusable"
    lent.dukpt = DukptUse(serial=bytes(12), kind=DukptKind.AES_128)
    assert meeting.denied(call)[0] == "call.malformed"
