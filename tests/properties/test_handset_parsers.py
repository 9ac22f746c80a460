"""Whatever a provider or a poster on the wall sends: the handset reads it or refuses it."""

import json
import string

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.clock import ManualClock
from tallystick.ground.money import EXPONENTS, Amount
from tallystick.handset import Handset, HandsetRefused, Malformed, QrRefused, read_pin
from tallystick.handset.jose import open_sealed, seal
from tallystick.handset.keys import DeviceKey, PeerKey
from tallystick.handset.notes import read_checkpoint, read_verifier_key
from tallystick.handset.qr import read_code, read_fields
from tallystick.handset.reading import read_json
from tallystick.handset.receipts import open_answer, read_answer
from tallystick.handset.session import Challenge, Grant
from tallystick.handset.statement import read_statement
from tallystick.handset.store import StoredHandset
from tallystick.handset.transactions import (
    describe_order,
    read_transaction,
    read_wire_amount,
    write_transaction,
)
from tallystick.handset.trees import check_consistency, check_inclusion
from tests.rooms.handset.conftest import APPLICATION
from tests.rooms.handset.logs import NoteSigner, consistency, inclusion, root
from tests.rooms.handset.provider import BASE, FakeProvider
from tests.rooms.handset.shapes import signed_code

KEY = DeviceKey.create()
SIGNER = NoteSigner("tallystick/test/evidence")
VERIFIER = read_verifier_key(SIGNER.verifier_key)
QR = Ed25519PrivateKey.generate()
QR_RAW = QR.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
CODE = signed_code(QR, account="a-2", name="Mama Njeri Shop")
NOTE = SIGNER.checkpoint([b"a", b"b", b"c"])

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
octets = st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode())


def peer(key):
    return PeerKey(key._private.public_key(), key.thumbprint)


@pytest.fixture(scope="module")
def plaintext():
    """An honest answer, opened, and the key that signed its checkpoint."""
    clock = ManualClock()
    provider = FakeProvider(clock=clock)
    kept = []
    provider.tamper_plaintext = lambda said: kept.append(json.dumps(said).encode()) or said
    with Handset.create(
        BASE,
        provider.signer.verifier_key,
        secure_environment="se",
        application=APPLICATION,
        clock=clock,
        transport=provider.transport,
    ) as handset:
        handset.enrol("ABCD-EFGH-JKLM", read_pin("2468"))
        handset.pay("a-2", "Mama Njeri", Amount(minor=100, currency="KES"))
    return kept[-1], handset.verifier


def mutations(text):
    """One character replaced, dropped, doubled or inserted anywhere."""
    place = st.integers(0, len(text) - 1)
    letter = st.sampled_from(string.printable)
    return st.one_of(
        st.tuples(place, letter).map(lambda at: text[: at[0]] + at[1] + text[at[0] + 1 :]),
        st.tuples(place, letter).map(lambda at: text[: at[0]] + at[1] + text[at[0] :]),
        place.map(lambda at: text[:at] + text[at + 1 :]),
        place.map(lambda at: text[:at] + text[at : at + 1] * 2 + text[at + 1 :]),
        place.map(lambda at: text[:at]),
    )


@given(octets)
def test_no_octets_break_a_reader(received):
    for shape in (Challenge, Grant, StoredHandset):
        with pytest.raises(HandsetRefused):
            read_json(received, shape)
    with pytest.raises(HandsetRefused):
        read_answer(received, verifier=VERIFIER)
    with pytest.raises(HandsetRefused):
        read_statement(received, verifier=VERIFIER)
    with pytest.raises(HandsetRefused):
        open_answer(received, key=KEY)


@given(st.text(max_size=200))
def test_no_text_breaks_a_reader(text):
    for read in (
        lambda: read_checkpoint(text, verifier=VERIFIER),
        lambda: read_code(text, qr_key=QR_RAW),
        lambda: describe_order(text),
        lambda: open_sealed(text, key=KEY, typ="x"),
        lambda: read_verifier_key(text),
    ):
        with pytest.raises(HandsetRefused):
            read()


