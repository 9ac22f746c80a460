"""A throw-away token of SoftHSM 2 for tests: a directory of its own, one token per test.

    def test_something(token_file): ...          # the file that names a fresh token

SoftHSM's library and `softhsm2-util` come from Debian's package softhsm2; where they or the binding
are missing, the test is skipped, or fails when TALLYSTICK_HSM is set to "required" (CI does).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tallystick.crypto.key_blocks import KeyAction, KeyAttributes

LIBRARIES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"),
)
PIN = "8765-4321"
LOG_IN = f"s = t.open(rw=True, user_pin={PIN!r})\n"
_SET = "{A.CLASS: ObjectClass.SECRET_KEY, A.KEY_TYPE: KeyType(%d), A.VALUE: bytes.fromhex(%r), A.LABEL: %r, A.ID: bytes.fromhex(%r), A.TOKEN: True, A.PRIVATE: True, A.SENSITIVE: True, A.EXTRACTABLE: False, A.MODIFIABLE: False, A.DERIVE: %r, A.SIGN: %r, A.VERIFY: %r, A.ENCRYPT: False, A.DECRYPT: False, A.WRAP: False, A.UNWRAP: False}"


@dataclass(frozen=True, slots=True)
class SoftToken:
    """A token in a directory: `file` names it; `pin` is the file of its PIN."""

    directory: Path
    library: Path

    @property
    def file(self) -> Path:
        return self.directory / "token.toml"

    @property
    def pin(self) -> Path:
        return self.directory / "token.pin"

    @property
    def configuration(self) -> Path:
        return self.directory / "softhsm2.conf"

    def write(self, more: str = "", **changes: str | None) -> Path:
        """Write the file that names the token, with other values or none for some keys."""
        values: dict[str, str | None] = {
            "module": str(self.library),
            "token": "payments",
            "pin_file": str(self.pin),
            **changes,
        }
        lines = [f'{key} = "{value}"' for key, value in values.items() if value is not None]
        variable = f'SOFTHSM2_CONF = "{self.configuration}"'
        self.file.write_text("\n".join([*lines, more, "[environment]", variable, ""]))
        self.file.chmod(0o600)
        return self.file

    def say_pin(self, pin: str) -> None:
        self.pin.write_text(pin + "\n")
        self.pin.chmod(0o600)

    def run(self, code: str) -> str:
        """Do something in the token as whoever has its PIN may: `t` the token, `A` attributes."""
        begin = (
            "import os, sys, pkcs11; from pkcs11 import *; A = Attribute\n"
            f"t = pkcs11.lib({str(self.library)!r}).get_token(token_label='payments')\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", begin + code],
            env={"SOFTHSM2_CONF": str(self.configuration)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout.strip()

    def put(self, attributes: KeyAttributes, value: bytes) -> str:
        """Put a key of a known value into the token, as no token would let us; gives its id."""
        from tallystick.backends.pkcs11.shapes import label_of, shape_of

        name = os.urandom(16).hex()
        kind = int(shape_of(attributes).kind)
        root = attributes.mode.allows(KeyAction.DERIVE)
        made = _SET % (
            kind, value.hex(), label_of(attributes, "known"), name, root, not root, not root,
        )  # fmt: skip
        self.run(f"{LOG_IN}s.create_object({made})\n")
        return name

    def lose(self) -> None:
        """Take the token's files away, as when a device is pulled out."""
        (self.directory / "tokens").rename(self.directory / "taken")

    def find(self) -> None:
        (self.directory / "taken").rename(self.directory / "tokens")


def demand_library() -> Path:
    """SoftHSM's library, or no test."""
    found = next((path for path in LIBRARIES if path.exists()), None)
    able = shutil.which("softhsm2-util") and importlib.util.find_spec("pkcs11")
    if found is not None and able:
        return found
    reason = "softhsm2 or python-pkcs11 is not installed"
    if os.environ.get("TALLYSTICK_HSM") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


def make_token(directory: Path) -> SoftToken:
    """A fresh token with no key in it."""
    token = SoftToken(directory, demand_library())
    (directory / "tokens").mkdir(parents=True)
    token.configuration.write_text(
        f"directories.tokendir = {directory / 'tokens'}\nobjectstore.backend = file\n"
        "log.level = ERROR\nslots.removable = false\n"
    )
    subprocess.run(
        [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            "payments",
            "--so-pin",
            PIN,
            "--pin",
            PIN,
        ],
        env={**os.environ, "SOFTHSM2_CONF": str(token.configuration)},
        check=True,
        capture_output=True,
        timeout=60,
    )
    token.say_pin(PIN)
    token.write()
    return token


@pytest.fixture
def soft_token(tmp_path: Path) -> SoftToken:
    return make_token(tmp_path / "softhsm")
