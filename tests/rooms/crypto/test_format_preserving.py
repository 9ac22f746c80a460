"""FF1 is a permutation of its domain, and takes nothing outside of one; FF3-1 is only read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.crypto.mechanisms import (
    ALPHANUMERIC,
    DIGITS,
    FF1,
    FormatRefused,
    decrypt_ff3_1,
    format_preserving,
)
from tallystick.ground.errors import Defect

KEY = bytes(range(16))
FF1_OF_KEY = FF1(KEY)
_keys = st.sampled_from((16, 24, 32)).flatmap(lambda n: st.binary(min_size=n, max_size=n))
_tweaks = st.binary(max_size=40)


@st.composite
def _domains(draw: st.DrawFn) -> tuple[str, int]:
    """An alphabet, and a length of texts over it that is neither too small nor too long."""
    radix = draw(st.sampled_from((2, 3, 10, 26, 36, 37, 64, 256)))
    alphabet = (
        "".join(map(chr, range(0x100, 0x100 + radix))) if radix > 36 else ALPHANUMERIC[:radix]
    )
    lengths = [n for n in range(2, 200) if radix**n >= 10**6 and radix ** (-(-n // 2)) <= 2**96]
    return alphabet, draw(st.sampled_from(lengths))


@settings(max_examples=150)
@given(key=_keys, tweak=_tweaks, domain=_domains(), data=st.data())
def test_deciphering_is_the_inverse(
    key: bytes, tweak: bytes, domain: tuple[str, int], data: st.DataObject
) -> None:
    alphabet, length = domain
    texts = st.text(alphabet=alphabet, min_size=length, max_size=length)
    ff1, many = FF1(key, alphabet), data.draw(st.lists(texts, min_size=1, max_size=6))
    enciphered = [ff1.encrypt(text, tweak=tweak) for text in many]
    assert all(len(text) == length and set(text) <= set(alphabet) for text in enciphered)
    assert [ff1.decrypt(text, tweak=tweak) for text in enciphered] == many
    assert ff1.encrypt_many(many, tweak=tweak) == enciphered
    assert ff1.decrypt_many(enciphered, tweak=tweak) == many


def test_no_two_texts_share_a_ciphertext() -> None:
    texts = [f"{number:06d}" for number in range(0, 1_000_000, 50)]
    enciphered = FF1_OF_KEY.encrypt_many(texts, tweak=b"merchant")
    assert len(set(enciphered)) == len(texts)
    assert FF1_OF_KEY.decrypt_many(enciphered, tweak=b"merchant") == texts


def test_a_whole_domain_is_permuted() -> None:
    texts = [f"{number:020b}" for number in range(1 << 20)][: 1 << 15]
    enciphered = FF1(KEY, "01").encrypt_many(texts)
    assert len(set(enciphered)) == len(texts)


@given(st.lists(st.text(alphabet=DIGITS, min_size=6, max_size=30), max_size=12))
def test_texts_of_several_lengths_are_taken_together(texts: list[str]) -> None:
    assert FF1_OF_KEY.encrypt_many(texts) == [FF1_OF_KEY.encrypt(text) for text in texts]


def test_every_domain_has_its_own_ciphertexts() -> None:
    pan = "4111111111111111"
    tweaks = [b"", b"a", b"b", b"ab", bytes(1), bytes(2), bytes(256)]
    assert len({FF1_OF_KEY.encrypt(pan, tweak=tweak) for tweak in tweaks}) == len(tweaks)


SMALL = [(DIGITS, 5), ("01", 19), (ALPHANUMERIC, 3), ("abcdefghijklmnopqrstuvwxyz", 4)]


@pytest.mark.parametrize(("alphabet", "length"), SMALL)
def test_a_domain_of_less_than_a_million_is_refused(alphabet: str, length: int) -> None:
    ff1 = FF1(KEY, alphabet)
    for text in (alphabet[0] * length, alphabet[0], ""):
        with pytest.raises(FormatRefused):
            ff1.encrypt(text)
        with pytest.raises(FormatRefused):
            ff1.decrypt_many([text] * 9)
        with pytest.raises(FormatRefused):
            decrypt_ff3_1(KEY, text, tweak=bytes(7), alphabet=alphabet)
    assert len(ff1.encrypt(alphabet[0] * (length + 1))) == length + 1


STRANGE = [
    "411111111111111 ", " 11111111111111", "+4111111111111111", "-411111111111111", "4_1_1_1_1_1_1_1",
    "٤١١١١١١١١١", "411111111111111²", "4111111111111111\n", "0x11111111111", "1e10000000", "１１１１１１１１",
]  # fmt: skip


@pytest.mark.parametrize("text", STRANGE)
def test_what_python_takes_for_a_number_is_not_a_text_of_digits(text: str) -> None:
    for work in (FF1_OF_KEY.encrypt, FF1_OF_KEY.decrypt):
        with pytest.raises(FormatRefused):
            work(text)
    with pytest.raises(FormatRefused):
        FF1_OF_KEY.encrypt_many(["1" * len(text), text, "1" * len(text), "1" * len(text)])
    if not set(text) <= set(ALPHANUMERIC):
        with pytest.raises(FormatRefused):
            FF1(KEY, ALPHANUMERIC).encrypt(text)


@settings(max_examples=300)
@given(text=st.text(max_size=80), tweak=st.binary(max_size=300))
def test_any_text_is_enciphered_or_refused(text: str, tweak: bytes) -> None:
    try:
        enciphered = FF1_OF_KEY.encrypt(text, tweak=tweak)
    except FormatRefused:
        return
    assert FF1_OF_KEY.decrypt(enciphered, tweak=tweak) == text


def test_bounds() -> None:
    assert FF1_OF_KEY.encrypt("1" * 56)
    with pytest.raises(FormatRefused):
        FF1_OF_KEY.encrypt("1" * 57)
    with pytest.raises(FormatRefused):
        FF1_OF_KEY.encrypt("1" * 16, tweak=bytes(257))
    for tweak in (b"", bytes(6), bytes(8)):
        with pytest.raises(FormatRefused):
            decrypt_ff3_1(KEY, "1" * 16, tweak=tweak)
    with pytest.raises(FormatRefused):
        decrypt_ff3_1(KEY, "1" * 57, tweak=bytes(7))
    for key in (b"", bytes(15), bytes(33)):
        with pytest.raises(Defect):
            FF1(key)
        with pytest.raises(Defect):
            decrypt_ff3_1(key, "1" * 16, tweak=bytes(7))
    for alphabet in ("", "0", "0120", "".join(map(chr, range(257)))):
        with pytest.raises(Defect):
            FF1(KEY, alphabet)


def test_what_is_remembered_of_tweaks_is_bounded() -> None:
    ff1 = FF1(KEY)
    for number in range(1200):
        ff1.encrypt("4111111111111111", tweak=number.to_bytes(4, "big"))
    assert len(ff1._shapes) <= 512


def test_there_is_no_way_to_encipher_with_ff3_1() -> None:
    ours = [name for name in dir(format_preserving) if "ff3" in name.lower()]
    assert [name for name in ours if name.islower()] == ["decrypt_ff3_1"]


def test_a_refusal_does_not_say_the_text() -> None:
    for text in ("411111111111111x", "41111"):
        with pytest.raises(FormatRefused) as refused:
            FF1_OF_KEY.encrypt(text)
        assert "4111" not in repr(refused.value)


def test_a_key_is_not_shown() -> None:
    assert repr(FF1_OF_KEY) == "FF1(radix 10, hidden)"


@settings(max_examples=80)
@given(key=_keys, tweak=st.binary(min_size=7, max_size=7), data=st.data())
def test_ff3_1_reads_what_another_implementation_wrote(
    key: bytes, tweak: bytes, data: st.DataObject
) -> None:
    ff3 = pytest.importorskip("ff3", reason="the development package ff3 is not installed")
    radix = data.draw(st.sampled_from((10, 26, 36)))
    alphabet = ALPHANUMERIC[:radix]
    text = data.draw(st.text(alphabet=alphabet, min_size=6, max_size=36))
    theirs = ff3.FF3Cipher.withCustomAlphabet(key.hex(), tweak.hex(), alphabet)
    assert decrypt_ff3_1(key, theirs.encrypt(text), tweak=tweak, alphabet=alphabet) == text
