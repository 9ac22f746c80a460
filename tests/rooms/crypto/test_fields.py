"""A sealed field opens where it was sealed, under a key that is held, and nowhere else."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.crypto.envelopes import (
    EnvelopeRefused,
    FieldIndex,
    FieldKey,
    FieldPlace,
    FieldRing,
    key_id_of,
    open_field_with,
    seal_field_to,
)
from tallystick.crypto.mechanisms import HpkeKey, HybridKeyPair
from tallystick.ground.errors import Defect

PAN = b"4111111111111111"
PLACE = FieldPlace(table="vault", column="pan", row="row-1")
OLD, NEW = (FieldKey(id=name, root=bytes([n]) * 32) for n, name in enumerate(("old", "new"), 1))
RING = FieldRing(NEW, [OLD])
HPKE = HpkeKey.generate()
HYBRID = HybridKeyPair.generate()
_names = st.text(min_size=1, max_size=40, alphabet=st.characters(codec="utf-8"))
_places = st.builds(FieldPlace, table=_names, column=_names, row=_names)

Opened = Callable[[FieldPlace, bytes], bytes]
WAYS: dict[str, tuple[Opened, Opened]] = {
    "root": (RING.seal, RING.open),
    "public key": (
        lambda place, plain: seal_field_to(HPKE.public, key_id="h", place=place, plaintext=plain),
        lambda place, sealed: open_field_with({"h": HPKE}, place, sealed),
    ),
    "hybrid key": (
        lambda place, plain: seal_field_to(HYBRID.public, key_id="h", place=place, plaintext=plain),
        lambda place, sealed: open_field_with({"h": HYBRID}, place, sealed),
    ),
}
each_way = pytest.mark.parametrize(("seal", "open_"), WAYS.values(), ids=WAYS)


@each_way
@given(place=_places, plaintext=st.binary(max_size=200))
def test_what_was_sealed_opens(
    seal: Opened, open_: Opened, place: FieldPlace, plaintext: bytes
) -> None:
    assert open_(place, seal(place, plaintext)) == plaintext


@each_way
def test_a_flipped_bit_is_refused_wherever_it_is(seal: Opened, open_: Opened) -> None:
    sealed = seal(PLACE, PAN)
    said = set()
    for at, bit in itertools.product(range(len(sealed)), range(8)):
        spoilt = bytearray(sealed)
        spoilt[at] ^= 1 << bit
        with pytest.raises(EnvelopeRefused) as refused:
            open_(PLACE, bytes(spoilt))
        said.add(str(refused.value))
    assert len(said) == 1, "one answer for every reason"


@each_way
def test_a_moved_field_is_refused(seal: Opened, open_: Opened) -> None:
    sealed = seal(PLACE, PAN)
    elsewhere = [
        FieldPlace(table="vault2", column="pan", row="row-1"),
        FieldPlace(table="vault", column="name", row="row-1"),
        FieldPlace(table="vault", column="pan", row="row-2"),
        # the same letters, cut elsewhere
        FieldPlace(table="vaultp", column="an", row="row-1"),
        FieldPlace(table="vault", column="panrow-", row="1"),
        FieldPlace(table="pan", column="vault", row="row-1"),
    ]
    for place in elsewhere:
        with pytest.raises(EnvelopeRefused):
            open_(place, sealed)


@each_way
def test_cut_and_lengthened_envelopes_are_refused(seal: Opened, open_: Opened) -> None:
    sealed = seal(PLACE, PAN)
    for spoilt in (*(sealed[:end] for end in range(len(sealed))), sealed + b"\0", sealed * 2):
        with pytest.raises(EnvelopeRefused):
            open_(PLACE, spoilt)


@each_way
@settings(max_examples=300)
@given(octets=st.binary(max_size=200) | st.binary(max_size=150).map(lambda b: b"\1\3new" + b))
def test_strangers_octets_are_refused(seal: Opened, open_: Opened, octets: bytes) -> None:
    with pytest.raises(EnvelopeRefused):
        open_(PLACE, octets)


def test_a_field_for_one_public_key_is_not_for_another() -> None:
    sealed = WAYS["hybrid key"][0](PLACE, PAN)
    for keys in ({"h": HPKE}, {"h": HybridKeyPair.generate()}, {"other": HYBRID}, {}):
        with pytest.raises(EnvelopeRefused):
            open_field_with(keys, PLACE, sealed)
    with pytest.raises(EnvelopeRefused):
        open_field_with({"h": HYBRID}, PLACE, WAYS["public key"][0](PLACE, PAN))


def test_the_newest_key_seals_and_older_ones_open() -> None:
    before = FieldRing(OLD).seal(PLACE, PAN)
    assert RING.open(PLACE, before) == PAN
    assert (key_id_of(before), key_id_of(RING.seal(PLACE, PAN))) == ("old", "new")
    assert not RING.is_newest(before)
    with pytest.raises(EnvelopeRefused):
        FieldRing(NEW).open(PLACE, before)


def test_a_key_id_is_no_more_than_a_name() -> None:
    """A key of the same id and another root, and the same root under another id, open nothing."""
    sealed = RING.seal(PLACE, PAN)
    for key in (FieldKey(id="new", root=OLD.root), FieldKey(id="old", root=NEW.root)):
        with pytest.raises(EnvelopeRefused):
            FieldRing(key).open(PLACE, sealed)
    renamed = sealed.replace(b"\3new", b"\3old", 1)
    with pytest.raises(EnvelopeRefused):
        FieldRing(FieldKey(id="old", root=NEW.root)).open(PLACE, renamed)


def test_the_commitment_is_looked_at() -> None:
    """Ciphertext and tag of one envelope with the salt of another: no tag is tried at all."""
    one, other = RING.seal(PLACE, PAN), RING.seal(PLACE, PAN)
    head = 2 + len("new")
    for start, end in ((head, head + 16), (head + 16, head + 48), (head + 48, len(one))):
        mixed = one[:start] + other[start:end] + one[end:]
        with pytest.raises(EnvelopeRefused) as refused:
            RING.open(PLACE, mixed)
        expected = "field.tag" if start == head + 48 else "field.commitment"
        assert refused.value.reason == expected


def test_equal_values_look_different() -> None:
    assert len({RING.seal(PLACE, PAN) for _ in range(50)}) == 50


def test_chance_that_repeats_tells_equality_and_no_more() -> None:
    def stuck(count: int) -> bytes:
        return bytes(count)

    one, other = (RING.seal(PLACE, value, random=stuck) for value in (PAN, PAN[::-1]))
    assert one == RING.seal(PLACE, PAN, random=stuck)
    body = 2 + 3 + 16 + 32
    together = bytes(a ^ b for a, b in zip(one[body:], other[body:], strict=True))
    assert together[:16] != bytes(a ^ b for a, b in zip(PAN, PAN[::-1], strict=True))


def test_an_index_is_of_one_column_and_one_key() -> None:
    index = FieldIndex(bytes(32))
    found = index.of(table="vault", column="pan", value=PAN)
    assert found == FieldIndex(bytes(32)).of(table="vault", column="pan", value=PAN)
    others = {
        index.of(table="vault", column="pan", value=PAN + b"0"),
        index.of(table="vault", column="panx", value=PAN),
        index.of(table="vaultp", column="an", value=PAN),
        FieldIndex(bytes([1]) * 32).of(table="vault", column="pan", value=PAN),
    }
    assert len(others | {found}) == 5


def test_bounds() -> None:
    for wrong in ({"id": ""}, {"id": "ü"}, {"id": "a\n"}, {"id": "a" * 256}, {"root": bytes(31)}):
        with pytest.raises(Defect):
            FieldKey(**{"id": "key", "root": bytes(32)} | wrong)  # type: ignore[arg-type]
    for wrong in ("", "x" * 256):
        with pytest.raises(Defect):
            FieldPlace(table=wrong, column="c", row="r")
    with pytest.raises(Defect):
        FieldRing(NEW, [FieldKey(id="new", root=OLD.root)])
    with pytest.raises(Defect):
        FieldIndex(bytes(16))
    largest = bytes(64 * 1024)
    assert RING.open(PLACE, RING.seal(PLACE, largest)) == largest
    with pytest.raises(Defect):
        RING.seal(PLACE, largest + b"\0")


def test_nothing_shows_a_key_or_a_value() -> None:
    sealed = RING.seal(PLACE, PAN)
    shown = f"{RING!r} {NEW!r} {PLACE!r} {FieldIndex(NEW.root)!r} {HPKE!r} {NEW}"
    for secret in (NEW.root, NEW.extracted, PAN, HPKE.private_octets()):
        assert secret not in sealed
        assert secret.hex() not in shown
        assert repr(secret) not in shown
