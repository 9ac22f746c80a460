"""Every word that may leave the house is on the wire page."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import tallystick.protect
from tallystick.ground.errors import Refused
from tallystick.serve.api.problems import STATUS

WIRE = Path(__file__).parents[4] / "docs" / "reference" / "wire.md"

CAUGHT = {
    # Refusals that another room turns into its own before anybody outside hears of them.
    "identifier.malformed": "read_code, resolve_payee, treasury",
    "refused": "CountedRefusal, which is never raised by itself",
}
NOT_SERVED = "tallystick.protect.tokens."
"""The vault of tokens is a library: nothing that is served opens one (docs/limitations.md)."""


def codes_on_the_page() -> tuple[set[str], dict[str, int]]:
    text = WIRE.read_text(encoding="utf-8")
    inside = text.split("## Codes inside a receipt")[1].split("\n## ")[0]
    table = re.findall(r"^\| (\d{3}) \| `([a-z_.]+)`", text, re.MULTILINE)
    return set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)?)`", inside)), {c: int(s) for s, c in table}


def refusals() -> Iterator[type[Refused]]:
    for module in pkgutil.walk_packages(tallystick.protect.__path__, "tallystick.protect."):
        importlib.import_module(module.name)
    waiting = [Refused]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        ours = kind.__module__.startswith(("tallystick.protect.", "tallystick.ground.identifiers"))
        if ours and not kind.__module__.startswith(NOT_SERVED):
            yield kind


def test_every_refusal_speaks_with_a_word_of_the_wire_page() -> None:
    inside, outside = codes_on_the_page()
    unknown = {
        f"{kind.__qualname__}: {kind.public_code or kind.code}"
        for kind in refusals()
        if (kind.public_code or kind.code) not in inside | outside.keys() | CAUGHT.keys()
    }
    assert unknown == set()


def test_the_edge_has_the_statuses_of_the_wire_page() -> None:
    assert codes_on_the_page()[1] == STATUS
