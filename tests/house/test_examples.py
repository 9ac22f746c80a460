"""The examples in docstrings run."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

from tests.house.tree import PACKAGE, here, modules

WITH_EXAMPLES = [path for path in modules() if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=here)
def test_examples_of(path: Path) -> None:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    name = ".".join(("tallystick", *parts)).removesuffix(".__init__")
    failed, tried = doctest.testmod(importlib.import_module(name), raise_on_error=False)
    assert tried > 0
    assert failed == 0
