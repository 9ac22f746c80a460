"""The guide on cards and chips runs as it stands, against a module in a process of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT

GUIDE = ROOT / "docs" / "guides" / "cards.md"


def test_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    assert len(blocks) == 5
    names: dict[str, object] = {}
    exec(compile("\n".join(blocks), str(GUIDE), "exec"), names)  # noqa: S102 - our own guide
    kept = b"".join(p.read_bytes() for p in (tmp_path / "var").rglob("*") if p.is_file())
    assert b"4111111111111111" not in kept
    assert b"4890123456789012" not in kept
