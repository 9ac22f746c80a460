"""`tallystick keys inventory`, `plan` and `reconcile`, as an auditor types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tallystick.cli.app import app
from tallystick.cli.keys.inventory import NotReconciled
from tallystick.ground.errors import Misconfigured
from tests.rooms.prove.exchange.schemas import CYCLONEDX, errors


def _run(*words: str) -> str:
    result = CliRunner().invoke(app, ["keys", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("inventory")
    secret = folder / "secret"
    secret.write_text("correct horse battery staple\n", encoding="utf-8")
    home, by = str(folder / "keys"), ("--passphrase", str(secret))
    _run("init", home, *by)
    for usage, algorithm in (("P0", "TDES_3KEY"), ("K0", "TDES_3KEY"), ("D0", "AES_128")):
        _run("create", home, "--usage", usage, "--algorithm", algorithm, "--mode", "B", *by)
    return home, str(secret)


def test_the_inventory_is_a_bill_of_materials(home: tuple[str, str], tmp_path: Path) -> None:
    to = tmp_path / "cbom.json"
    told = _run("inventory", home[0], "--to", str(to), "--passphrase", home[1])
    assert "lists 3 keys" in told
    document = json.loads(to.read_text(encoding="utf-8"))
    assert errors(CYCLONEDX, document) == []
    assert json.loads(_run("inventory", home[0], "--passphrase", home[1]))["components"]


def test_the_plan_moves_what_protects_first(home: tuple[str, str]) -> None:
    told = _run("plan", home[0], "--on", "2026-11-26", "--passphrase", home[1])
    assert told.index("K0 TDES_3KEY -> K0 AES_128") < told.index("P0 TDES_3KEY -> P0 AES_128")
    assert "overdue" in told
    assert "D0" not in told
    with pytest.raises(Misconfigured):
        _run("plan", home[0], "--on", "soon", "--passphrase", home[1])


def test_the_inventory_is_held_against_a_list(home: tuple[str, str], tmp_path: Path) -> None:
    def reconcile(text: str) -> str:
        file = tmp_path / "list"
        file.write_text(text, encoding="utf-8")
        return _run("reconcile", home[0], str(file), "--passphrase", home[1])

    lines = [line.split() for line in _run("list", home[0], "--passphrase", home[1]).splitlines()]
    written = {words[0]: words[-1] for words in lines}
    whole = "# ours\n" + "\n".join(f"{key} {value.lower()}" for key, value in written.items())
    assert "3 keys agree" in reconcile(whole)
    first = next(iter(written))
    for wrong in (
        whole.replace(first, "a" * 24),
        whole.replace(written[first].lower(), "000000"),
        whole.replace(first, "# " + first),
    ):
        with pytest.raises(NotReconciled):
            reconcile(wrong)
    with pytest.raises(Misconfigured):
        reconcile("one-word")
