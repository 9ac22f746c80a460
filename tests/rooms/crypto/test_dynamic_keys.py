"""Keys that come with a call in a key block: for data and PINs alone, and for that call alone."""

from __future__ import annotations

import pytest

from tallystick.crypto.key_blocks import KeyAction, KeyMode, KeyUsage, OptionalBlock
from tallystick.crypto.payment import (
    BudgetSpent,
    CiphertextRefused,
    KeyUnusable,
    dynamic_key,
    working_key,
)
from tests.rooms.crypto.desk import KEY, TDES, A, Desk, M, U

BOTH = frozenset({U.DATA_ENCRYPTION, U.PIN_ENCRYPTION})


@pytest.mark.parametrize(
    ("usage", "mode"), [(U.DATA_ENCRYPTION, M.ENCRYPT), (U.PIN_ENCRYPTION, M.BOTH)]
)
def test_data_and_pin_keys_come_with_a_call(usage: KeyUsage, mode: KeyMode) -> None:
    desk = Desk()
    block = desk.write(desk.aes, KEY, usage, A.AES_128, mode)
    before = desk.bench.journal.sequence
    key = working_key(desk.bench, desk.aes.key, block, usages={usage}, action=KeyAction.ENCRYPT)
    assert key.octets == KEY
    assert (key.used.key, key.record.under) == (desk.aes.key, desk.aes.key)
    assert key.record.attributes.usage is usage
    assert desk.bench.journal.sequence == before, "nothing is kept"
    assert KEY.hex() not in repr(key)


def test_a_handle_alone_names_a_kept_key() -> None:
    desk = Desk()
    made = desk.make(U.DATA_ENCRYPTION, A.AES_128)
    key = working_key(desk.bench, made.key, "", usages=BOTH, action=KeyAction.DECRYPT)
    assert key.id == made.key
    with pytest.raises(KeyUnusable):
        working_key(desk.bench, desk.aes.key, "", usages=BOTH, action=KeyAction.DECRYPT)


@pytest.mark.parametrize(
    ("usage", "mode"),
    [
        (U.KEY_ENCRYPTION, M.BOTH), (U.BASE_DERIVATION, M.DERIVE), (U.CARD_VERIFICATION, M.GENERATE),
        (U.MAC_CMAC, M.GENERATE), (U.EMV_CRYPTOGRAMS, M.DERIVE), (U.PIN_VERIFICATION_PVV, M.VERIFY),
    ],
)  # fmt: skip
def test_no_other_key_comes_with_a_call(usage: KeyUsage, mode: KeyMode) -> None:
    desk = Desk()
    block = desk.write(desk.aes, KEY, usage, A.AES_128, mode)
    for action in KeyAction:
        with pytest.raises(KeyUnusable):
            dynamic_key(desk.bench, desk.aes.key, block, usages=set(KeyUsage), action=action)


def test_a_key_that_comes_with_a_call_is_held_to_its_block() -> None:
    desk = Desk(strength_bits_min=112)

    def refused(error: type[Exception], block: str, action: KeyAction, *usages: KeyUsage) -> None:
        with pytest.raises(error):
            dynamic_key(desk.bench, desk.aes.key, block, usages=usages or BOTH, action=action)

    one_way = desk.write(desk.aes, KEY, U.DATA_ENCRYPTION, A.AES_128, M.ENCRYPT)
    refused(KeyUnusable, one_way, KeyAction.DECRYPT)
    refused(KeyUnusable, one_way, KeyAction.ENCRYPT, U.PIN_ENCRYPTION)
    refused(KeyUnusable, desk.write(desk.aes, TDES, algorithm=A.TDES_2KEY), KeyAction.ENCRYPT)
    odd = desk.write(desk.aes, KEY, U.PIN_ENCRYPTION, A.AES_128, M.BOTH, OptionalBlock("99", "x"))
    refused(CiphertextRefused, odd, KeyAction.ENCRYPT)
    refused(
        CiphertextRefused, one_way[:-1] + ("0" if one_way[-1] != "0" else "1"), KeyAction.ENCRYPT
    )
    writer = desk.make(U.KEY_ENCRYPTION, A.AES_256, M.ENCRYPT)
    block = desk.write(writer, KEY)
    with pytest.raises(KeyUnusable):
        dynamic_key(desk.bench, writer.key, block, usages=BOTH, action=KeyAction.ENCRYPT)


def test_guessing_at_blocks_is_counted_for_dynamic_keys_too() -> None:
    desk = Desk(key_failures_max=1)
    block = desk.write(desk.aes, KEY)
    bad = block[:-4] + ("0000" if block[-4:] != "0000" else "1111")
    with pytest.raises(CiphertextRefused):
        dynamic_key(desk.bench, desk.aes.key, bad, usages=BOTH, action=KeyAction.ENCRYPT)
    with pytest.raises(BudgetSpent):
        dynamic_key(desk.bench, desk.aes.key, block, usages=BOTH, action=KeyAction.ENCRYPT)
