"""`keys trust`: a root for tests at once, one for production with two custodians."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tallystick.assembly import create_payment_home, open_payment_module
from tallystick.cli.app import app
from tallystick.cli.keys.opening import ModuleRefused
from tallystick.crypto.mechanisms import KeyPair, LocalAuthority, Purpose
from tallystick.ground.clock import SystemClock
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["keys", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.slow
def test_a_peer_is_taken_in_by_custodians(tmp_path: Path) -> None:
    now_ms = SystemClock().now_ms()
    root = LocalAuthority.create(common_name="a bank", at_ms=now_ms, days=30)
    peer = root.issue(
        KeyPair.generate("ECC_NIST_P384").public,
        common_name="their module", at_ms=now_ms, days=20, purpose=Purpose.KEY_AGREEMENT,
    )  # fmt: skip
    for name, certificate in (("root", root.certificate), ("peer", peer)):
        (tmp_path / f"{name}.pem").write_text(certificate.pem())
    home, passphrase = tmp_path / "keys", Secret(b"correct horse battery staple")
    create_payment_home(home, passphrase)
    with open_payment_module(home, passphrase, listen=True):
        people = [
            run("person", name, "--role", role, "--to", str(tmp_path / f"{name}.key"))
            for name, role in (("amina", "officer"), ("brian", "custodian"), ("carol", "custodian"))
        ]
        (tmp_path / "people.toml").write_text("\n".join(people))
        run("people", str(home), str(tmp_path / "people.toml"))
        run("trust", str(home), str(tmp_path / "root.pem"), "--label", "for tests")
        with pytest.raises(ModuleRefused, match="approval"):
            run("trust", str(home), str(tmp_path / "root.pem"), "--domain", "production")
        for name, more in (
            ("root", ("--label", "bank root")),
            ("peer", ("--issuer", "bank root", "--usage", "K3", "--mode", "X", "--label", "bank")),
        ):
            request = str(tmp_path / f"{name}.request")
            run("trust", str(home), str(tmp_path / f"{name}.pem"), *more, "--domain", "production",
                "--to", request, "--as", "amina", "--key", str(tmp_path / "amina.key"))  # fmt: skip
            for who in ("brian", "carol"):
                run("approve", request, "--as", who, "--key", str(tmp_path / f"{who}.key"))
            run("submit", str(home), request)
        with pytest.raises(Misconfigured, match="one certificate"):
            run("trust", str(home), "/dev/null")
        taken = run("list", str(home))
    assert [word in taken for word in ("for tests", "bank root", "K3")] == [True] * 3