@given(st.text(alphabet="0123456789ABé", max_size=60))
def test_fields_are_read_back_or_refused(text):
    try:
        fields = read_fields(text)
    except Malformed:
        return
    assert "".join(f"{tag}{len(value):02d}{value}" for tag, value in fields) == text


@given(mutations(CODE))
def test_an_altered_code_is_refused(text):
    if text != CODE:
        with pytest.raises(QrRefused):
            read_code(text, qr_key=QR_RAW)


@given(mutations(NOTE))
def test_an_altered_note_is_refused(text):
    if text != NOTE:
        with pytest.raises(Malformed):
            read_checkpoint(text, verifier=VERIFIER)


@given(data=st.data())
def test_an_altered_answer_is_refused_or_says_the_same(plaintext, data):
    honest, verifier = plaintext
    altered = data.draw(mutations(honest.decode()))
    same = read_answer(honest, verifier=verifier)
    try:
        read = read_answer(altered.encode(), verifier=verifier)
    except HandsetRefused:
        return
    assert read == same  # white space between members, nothing else


@given(plain=st.binary(max_size=300), data=st.data())
def test_an_altered_envelope_does_not_open(plain, data):
    token = seal(plain, to=peer(KEY), typ="x")
    assert open_sealed(token, key=KEY, typ="x") == plain
    altered = data.draw(mutations(token))
    if altered != token:
        with pytest.raises(HandsetRefused):
            open_answer(altered.encode(), key=KEY)
        with pytest.raises(Malformed):
            open_sealed(altered, key=KEY, typ="x")


@given(
    minor=st.integers(0, 2**53 - 1),
    currency=st.sampled_from(sorted(EXPONENTS)),
    name=st.text(min_size=1, max_size=140).filter(str.isprintable),
)
def test_every_payment_is_shown_with_its_own_amount_and_name(minor, currency, name):
    amount = Amount(minor=minor, currency=currency)
    data = write_transaction(
        request="r" * 16, device="d", at_ms=0, payee_id="a", payee_name=name, amount=amount
    )
    assert read_transaction(data).amount == amount
    lines = describe_order(data).split("\n")
    assert lines[0] == f"Pay      {amount}"
    assert lines[1] == f"To       {name}"


@given(st.text(max_size=20))
def test_an_amount_has_one_spelling(text):
    try:
        amount = read_wire_amount(text, "KES")
    except Malformed:
        return
    assert str(amount) == f"{text} KES"


LEAVES = [bytes([n]) for n in range(40)]


@given(size=st.integers(1, 40), data=st.data())
def test_a_leaf_is_proved_where_it_stands_and_nowhere_else(size, data):
    leaves = LEAVES[:size]
    index = data.draw(st.integers(0, size - 1))
    said = {"leaf": leaves[index], "index": index, "size": size, "root": root(leaves)}
    path = inclusion(index, leaves)
    check_inclusion(**said, path=path)
    for wrong in (
        said | {"leaf": b"other"},
        said | {"index": (index + 1) % size} if size > 1 else said | {"index": 1},
        said | {"root": root([*leaves, b"more"])},
    ):
        with pytest.raises(Malformed):
            check_inclusion(**wrong, path=path)
    with pytest.raises(Malformed):
        check_inclusion(**said, path=[*path, b"\0" * 32])
    if path:
        with pytest.raises(Malformed):
            check_inclusion(**said, path=path[:-1])


@given(sizes=st.tuples(st.integers(1, 40), st.integers(1, 40)), data=st.data())
def test_a_log_that_grew_is_proved_and_a_rewritten_one_is_not(sizes, data):
    old, new = sorted(sizes)
    said = {"old_size": old, "old_root": root(LEAVES[:old]), "new_size": new}
    path = consistency(old, LEAVES[:new])
    check_consistency(**said, new_root=root(LEAVES[:new]), path=path)
    at = data.draw(st.integers(0, old - 1))
    rewritten = [*LEAVES[:at], b"history", *LEAVES[at + 1 : new]]
    with pytest.raises(Malformed):
        check_consistency(**said, new_root=root(rewritten), path=consistency(old, rewritten))
    if path:
        with pytest.raises(Malformed):
            check_consistency(**said, new_root=root(LEAVES[:new]), path=path[:-1])
