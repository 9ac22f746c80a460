"""The process around the module: how it starts, ends, and is lost."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import tallystick
from tallystick.crypto.envelopes import EnvelopeRefused
from tallystick.crypto.mechanisms import AgreementKey, SigningKey
from tallystick.crypto.modules import ModuleProcess, ModuleUnavailable, SoftwareModule, open_module
from tallystick.crypto.modules import self_tests as known_answers
from tallystick.crypto.modules.frames import Sign, VerifyPin, frame_octets
from tallystick.crypto.modules.self_tests import run_pairwise_tests, run_self_tests
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.secret import Secret
from tests.rooms.crypto.made import MESSAGE_TYP, PASSPHRASE, sealed_message

SECONDS = 20
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def own(key_file: Path):  # type: ignore[no-untyped-def]
    """A process of the test's own, to be harmed."""
    with open_module(key_file, PASSPHRASE) as module:
        yield module


def _pid(module: ModuleProcess) -> int:
    return module._process.pid


def _run(script: str, *arguments: str) -> str:
    source = str(Path(tallystick.__file__).parents[1])
    finished = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={"PYTHONPATH": source},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return finished.stdout + finished.stderr


def _ends(pid: int) -> bool:
    """Whether a process that is not our child ends within the time allowed; nobody sleeps."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], SECONDS)[0])
    finally:
        os.close(descriptor)


def test_the_same_file_gives_the_same_module(key_file: Path, process: ModuleProcess) -> None:
    with open_module(key_file, PASSPHRASE) as again:
        assert again.public() == process.public()


def test_a_wrong_passphrase_is_the_operators_to_mend(key_file: Path) -> None:
    with pytest.raises(Misconfigured, match="wrong passphrase or altered file") as refusal:
        open_module(key_file, Secret(b"incorrect horse battery"))
    assert refusal.value.where == str(key_file)
    assert "incorrect" not in str(refusal.value)


def test_a_missing_file_is_the_operators_to_mend(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be opened"):
        open_module(tmp_path / "absent", PASSPHRASE)


@linux
def test_the_passphrase_is_not_in_argv_nor_in_the_environment(own: ModuleProcess) -> None:
    folder = Path("/proc") / str(_pid(own))
    shown = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
    assert b"tallystick.crypto.modules.process" in shown
    assert PASSPHRASE.reveal() not in shown
    assert b"TALLYSTICK" not in shown


@linux
def test_the_process_dumps_no_core(own: ModuleProcess) -> None:
    limits = (Path("/proc") / str(_pid(own)) / "limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"]


@linux
def test_the_process_cannot_be_dumped_or_traced() -> None:
    script = (
        "import ctypes\n"
        "from tallystick.crypto.modules.hardening import harden\n"
        "prctl = ctypes.CDLL(None).prctl\n"
        "before = prctl(3, 0, 0, 0, 0)\n"
        "harden()\n"
        "print(before, prctl(3, 0, 0, 0, 0))\n"
    )
    assert _run(script).split() == ["1", "0"]


@linux
def test_the_process_holds_no_other_file_of_ours(own: ModuleProcess) -> None:
    folder = Path("/proc") / str(_pid(own)) / "fd"
    kinds = sorted(os.readlink(entry).split(":")[0] for entry in folder.iterdir())
    assert kinds.count("socket") == 1


def test_closing_ends_the_process_and_closing_twice_is_harmless(own: ModuleProcess) -> None:
    own.close()
    own.close()
    assert own._process.returncode == 0
    with pytest.raises(ModuleUnavailable):
        own.sign(purpose="qr", octets=b"")


@linux
def test_the_process_ends_with_its_parent(key_file: Path) -> None:
    script = (
        "import os, pathlib, sys\n"
        "from tallystick.crypto.modules import open_module\n"
        "from tallystick.ground.secret import Secret\n"
        "module = open_module(pathlib.Path(sys.argv[1]), Secret(sys.argv[2].encode()))\n"
        "print(module._process.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    pid = int(_run(script, str(key_file), PASSPHRASE.reveal().decode()))
    assert _ends(pid)


def test_a_lost_process_is_unavailable_and_stays_so(own: ModuleProcess) -> None:
    token = sealed_message(own, b"")
    os.kill(_pid(own), signal.SIGKILL)
    for _ in range(2):
        with pytest.raises(ModuleUnavailable) as refusal:
            own.open_message(token, typ=MESSAGE_TYP)
        assert refusal.value.outside == "service.closed"


def test_a_process_that_is_asked_nonsense_ends(own: ModuleProcess) -> None:
    own._channel.sendall(b"\xff\xff\xff\xff")
    with pytest.raises(ModuleUnavailable):
        own.sign(purpose="qr", octets=b"")
    assert own._process.wait(SECONDS) == 1


@pytest.mark.parametrize(
    "frame",
    [
        frame_octets(Sign(purpose="qr", octets=b"")) * 2,
        b"\0\0\0\1\xc1",
        b"\0\0\0\0",
        frame_octets(VerifyPin(sealed="", binding=b"short", customer="c", reference=b"")),
    ],
)
def test_a_process_that_is_spoken_to_out_of_turn_ends(own: ModuleProcess, frame: bytes) -> None:
    own._channel.sendall(frame)
    assert own._process.wait(SECONDS) == 1


def test_a_refused_message_does_not_cost_the_process(own: ModuleProcess) -> None:
    for token in ("", "x" * 100_000, "\ud800", "."):
        with pytest.raises(EnvelopeRefused):
            own.open_message(token, typ=MESSAGE_TYP)
    assert own.open_message(sealed_message(own, b"fine"), typ=MESSAGE_TYP) == b"fine"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_copy_cannot_speak_on_the_parents_channel(own: ModuleProcess) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            own.sign(purpose="qr", octets=b"")
        except ModuleUnavailable:
            own.close()
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert len(own.sign(purpose="qr", octets=b"")) == 64


# ---- self-tests --------------------------------------------------------------------------------


def test_the_self_tests_pass_here() -> None:
    run_self_tests()


@pytest.mark.parametrize("place", range(len(known_answers._TESTS)))
def test_a_module_with_wrong_answers_does_not_start(
    monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    tests = list(known_answers._TESTS)
    name, _ = tests[place]
    tests[place] = (name, lambda: False)
    monkeypatch.setattr(known_answers, "_TESTS", tuple(tests))
    with pytest.raises(Defect, match=name):
        SoftwareModule.generate()


@pytest.mark.parametrize(
    ("mechanism", "broken"),
    [
        ("hmac_sha256", lambda key, octets: bytes(32)),
        ("concat_kdf", lambda shared, **other: bytes(16)),
        ("encrypt_gcm", lambda key, **other: bytes(32)),
        ("es256_verify", lambda **other: None),
        ("ed25519_verify", lambda *other: None),
        ("stretch_passphrase", lambda passphrase, **other: bytes(32)),
    ],
)
def test_a_broken_mechanism_is_noticed(
    monkeypatch: pytest.MonkeyPatch, mechanism: str, broken: Callable[..., object]
) -> None:
    monkeypatch.setattr(known_answers, mechanism, broken)
    with pytest.raises(Defect, match="self-test failed"):
        run_self_tests()


def test_a_key_that_does_not_match_itself_is_noticed() -> None:
    signing, agreement = SigningKey.generate(), AgreementKey.generate()
    signing.public = SigningKey.generate().public
    with pytest.raises(Defect, match="signing key"):
        run_pairwise_tests(agreement=(), signing=(signing,))
    agreement.public = AgreementKey.generate().public
    with pytest.raises(Defect, match="agreement key"):
        run_pairwise_tests(agreement=(agreement,), signing=())
