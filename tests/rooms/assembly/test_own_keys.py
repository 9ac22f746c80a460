"""The service's own keys under a token: what is where, what a thief has, what a crash leaves."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tallystick.assembly import open_platform, open_signer, read_tallies, record_keys
from tallystick.assembly.own_keys import (
    finish_own_move,
    move_own_to_file,
    move_own_to_token,
    open_own_keys,
    privacy_key,
    sealed_under,
)
from tallystick.backends.pkcs11 import TokenKeeper
from tallystick.backends.sqlite import lock_home
from tallystick.crypto.keys import (
    AssuranceLevel,
    create_key_file,
    read_key_file,
    read_key_file_under,
)
from tallystick.crypto.mechanisms import ed25519_verify
from tallystick.crypto.modules import CryptoModule, ModuleUnavailable, kept_under_token
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret
from tallystick.protect.enforcement import ServiceClosed
from tallystick.testing import example_names, example_policy, local_module
from tests.keeper import Keeper
from tests.softhsm import LOG_IN, SoftToken, make_token

OLD, NEW = Secret(b"the first passphrase"), Secret(b"another passphrase of ours")
NOTE = b"tallystick/wallet/evidence\n1\n" + b"A" * 43 + b"=\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    directory.mkdir(mode=0o700)
    return directory


@pytest.fixture
def drawn(soft_token: SoftToken) -> SoftToken:
    """A token with a master key in it."""
    with TokenKeeper(soft_token.file, create=True):
        return soft_token


def opened(home: Path, passphrase: Secret | None = None, token: Path | None = None) -> CryptoModule:
    return open_own_keys(home, passphrase, os.urandom, token=token)


def names(home: Path) -> list[str]:
    return sorted(one.name for one in home.iterdir() if not one.name.startswith(("books", "lock")))


def test_a_home_that_begins_in_a_token_signs_there_and_opens_nothing_without(
    home: Path, drawn: SoftToken
) -> None:
    policy, listed = example_policy(), example_names()
    with open_platform(policy, home=home, names=listed, token=drawn.file) as platform:
        anchor, module = platform.trust_anchor(), platform.module
        kept = module.public().kept
        assert {key.purpose for key in kept.keys if key.place == "token"} == {
            "qr", "checkpoint", "certificate",
        }  # fmt: skip
        assert (kept.level, kept.signs) == ("S1", "S1"), "SoftHSM is software"
        assert "signed inside a token" in kept.statement
        assert "SoftHSM" in kept.statement
        for purpose, octets in (("checkpoint", NOTE), ("certificate", b"c"), ("qr", b"q")):
            signature = module.sign(purpose=purpose, octets=octets)  # type: ignore[arg-type]
            ed25519_verify(getattr(module.public(), purpose), octets, signature)
    (opening,) = [fact for entry in read_tallies(home, after=0) for fact in entry.facts]
    assert opening.detail["keys_level"] == opening.detail["signs_level"] == "S1"
    assert opening.detail["keys_statement"] == kept.statement
    assert not (home / "module.passphrase").exists()
    assert len((home / "privacy.key").read_bytes()) > 32, "sealed as the keys are"
    with open_signer(policy, home=home) as signer:
        assert signer.vkey == anchor.certificate
        assert len(signer.sign(b"certificate")) == 64
    drawn.lose()
    with pytest.raises(Misconfigured, match="does not work"):
        open_platform(policy, home=home, names=listed)


def test_taken_for_hardware_it_says_so_and_a_lost_token_is_found_again(
    home: Path, drawn: SoftToken
) -> None:
    module = opened(home, token=drawn.write("rehearsal = true"))
    try:
        kept = module.public().kept
        assert (kept.level, kept.signs) == ("S2", "S3")
        assert "rehearsal: SoftHSM" in kept.statement
        assert module.public().level == "software", "messages and PINs still are"
        drawn.lose()
        with pytest.raises(ModuleUnavailable):
            module.sign(purpose="checkpoint", octets=NOTE)
        drawn.find()  # signing goes on by itself, once the library may be started anew
        ed25519_verify(module.public().checkpoint, NOTE, _patiently(module))
    finally:
        module.close()


def _patiently(module: CryptoModule) -> bytes:
    for _ in range(200):
        try:
            return module.sign(purpose="checkpoint", octets=NOTE)
        except ModuleUnavailable:
            time.sleep(0.1)
    raise AssertionError("the token is not found again")


@pytest.mark.slow
def test_without_the_token_nothing_is_committed_and_with_it_all_goes_on(
    home: Path, drawn: SoftToken
) -> None:
    module = local_module()
    with open_platform(
        example_policy(), home=home, names=example_names(), token=drawn.file
    ) as platform:
        size = platform.evidence.size()
        drawn.lose()
        with pytest.raises(ServiceClosed):
            record_keys(platform, module)
        assert platform.evidence.size() == size
        drawn.find()
        _patiently(platform.module)
        assert record_keys(platform, module) == 0
        assert platform.evidence.size() == size + 1


@pytest.mark.slow
def test_another_token_is_told_from_the_right_one(
    home: Path, drawn: SoftToken, tmp_path: Path
) -> None:
    opened(home, token=drawn.file).close()
    with pytest.raises(Misconfigured, match="do not leave it: qr, checkpoint, certificate"):
        move_own_to_file(home, None, NEW)
    other = make_token(tmp_path / "another")
    with pytest.raises(Misconfigured, match="do not leave it"):
        move_own_to_token(home, None, other.file, create=True)
    (home / "module.token").write_bytes(other.file.read_bytes())
    with pytest.raises(Misconfigured, match="no master key in the token"):
        opened(home)
    with TokenKeeper(other.file, create=True) as keeper:
        theirs = keeper.fingerprint
    with pytest.raises(Misconfigured, match=f"the token has {theirs}") as refusal:
        opened(home)
    assert sealed_under(home).removeprefix("master key ") in str(refusal.value)
    (home / "module.token").write_bytes(drawn.file.read_bytes())
    gone = "for o in list(s.get_objects({A.CLASS: ObjectClass.PRIVATE_KEY})): o.destroy()\n"
    drawn.run(LOG_IN + gone)
    with pytest.raises(Misconfigured, match="no such signing key"):
        opened(home)


@pytest.mark.slow
def test_a_module_opens_what_was_moved_into_a_token(home: Path, drawn: SoftToken) -> None:
    module = opened(home)
    module.close()
    move_own_to_token(home, None, drawn.file, create=False)
    again = opened(home, token=drawn.file)  # saying it once more is harmless
    again.close()
    assert again.public().module == module.public().module, "the keys stay what they are"
    kept = again.public().kept
    assert {key.place for key in kept.keys} == {"software"}
    assert "sealed in a file under a token, and used in the memory" in kept.statement
    move_own_to_file(home, None, NEW)
    back = opened(home, NEW)
    back.close()
    assert back.public() == module.public()


class Cut(BaseException):
    """The test ends a move here, as a power cut would."""


CHANGES = ("rename", "replace", "fsync", "link")


class CutOs:
    """`os`, with an end before its change number `point`."""

    def __init__(self, point: int, end: Callable[[], object]) -> None:
        self.left, self.end = point, end

    def __getattr__(self, name: str) -> object:
        real = getattr(os, name)
        if name not in CHANGES:
            return real

        def change(*given: object, **more: object) -> object:
            self.left -= 1
            if self.left == 0:
                self.end()
            return real(*given, **more)

        return change


def cut_at(point: int, monkeypatch: pytest.MonkeyPatch, end: Callable[[], object]) -> CutOs:
    cut = CutOs(point, end)
    for module in ("assembly.placing", "assembly.home", "crypto.keys.private_file"):
        monkeypatch.setattr(f"tallystick.{module}.os", cut)
    return cut


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallystick.crypto.keys.sealed._COST_N", 2**4)
    monkeypatch.setattr("tallystick.assembly.own_keys.TokenKeeper", Keeper)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def made(home: Path, passphrase: Secret) -> tuple[list[str], bytes]:
    home.mkdir(mode=0o700)
    create_key_file(home / "module.keys", passphrase)
    (home / "module.passphrase").write_bytes(passphrase.reveal())
    return state(home)


def state(home: Path) -> tuple[list[str], bytes]:
    """The check values and the privacy key that a home has, whatever it is under."""
    finish_own_move(home)
    if sealed_under(home) == "a passphrase":
        assert not (home / "module.token").exists()
        kept = Secret((home / "module.passphrase").read_bytes())
        ring = read_key_file(home / "module.keys", kept)
    else:
        assert not (home / "module.passphrase").exists()
        ring = read_key_file_under(home / "module.keys", Keeper(home / "module.token"))
    secret = privacy_key(home, chance=os.urandom).reveal()
    return [record.check_value for record in ring.records], secret


def raise_cut() -> None:
    raise Cut


@pytest.mark.usefixtures("cheap")
def test_into_a_token_and_another_and_back_the_keys_stay_what_they_are(tmp_path: Path) -> None:
    home, first, second = tmp_path / "home", tmp_path / "first", tmp_path / "second"
    first.write_text("the file that names a token")
    second.write_text("the file that names another")
    kept = made(home, OLD)
    moved = move_own_to_token(home, None, first, create=True)
    assert (moved.old, moved.new, moved.keys) == ("a passphrase", sealed_under(home), 6)
    assert kept[1] not in (home / "privacy.key").read_bytes()
    assert state(home) == kept
    again = move_own_to_token(home, None, second, create=True)
    assert (again.old, again.new != again.old) == (moved.new, True)
    assert state(home) == kept
    with pytest.raises(Misconfigured, match=r"under master key .* already") as refusal:
        open_own_keys(home, None, os.urandom, token=first)
    assert "tallystick hsm move" in str(refusal.value.allowed)
    assert move_own_to_file(home, None, None).new == "a passphrase"
    assert state(home) == kept
    assert (home / "module.passphrase").read_bytes() != OLD.reveal()
    move_own_to_file(home, None, NEW)
    assert not (home / "module.passphrase").exists(), "whoever chose it keeps it"
    assert read_key_file(home / "module.keys", NEW)
    places = list(home.glob("replaced-*"))
    assert len(places) == 4
    assert {(place / "module.keys").exists() for place in places} == {True}


@pytest.mark.usefixtures("cheap")
def test_what_is_refused_changes_nothing(tmp_path: Path) -> None:
    home, named = tmp_path / "home", tmp_path / "token.toml"
    named.write_text("the file that names a token")
    kept = made(home, OLD)
    lock = lock_home(home)
    try:
        with pytest.raises(Misconfigured):
            move_own_to_token(home, None, named, create=False)
    finally:
        os.close(lock)
    with pytest.raises(Misconfigured, match="wrong passphrase"):
        move_own_to_token(home, NEW, named, create=True)
    with pytest.raises(Misconfigured, match="too short"):
        move_own_to_file(home, None, Secret(b"short"))
    assert state(home) == kept
    move_own_to_token(home, None, named, create=True)
    (home / "module.token").unlink()
    for refused in (lambda: opened(home), lambda: move_own_to_file(home, None, NEW)):
        with pytest.raises(Misconfigured, match="a token that nothing names"):
            refused()


@pytest.mark.usefixtures("cheap")
def test_a_token_that_cannot_sign_seals(tmp_path: Path) -> None:
    home, named = tmp_path / "home", tmp_path / "token.toml"
    home.mkdir(mode=0o700)
    named.write_text("the file that names a token")
    with pytest.raises(Misconfigured):  # no token is there: keys and file are, the module is not
        opened(home, token=named)
    ring = read_key_file_under(home / "module.keys", Keeper(named))
    assert not any(record.token for record in ring.records)
    kept = kept_under_token(ring, AssuranceLevel.S2, "a device")
    assert (kept.level, kept.signs) == ("S2", "S2")


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("back", [False, True])
def test_a_move_that_is_cut_off_at_any_step_is_done_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, back: bool
) -> None:
    named = tmp_path / "token.toml"
    named.write_text("the file that names a token")
    seen: set[str] = set()
    for point in range(1, 100):
        home = tmp_path / f"home-{point}"
        kept = made(home, OLD)
        if back:
            move_own_to_token(home, None, named, create=True)
        before = sealed_under(home)
        with monkeypatch.context() as patched:
            cut = cut_at(point, patched, raise_cut)
            with contextlib.suppress(Cut):
                turn(home, named, back=back)
        assert state(home) == kept, f"cut off at step {point}"
        seen.add("after" if sealed_under(home) != before else "before")
        if cut.left > 0:
            break
        if sealed_under(home) == before:  # what did not happen may be done again
            turn(home, named, back=back)
            assert state(home) == kept
        assert not {"next", "ready", "placing"} & set(names(home))
    assert seen == {"before", "after"}
    assert point > 15


def turn(home: Path, named: Path, *, back: bool) -> None:
    if back:
        move_own_to_file(home, None, None)
    else:
        move_own_to_token(home, None, named, create=True)


KILLED = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    import pytest
    from tests.rooms.assembly import test_own_keys as given
    from tallystick.assembly import own_keys
    from tests.keeper import Keeper
    own_keys.TokenKeeper = Keeper
    with pytest.MonkeyPatch.context() as patch:
        given.cut_at(int(sys.argv[2]), patch, lambda: os.kill(os.getpid(), signal.SIGKILL))
        own_keys.move_own_to_token(Path(sys.argv[1]), None, Path(sys.argv[3]), create=True)
    print("whole")
""")


@pytest.mark.slow
@pytest.mark.usefixtures("cheap")
def test_a_kill_loses_nothing(tmp_path: Path) -> None:
    named = tmp_path / "token.toml"
    named.write_text("the file that names a token")
    script = "from tallystick.crypto.keys import sealed\nsealed._COST_N = 2**4\n" + KILLED
    for point in (1, 7, 11, 13, 15, 17, 19, 21, 200):
        home = tmp_path / f"home-{point}"
        kept = made(home, OLD)
        done = subprocess.run(
            [sys.executable, "-c", script, str(home), str(point), str(named)],
            env={"PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True,
        )  # fmt: skip
        whole = done.returncode == 0 and done.stdout == "whole\n"
        assert whole or done.returncode == -signal.SIGKILL, done.stderr
        assert state(home) == kept
    assert whole
    assert sealed_under(home) != "a passphrase"
