"""Known attacks on the calls with PINs get nowhere; a PIN and an account number never show."""

from __future__ import annotations

import logging
import os

import msgspec
import pytest

from tallystick.crypto.keys import SoftwareMasterKey
from tallystick.crypto.payment import (
    ByOffset,
    ByPvv,
    ChangePin,
    Chosen,
    Drawn,
    ForOffset,
    ForPvv,
    FromOffset,
    GeneratePin,
    LocalModule,
    ModulePolicy,
    PinPlace,
    TranslatePin,
    VerifyPin,
)
from tallystick.crypto.pins import (
    USUAL_TABLE,
    PinFormat,
    encipher_pin,
    natural_pin,
    offset_of,
    validation_block,
)
from tallystick.ground.clock import DAY_MS, ManualClock
from tallystick.ground.secret import Secret
from tallystick.testing import MemoryKeyStore, local_bench
from tests.rooms.crypto.pins.module import ACCOUNT, PIN, TABLE, Desk

VALIDATION = ACCOUNT[:12]


def offset_for(desk: Desk, key: str, pin: str = PIN) -> str:
    natural = natural_pin(
        len(pin),
        cipher=desk.cipher(key),
        validation=validation_block(VALIDATION, pad="F"),
        table=USUAL_TABLE,
    )
    return offset_of(pin, natural)


def test_fifteen_guesses_of_bond_and_zielinski() -> None:
    # The insider has a customer's PIN block and sends tables that differ in one digit. Whether the
    # offset still verifies would tell which digits the PIN has.
    desk = Desk()
    key, place = desk.offset_key(), desk.place()
    block, offset = desk.block(place), offset_for(desk, key)
    answers = set()
    for digit in range(10):
        table = "".join(str((int(d) + 1) % 10) if d == str(digit) else d for d in TABLE)
        by = ByOffset(offset=offset, validation=VALIDATION, table=table)
        denied = desk.denied(VerifyPin(block=block, presented=place, key=key, by=by))
        answers.add((denied.code, denied.text, denied.where, denied.reason))
    ones = ["".join("1" if d == str(digit) else "0" for d in TABLE) for digit in range(5)]
    for table in ones:
        by = ByOffset(offset="0000", validation=VALIDATION, table=table)
        denied = desk.denied(VerifyPin(block=block, presented=place, key=key, by=by))
        answers.add((denied.code, denied.text, denied.where, denied.reason))
    assert len(answers) == 1
    assert answers.pop()[0] == "key.unusable"


def test_validation_data_of_somebody_else() -> None:
    desk = Desk()
    key, place = desk.offset_key(), desk.place()
    for data in ("9" * 12, "0000", ACCOUNT[:11] + "9"):
        by = ByOffset(offset="0000", validation=data, table=TABLE)
        denied = desk.denied(VerifyPin(block=desk.block(place), presented=place, key=key, by=by))
        assert (denied.code, denied.where) == ("key.unusable", "validation")


def test_guessing_ends_with_the_budget_of_the_account() -> None:
    desk = Desk()
    key, place = desk.pvv_key(), desk.place()
    tries = [desk.verify(key, place, ByPvv(pvv=f"x{n:03d}", key_index=1)) for n in range(20)]
    codes = [answer.code for answer in tries]
    assert codes == ["verification.failed"] * 5 + ["budget.spent"] * 15
    other = "5412345678901232"
    elsewhere = PinPlace(key=place.key, form=place.form, account=other)
    denied = desk.verify(key, elsewhere, ByPvv(pvv="none", key_index=1))
    assert denied.code == "verification.failed"


def test_guessing_over_many_accounts_ends_with_the_budget_of_the_key() -> None:
    desk = Desk(ModulePolicy(key_failures_max=10))
    key, zone = desk.pvv_key(), desk.zone_key()
    codes = []
    for n in range(15):
        place = PinPlace(key=zone, form=PinFormat.ISO_0, account=f"4929123456{n:05d}4")
        codes.append(desk.verify(key, place, ByPvv(pvv="none", key_index=1)).code)
    assert codes == ["verification.failed"] * 10 + ["budget.spent"] * 5


