"""The file that names a token: exactly what is written down, and nothing that others may write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.backends.pkcs11.settings import parse_settings, read_settings
from tallystick.crypto.keys import credential_path, read_credential
from tallystick.ground.errors import Misconfigured

WHOLE = 'module = "/lib/x.so"\ntoken = "payments"\npin_file = "/etc/pin"\n'
NAMES = (
    "module", "token", "pin_file", "pin_credential", "serial", "master", "sealing", "hardware",
    "rehearsal", "environment", "pin",
)  # fmt: skip


def parse(text: str) -> object:
    return parse_settings(text.encode(), where="token.toml")


def test_the_least_that_is_needed() -> None:
    settings = parse_settings(WHOLE.encode(), where="token.toml")
    assert (settings.module, settings.token) == (Path("/lib/x.so"), "payments")
    assert (settings.pin_file, settings.pin_credential) == (Path("/etc/pin"), None)
    assert (settings.master, settings.sealing, settings.rehearsal) == (
        "tallystick-master",
        None,
        False,
    )


REFUSED = {
    "nothing": "",
    "no PIN": 'module = "/lib/x.so"\ntoken = "payments"\n',
    "two sources of the PIN": WHOLE + 'pin_credential = "pin"\n',
    "a PIN in the file": WHOLE + 'pin = "1234"\n',
    "a PIN from the environment": WHOLE + 'pin_env = "TOKEN_PIN"\n',
    "an unknown key": WHOLE + "slots = 3\n",
    "a relative library": WHOLE.replace("/lib/x.so", "x.so"),
    "another sealing": WHOLE + 'sealing = "ecb"\n',
    "another type": WHOLE + 'rehearsal = "yes"\n',
    "a long label": WHOLE.replace("payments", "p" * 33),
    "a key twice": WHOLE + 'token = "other"\n',
    "hardware and rehearsal": WHOLE + 'hardware = "HSM"\nrehearsal = true\n',
    "another library before ours": WHOLE + '[environment]\nLD_PRELOAD = "/tmp/x.so"\n',
    "our own paths": WHOLE + '[environment]\nPYTHONPATH = "/tmp"\n',
    "not a variable": WHOLE + '[environment]\n"A B" = "x"\n',
    "a variable of two lines": WHOLE + '[environment]\nA = "x\\ny"\n',
    "not TOML": "module = ",
    "deep": "a = " + "[" * 5000,
}


@pytest.mark.parametrize("name", REFUSED)
def test_whatever_else_is_refused(name: str) -> None:
    with pytest.raises(Misconfigured):
        parse(REFUSED[name])


@given(st.binary(max_size=400))
def test_any_octets_are_settings_or_refused(octets: bytes) -> None:
    with pytest.raises(Misconfigured):
        parse_settings(octets, where="fuzz")


_VALUES = st.one_of(
    st.text(max_size=40), st.integers(), st.booleans(), st.lists(st.integers(), max_size=2),
    st.just("/lib/x.so"), st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=2),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES), _VALUES, max_size=7))
def test_any_values_are_settings_or_refused(values: dict[str, object]) -> None:
    text = "\n".join(f"{name} = {toml(value)}" for name, value in values.items())
    try:
        settings = parse_settings(text.encode("utf-8", "surrogatepass"), where="fuzz")
    except Misconfigured:
        return
    assert settings.module.is_absolute()
    assert (settings.pin_file is None) != (settings.pin_credential is None)
    assert "pin" not in values


def toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            escaped = "".join(
                c if c.isalnum() or c in "/._-" else f"\\U{ord(c):08x}" for c in value
            )
            return f'"{escaped}"'
        case dict():
            pairs = ", ".join(f"{toml(name)} = {toml(one)}" for name, one in value.items())
            return "{" + pairs + "}"
        case _:
            return str(value)


def test_what_others_may_write_is_no_file_of_ours(tmp_path: Path) -> None:
    library, file = tmp_path / "x.so", tmp_path / "token.toml"
    library.write_bytes(b"")
    file.write_text(WHOLE.replace("/lib/x.so", str(library)))
    for path in (library, file):
        path.chmod(0o644)
    assert read_settings(file).module == library
    for path in (library, file):
        path.chmod(0o664)
        with pytest.raises(Misconfigured, match="others may write"):
            read_settings(file)
        path.chmod(0o644)
    library.unlink()
    with pytest.raises(Misconfigured):
        read_settings(file)
    with pytest.raises(Misconfigured):
        read_settings(tmp_path / "none.toml")
    file.write_text("#" * 20_000)
    with pytest.raises(Misconfigured):
        read_settings(file)


def test_a_credential_is_where_the_service_manager_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(Misconfigured, match="no credentials"):
        credential_path("token-pin")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    for name in ("../x", "", "a/b", ".hidden", "x" * 200):
        with pytest.raises(Misconfigured):
            credential_path(name)
    path = credential_path("token-pin")
    path.write_bytes(b"8765-4321\n")
    path.chmod(0o440)
    assert read_credential(path).reveal() == b"8765-4321"
    for mode in (0o444, 0o620):
        path.chmod(mode)
        with pytest.raises(Misconfigured):
            read_credential(path)
    path.chmod(0o400)
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "empty").touch(0o400)
    for name in ("link", "empty", "missing"):
        with pytest.raises(Misconfigured):
            read_credential(tmp_path / name)
    settings = parse_settings(
        WHOLE.replace('pin_file = "/etc/pin"', 'pin_credential = "token-pin"').encode(), where="x"
    )
    assert settings.pin_credential == path
    assert os.environ["CREDENTIALS_DIRECTORY"] not in repr(settings.environment)
