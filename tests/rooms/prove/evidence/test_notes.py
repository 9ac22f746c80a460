"""Notes, checkpoints and keys from strangers: read exactly or refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.errors import Defect
from tallystick.prove.evidence import (
    Checkpoint,
    NoteRefused,
    add_signature,
    key_id,
    note_body,
    open_note,
    parse_checkpoint,
    parse_verifier_key,
    sign_note,
    signers_of,
    unverified_text,
    verifier_key,
    verify_note,
)
from tests.rooms.prove.logs import LOG_KEY, LOG_VKEY, ORIGIN, OTHER_KEY

HEAD = Checkpoint(origin=ORIGIN, size=3, root=b"r" * 32)
KEY_ID = key_id(ORIGIN, LOG_KEY.public)
NOTE = sign_note(note_body(HEAD), name=ORIGIN, key_id=KEY_ID, sign=LOG_KEY.sign)

anything = st.text(max_size=300) | st.text(
    alphabet="—\n +abc/tallystick0123456789=\x00\udc80", max_size=300
)


def line(name: str, octets: bytes) -> str:
    return f"— {name} {base64.b64encode(octets).decode()}\n"


def test_a_checkpoint_goes_out_and_comes_back() -> None:
    assert verify_note(NOTE, LOG_VKEY) == HEAD


def test_another_key_of_the_same_name_is_not_believed() -> None:
    with pytest.raises(NoteRefused, match="not signed by"):
        verify_note(NOTE, verifier_key(ORIGIN, OTHER_KEY.public))


def test_a_key_id_that_was_copied_does_not_help() -> None:
    forged = sign_note(note_body(HEAD), name=ORIGIN, key_id=KEY_ID, sign=OTHER_KEY.sign)
    with pytest.raises(NoteRefused, match="does not verify"):
        verify_note(forged, LOG_VKEY)


def test_a_cosignature_of_somebody_unknown_changes_nothing() -> None:
    assert verify_note(NOTE + line("witness.example", b"w" * 76), LOG_VKEY) == HEAD


def test_a_second_signature_is_over_the_same_text() -> None:
    name = "witness.example"
    short = key_id(name, OTHER_KEY.public)
    both = add_signature(NOTE, name=name, key_id=short, sign=OTHER_KEY.sign)
    assert signers_of(both) == [(ORIGIN, KEY_ID), (name, short)]
    assert both.startswith(NOTE)
    assert verify_note(both, LOG_VKEY) == HEAD
    assert open_note(both, verifier_key(name, OTHER_KEY.public)) == note_body(HEAD)


def test_a_note_takes_no_more_signatures_than_it_may_carry() -> None:
    full = NOTE
    for number in range(15):
        full = add_signature(full, name=f"w{number}", key_id=KEY_ID, sign=OTHER_KEY.sign)
    with pytest.raises(NoteRefused, match="at most 16"):
        add_signature(full, name="one-more", key_id=KEY_ID, sign=OTHER_KEY.sign)


def test_one_bad_signature_of_the_known_key_spoils_the_note() -> None:
    with pytest.raises(NoteRefused, match="does not verify"):
        open_note(NOTE + line(ORIGIN, KEY_ID + bytes(64)), LOG_VKEY)


def test_sixteen_signatures_are_read_and_seventeen_are_not() -> None:
    other = line("w", b"w" * 68)
    assert verify_note(NOTE + other * 15, LOG_VKEY) == HEAD
    with pytest.raises(NoteRefused):
        verify_note(NOTE + other * 16, LOG_VKEY)


def test_a_checkpoint_of_another_log_is_refused() -> None:
    body = note_body(Checkpoint(origin="other", size=3, root=b"r" * 32))
    note = sign_note(body, name=ORIGIN, key_id=KEY_ID, sign=LOG_KEY.sign)
    with pytest.raises(NoteRefused, match="another log"):
        verify_note(note, LOG_VKEY)


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("\n3\n", "\n03\n"), ("\n3\n", "\n+3\n"), ("\n3\n", "\n٣\n"), ("\n3\n", "\n\n"),
        ("\n3\n", "\n9007199254740992\n"), ("\n3\n", f"\n{'9' * 400}\n"), ("=", ""), ("=", "=="),
        ("=\n", "=\nextension\n"), ("\n3\n", "\r\n3\n"), (ORIGIN, ""), ("JycnI=", "JycnJ="),
    ],
)  # fmt: skip
def test_a_checkpoint_has_one_spelling(part: str, other: str) -> None:
    assert part in note_body(HEAD)
    with pytest.raises(NoteRefused):
        parse_checkpoint(note_body(HEAD).replace(part, other))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\x00"])
def test_a_key_name_has_no_spaces_and_no_plus(name: str) -> None:
    with pytest.raises(Defect):
        verifier_key(name, bytes(32))


@pytest.mark.parametrize("body", ["", "no newline", "tab\there\n", "\ud800\n"])
def test_only_printable_text_is_signed(body: str) -> None:
    with pytest.raises(Defect):
        sign_note(body, name="n", key_id=bytes(4), sign=LOG_KEY.sign)


@given(text=anything)
def test_whatever_a_stranger_sends_is_refused(text: str) -> None:
    for read in (parse_checkpoint, unverified_text, parse_verifier_key):
        try:
            read(text)
        except NoteRefused:
            continue
    with pytest.raises(NoteRefused):
        verify_note(text, LOG_VKEY)


@given(place=st.integers(0, len(NOTE) - 1), char=st.characters(codec="utf-8"))
def test_no_altered_character_passes(place: int, char: str) -> None:
    altered = NOTE[:place] + char + NOTE[place + 1 :]
    if altered != NOTE:
        with pytest.raises(NoteRefused):
            verify_note(altered, LOG_VKEY)