def test_digits_that_no_pin_depends_on_give_no_more_tries() -> None:
    desk = Desk()
    key, zone = desk.pvv_key(), desk.zone_key()
    codes = []
    for n in range(10):
        account = f"4{n}9{ACCOUNT[3:-1]}{n}"
        place = PinPlace(key=zone, form=PinFormat.ISO_0, account=account)
        codes.append(desk.verify(key, place, ByPvv(pvv="none", key_index=1)).code)
    assert codes == ["verification.failed"] * 5 + ["budget.spent"] * 5


def test_a_pin_that_the_guesser_knows_gives_no_tries_back() -> None:
    # The PVV comes with the call: a PIN that was made for the account has one of its own.
    desk = Desk()
    key, place = desk.pvv_key(), desk.place()
    victim = desk.block(place)
    made = desk.ask(
        GeneratePin(key=key, outgoing=place, how=Drawn(), verified_by=ForPvv(key_index=1))
    )
    own = VerifyPin(
        block=made.block, presented=place, key=key, by=ByPvv(pvv=made.value, key_index=1)
    )
    codes = []
    for n in range(10):
        guess = ByPvv(pvv=f"x{n:03d}", key_index=1)
        desk.ask(own)
        codes.append(desk.denied(VerifyPin(block=victim, presented=place, key=key, by=guess)).code)
    assert codes == ["verification.failed"] * 5 + ["budget.spent"] * 5


def test_a_restart_gives_no_tries_back_and_the_right_pin_does() -> None:
    store, master = MemoryKeyStore(), SoftwareMasterKey(Secret(os.urandom(32)), count=None)
    clock = ManualClock()
    desk = Desk(store=store, master=master, clock=clock)
    key, place = desk.pvv_key(), desk.place()
    made = desk.ask(
        GeneratePin(key=key, outgoing=place, how=Drawn(), verified_by=ForPvv(key_index=1))
    )
    right = VerifyPin(
        block=made.block, presented=place, key=key, by=ByPvv(pvv=made.value, key_index=1)
    )
    wrong = msgspec.structs.replace(right, block=made.block[::-1])
    for _ in range(4):
        assert desk.denied(wrong).code == "verification.failed"
    assert desk.ask(right).key.key == key
    for _ in range(5):
        assert desk.denied(wrong).code == "verification.failed"
    desk.module = LocalModule(local_bench(store=store, master=master, clock=clock))
    assert desk.denied(wrong).code == "budget.spent"
    assert desk.denied(right).code == "budget.spent"
    clock.advance(ms=DAY_MS)
    assert desk.ask(right).key.key == key


def test_altered_account_numbers_of_clulow() -> None:
    # Other digits over the PIN's own: acceptance would tell whether a sum is a decimal digit.
    desk = Desk()
    place, wide = desk.place(), PinFormat.ISO_4
    block, out = desk.block(place), desk.zone_key(wide)
    codes = []
    for digit in range(10):
        account = ACCOUNT[:3] + str(digit) + ACCOUNT[4:]
        moved = PinPlace(key=place.key, form=place.form, account=account)
        call = TranslatePin(
            block=block, incoming=moved, outgoing=PinPlace(key=out, form=wide, account=account)
        )
        codes.append(getattr(desk.ask(call), "code", "translated"))
    # Each try that fails counts for the key, which every account shares.
    tallies = desk.bench.journal.tallies
    assert tallies.get(f"pin-key:{place.key}", (0, 0))[0] == codes.count("pin.refused")


@pytest.mark.parametrize("way", ["from-offset", "chosen", "drawn"])
def test_a_code_book_is_not_made(way: str) -> None:
    # Who knows the zone key would learn which PVV, or which block, belongs to which PIN.
    desk = Desk()
    place = desk.place()
    if way == "from-offset":
        key, wanted = desk.offset_key(), ForOffset(validation=VALIDATION, table=TABLE)
    else:
        key, wanted = desk.pvv_key(), ForPvv(key_index=1)
    codes = []
    for n in range(25):
        pin = f"{n:04d}"
        how = {
            "from-offset": FromOffset(offset=pin),
            "chosen": Chosen(block=desk.block(place, pin)),
            "drawn": Drawn(),
        }[way]
        answer = desk.ask(GeneratePin(key=key, outgoing=place, how=how, verified_by=wanted))
        codes.append(getattr(answer, "code", "made"))
    assert codes == ["made"] * 20 + ["budget.spent"] * 5


