"""Fields and tokens through the module: the gate, the budget, one answer for what does not open."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.crypto.envelopes import key_id_of
from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.keys import LifeState
from tallystick.crypto.mechanisms import FF1
from tallystick.crypto.payment import (
    Answer,
    Bench,
    Call,
    ChangeState,
    CreateKey,
    Denied,
    Detokenise,
    Detokenised,
    FieldCell,
    FieldsIndexed,
    FieldsOpened,
    FieldsSealed,
    IndexFields,
    KeyView,
    LocalModule,
    ModulePolicy,
    OpenFields,
    ResealFields,
    Retokenise,
    SealFields,
    TokenForm,
    Tokenise,
    Tokenised,
)
from tallystick.ground.clock import DAY_MS, ManualClock
from tallystick.testing import MemoryKeyStore, local_bench

PAN = b"4111111111111111"
PLACE = {"table": "cards", "column": "pan"}
PANS = ["4111111111111111", "5555555555554444", "378282246310005"]


class World:
    """A module with the keys of fields and tokens."""

    def __init__(self, **policy: Any) -> None:
        self.clock, self.store = ManualClock(), MemoryKeyStore()
        self.bench = local_bench(clock=self.clock, store=self.store, policy=ModulePolicy(**policy))
        self.module = LocalModule(self.bench)
        self.sealing, self.newer = self.key(), self.key()
        self.format = self.key(usage=KeyUsage.FORMAT_PRESERVING)
        self.hmac = self.key(
            usage=KeyUsage.MAC_HMAC, algorithm=KeyAlgorithm.HMAC_SHA256, mode=KeyMode.GENERATE
        )

    def key(self, **more: Any) -> str:
        asked = {
            "usage": KeyUsage.FIELD_SEALING, "algorithm": KeyAlgorithm.AES_256, "mode": KeyMode.BOTH,
        }  # fmt: skip
        view = self.ask(CreateKey(**{**asked, **more}))
        assert isinstance(view, KeyView), view
        return view.key

    def ask(self, call: Call) -> Answer | Denied:
        (answer,) = self.module.perform([call])
        return answer

    def seal(self, *values: bytes, key: str = "") -> list[FieldCell]:
        cells = [FieldCell(f"row-{n}", value) for n, value in enumerate(values)]
        answer = self.ask(SealFields(key=key or self.sealing, cells=cells, **PLACE))
        assert isinstance(answer, FieldsSealed), answer
        return [FieldCell(c.row, s) for c, s in zip(cells, answer.sealed, strict=True)]

    def open(self, cells: list[FieldCell]) -> Answer | Denied:
        return self.ask(OpenFields(cells=cells, **PLACE))

    def move(self, key: str, to: LifeState) -> None:
        assert isinstance(self.ask(ChangeState(key=key, to=to)), KeyView)


def denied(answer: Answer | Denied, code: str) -> Denied:
    assert isinstance(answer, Denied), answer
    assert answer.code == code
    return answer


@pytest.fixture(scope="module")
def world() -> World:
    return World()


# ---- fields ---------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(values=st.lists(st.binary(max_size=60), min_size=1, max_size=20))
def test_fields_open_as_they_were_sealed(world: World, values: list[bytes]) -> None:
    answer = world.open(world.seal(*values))
    assert isinstance(answer, FieldsOpened)
    assert answer.values == values


def test_a_flipped_bit_another_place_and_an_unknown_key_are_one_answer(world: World) -> None:
    (cell,) = world.seal(PAN)
    spoilt = []
    for at in range(len(cell.octets)):
        octets = bytearray(cell.octets)
        octets[at] ^= 1
        spoilt.append(OpenFields(cells=[FieldCell(cell.row, bytes(octets))], **PLACE))
    spoilt += [
        OpenFields(cells=[FieldCell("row-9", cell.octets)], **PLACE),
        OpenFields(cells=[cell], table="cards", column="name"),
        OpenFields(cells=[cell], table="other", column="pan"),
        OpenFields(cells=[FieldCell(cell.row, b"")], **PLACE),
        OpenFields(cells=[FieldCell(cell.row, PAN)], **PLACE),
        OpenFields(cells=[*world.seal(PAN), FieldCell("row-1", b"\1")], **PLACE),
    ]
    answers = world.module.perform(spoilt)
    assert {(a.code, a.text, a.where) for a in answers if isinstance(a, Denied)} == {
        ("ciphertext.refused", "the ciphertext was refused", "")
    }
    assert len([a for a in answers if isinstance(a, Denied)]) == len(spoilt)


def test_a_key_of_another_usage_seals_no_field(world: World) -> None:
    data = world.key(usage=KeyUsage.DATA_ENCRYPTION)
    cells = [FieldCell("r", PAN)]
    for key in (data, world.format, world.hmac):
        denied(world.ask(SealFields(key=key, cells=cells, **PLACE)), "key.unusable")
        denied(world.ask(ResealFields(key=key, cells=cells, **PLACE)), "key.unusable")
    for key in (data, world.sealing):
        denied(world.ask(IndexFields(key=key, values=[PAN], **PLACE)), "key.unusable")
        denied(world.ask(Tokenise(key=key, domain="d", texts=PANS)), "key.unusable")
        denied(world.ask(Detokenise(key=key, domain="d", texts=PANS)), "key.unusable")


def test_a_key_that_only_seals_does_not_open(world: World) -> None:
    inbox = world.key(mode=KeyMode.ENCRYPT)
    denied(world.open(world.seal(PAN, key=inbox)), "key.unusable")


def test_an_old_key_opens_and_seals_no_more() -> None:
    world = World(cryptoperiod_days={"11": 30})
    cells = world.seal(PAN)
    world.clock.advance(ms=31 * DAY_MS)
    newer = world.key()
    assert isinstance(world.open(cells), FieldsOpened)
    denied(world.ask(SealFields(key=world.sealing, cells=cells, **PLACE)), "key.unusable")
    answer = world.ask(ResealFields(key=newer, cells=cells, **PLACE))
    assert isinstance(answer, FieldsSealed)
    assert key_id_of(answer.sealed[0]) == newer
    world.move(world.sealing, LifeState.SUSPENDED)
    denied(world.open(cells), "key.unusable")
    anew = world.open([FieldCell(cells[0].row, answer.sealed[0])])
    assert isinstance(anew, FieldsOpened)
    assert anew.values == [PAN]


def test_an_index_is_of_one_key_and_column(world: World) -> None:
    one, other = world.hmac, world.key(
        usage=KeyUsage.MAC_HMAC, algorithm=KeyAlgorithm.HMAC_SHA256, mode=KeyMode.GENERATE
    )  # fmt: skip
    calls = [
        IndexFields(key=one, values=[PAN, PAN, b""], **PLACE),
        IndexFields(key=other, values=[PAN], **PLACE),
        IndexFields(key=one, values=[PAN], table="cards", column="other"),
    ]
    first, second, third = world.module.perform(calls)
    assert isinstance(first, FieldsIndexed)
    assert isinstance(second, FieldsIndexed)
    assert isinstance(third, FieldsIndexed)
    assert first.digests[0] == first.digests[1]
    assert len({*first.digests, *second.digests, *third.digests}) == 4
    long = world.key(
        usage=KeyUsage.MAC_HMAC, algorithm=KeyAlgorithm.HMAC_SHA512, mode=KeyMode.GENERATE
    )
    denied(world.ask(IndexFields(key=long, values=[PAN], **PLACE)), "key.unusable")


def test_names_of_places_have_bounds(world: World) -> None:
    cells = [FieldCell("ü" * 200, PAN)]
    denied(world.ask(SealFields(key=world.sealing, cells=cells, **PLACE)), "call.malformed")


# ---- tokens ---------------------------------------------------------------------------------------


def tokens(world: World, texts: list[str], domain: str = "shop", **more: Any) -> list[str]:
    answer = world.ask(Tokenise(key=world.format, domain=domain, texts=texts, **more))
    assert isinstance(answer, Tokenised), answer
    return answer.texts


def texts(world: World, made: list[str], domain: str = "shop", **more: Any) -> list[str]:
    answer = world.ask(Detokenise(key=world.format, domain=domain, texts=made, **more))
    assert isinstance(answer, Detokenised), answer
    return answer.texts


def luhn(digits: str) -> int:
    return sum(sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(reversed(digits))) % 10


@settings(max_examples=60)
@given(payloads=st.lists(st.text(alphabet="0123456789", min_size=11, max_size=18), min_size=1))
def test_a_token_is_as_long_and_never_an_account_number(world: World, payloads: list[str]) -> None:
    pans = [p + str(-luhn(p + "0") % 10) for p in payloads]
    assert not any(map(luhn, pans))
    made = tokens(world, pans)
    assert [len(token) for token in made] == [len(pan) for pan in pans]
    assert all(map(luhn, made)), "the check digit of a token is wrong, always"
    assert texts(world, made) == pans


def test_tokens_are_ff1_with_the_domain_as_tweak(world: World) -> None:
    octets = world.bench.material(world.bench.record(world.format))
    made = tokens(world, ["0123456789"], "web", form=TokenForm.DIGITS)
    assert made == [FF1(octets).encrypt("0123456789", tweak=b"web")]
    assert texts(world, made, "web", form=TokenForm.DIGITS) == ["0123456789"]
    other = texts(world, made, "shop", form=TokenForm.DIGITS)
    assert other != ["0123456789"]
    assert len({tokens(world, PANS, domain)[0] for domain in ("a", "b", "ab")}) == 3


def test_what_is_not_of_the_form_is_refused(world: World) -> None:
    for wrong in ("4111111111111112", "41111111114", "4" * 20):
        call = Tokenise(key=world.format, domain="d", texts=[PANS[0], wrong])
        denied(world.ask(call), "call.malformed")
    made = tokens(world, PANS)
    for wrong in (PANS[0], made[0][:-1] + str((int(made[0][-1]) + 1) % 10), "1" * 6):
        call = Detokenise(key=world.format, domain="shop", texts=[*made, wrong])
        assert denied(world.ask(call), "ciphertext.refused").text == "the ciphertext was refused"


def test_tokens_move_to_another_key_and_domain_without_being_turned_back() -> None:
    world = World(opens_max=1)
    newer = world.key(usage=KeyUsage.FORMAT_PRESERVING)
    made = tokens(world, PANS, "shop")
    call = Retokenise(
        source=world.format, source_domain="shop", key=newer, domain="web", texts=made
    )
    moved = world.ask(call)
    assert isinstance(moved, Tokenised)
    assert moved.texts == world.ask(Tokenise(key=newer, domain="web", texts=PANS)).texts  # type: ignore[union-attr]
    reader = world.key(usage=KeyUsage.FORMAT_PRESERVING, mode=KeyMode.DECRYPT)
    for wrong in (
        {"source": world.sealing}, {"key": reader}, {"key": world.hmac}, {"source_domain": ""},
        {"ff3_tweak": bytes(7)}, {"texts": PANS}, {"form": TokenForm.DIGITS, "texts": ["1" * 57]},
    ):  # fmt: skip
        asked = {name: getattr(call, name) for name in call.__struct_fields__} | wrong
        assert isinstance(world.ask(Retokenise(**asked)), Denied), wrong


def test_what_was_enciphered_with_ff3_1_moves_to_ff1(world: World) -> None:
    ff3 = pytest.importorskip("ff3", reason="the development package ff3 is not installed")
    octets = world.bench.material(world.bench.record(world.format))
    tweak = b"7octets"
    older = ff3.FF3Cipher(octets.hex(), tweak.hex())
    call = Retokenise(
        source=world.format, ff3_tweak=tweak, key=world.format, domain="web",
        texts=[older.encrypt(pan) for pan in PANS],
    )  # fmt: skip
    moved = world.ask(call)
    assert isinstance(moved, Tokenised)
    assert moved.texts == tokens(world, PANS, "web")
    call.ff3_tweak = b"short"
    assert isinstance(world.ask(call), Denied)


def test_each_of_a_batch_counts_toward_the_cryptoperiod() -> None:
    world = World()
    sealing = world.key(uses_max=1_010)
    cells = [FieldCell(str(n), PAN) for n in range(500)]
    call = SealFields(key=sealing, cells=cells, **PLACE)
    assert [isinstance(world.ask(call), Denied) for _ in range(4)] == [False, False, True, True]
    some = world.key(usage=KeyUsage.FORMAT_PRESERVING, uses_max=4)
    asked = Tokenise(key=some, domain="d", texts=PANS)
    assert [isinstance(world.ask(asked), Denied) for _ in range(3)] == [False, True, True]


# ---- the budget of openings -----------------------------------------------------------------------


def openings(world: World) -> list[Call]:
    cells = world.seal(*[PAN] * 10)
    made = tokens(world, PANS * 4)[:10]
    return [
        OpenFields(cells=cells, **PLACE),
        Detokenise(key=world.format, domain="shop", texts=made),
    ]


@pytest.mark.parametrize("which", [0, 1])
def test_so_much_is_opened_within_the_window_and_no_more(which: int) -> None:
    world = World(opens_max=25, failures_window_s=3600)
    call = openings(world)[which]
    for _ in range(2):
        assert not isinstance(world.ask(call), Denied)
    denied(world.ask(call), "budget.spent")
    world.clock.advance(ms=3_600_000)
    assert not isinstance(world.ask(call), Denied)


def test_a_restart_gives_no_opening_back() -> None:
    world = World(opens_max=25)
    call, _ = openings(world)
    assert not isinstance(world.ask(call), Denied)
    again = Bench(
        store=world.store, master=world.bench.master, clock=world.clock, policy=world.bench.policy
    )
    (answer,) = LocalModule(again).perform([call])
    denied(answer, "budget.spent")


def test_sealing_anew_opens_nothing_to_the_caller() -> None:
    world = World(opens_max=1)
    cells = world.seal(*[PAN] * 10)
    for _ in range(5):
        answer = world.ask(ResealFields(key=world.newer, cells=cells, **PLACE))
        assert isinstance(answer, FieldsSealed)


def test_nothing_of_a_call_or_an_answer_is_shown(world: World) -> None:
    cells = world.seal(PAN)
    shown = repr(
        [cells, FieldCell("row", PAN), world.open(cells), OpenFields(cells=cells, **PLACE)]
    )
    shown += repr(Tokenise(key=world.format, domain="d", texts=PANS))
    assert "4111" not in shown
    assert "hidden" in shown
