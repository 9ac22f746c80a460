"""No octet of any file of a bundle can be altered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.prove.certificate import VerificationFailed
from tests.rooms.prove.world import World, make_world, verify

SMALL = ("certificate.json", "service.json", "evidence/checkpoint")
LARGE = ("dossier.json", "policy.json", "analysis.json", "service.toml")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A bundle that every test leaves as it found it."""
    world: World = make_world()
    folder = world.write(tmp_path_factory.mktemp("bundles") / "bundle")
    verify(folder)
    yield folder
    verify(folder)


def refuses(folder: Path, name: str, altered: bytes) -> bool:
    """Whether a bundle with this file altered is refused; the file is put back."""
    path = folder / name
    octets = path.read_bytes()
    _write_anew(path, altered)
    try:
        verify(folder)
    except VerificationFailed:
        return True
    finally:
        _write_anew(path, octets)
    return False


def _write_anew(path: Path, octets: bytes) -> None:
    """As a new file: a file system may wait for the disk when one is cut and written again."""
    path.unlink()
    path.write_bytes(octets)


@pytest.mark.parametrize("name", SMALL)
def test_every_octet_of_a_small_file_counts(written: Path, name: str) -> None:
    octets = (written / name).read_bytes()
    passed = []
    for place in range(len(octets)):
        altered = bytearray(octets)
        altered[place] ^= 1 << place % 8
        if not refuses(written, name, bytes(altered)):
            passed.append(place)
    assert passed == []


@pytest.mark.parametrize("name", SMALL + LARGE)
@given(data=st.data())
def test_no_flipped_octet_passes(written: Path, name: str, data: st.DataObject) -> None:
    octets = bytearray((written / name).read_bytes())
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    assert refuses(written, name, bytes(octets))


@pytest.mark.parametrize("name", SMALL + LARGE)
@given(data=st.data())
def test_nothing_can_be_put_in_taken_out_or_swapped(
    written: Path, name: str, data: st.DataObject
) -> None:
    octets = (written / name).read_bytes()
    start = data.draw(st.integers(0, len(octets)))
    end = data.draw(st.integers(start, min(start + 5, len(octets))))
    put = data.draw(st.binary(max_size=5) | st.sampled_from([b" ", b"\n", b",", b"0", b"{}"]))
    altered = octets[:start] + put + octets[end:]
    assert altered == octets or refuses(written, name, altered)


@given(name=st.sampled_from(SMALL + LARGE), octets=st.binary(max_size=300))
def test_no_octets_do_anything_but_be_refused(written: Path, name: str, octets: bytes) -> None:
    assert refuses(written, name, octets)
