"""A trust anchor is two keys in one spelling."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.errors import Misconfigured
from tallystick.prove.certificate import TrustAnchor
from tallystick.prove.evidence import verifier_key
from tests.rooms.prove.logs import CERTIFICATE_VKEY, LOG_KEY, LOG_VKEY
from tests.rooms.prove.world import TRUST

TEXT = TRUST.text()


def test_it_is_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "trust.txt"
    path.write_text(TEXT)
    assert TrustAnchor.read(path) == TRUST
    assert TEXT.splitlines()[0] == "tallystick trust anchor 1"


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", TEXT[:-1], TEXT + "\n", " " + TEXT, TEXT.replace("\n", "\r\n"),
        TEXT.replace("anchor 1", "anchor 2"), TEXT.replace("checkpoint", "Checkpoint"),
        "\n".join([TEXT.split("\n")[0], *reversed(TEXT.split("\n")[1:3]), ""]),
        TrustAnchor(checkpoint=LOG_VKEY, certificate=LOG_VKEY).text(),
        TrustAnchor(
            checkpoint=LOG_VKEY, certificate=verifier_key("other.name", LOG_KEY.public)
        ).text(),
        TEXT.replace(LOG_VKEY, ""), TEXT.replace(CERTIFICATE_VKEY, CERTIFICATE_VKEY + "="),
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured):
        TrustAnchor.parse(text)


def test_the_error_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "trust.txt"
    path.write_text(TEXT.replace("certificate ", "certificat "))
    with pytest.raises(Misconfigured, match=r"trust\.txt, line 3: not the certificate key"):
        TrustAnchor.read(path)


@pytest.mark.parametrize("octets", [b"\xff\xfe", b"x" * 5000])
def test_a_file_that_is_no_text_or_too_long_is_refused(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "trust.txt"
    path.write_bytes(octets)
    with pytest.raises(Misconfigured, match=r"trust\.txt"):
        TrustAnchor.read(path)
    with pytest.raises(Misconfigured, match="cannot be read"):
        TrustAnchor.read(tmp_path / "nowhere")


@given(text=st.text(max_size=300) | st.text(max_size=200).map(lambda text: TEXT + text))
def test_no_text_does_anything_but_be_refused(text: str) -> None:
    if text != TEXT:
        with pytest.raises(Misconfigured):
            TrustAnchor.parse(text)


@given(place=st.integers(0, len(TEXT) - 1), char=st.characters())
def test_no_altered_character_passes(place: int, char: str) -> None:
    if TEXT[place] != char:
        with pytest.raises(Misconfigured):
            TrustAnchor.parse(TEXT[:place] + char + TEXT[place + 1 :])
