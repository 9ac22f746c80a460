"""Key blocks through the module: what may leave and what may come in."""

from __future__ import annotations

import msgspec
import pytest
from psec import tr31

from tallystick.crypto.key_blocks import (
    BlockVersion,
    Exportability,
    KeyAlgorithm,
    KeyMode,
    KeyUsage,
    OptionalBlock,
    ProtectionKey,
    read_header,
    unwrap_key,
)
from tallystick.crypto.keys import LifeState
from tallystick.crypto.payment import (
    BlockForm,
    ChangeState,
    Events,
    ExportInitialKey,
    ExportKeyBlock,
    ImportKeyBlock,
    KeyBlock,
    KeyView,
    ReadEvents,
    SetCustodians,
)
from tallystick.crypto.transaction_keys import (
    AesDukpt,
    AesSerialNumber,
    TdesDukpt,
    TdesSerialNumber,
)
from tests.rooms.crypto.desk import KEY, TDES, A, B, D, Desk, E, M, U, X, denied
from tests.rooms.crypto.test_custodians import PEOPLE, signed

QUIET = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")


# ---- out ---------------------------------------------------------------------------------------


@QUIET
@pytest.mark.parametrize("version", [D, B])
def test_psec_reads_what_leaves(version: BlockVersion) -> None:
    desk = Desk()
    under = desk.aes if version is D else desk.tdes
    pin = desk.make(U.PIN_ENCRYPTION, A.TDES_2KEY)
    answer = desk.export(pin, under, version, optional={"KC": "", "KP": "", "LB": "zone 7"})
    assert isinstance(answer, KeyBlock), answer
    header, octets = tr31.unwrap(desk.octets(under.key), answer.block)
    assert octets == desk.octets(pin.key)
    assert (header.key_usage, header.mode_of_use, header.exportability) == ("P0", "B", "E")
    assert header.blocks["KC"] == "00" + pin.check_value == "00" + answer.check_value
    assert header.blocks["LB"] == "zone 7"
    assert header.blocks["KP"][2:] == under.check_value
    assert answer.key.key == pin.key
    assert answer.under.key == under.key


def test_version_e_is_under_its_own_kind_of_key() -> None:
    desk = Desk()
    pin = desk.make(U.PIN_ENCRYPTION, A.AES_128)
    block = desk.export(pin, desk.iso, E).block
    kek = ProtectionKey(desk.octets(desk.iso.key), A.AES_256)
    assert unwrap_key(block, protection_key=kek).key == desk.octets(pin.key)
    denied(desk.export(pin, desk.aes, E), "key.unusable", "under")
    denied(desk.export(pin, desk.iso, B), "key.unusable", "under")
    assert isinstance(desk.export(pin, desk.iso, D), KeyBlock)
    assert isinstance(desk.bring(desk.iso, block), KeyView)


def test_what_is_not_exportable_stays() -> None:
    desk = Desk()
    kept = desk.make(U.PIN_ENCRYPTION, A.AES_128, exportability=X.NOT_EXPORTABLE)
    denied(desk.export(kept, desk.aes, D), "key.conflict", "key")
    ours = desk.make(U.FORMAT_PRESERVING, A.AES_256)
    denied(desk.export(ours, desk.aes, D), "key.conflict", "key")
    denied(desk.export(desk.aes, desk.aes, D), "call.malformed", "under")


@pytest.mark.parametrize(
    ("have", "ask", "allowed"),
    [
        (X.EXPORTABLE, X.EXPORTABLE, True), (X.EXPORTABLE, X.NOT_EXPORTABLE, True),
        (X.EXPORTABLE, X.SENSITIVE, False), (X.SENSITIVE, X.SENSITIVE, True),
        (X.SENSITIVE, X.EXPORTABLE, True), (X.SENSITIVE, X.NOT_EXPORTABLE, True),
    ],
)  # fmt: skip
def test_a_header_is_never_wider_than_the_key(
    have: Exportability, ask: Exportability, allowed: bool
) -> None:
    desk = Desk()
    key = desk.make(U.PIN_ENCRYPTION, A.AES_128, exportability=have)
    answer = desk.export(key, desk.aes, D, exportability=ask)
    if allowed:
        assert answer.block[11] == ask
    else:
        denied(answer, "call.malformed", "form")


