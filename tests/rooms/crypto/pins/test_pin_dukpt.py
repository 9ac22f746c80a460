"""PIN blocks of terminals with DUKPT on either side of a translation; published numbers among them."""

from __future__ import annotations

import pytest

from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.payment import (
    ByPvv,
    Denied,
    ModulePolicy,
    PinPlace,
    TranslatedPin,
    TranslatePin,
    VerifyPin,
)
from tallystick.crypto.payment.dukpt import DukptKind, DukptUse
from tallystick.crypto.pins import PinFormat, PinSide, decipher_pin
from tests.rooms.crypto.pins.module import ACCOUNT, Desk

h = bytes.fromhex
TDES_BASE, AES_BASE = h("0123456789ABCDEFFEDCBA9876543210"), h("FEDCBA9876543210F1F1F1F1F1F1F1F1")
TDES_SERIAL, AES_SERIAL = h("FFFF9876543210E00001"), h("123456789012345600000001")
TERMINALS = [  # what, base key, algorithm, kind, format, serial, account, PIN block, working key
    ("X9.24-1:2009 A.4", TDES_BASE, KeyAlgorithm.TDES_2KEY, DukptKind.TDES_2KEY, PinFormat.ISO_0,
     TDES_SERIAL, "4012345678909", "1B9C1845EB993A7A", "042666B49184CF5C68DE9628D0397B36"),
    ("X9.24-3:2017 supplement", AES_BASE, KeyAlgorithm.AES_128, DukptKind.AES_128, PinFormat.ISO_4,
     AES_SERIAL, "4111111111111111", "A912150391AB65A67E52883D81CE2D15",
     "AF8CB133A78F8DC2D1359F18527593FB"),
]  # fmt: skip


def terminal(desk: Desk, row: tuple, **more: str) -> PinPlace:
    _, base, algorithm, kind, form, serial, account, _, _ = row
    key = desk.put(base, KeyUsage.BASE_DERIVATION, algorithm, KeyMode.DERIVE, pinned=more)
    return PinPlace(key=key, form=form, account=account, dukpt=DukptUse(serial=serial, kind=kind))


@pytest.mark.parametrize("row", TERMINALS, ids=lambda row: row[0])
@pytest.mark.parametrize("out", [PinFormat.ISO_0, PinFormat.ISO_4])
def test_published_blocks_of_terminals_are_translated(row: tuple, out: PinFormat) -> None:
    desk = Desk(ModulePolicy(translations=["4>0"]))
    place = terminal(desk, row)
    outgoing = desk.place(out, account=place.account)
    answer = desk.ask(TranslatePin(block=h(row[7]), incoming=place, outgoing=outgoing))
    assert isinstance(answer, TranslatedPin)
    assert decipher_pin(answer.block, desk.side(outgoing)) == "1234"
    assert answer.incoming.key == place.key


@pytest.mark.parametrize("row", TERMINALS, ids=lambda row: row[0])
def test_and_made_for_terminals(row: tuple) -> None:
    desk = Desk(ModulePolicy(translations=["4>0"]))
    place = terminal(desk, row)
    incoming = desk.place(PinFormat.ISO_0, account=place.account)
    block = desk.block(incoming)
    answer = desk.ask(TranslatePin(block=block, incoming=incoming, outgoing=place))
    make = BlockCipher.aes if place.form is PinFormat.ISO_4 else BlockCipher.tdes
    side = PinSide(place.form, make(h(row[8])), place.account)
    assert decipher_pin(answer.block, side) == "7305"


def test_a_wrong_pin_of_a_terminal_leaves_its_number_usable() -> None:
    desk = Desk()
    place = terminal(desk, TERMINALS[1], serial_window="0")
    key = desk.pvv_key()
    right = TranslatePin(
        block=h(TERMINALS[1][7]), incoming=place, outgoing=desk.place(PinFormat.ISO_4, account=place.account)
    )  # fmt: skip
    wrong = VerifyPin(
        block=right.block, presented=place, key=key, by=ByPvv(pvv="none", key_index=1)
    )
    assert desk.denied(wrong).code == "verification.failed"
    assert isinstance(desk.ask(right), TranslatedPin)
    assert desk.denied(right).code not in {"pin.refused", "module.defect"}


@pytest.mark.parametrize(
    ("kind", "serial"),
    [
        (DukptKind.HMAC_128, AES_SERIAL), (DukptKind.AES_256, AES_SERIAL), (DukptKind.AES_128, TDES_SERIAL),
        (DukptKind.AES_128, h("12345678901234560001FFFF")), (DukptKind.AES_128, bytes(12)),
    ],
)  # fmt: skip
def test_what_is_no_key_of_a_transaction(kind: DukptKind, serial: bytes) -> None:
    desk = Desk()
    place = terminal(desk, TERMINALS[1])
    place.dukpt = DukptUse(serial=serial, kind=kind)
    call = TranslatePin(block=bytes(16), incoming=place, outgoing=desk.place(PinFormat.ISO_4))
    assert desk.denied(call).code == "call.malformed"


def test_a_base_key_enciphers_nothing_by_itself_and_a_zone_key_derives_nothing() -> None:
    desk = Desk()
    base, zone = terminal(desk, TERMINALS[1]), desk.place(PinFormat.ISO_4)
    use, base.dukpt = base.dukpt, None
    zoned = PinPlace(key=zone.key, form=zone.form, account=ACCOUNT, dukpt=use)
    for place in (base, zoned):
        denied = desk.denied(TranslatePin(block=bytes(16), incoming=place, outgoing=zone))
        assert isinstance(denied, Denied)
        assert (denied.code, denied.where) == ("key.unusable", "incoming")
