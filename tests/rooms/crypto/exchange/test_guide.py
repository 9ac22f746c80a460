"""What the guide shows of asymmetric exchange runs as it stands there."""

from __future__ import annotations

import re
from typing import Any

from tests.house.tree import ROOT

GUIDE = ROOT / "docs" / "guides" / "exchange-keys.md"


def test_the_guide_runs() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    section = text[text.index("## Asymmetric exchange") :]
    shown: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", section, re.DOTALL):
        exec(compile(block, str(GUIDE), "exec"), shown)  # noqa: S102 - our own page
    values = {shown[name].check_value for name in ("zone_key", "taken", "again", "once_more")}
    assert len(values) == 1
