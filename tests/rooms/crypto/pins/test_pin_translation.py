"""Translation keeps the PIN, and only what the table allows is translated."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.pins import (
    TRANSLATIONS,
    Allowance,
    Permission,
    PinFormat,
    PinRefused,
    PinRuleRefused,
    PinSide,
    check_translation,
    decipher_pin,
    encipher_pin,
    translate_pin,
)
from tests.rooms.crypto.pins.drawn import accounts, cipher_for, pins, sides

ALL = Allowance.DOWNGRADE | Allowance.ACCOUNT_BOUND | Allowance.ISSUER_SCRIPT
ACCOUNT = "4111111111111111"


def side_of(form: PinFormat, account: str = ACCOUNT) -> PinSide:
    return PinSide(form, cipher_for(form), account)


def allowed(permission: Permission) -> set[tuple[int, int]]:
    return {(int(a), int(b)) for (a, b), found in TRANSLATIONS.items() if found is permission}


def test_the_table_says_what_the_standard_says() -> None:
    # ISO 9564-1, ANSI X9.8 as IBM's CCA enforces it, Visa's PIN Security Program Guide.
    assert len(TRANSLATIONS) == 25
    assert allowed(Permission.ALWAYS) == {
        (0, 0), (0, 3), (0, 4), (3, 0), (3, 3), (3, 4), (4, 4), (1, 1)
    }  # fmt: skip
    assert allowed(Permission.BY_POLICY) == {(4, 0), (4, 3)}
    assert allowed(Permission.ACCOUNT_BOUND) == {(1, 0), (1, 3), (1, 4)}
    assert allowed(Permission.ISSUER_SCRIPT) == {(0, 2), (1, 2), (3, 2), (4, 2)}


def test_a_bound_account_is_never_let_go() -> None:
    for incoming in (PinFormat.ISO_0, PinFormat.ISO_3, PinFormat.ISO_4):
        with pytest.raises(PinRuleRefused):
            check_translation(incoming, PinFormat.ISO_1, allowed=ALL)
    for outgoing in PinFormat:
        with pytest.raises(PinRuleRefused):
            check_translation(PinFormat.ISO_2, outgoing, allowed=ALL)


@given(data=st.data(), pin=pins, account=accounts)
def test_translation_keeps_the_pin(data: st.DataObject, pin: str, account: str) -> None:
    pairs = sorted(pair for pair, found in TRANSLATIONS.items() if found is not Permission.NEVER)
    incoming_form, outgoing_form = data.draw(st.sampled_from(pairs))
    incoming = data.draw(sides(incoming_form, account))
    outgoing = data.draw(sides(outgoing_form, account))
    block = encipher_pin(pin, incoming, random=os.urandom)
    translated = translate_pin(block, incoming, outgoing, random=os.urandom, allowed=ALL)
    assert decipher_pin(translated, outgoing) == pin


@pytest.mark.parametrize("pair", sorted(TRANSLATIONS), ids=lambda pair: f"{pair[0]:d}-{pair[1]:d}")
def test_each_pair_without_allowances(pair: tuple[PinFormat, PinFormat]) -> None:
    incoming, outgoing = map(side_of, pair)
    block = encipher_pin("1234", incoming, random=os.urandom)
    if TRANSLATIONS[pair] is Permission.ALWAYS:
        assert decipher_pin(translate_pin(block, incoming, outgoing, random=os.urandom), outgoing)
        return
    with pytest.raises(PinRuleRefused):
        translate_pin(block, incoming, outgoing, random=os.urandom)


@pytest.mark.parametrize("flag", list(Allowance))
def test_one_allowance_is_not_another(flag: Allowance) -> None:
    needs = {
        Allowance.DOWNGRADE: Permission.BY_POLICY,
        Allowance.ACCOUNT_BOUND: Permission.ACCOUNT_BOUND,
        Allowance.ISSUER_SCRIPT: Permission.ISSUER_SCRIPT,
    }
    for (incoming, outgoing), permission in TRANSLATIONS.items():
        if permission in (Permission.ALWAYS, needs[flag]):
            check_translation(incoming, outgoing, allowed=flag)
        else:
            with pytest.raises(PinRuleRefused):
                check_translation(incoming, outgoing, allowed=flag)


@given(account=accounts, other=accounts)
def test_the_account_is_the_same_on_both_sides(account: str, other: str) -> None:
    if account == other:
        return
    incoming, outgoing = side_of(PinFormat.ISO_0, account), side_of(PinFormat.ISO_4, other)
    block = encipher_pin("1234", incoming, random=os.urandom)
    with pytest.raises(PinRuleRefused) as refused:
        translate_pin(block, incoming, outgoing, random=os.urandom)
    assert account not in str(refused.value)
    assert other not in str(refused.value)


@pytest.mark.parametrize("account", ["", "12x4567890123456", "1" * 20])
def test_the_account_is_one(account: str) -> None:
    for incoming, outgoing in (
        (PinFormat.ISO_1, PinFormat.ISO_0),
        (PinFormat.ISO_0, PinFormat.ISO_4),
    ):
        into, out = side_of(incoming, account), side_of(outgoing, account)
        with pytest.raises(PinRuleRefused, match="account number"):
            translate_pin(bytes(8), into, out, random=os.urandom, allowed=ALL)


def test_the_account_matches_the_block() -> None:
    incoming = side_of(PinFormat.ISO_0, "4111111111111111")
    block = encipher_pin("1234", incoming, random=os.urandom)
    elsewhere = "4111111111112111"
    with pytest.raises(PinRefused, match=r"^the PIN was refused$"):
        translate_pin(
            block,
            incoming._replace(account=elsewhere),
            side_of(PinFormat.ISO_4, elsewhere),
            random=os.urandom,
        )


def test_every_bad_block_gets_one_answer() -> None:
    incoming, outgoing = side_of(PinFormat.ISO_0), side_of(PinFormat.ISO_4)
    clear = {
        "control": "141225eeeeeeeeee", "length": "031234ffffffffff", "long": "0d123456789012ff",
        "digits": "04a234ffffffffff", "fill": "041234fffffffff0", "nothing": "0" * 16,
    }  # fmt: skip
    answers = set()
    for nibbles in clear.values():
        bound = int(nibbles, 16) ^ int(ACCOUNT[-13:-1], 16)
        block = incoming.cipher.encrypt(bound.to_bytes(8, "big"))
        with pytest.raises(PinRefused) as refused:
            translate_pin(block, incoming, outgoing, random=os.urandom)
        answers.add((type(refused.value), str(refused.value), refused.value.outside))
    for block in (b"", bytes(7), bytes(16), bytes(1000)):
        with pytest.raises(PinRefused) as refused:
            translate_pin(block, incoming, outgoing, random=os.urandom)
        answers.add((type(refused.value), str(refused.value), refused.value.outside))
    assert len(answers) == 1


def test_a_refused_block_costs_the_same_encipherments() -> None:
    class Counting:
        def __init__(self, form: PinFormat) -> None:
            self.cipher, self.octets, self.calls = cipher_for(form), form.octets, []

        def encrypt(self, blocks: bytes) -> bytes:
            self.calls.append("encrypt")
            return self.cipher.encrypt(blocks)

        def decrypt(self, blocks: bytes) -> bytes:
            self.calls.append("decrypt")
            return self.cipher.decrypt(blocks)

    counts = []
    for good in (True, False):
        into, out = Counting(PinFormat.ISO_0), Counting(PinFormat.ISO_4)
        incoming = PinSide(PinFormat.ISO_0, into, ACCOUNT)  # type: ignore[arg-type]
        outgoing = PinSide(PinFormat.ISO_4, out, ACCOUNT)  # type: ignore[arg-type]
        block = encipher_pin("1234", incoming, random=os.urandom) if good else bytes(8)
        into.calls.clear()
        try:
            translate_pin(block, incoming, outgoing, random=os.urandom)
        except PinRefused:
            assert not good
        counts.append((into.calls, out.calls))
    assert counts[0] == counts[1] == (["decrypt"], ["encrypt", "encrypt"])