def test_a_pin_that_names_no_account_is_not_tried_with_any() -> None:
    desk, free = Desk(), Desk(ModulePolicy(translations=["1>4"]))
    for bench, code in ((desk, "call.malformed"), (free, "verification.failed")):
        key, place = bench.pvv_key(), bench.place(PinFormat.ISO_1)
        denied = bench.verify(key, place, ByPvv(pvv="none", key_index=1))
        assert denied.code == code
    cards = desk.place(PinFormat.ISO_2)
    for call in (
        VerifyPin(block=bytes(8), presented=cards, key=desk.pvv_key(), by=ByPvv(pvv="none", key_index=1)),
        GeneratePin(key=desk.pvv_key(), outgoing=cards, how=Drawn(), verified_by=ForPvv(key_index=1)),
        TranslatePin(block=bytes(8), incoming=desk.place(), outgoing=cards),
    ):  # fmt: skip
        assert desk.denied(call).code == "call.malformed"


def test_bad_blocks_cost_tries_in_every_call() -> None:
    desk = Desk(ModulePolicy(pin_failures_max=4))
    key, place, wide = desk.pvv_key(), desk.place(), desk.place(PinFormat.ISO_4)
    by, junk = ByPvv(pvv="1234", key_index=1), bytes(8)
    calls = [
        TranslatePin(block=junk, incoming=place, outgoing=wide),
        VerifyPin(block=junk, presented=place, key=key, by=by),
        GeneratePin(key=key, outgoing=place, how=Chosen(block=junk), verified_by=ForPvv(key_index=1)),
        ChangePin(key=key, presented=place, block=junk, by=by, new_block=junk),
    ]  # fmt: skip
    assert [desk.denied(call).code for call in calls] == [
        "pin.refused", "verification.failed", "pin.refused", "verification.failed"
    ]  # fmt: skip
    assert {desk.denied(call).code for call in calls} == {"budget.spent"}


def test_a_pin_and_an_account_never_show(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store = MemoryKeyStore()
    desk = Desk(ModulePolicy(translations=["4>0"]), store=store)
    pin, account = "836150942718", "4929887766554432"
    key, offset_key = desk.pvv_key(), desk.offset_key()
    shown = []
    for form in (PinFormat.ISO_0, PinFormat.ISO_3, PinFormat.ISO_4):
        place, wide = (
            desk.place(form, account=account),
            desk.place(PinFormat.ISO_4, account=account),
        )
        block = encipher_pin(pin, desk.side(place), random=os.urandom)
        wanted = ForOffset(validation=account[:12], table=TABLE)
        calls = [
            TranslatePin(block=block, incoming=place, outgoing=wide),
            TranslatePin(block=block[::-1], incoming=place, outgoing=wide),
            TranslatePin(block=block, incoming=place, outgoing=desk.place(account="1" * 16)),
            TranslatePin(block=block, incoming=place, outgoing=desk.place(PinFormat.ISO_1)),
            VerifyPin(block=block, presented=place, key=key, by=ByPvv(pvv="none", key_index=1)),
            VerifyPin(block=block, presented=place, key=offset_key, by=ByOffset(offset="123456781234", validation="1" * 12, table=TABLE)),
            GeneratePin(key=key, outgoing=place, how=Chosen(block=block), verified_by=ForPvv(key_index=1)),
            GeneratePin(key=offset_key, outgoing=place, how=Chosen(block=block), verified_by=wanted),
        ]  # fmt: skip
        answers = desk.module.perform(calls)
        shown += [repr(call) for call in calls] + [repr(desk.side(place)), repr(desk.bench)]
        shown += [repr(answer) for answer in answers]
        octets = [msgspec.msgpack.encode(answer) for answer in answers]
        shown += [octet.decode("latin-1") for octet in octets] + [octet.hex() for octet in octets]
    shown += [record.getMessage() for record in caplog.records]
    shown += [entry.body.decode("latin-1") for entry in store.entries]
    shown += [entry.body.hex() for entry in store.entries]
    shown += [row.header.decode("latin-1") + row.sealed.hex() for row in store.rows.values()]
    everything = "\n".join(shown)
    for canary in (
        pin,
        account,
        account[-13:-1],
        f"c{pin}",
        pin.encode().hex(),
        account.encode().hex(),
    ):
        assert canary not in everything
