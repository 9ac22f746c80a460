"""Whatever stands in a call with PINs, the answer is an answer or a refusal, never a defect."""

from __future__ import annotations

from string import ascii_letters

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.crypto.payment import (
    CALL_TYPE,
    ByOffset,
    ByPvv,
    ChangePin,
    Chosen,
    Denied,
    Drawn,
    ForOffset,
    ForPvv,
    FromOffset,
    GeneratePin,
    ModulePolicy,
    Natural,
    PinPlace,
    RegisterTable,
    TranslatePin,
    TranslatePins,
    VerifyPin,
)
from tallystick.crypto.payment.dukpt import DukptKind, DukptUse
from tallystick.crypto.pins import AccountField, PinFormat
from tests.rooms.crypto.pins.module import ACCOUNT, TABLE, Desk

UNLIMITED = 2**52
DESK = Desk(
    ModulePolicy(
        translations=["4>0", "4>3", "1>0", "1>3", "1>4"],
        pin_failures_max=UNLIMITED,
        key_failures_max=UNLIMITED,
    )
)
KEYS = [DESK.zone_key(), DESK.zone_key(PinFormat.ISO_4), DESK.pvv_key(), DESK.offset_key()]
KEYS += [DESK.offset_key(validation_data="any"), "a" * 24]
REFUSALS = {
    "call.malformed", "key.unknown", "key.unusable", "verification.failed", "pin.refused",
    "ciphertext.refused", "budget.spent", "key.conflict",
}  # fmt: skip

keys = st.sampled_from(KEYS)
blocks = st.one_of(st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=16))
# Without letters: "account number" is no account number, and a refusal may say it.
strange = st.text(st.characters(codec="utf-8", exclude_characters=ascii_letters), max_size=19)
texts = st.one_of(st.just(ACCOUNT), st.text("0123456789", max_size=19), strange)
uses = st.none() | st.builds(
    DukptUse, serial=st.binary(min_size=8, max_size=12), kind=st.sampled_from(DukptKind)
)
places = st.builds(
    PinPlace,
    key=keys,
    form=st.sampled_from(PinFormat),
    account=texts,
    field=st.sampled_from(AccountField),
    dukpt=uses,
    wrapped=st.just("") | st.text(max_size=200),
)
indices = st.integers(0, 6)
tables = st.just(TABLE) | st.text(min_size=16, max_size=16)
validations = st.just(ACCOUNT[:12]) | st.text(min_size=4, max_size=16)
pads = st.sampled_from("0F") | st.text(min_size=1, max_size=1)
offsets = st.text("0123456789", min_size=4, max_size=12) | st.text(min_size=4, max_size=12)
ways = st.builds(ByPvv, pvv=st.text(min_size=4, max_size=4), key_index=indices) | st.builds(
    ByOffset, offset=offsets, validation=validations, table=tables, pad=pads
)
wanted = st.builds(ForPvv, key_index=indices) | st.builds(
    ForOffset, validation=validations, table=tables, pad=pads
)
lengths = st.integers(4, 12)
hows = (
    st.builds(Drawn, digits=lengths)
    | st.builds(Chosen, block=blocks)
    | st.builds(Natural, digits=lengths)
    | st.builds(FromOffset, offset=offsets)
)
CALLS = (
    st.builds(TranslatePin, block=blocks, incoming=places, outgoing=places, account_bound=st.booleans())
    | st.builds(
        TranslatePins,
        blocks=st.lists(blocks, min_size=1, max_size=4),
        accounts=st.lists(texts, min_size=1, max_size=4),
        incoming=places,
        outgoing=places,
    )
    | st.builds(VerifyPin, block=blocks, presented=places, key=keys, by=ways)
    | st.builds(GeneratePin, key=keys, outgoing=places, how=hows, verified_by=wanted)
    | st.builds(ChangePin, key=keys, presented=places, block=blocks, by=ways, new_block=blocks)
    | st.builds(RegisterTable, table=tables)
)  # fmt: skip


@settings(max_examples=400)
@given(call=CALLS)
def test_any_call(call) -> None:
    answer = DESK.ask(call)
    if isinstance(answer, Denied):
        assert answer.code in REFUSALS, (answer.code, answer.reason)
        for secret in (ACCOUNT, call_account(call)):
            assert len(secret) < 8 or secret not in answer.text + answer.where + answer.reason


@given(call=CALLS)
def test_any_call_crosses_as_it_is_or_not_at_all(call) -> None:
    octets = msgspec.msgpack.encode(call)
    assert msgspec.msgpack.decode(octets, type=CALL_TYPE) == call


def call_account(call) -> str:
    place = getattr(call, "incoming", None) or getattr(call, "presented", None)
    return "" if place is None else place.account