@pytest.mark.parametrize(
    ("usage", "algorithm", "have", "ask", "allowed"),
    [
        (U.PIN_ENCRYPTION, A.AES_128, M.BOTH, M.ENCRYPT, True),
        (U.PIN_ENCRYPTION, A.AES_128, M.ENCRYPT, M.BOTH, False),
        (U.PIN_ENCRYPTION, A.AES_128, M.ENCRYPT, M.DECRYPT, False),
        (U.PIN_ENCRYPTION, A.AES_128, M.BOTH, M.ANY, False),
        (U.PIN_ENCRYPTION, A.AES_128, M.ANY, M.DECRYPT, True),
        (U.PIN_ENCRYPTION, A.AES_128, M.ANY, M.GENERATE, False),
        (U.MAC_CMAC, A.AES_128, M.GENERATE_AND_VERIFY, M.VERIFY, True),
        (U.MAC_CMAC, A.AES_128, M.VERIFY, M.GENERATE_AND_VERIFY, False),
    ],
)
def test_a_mode_only_narrows(
    usage: KeyUsage, algorithm: KeyAlgorithm, have: KeyMode, ask: KeyMode, allowed: bool
) -> None:
    desk = Desk()
    answer = desk.export(desk.make(usage, algorithm, have), desk.aes, D, mode=ask)
    if allowed:
        assert answer.block[8] == ask
    else:
        denied(answer, "call.malformed", "form")


def test_no_key_leaves_under_a_weaker_one_or_in_an_old_version() -> None:
    desk = Desk()
    strong = desk.make(U.DATA_ENCRYPTION, A.AES_256)
    weak = desk.make(U.KEY_ENCRYPTION, A.AES_128)
    denied(desk.export(strong, weak, D), "key.unusable", "under")
    denied(desk.export(strong, desk.tdes, B), "key.unusable", "under")
    pin = desk.make(U.PIN_ENCRYPTION, A.TDES_2KEY)
    for version in BlockVersion.A, BlockVersion.C:
        denied(desk.export(pin, desk.tdes, version), "call.malformed", "form")
    denied(desk.export(pin, desk.tdes, D), "call.malformed", "form")
    denied(desk.export(pin, desk.aes, D, optional={"KC": "00000000"}), "call.malformed", "form")
    denied(desk.export(pin, desk.aes, D, optional={"KS": "00" * 10}), "call.malformed", "form")


def test_only_keys_that_live_leave() -> None:
    desk = Desk()
    fresh = desk.make(U.PIN_ENCRYPTION, A.AES_128, active=False)
    assert isinstance(desk.export(fresh, desk.aes, D), KeyBlock), "distribution precedes use"
    for state in LifeState.SUSPENDED, LifeState.EXPIRED, LifeState.DESTROYED:
        key = desk.make(U.PIN_ENCRYPTION, A.AES_128)
        desk.ask(ChangeState(key=key.key, to=state))
        denied(desk.export(key, desk.aes, D), "key.conflict", "key")
    old = desk.make(U.PIN_ENCRYPTION, A.AES_128, expires_ms=desk.bench.clock.now_ms())
    denied(desk.export(old, desk.aes, D), "key.conflict", "key")
    reader = desk.make(U.KEY_ENCRYPTION, A.AES_256, M.DECRYPT)
    denied(desk.export(fresh, reader, D), "key.unusable", "under")


# ---- in ----------------------------------------------------------------------------------------


@QUIET
def test_what_psec_wrote_comes_in() -> None:
    desk = Desk()
    block = tr31.wrap(desk.octets(desk.tdes.key), "B0000V2TV07S0000", TDES)
    view = desk.bring(desk.tdes, block, label="PVV of the scheme")
    assert isinstance(view, KeyView), view
    assert (view.usage, view.algorithm, view.mode) == ("V2", "TDES_2KEY", "V")
    assert (view.version, view.exportability, view.origin) == ("07", "S", "imported")
    assert (view.check_value, view.under) == ("57C409", desk.tdes.key)
    assert desk.octets(view.key) == TDES


def test_a_key_that_went_out_comes_in_as_it_was() -> None:
    desk = Desk()
    for usage, algorithm, mode in (
        (U.PIN_ENCRYPTION, A.AES_128, M.BOTH), (U.MAC_HMAC, A.HMAC_SHA256, M.GENERATE),
        (U.BASE_DERIVATION, A.AES_256, M.DERIVE), (U.MAC_9797_3, A.TDES_2KEY, M.VERIFY),
    ):  # fmt: skip
        made = desk.make(usage, algorithm, mode)
        view = desk.bring(desk.aes, desk.export(made, desk.aes, D).block)
        assert (view.usage, view.algorithm, view.mode) == (usage, algorithm, mode)
        assert view.check_value == made.check_value
        assert view.key != made.key


def test_an_import_may_take_less_and_never_more() -> None:
    desk = Desk()
    block = desk.write(desk.aes, KEY)
    assert desk.bring(desk.aes, block, exportability=X.NOT_EXPORTABLE).exportability == "N"
    denied(desk.bring(desk.aes, block, exportability=X.SENSITIVE), "call.malformed")
    kept = desk.write(desk.aes, KEY, exportability=X.NOT_EXPORTABLE)
    denied(desk.bring(desk.aes, kept, exportability=X.EXPORTABLE), "call.malformed")


