"""`tallystick keys export`, `import` and `initial`: text that others read, and text of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.cli.keys.opening import ModuleRefused
from tallystick.ground.errors import Misconfigured
from tests.rooms.cli.test_keys import Desk, desk

__all__ = ["desk"]


def made(desk: Desk, label: str, usage: str, algorithm: str, mode: str, leaves: str = "E") -> None:
    desk.on("create", desk.home, "--usage", usage, "--algorithm", algorithm, "--mode", mode,
            "--exportability", leaves, "--label", label)  # fmt: skip


def test_a_key_goes_out_and_comes_in(desk: Desk) -> None:
    made(desk, "zmk", "K0", "AES_256", "B")
    made(desk, "pin", "P0", "AES_128", "B")
    words = ("export", desk.home, "pin", "--under", "zmk", "--with", "KC", "--mode", "E")
    block = desk.on(*words).strip()
    assert block.startswith("D0160P0AE00E0200KC0C01")
    shown = desk.on("import", desk.home, block, "--under", "zmk", "--label", "pin again")
    assert "imported" in shown
    Path(desk.path("block")).write_text(block + "\n", encoding="ascii")
    assert "P0" in desk.on("import", desk.home, desk.path("block"), "--under", "zmk")
    altered = block[:-1] + ("0" if block[-1] != "0" else "1")
    with pytest.raises(ModuleRefused, match="ciphertext"):
        desk.on("import", desk.home, altered, "--under", "zmk")


def test_the_initial_key_of_a_device_goes_out(desk: Desk) -> None:
    made(desk, "zmk", "K0", "AES_256", "B")
    made(desk, "bdk", "B0", "AES_128", "X", "N")
    block = desk.on("initial", desk.home, "bdk", "--serial", "1234567890123456", "--under", "zmk")
    assert block.startswith("D0176B1AX00E0200IK141234567890123456PB")
    with pytest.raises(Misconfigured):
        desk.on("initial", desk.home, "bdk", "--serial", "xyz", "--under", "zmk")


@pytest.mark.parametrize("text", ["", "garbage", "D01", "not\n1 block"])
def test_a_file_without_a_block_is_named(desk: Desk, text: str) -> None:
    made(desk, "zmk", "K0", "AES_256", "B")
    Path(desk.path("block")).write_text(text, encoding="ascii")
    with pytest.raises(Misconfigured, match="block: not a key block"):
        desk.on("import", desk.home, desk.path("block"), "--under", "zmk")


def test_a_label_names_one_key_or_none(desk: Desk) -> None:
    made(desk, "zmk", "K0", "AES_256", "B")
    made(desk, "zmk", "K0", "AES_256", "B")
    for under in ("zmk", "nobody"):
        with pytest.raises(Misconfigured, match="keys have this label"):
            desk.on("export", desk.home, "zmk", "--under", under)
