"""Keys of cards and sessions against another implementation; the traps of the derivations."""

from __future__ import annotations

import pyemv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.cards import (
    CardDataMalformed,
    IssuerMasterKey,
    MasterKeyOption,
    common_key,
    common_key_aes,
    counter_key,
    counter_key_aes,
    mastercard_key,
    odd_parity,
    script_key_by_counter,
    tree_key,
    unionpay_key,
)
from tallystick.crypto.mechanisms import BlockCipher
from tallystick.ground.errors import Defect
from tests.rooms.crypto.cards.oracles import QUIET, counters, keys, numbers, pans, sequences

pytestmark = QUIET
KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")


@given(key=keys, pan=pans, sequence=sequences)
def test_the_keys_of_cards_are_those_of_another_tool(key: bytes, pan: str, sequence: str) -> None:
    issuer = IssuerMasterKey.tdes(key)
    a = issuer.card_key(pan, sequence, option=MasterKeyOption.A)
    b = issuer.card_key(pan, sequence, option=MasterKeyOption.B)
    assert a == pyemv.kd.derive_icc_mk_a(key, pan, sequence)
    assert b == pyemv.kd.derive_icc_mk_b(key, pan, sequence)
    assert (a == b) == (len(pan) <= 16)


@given(key=keys, diversifier=st.binary(min_size=8, max_size=8), atc=counters, number=numbers)
def test_the_keys_of_sessions_are_those_of_another_tool(
    key: bytes, diversifier: bytes, atc: bytes, number: bytes
) -> None:
    assert common_key(key, diversifier) == pyemv.kd.derive_common_sk(key, diversifier)
    assert counter_key(key, atc) == pyemv.kd.derive_common_sk(key, atc + bytes(6))
    theirs = pyemv.kd.derive_common_sk(key, atc + bytes(2) + number)
    assert mastercard_key(key, atc, number) == theirs
    assert script_key_by_counter(key, atc) == pyemv.kd.derive_visa_sm_sk(key, atc)


@given(key=keys, atc=counters, shape=st.sampled_from([(8, 4), (16, 2)]), iv=keys)
def test_the_tree_is_that_of_another_tool(
    key: bytes, atc: bytes, shape: tuple[int, int], iv: bytes
) -> None:
    height, branches = shape
    theirs = pyemv.kd.derive_emv2000_tree_sk(key, atc, height, branches, iv)
    assert tree_key(key, atc, height=height, branches=branches, iv=iv) == theirs


def test_option_a_gives_long_numbers_that_end_alike_one_key_and_option_b_does_not() -> None:
    # The trap of account numbers of more than 16 digits: which is why option B exists.
    issuer = IssuerMasterKey.tdes(KEY)
    first, second = "1111" + "2" * 15, "9999" + "2" * 15
    assert issuer.card_key_a(first, "00") == issuer.card_key_a(second, "00")
    assert issuer.card_key_b(first, "00") != issuer.card_key_b(second, "00")


def test_the_sequence_number_separates_two_cards_of_one_account() -> None:
    issuer = IssuerMasterKey.tdes(KEY)
    for option in (MasterKeyOption.A, MasterKeyOption.B):
        keys_of = {issuer.card_key("4" * 16, f"{n:02}", option=option) for n in range(100)}
        assert len(keys_of) == 100


@given(key=keys, pan=pans, atc=counters)
def test_every_derived_key_has_odd_parity(key: bytes, pan: str, atc: bytes) -> None:
    card = IssuerMasterKey.tdes(key).card_key_a(pan)
    for derived in (
        card,
        counter_key(card, atc),
        tree_key(card, atc),
        script_key_by_counter(card, atc),
        unionpay_key(card, atc),
    ):
        assert all(octet.bit_count() % 2 == 1 for octet in derived)
        assert odd_parity(derived) == derived


@given(key=keys, pan=pans)
def test_parity_of_the_issuers_key_changes_no_derived_key(key: bytes, pan: str) -> None:
    plain, adjusted = IssuerMasterKey.tdes(key), IssuerMasterKey.tdes(odd_parity(key))
    assert plain.card_key_b(pan) == adjusted.card_key_b(pan)


@given(key=keys, atc=counters)
def test_the_session_key_of_unionpay_is_the_counter_and_its_complement(
    key: bytes, atc: bytes
) -> None:
    complement = bytes(octet ^ 0xFF for octet in atc)
    cipher = BlockCipher.tdes(key)
    left, right = cipher.encrypt(bytes(6) + atc), cipher.encrypt(bytes(6) + complement)
    assert unionpay_key(key, atc) == odd_parity(left + right)


@pytest.mark.parametrize("octets", [16, 24, 32])
def test_keys_of_aes_are_as_long_as_the_issuers(octets: int) -> None:
    issuer = IssuerMasterKey.aes(bytes(range(octets)))
    card = issuer.card_key("4111111111111111", "00", option=MasterKeyOption.C)
    block = bytes.fromhex("411111111111111100".zfill(32))
    cipher = BlockCipher.aes(bytes(range(octets)))
    inverted = bytes(octet ^ 0xFF for octet in block)
    assert card == (cipher.encrypt(block) + cipher.encrypt(inverted))[:octets]
    session = counter_key_aes(card, b"\0\1")
    assert len(session) == octets
    assert session != counter_key_aes(card, b"\0\2")
    of_card = BlockCipher.aes(card)
    if octets == 16:
        assert session == of_card.encrypt(b"\0\1" + bytes(14))
    else:
        both = of_card.encrypt(b"\0\1\xf0" + bytes(13)) + of_card.encrypt(b"\0\1\x0f" + bytes(13))
        assert session == both[:octets]


def test_an_option_is_refused_with_the_wrong_cipher() -> None:
    with pytest.raises(CardDataMalformed):
        IssuerMasterKey.aes(KEY).card_key("4" * 16, option=MasterKeyOption.A)
    with pytest.raises(CardDataMalformed):
        IssuerMasterKey.tdes(KEY).card_key("4" * 16, option=MasterKeyOption.C)


def test_what_cannot_be_is_refused() -> None:
    for pan, sequence in (("4" * 11, "00"), ("4" * 20, "00"), ("4" * 16, "0"), ("4" * 16, "aa")):
        with pytest.raises(CardDataMalformed):
            IssuerMasterKey.tdes(KEY).card_key_a(pan, sequence)
    for derive in (counter_key, unionpay_key, script_key_by_counter, tree_key):
        with pytest.raises(CardDataMalformed):
            derive(KEY, b"\0")
        with pytest.raises(Defect):
            derive(bytes(24), b"\0\1")
    with pytest.raises(CardDataMalformed):
        mastercard_key(KEY, b"\0\1", b"\0")
    with pytest.raises(CardDataMalformed):
        common_key_aes(KEY, bytes(8))
    with pytest.raises(Defect):
        tree_key(KEY, b"\0\1", height=8, branches=3)
    for octets in (8, 24, 32):
        with pytest.raises(Defect):
            IssuerMasterKey.tdes(bytes(octets))


def test_keys_hide() -> None:
    assert repr(IssuerMasterKey.tdes(KEY)) == "IssuerMasterKey(16 octets, hidden)"
