"""The files of the repository speak of the project alone: no machine, no package index, no key."""

from __future__ import annotations

import re
from pathlib import Path

from tests.house.tree import files, here

# What must not stand in a committed file, and what to do instead.
FORBIDDEN = {
    r"--(index-url|extra-index-url|find-links|trusted-host)\b": "pip has its own configuration",
    r"\b(pypi\.org|pythonhosted\.org|registry\.npmjs\.org|proxy\.golang\.org)\b": "no index",
    r"(?<![\w.])/(root|work|opt|Users|home)/\w": "an absolute path of one machine",
    r"\bfile:/{2,3}\w": "an absolute path of one machine",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----": "a private key",
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b": "an access key",
}
TEXT = {".cfg", ".css", ".csv", ".html", ".ini", ".j2", ".json", ".md", ".py", ".sh", ".svg", ".toml",
        ".txt", ".xml", ".yaml", ".yml", ""}  # fmt: skip
SIZE_MAX = 1024 * 1024


def test_no_file_names_a_machine_or_holds_a_key() -> None:
    found = [
        f"{here(path)}:{number} {why}"
        for path in files()
        if path.suffix in TEXT and path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for pattern, why in FORBIDDEN.items()
        if re.search(pattern, line)
    ]
    assert found == []


def test_files_are_small_and_end_with_a_line_feed() -> None:
    for path in files():
        octets = path.read_bytes()
        assert len(octets) <= SIZE_MAX, f"{here(path)} is large"
        if path.suffix in TEXT and octets:
            assert octets.endswith(b"\n"), f"{here(path)} does not end with a line feed"
            assert b"\r" not in octets, f"{here(path)} has carriage returns"
