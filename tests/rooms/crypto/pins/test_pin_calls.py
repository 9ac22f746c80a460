"""The module's calls with PINs: what they give, and what they refuse."""

from __future__ import annotations

import os

import pytest

from tallystick.crypto.key_blocks import KeyMode
from tallystick.crypto.payment import (
    ByOffset,
    ByPvv,
    ChangePin,
    Chosen,
    Drawn,
    ForOffset,
    ForPvv,
    FromOffset,
    GeneratedPin,
    GeneratePin,
    ListTables,
    ModulePolicy,
    Natural,
    RegisterTable,
    Tables,
    TranslatedPin,
    TranslatePin,
    VerifiedPin,
    VerifyPin,
)
from tallystick.crypto.pins import TRANSLATIONS, Permission, PinFormat, decipher_pin
from tests.rooms.crypto.pins.module import ACCOUNT, PIN, TABLE, Desk

OFFSET = ForOffset(validation=ACCOUNT[:12], table=TABLE)
EVERYTHING = [f"{a:d}>{b:d}" for a, b in TRANSLATIONS]


@pytest.mark.parametrize("pair", sorted(TRANSLATIONS), ids=lambda pair: f"{pair[0]:d}-{pair[1]:d}")
@pytest.mark.parametrize("policy", [ModulePolicy(), ModulePolicy(translations=EVERYTHING)])
@pytest.mark.parametrize("account_bound", [False, True])
def test_each_translation(pair: tuple[PinFormat, PinFormat], policy: ModulePolicy, account_bound: bool) -> None:  # fmt: skip
    desk = Desk(policy)
    incoming, outgoing = map(desk.place, pair)
    answer = desk.ask(
        TranslatePin(
            block=desk.block(incoming),
            incoming=incoming,
            outgoing=outgoing,
            account_bound=account_bound,
        )
    )
    allowed = {
        Permission.ALWAYS: True,
        Permission.BY_POLICY: bool(policy.translations),
        Permission.ACCOUNT_BOUND: bool(policy.translations) and account_bound,
        Permission.ISSUER_SCRIPT: False,
        Permission.NEVER: False,
    }[TRANSLATIONS[pair]]
    if not allowed:
        assert answer.code == "call.malformed"
        assert answer.where in ("incoming", "outgoing")
        return
    assert isinstance(answer, TranslatedPin)
    assert decipher_pin(answer.block, desk.side(outgoing)) == PIN
    assert answer.incoming.key == incoming.key
    assert answer.outgoing.key == outgoing.key


def test_a_policy_that_allows_one_translation_allows_no_other() -> None:
    desk = Desk(ModulePolicy(translations=["4>0", "nonsense", "0>9"]))
    narrow, other, wide = (desk.place(form) for form in (PinFormat.ISO_0, PinFormat.ISO_3, PinFormat.ISO_4))  # fmt: skip
    block = desk.block(wide)
    assert isinstance(desk.ask(TranslatePin(block=block, incoming=wide, outgoing=narrow)), TranslatedPin)  # fmt: skip
    assert desk.denied(TranslatePin(block=block, incoming=wide, outgoing=other))


def test_keys_do_one_thing() -> None:
    desk = Desk()
    pvk = desk.pvv_key()
    good = desk.place()
    block = desk.block(good)
    into_only = desk.place(key=desk.zone_key(mode=KeyMode.ENCRYPT))
    out_only = desk.place(key=desk.zone_key(mode=KeyMode.DECRYPT))
    for call, where in (
        (TranslatePin(block=block, incoming=into_only, outgoing=good), "incoming"),
        (TranslatePin(block=block, incoming=good, outgoing=out_only), "outgoing"),
        (TranslatePin(block=block, incoming=desk.place(key=pvk), outgoing=good), "incoming"),
        (VerifyPin(block=block, presented=good, key=good.key, by=ByPvv(pvv="1234", key_index=1)), "key"),
        (GeneratePin(key=good.key, outgoing=good, how=Drawn(), verified_by=ForPvv(key_index=1)), "key"),
        (GeneratePin(key=pvk, outgoing=good, how=Drawn(), verified_by=OFFSET), "key"),
        (GeneratePin(key=desk.pvv_key(KeyMode.VERIFY), outgoing=good, how=Drawn(), verified_by=ForPvv(key_index=1)), "key"),
        (GeneratePin(key=pvk, outgoing=into_only, how=Chosen(block=block), verified_by=ForPvv(key_index=1)), "outgoing"),
    ):  # fmt: skip
        denied = desk.denied(call)
        assert (denied.code, denied.where) == ("key.unusable", where)