def test_every_block_that_does_not_open_gets_one_answer() -> None:
    desk = Desk()
    block = desk.write(desk.aes, KEY)
    other = "1" if block[20] == "0" else "0"
    bad = [
        block[:20] + other + block[21:],
        block[:-1] + "G",
        block + "00",
        "D" * 60,
        "Z" + block[1:],
    ]
    bad += [block[:6] + "1" + block[7:], block.replace("P0", "D0", 1), "x" * 9999, "é" * 60]
    answers = {(one.code, one.text, one.where) for one in (desk.bring(desk.aes, b) for b in bad)}
    assert answers == {("ciphertext.refused", "the ciphertext was refused", "")}
    denied(desk.bring(desk.tdes, block), "ciphertext.refused")  # the other cipher
    assert isinstance(desk.bring(desk.aes, block), KeyView)


def test_too_many_bad_blocks_wait() -> None:
    desk = Desk(key_failures_max=3)
    block = desk.write(desk.aes, KEY)
    for _ in range(3):
        denied(desk.bring(desk.aes, block[:-1] + "0" * 1 if block[-1] != "0" else block[:-1] + "1"),
               "ciphertext.refused")  # fmt: skip
    denied(desk.bring(desk.aes, block), "budget.spent")


def test_a_block_that_asks_for_what_we_do_not_hold_to_is_refused() -> None:
    desk = Desk()
    for extra in (
        OptionalBlock("DA", "01P0TEE"),
        OptionalBlock("FL", "1"),
        OptionalBlock("10", "x"),
    ):
        block = desk.write(desk.aes, KEY, U.PIN_ENCRYPTION, A.AES_128, M.BOTH, extra)
        denied(desk.bring(desk.aes, block), "call.malformed", "block")
    pedigree = OptionalBlock("WP", "001")
    label = OptionalBlock("LB", "from the acquirer")
    block = desk.write(desk.aes, KEY, U.PIN_ENCRYPTION, A.AES_128, M.BOTH, pedigree, label)
    view = desk.bring(desk.aes, block)
    assert view.pinned == {"wrapping_pedigree": "001"}
    assert view.label == "from the acquirer"


@QUIET
def test_a_and_c_come_in_only_where_the_policy_names_them() -> None:
    strict, open_ = Desk(), Desk(legacy_blocks=["A"])
    for desk, taken in ((strict, False), (open_, True)):
        block = tr31.wrap(desk.octets(desk.tdes.key), "A0000P0TB00E0000", TDES)
        answer = desk.bring(desk.tdes, block)
        assert isinstance(answer, KeyView) is taken
        denied(desk.bring(desk.tdes, "C" + block[1:]), "ciphertext.refused")


def test_weak_and_degenerate_keys_stay_outside_of_production() -> None:
    desk = Desk(strength_bits_min=112, quorum={"create": 0, "import": 0})
    denied(desk.bring(desk.aes, desk.write(desk.aes, TDES, algorithm=A.TDES_2KEY)), "key.unusable")
    real = desk.make(U.KEY_ENCRYPTION, A.AES_256, domain="production")
    single = TDES[:8] * 3
    degenerate = desk.write(real, single, algorithm=A.TDES_3KEY)
    denied(desk.bring(real, degenerate), "key.unusable", "block")
    assert (
        desk.bring(desk.aes, desk.write(desk.aes, single, algorithm=A.TDES_3KEY)).domain == "test"
    )
    told = desk.ask(ReadEvents()).events[-1][1]
    assert b"degenerate" in told, "taken in for tests, and said so"
    good = desk.bring(real, desk.write(real, KEY))
    assert good.domain == "production"
    denied(desk.export(good, desk.aes, D), "key.conflict", "under")


def test_production_keys_move_only_when_others_agree() -> None:
    desk = Desk(quorum={"create": 0})
    real = desk.make(U.KEY_ENCRYPTION, A.AES_256, domain="production")
    pin = desk.make(U.PIN_ENCRYPTION, A.AES_128, domain="production")
    denied(desk.bring(real, desk.write(real, KEY)), "approval.missing")
    denied(desk.export(pin, real, D), "approval.missing")


