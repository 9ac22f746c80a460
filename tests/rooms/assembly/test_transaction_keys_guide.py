"""What the guide on transaction keys shows is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT

GUIDE = ROOT / "docs" / "guides" / "transaction-keys.md"


def test_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 4
    exec(compile("\n".join(blocks), str(GUIDE), "exec"), {})  # noqa: S102
