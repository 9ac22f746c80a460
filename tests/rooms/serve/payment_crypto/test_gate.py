"""The wire as connections.toml opens it: with a passphrase, and without one for a token."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tallystick.cli.app import app
from tallystick.ground.errors import Misconfigured
from tallystick.serve.connections import PaymentCryptoTable
from tallystick.serve.payment_crypto.gate import open_gate
from tests.softhsm import make_token


@pytest.fixture
def table(tmp_path: Path) -> PaymentCryptoTable:
    secret = tmp_path / "secret"
    secret.write_text("correct horse battery staple\n", encoding="utf-8")
    run("keys", "init", str(tmp_path / "keys"), "--passphrase", str(secret))
    out = str(tmp_path / "till.env")
    run(
        "access",
        "create",
        str(tmp_path / "access"),
        "--name",
        "till",
        "--role",
        "keys",
        "--to",
        out,
    )
    return PaymentCryptoTable(
        listen_at="127.0.0.1:0", keys=str(tmp_path / "keys"), access=str(tmp_path / "access")
    )


def run(*words: str) -> None:
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output


def test_a_master_key_in_a_file_needs_its_passphrase(table: PaymentCryptoTable) -> None:
    with pytest.raises(Misconfigured, match="allowed: passphrase_file"), open_gate(table):
        pass


def test_a_master_key_in_a_token_needs_none(table: PaymentCryptoTable, tmp_path: Path) -> None:
    token = make_token(tmp_path / "token")
    run("hsm", "create", str(token.file))
    secret = str(tmp_path / "secret")
    run("hsm", "move", table.keys, str(token.file), "--passphrase", secret)
    with open_gate(table) as opened:
        assert opened.module.state().healthy