def test_two_custodians_let_a_production_key_in_and_out() -> None:
    desk = Desk(quorum={"create": 0})
    desk.ask(SetCustodians(people=PEOPLE))
    real = desk.make(U.KEY_ENCRYPTION, A.AES_256, domain="production")
    who, at_ms = ["amina", "brian", "carol"], desk.bench.clock.now_ms()
    bring = ImportKeyBlock(
        under=real.key, block=desk.write(real, KEY), requested_by="amina", request="r" * 16
    )
    view = desk.ask(signed(desk.module, bring, who, at_ms=at_ms))
    assert isinstance(view, KeyView), view
    give = ExportKeyBlock(
        key=view.key, under=real.key, form=BlockForm(version=D), requested_by="amina",
        request="s" * 16,
    )  # fmt: skip
    signed(desk.module, give, who, at_ms=at_ms)
    assert isinstance(desk.ask(give), KeyBlock)
    denied(desk.ask(give), "approval.missing")  # once
    events = desk.ask(ReadEvents())
    told = [msgspec.msgpack.decode(event) for _, event in events.events][-2:]
    assert [event["approved_by"] for event in told] == [["brian", "carol"]] * 2


def test_compromise_of_a_protecting_key_reaches_what_came_under_it() -> None:
    desk = Desk()
    view = desk.bring(desk.aes, desk.write(desk.aes, KEY))
    desk.ask(ChangeState(key=desk.aes.key, to=LifeState.COMPROMISED))
    assert desk.bench.record(view.key).state is LifeState.COMPROMISED


def test_events_tell_who_and_what_and_no_key() -> None:
    desk = Desk()
    pin = desk.make(U.PIN_ENCRYPTION, A.AES_128)
    block = desk.export(pin, desk.aes, D).block
    desk.bring(desk.aes, block)
    events = desk.ask(ReadEvents(limit=1000))
    assert isinstance(events, Events)
    told = [msgspec.msgpack.decode(event) for _, event in events.events]
    acts = [event["act"] for event in told]
    assert acts[-2:] == ["export", "import"]
    assert told[-2]["under"] == desk.aes.key
    assert told[-2]["form"] == "X9.143 D"
    whole = repr(told) + repr(desk.module.perform([ReadEvents()]))
    assert block not in whole
    assert desk.octets(pin.key).hex() not in whole.lower()


# ---- initial keys of devices -------------------------------------------------------------------


def test_an_initial_key_of_tdes_dukpt_leaves_with_its_serial_number() -> None:
    desk = Desk()
    base = desk.make(U.BASE_DERIVATION, A.TDES_2KEY, M.DERIVE, X.NOT_EXPORTABLE)
    serial = bytes.fromhex("FFFF9876543210E00001")
    form = BlockForm(version=B)
    call = ExportInitialKey(key=base.key, serial=serial, under=desk.tdes.key, form=form)
    answer = desk.ask(call)
    assert isinstance(answer, KeyBlock), answer
    header, _ = read_header(answer.block)
    assert (header.usage, header.mode, header.find("KS")) == ("B1", "X", "FFFF9876543210E00000")
    view = desk.bring(desk.tdes, answer.block)
    number = TdesSerialNumber.read(serial)
    assert desk.octets(view.key) == TdesDukpt(desk.octets(base.key)).initial_key(number)
    assert view.pinned == {"dukpt_device": "ffff9876543210e00000"}
    again = desk.export(view, desk.tdes, B)
    assert read_header(again.block)[0].find("KS") == "FFFF9876543210E00000"


def test_an_initial_key_of_aes_dukpt_leaves_with_its_identifier() -> None:
    desk = Desk()
    base = desk.make(U.BASE_DERIVATION, A.AES_128, M.DERIVE)
    serial = bytes.fromhex("123456789012345600000001")
    form = BlockForm(version=D, exportability=X.NOT_EXPORTABLE)
    answer = desk.ask(ExportInitialKey(key=base.key, serial=serial, under=desk.aes.key, form=form))
    header, _ = read_header(answer.block)
    assert (header.find("IK"), header.exportability) == ("1234567890123456", "N")
    view = desk.bring(desk.aes, answer.block)
    device = AesSerialNumber.read(serial).device
    assert desk.octets(view.key) == AesDukpt(desk.octets(base.key)).initial_key(device)
    denied(desk.export(view, desk.aes, D), "key.conflict")


def test_no_other_key_gives_initial_keys() -> None:
    desk = Desk()
    form = BlockForm(version=D)
    pin = desk.make(U.PIN_ENCRYPTION, A.AES_128)
    call = ExportInitialKey(key=pin.key, serial=bytes(12), under=desk.aes.key, form=form)
    denied(desk.ask(call), "key.unusable", "key")
    base = desk.make(U.BASE_DERIVATION, A.AES_128, M.DERIVE)
    call = ExportInitialKey(key=base.key, serial=bytes(10), under=desk.aes.key, form=form)
    denied(desk.ask(call), "call.malformed", "serial")
    triple = desk.make(U.BASE_DERIVATION, A.TDES_3KEY, M.DERIVE)
    call = ExportInitialKey(key=triple.key, serial=bytes(10), under=desk.aes.key, form=form)
    denied(desk.ask(call), "key.unusable", "key")
