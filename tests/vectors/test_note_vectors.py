"""Signed notes, verifier keys and checkpoints against published ones; sources in SOURCES-prove.md."""

from __future__ import annotations

import base64

import pytest

from tallystick.crypto.mechanisms import SigningKey
from tallystick.ground.secret import Secret
from tallystick.prove.evidence import (
    Checkpoint,
    NoteRefused,
    leaf_hash,
    note_body,
    open_note,
    parse_checkpoint,
    parse_verifier_key,
    sign_note,
    unverified_text,
    verifier_key,
    verify_note,
)

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SIGNING = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZ"
    "b6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33"
    "WWd1RvMc+QQ=\n"
)
TREE_NOTE = "go.sum database tree\n123456789012\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n"
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv"
    "2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
QUASIMODO = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFS"
    "QU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)


def test_verifier_key_is_read_and_written_the_same() -> None:
    for text in (PETER, ENOCH):
        key = parse_verifier_key(text)
        assert verifier_key(key.name, key.public) == text


def test_signing_gives_the_published_note() -> None:
    key = parse_verifier_key(PETER)
    seed = base64.b64decode(PETER_SIGNING.split("+", 4)[4])[1:]
    signer = SigningKey.from_secret(Secret(seed))
    assert signer.public == key.public
    note = sign_note(TEXT, name=key.name, key_id=key.key_id, sign=signer.sign)
    assert note == f"{TEXT}\n{PETER_LINE}"


@pytest.mark.parametrize("vkey", [PETER, ENOCH])
@pytest.mark.parametrize("lines", [PETER_LINE + ENOCH_LINE, ENOCH_LINE + PETER_LINE])
def test_a_note_of_two_is_opened_by_either_key(vkey: str, lines: str) -> None:
    assert open_note(f"{TEXT}\n{lines}", vkey) == TEXT


def test_every_part_of_a_key_is_needed() -> None:
    for start in range(len(PETER)):
        for end in range(start + 1, len(PETER) + 1):
            if (start, end) != (0, len(PETER)):
                with pytest.raises(NoteRefused):
                    parse_verifier_key(PETER[start:end])


def test_every_character_of_a_key_counts() -> None:
    for place, char in enumerate(PETER):
        with pytest.raises(NoteRefused):
            parse_verifier_key(PETER[:place] + chr(ord(char) + 1) + PETER[place + 1 :])


@pytest.mark.parametrize(
    "vkey",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
    ids=["wrong length, id adjusted", "unknown algorithm, id adjusted"],
)
def test_published_bad_keys_are_refused(vkey: str) -> None:
    with pytest.raises(NoteRefused):
        parse_verifier_key(vkey)


@pytest.mark.parametrize(
    "note",
    [
        TEXT,
        TEXT + "\n",
        TEXT + "\n" + PETER_LINE[:-1],
        "\x01" + TEXT + "\n" + PETER_LINE,
        "\udcff" + TEXT + "\n" + PETER_LINE,
        TEXT + "\n" + PETER_LINE.replace("PeterNeumann", "Bad Name"),
        TEXT + "\n" + PETER_LINE + "Unexpected line.\n",
        TEXT + "\n" + PETER_LINE[:60] + "ABCD" + PETER_LINE[60:],
        TEXT + "\n" + PETER_LINE * 101,
        TEXT + "\n" + ENOCH_LINE,
        TEXT + "\n" + PETER_LINE.replace("PeterNeumann", "CarmenSandiego"),
        TEXT + "\n" + PETER_LINE.replace("x08g", "xxxx"),
    ],
)
def test_published_bad_notes_are_refused(note: str) -> None:
    with pytest.raises(NoteRefused):
        open_note(note, PETER)


def test_a_checkpoint_has_the_published_text() -> None:
    head = Checkpoint(
        origin="go.sum-database-tree", size=123456789012, root=leaf_hash(b"hello world")
    )
    # The published origin has spaces, which the later specification advises against.
    assert note_body(head) == TREE_NOTE.replace("go.sum database tree", head.origin)
    assert parse_checkpoint(TREE_NOTE).root == head.root


@pytest.mark.parametrize(
    "text",
    [
        "go.sum database tree\n0xabcdef\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n",
        "go.sum database tree\n123456789012\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBTOOBIG=\n",
    ],
)
def test_published_bad_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(NoteRefused):
        parse_checkpoint(text)


def test_the_specifications_own_examples_have_our_shape() -> None:
    head = parse_checkpoint(unverified_text(SOFA))
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert unverified_text(QUASIMODO).endswith("\n\ned è subito sera.\n")
    with pytest.raises(NoteRefused):
        verify_note(SOFA, PETER)
