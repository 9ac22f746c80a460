"""decide --format cedar: one stream that stays a policy file, or two files."""

from __future__ import annotations

from pathlib import Path

from tallystick.cli.cedar import POLICIES, SCHEMA
from tallystick.ground.errors import Misconfigured
from tests.rooms.cli.running import EXAMPLE, refuse, succeed


def test_cedar_comes_in_one_stream_or_two_files(tmp_path: Path) -> None:
    stream = succeed("decide", EXAMPLE, "--format", "cedar")
    said = succeed("decide", EXAMPLE, "--format", "cedar", "--to", tmp_path / "cedar").splitlines()
    schema, policies = ((tmp_path / "cedar" / name).read_text() for name in (SCHEMA, POLICIES))
    assert said == [str(tmp_path / "cedar" / name) for name in (SCHEMA, POLICIES)]
    assert stream.endswith(policies)
    commented = stream[: -len(policies)].splitlines()
    assert all(line.startswith("//") for line in commented if line)
    assert [line[3:] for line in commented[1:] if line] == schema.splitlines()


def test_only_cedar_comes_in_files(tmp_path: Path) -> None:
    assert "--format cedar" in refuse(Misconfigured, "decide", EXAMPLE, "--to", tmp_path)
    assert "without --format" in refuse(
        Misconfigured, "decide", EXAMPLE, "--format", "cedar", "--diff", EXAMPLE
    )