@pytest.mark.parametrize("form", [form for form in PinFormat if form is not PinFormat.ISO_2])
def test_pvv_from_a_drawn_pin_to_its_verification(form: PinFormat) -> None:
    desk = Desk(ModulePolicy(translations=["1>0"]))
    key, place = desk.pvv_key(), desk.place(form)
    made = desk.ask(
        GeneratePin(key=key, outgoing=place, how=Drawn(digits=6), verified_by=ForPvv(key_index=3))
    )
    assert isinstance(made, GeneratedPin)
    assert len(decipher_pin(made.block, desk.side(place))) == 6
    by = ByPvv(pvv=made.value, key_index=3)
    right = desk.ask(VerifyPin(block=made.block, presented=place, key=key, by=by))
    assert isinstance(right, VerifiedPin)
    again = desk.ask(
        GeneratePin(key=key, outgoing=place, how=Chosen(block=made.block), verified_by=ForPvv(key_index=3))
    )  # fmt: skip
    assert again.value == made.value


def test_offset_natural_and_back() -> None:
    desk = Desk()
    key, place = desk.offset_key(), desk.place()
    natural = desk.ask(
        GeneratePin(key=key, outgoing=place, how=Natural(digits=5), verified_by=OFFSET)
    )
    assert natural.value == "00000"
    chosen = desk.ask(
        GeneratePin(key=key, outgoing=place, how=Chosen(block=desk.block(place)), verified_by=OFFSET)
    )  # fmt: skip
    back = desk.ask(
        GeneratePin(key=key, outgoing=place, how=FromOffset(offset=chosen.value), verified_by=OFFSET)
    )  # fmt: skip
    assert decipher_pin(back.block, desk.side(place)) == PIN
    by = ByOffset(offset=chosen.value, validation=ACCOUNT[:12], table=TABLE)
    assert isinstance(desk.verify(key, place, by), VerifiedPin)
    assert desk.verify(key, place, by, pin="7306").code == "verification.failed"
    for how in (Natural(), FromOffset(offset="0000")):
        call = GeneratePin(
            key=desk.pvv_key(), outgoing=place, how=how, verified_by=ForPvv(key_index=1)
        )
        assert desk.denied(call).where == "how"


@pytest.mark.parametrize("way", ["pvv", "offset"])
def test_a_pin_is_changed_by_who_knows_it(way: str) -> None:
    desk = Desk(ModulePolicy(easy_pins_refused=True, pins_refused=["2580"]))
    key = desk.known_pvv_key() if way == "pvv" else desk.offset_key()
    wanted = ForPvv(key_index=1) if way == "pvv" else OFFSET
    place = desk.place()
    value = desk.ask(
        GeneratePin(key=key, outgoing=place, how=Chosen(block=desk.block(place)), verified_by=wanted)
    ).value  # fmt: skip

    def by(value: str) -> ByPvv | ByOffset:
        if way == "pvv":
            return ByPvv(pvv=value, key_index=1)
        return ByOffset(offset=value, validation=ACCOUNT[:12], table=TABLE)

    def change(old: str, new: str) -> ChangePin:
        blocks = {"block": desk.block(place, old), "new_block": desk.block(place, new)}
        return ChangePin(key=key, presented=place, by=by(value), **blocks)

    assert desk.denied(change("7306", "9182")).code == "verification.failed"
    for weak in ("1111", "2345", "2580"):
        assert desk.denied(change(PIN, weak)).code == "pin.refused"
    changed = desk.ask(change(PIN, "9182"))
    assert isinstance(changed, GeneratedPin)
    assert isinstance(desk.verify(key, place, by(changed.value), pin="9182"), VerifiedPin)
    assert desk.verify(key, place, by(changed.value)).code == "verification.failed"


