"""Many PIN blocks translated under the same two keys: each cipher is asked once for all of them."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.crypto.pins.enciphered import AccountField, PinSide, account_number_4, wrong_cipher
from tallystick.crypto.pins.formats import (
    BINDING,
    PinFormat,
    Random,
    Read,
    check_account,
    head_4,
    lay_out,
    read_clear,
    read_field_4,
)
from tallystick.crypto.pins.refusals import PinRuleRefused
from tallystick.crypto.pins.translation import Allowance, check_translation

_ISO_4 = PinFormat.ISO_4


def translate_pins(
    blocks: Sequence[bytes],
    accounts: Sequence[str],
    incoming: PinSide,
    outgoing: PinSide,
    *,
    random: Random,
    allowed: Allowance = Allowance.NONE,
) -> list[tuple[bytes, str]]:
    """`translate_pin` for many blocks, each with its account; those of the sides do not matter.

    Gives:   for each block the new one, and what is wrong: an empty text when nothing, else the new
             one is empty. What is wrong stays inside.
    Refuses: PinRuleRefused for formats, keys and accounts that do not go together, of all at once.
    """
    check_translation(incoming.form, outgoing.form, allowed=allowed)
    for side in (incoming, outgoing):
        if side.cipher.octets != side.form.octets:
            raise wrong_cipher(side.form)
    if len(blocks) != len(accounts):
        raise PinRuleRefused("each block has its account")
    if incoming.form in BINDING or outgoing.form in BINDING:
        for account in accounts:
            check_account(account)
    read = _read_all(blocks, accounts, incoming)
    made = _make_all([pin for pin, _ in read], accounts, outgoing, random)
    return [(b"" if wrong else new, wrong) for (_, wrong), new in zip(read, made, strict=True)]


def _read_all(blocks: Sequence[bytes], accounts: Sequence[str], side: PinSide) -> list[Read]:
    octets = side.cipher.octets
    none = bytes(octets)
    whole = b"".join([block if len(block) == octets else none for block in blocks])
    clear = side.cipher.decrypt(whole)
    if side.form is _ISO_4:
        clear = side.cipher.decrypt(_xor(clear, _fields(accounts, side.field)))
        read = [read_field_4(field) for field in _cut(clear, octets)]
    else:
        fields = zip(_cut(clear, octets), accounts, strict=True)
        read = [read_clear(field, side.form, account) for field, account in fields]
    return [
        found if len(block) == octets else (found[0], "block")
        for found, block in zip(read, blocks, strict=True)
    ]


def _make_all(
    pins: Sequence[str], accounts: Sequence[str], side: PinSide, random: Random
) -> list[bytes]:
    form, cipher = side.form, side.cipher
    if form is _ISO_4:
        chance = _cut(random(8 * len(pins)), 8)
        laid = [head_4(pin) + drawn for pin, drawn in zip(pins, chance, strict=True)]
        laid = [_xor(cipher.encrypt(b"".join(laid)), _fields(accounts, side.field))]
    else:
        pairs = zip(pins, accounts, strict=True)
        laid = [lay_out(pin, form, account, random) for pin, account in pairs]
    return _cut(cipher.encrypt(b"".join(laid)), cipher.octets)


def _fields(accounts: Sequence[str], field: AccountField) -> bytes:
    return b"".join([account_number_4(account, field).to_bytes(16) for account in accounts])


def _cut(octets: bytes, size: int) -> list[bytes]:
    return [octets[at : at + size] for at in range(0, len(octets), size)]


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(len(one))