def test_tables_are_registered_once_and_not_too_weak() -> None:
    desk = Desk()
    other = "9876543210987654"
    assert desk.ask(ListTables()) == Tables(tables=[TABLE])
    assert desk.denied(RegisterTable(table="0" * 16)).code == "call.malformed"
    assert desk.ask(RegisterTable(table=other)) == Tables(tables=[TABLE, other])
    assert desk.denied(RegisterTable(table=other)).code == "key.conflict"
    assert desk.denied(RegisterTable(table=TABLE)).code == "key.conflict"
    third = "0246813579024681"
    assert desk.ask(RegisterTable(table=third)) == Tables(tables=[TABLE, other, third])
    key, place = desk.offset_key(), desk.place()
    wanted = ForOffset(validation=ACCOUNT[:12], table=third)
    assert isinstance(
        desk.ask(GeneratePin(key=key, outgoing=place, how=Drawn(), verified_by=wanted)), GeneratedPin
    )  # fmt: skip


def test_a_table_for_production_takes_more_than_one_person() -> None:
    desk = Desk()
    denied = desk.denied(RegisterTable(table="9876543210987654", domain="production"))
    assert denied.code == "approval.missing"
    desk.ask(RegisterTable(table="9876543210987654"))
    assert desk.ask(ListTables(domain="production")) == Tables(tables=[TABLE])


def test_what_is_pinned_to_a_key_is_all_that_it_takes() -> None:
    desk = Desk()
    place = desk.place()
    bound = desk.offset_key(decimalisation_table="9876543210987654", validation_pad="D")
    free = desk.offset_key(validation_data="any")
    indexed = desk.pvv_key(key_index="2")
    good = {"validation": ACCOUNT[:12], "table": "9876543210987654", "pad": "D"}

    def where(key: str, wanted: ForOffset | ForPvv) -> str:
        answer = desk.ask(GeneratePin(key=key, outgoing=place, how=Drawn(), verified_by=wanted))
        return "" if isinstance(answer, GeneratedPin) else answer.where

    assert where(bound, ForOffset(**good)) == ""
    assert where(bound, ForOffset(**{**good, "table": TABLE})) == "table"
    assert where(bound, ForOffset(**{**good, "pad": "E"})) == "pad"
    assert where(bound, ForOffset(**{**good, "validation": "99999999"})) == "validation"
    assert where(free, ForOffset(validation="99999999", table=TABLE)) == ""
    assert where(indexed, ForPvv(key_index=2)) == ""
    assert where(indexed, ForPvv(key_index=1)) == "key_index"


def test_every_wrong_block_is_denied_alike() -> None:
    desk = Desk(ModulePolicy(pin_failures_max=10_000))
    key, place, wide = desk.pvv_key(), desk.place(), desk.place(PinFormat.ISO_4)
    by = ByPvv(pvv="none", key_index=1)
    blocks = [os.urandom(8) for _ in range(20)] + [bytes(9), bytes(16), desk.block(place, "7306")]
    verified = {str_of(desk.denied(VerifyPin(block=b, presented=place, key=key, by=by))) for b in blocks}  # fmt: skip
    assert verified == {("verification.failed", "verification failed", "pin")}
    translated = {str_of(desk.denied(TranslatePin(block=b, incoming=place, outgoing=wide))) for b in blocks[:-1]}  # fmt: skip
    assert translated == {("pin.refused", "the PIN data was refused", "")}


def str_of(denied) -> tuple[str, str, str]:
    return denied.code, denied.text, denied.where
