"""What happens when tokens are lost, locked, altered or not what they seem."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.backends.pkcs11 import TokenKeeper, TokenPinRefused
from tallystick.crypto.keys import AssuranceLevel, KeyRecordRefused
from tallystick.crypto.modules import ModuleUnavailable
from tallystick.ground.errors import Defect, Misconfigured
from tests.softhsm import LOG_IN, PIN, SoftToken


class Hand:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def keeper(soft_token: SoftToken, hand: Hand) -> Iterator[TokenKeeper]:
    with TokenKeeper(soft_token.file, create=True, now_s=hand) as opened:
        yield opened


def test_a_token_in_software_says_so(keeper: TokenKeeper) -> None:
    assert keeper.level is AssuranceLevel.S1
    assert "SoftHSM" in keeper.statement
    assert "software" in keeper.statement
    assert 0x1087 in keeper.mechanisms, "CKM_AES_GCM was found"


def test_a_rehearsal_counts_as_hardware_and_says_so(soft_token: SoftToken) -> None:
    with TokenKeeper(soft_token.write("rehearsal = true"), create=True) as keeper:
        assert keeper.level is AssuranceLevel.S2
        assert keeper.statement.startswith("rehearsal")
    with pytest.raises(Misconfigured, match="is software"):
        TokenKeeper(soft_token.write(hardware="a certified device"))


def test_the_key_cannot_leave_and_does_one_thing(
    keeper: TokenKeeper, soft_token: SoftToken
) -> None:
    said = soft_token.run(
        LOG_IN + "for k in s.get_objects({A.CLASS: ObjectClass.SECRET_KEY}):\n"
        "    try: k[A.VALUE]; print('value')\n"
        "    except pkcs11.AttributeSensitive: pass\n"
        "    print(k.key_type.name, k[A.EXTRACTABLE], k[A.NEVER_EXTRACTABLE], k[A.LOCAL],"
        " k[A.ENCRYPT], k[A.SIGN], k[A.WRAP], k[A.DERIVE])\n"
        "    try: k[A.EXTRACTABLE] = True; print('changed')\n"
        "    except pkcs11.PKCS11Error: pass\n",
    )
    assert sorted(said.splitlines()) == [
        "AES False True True True False False False",
        "GENERIC_SECRET False True True False True False False",
    ]


def test_a_second_master_key_is_not_drawn(keeper: TokenKeeper, soft_token: SoftToken) -> None:
    with pytest.raises(Misconfigured, match="already"):
        TokenKeeper(soft_token.file, create=True)


def test_no_master_key_is_not_a_new_one(soft_token: SoftToken) -> None:
    with pytest.raises(Misconfigured, match="no master key"):
        TokenKeeper(soft_token.file)


def test_a_master_key_that_came_from_outside_is_refused(
    keeper: TokenKeeper, soft_token: SoftToken
) -> None:
    keeper.close()
    soft_token.run(
        LOG_IN + "k = next(s.get_objects({A.KEY_TYPE: KeyType.AES}))\n"
        "template = {A.CLASS: ObjectClass.SECRET_KEY, A.KEY_TYPE: KeyType.AES, A.VALUE: bytes(32),"
        " A.LABEL: k[A.LABEL], A.TOKEN: True, A.SENSITIVE: True, A.EXTRACTABLE: False}\n"
        "k.destroy(); s.create_object(template)\n",
    )
    with pytest.raises(Misconfigured, match="not drawn in the token"):
        TokenKeeper(soft_token.file)


def test_a_count_that_was_set_back_is_refused(keeper: TokenKeeper, soft_token: SoftToken) -> None:
    assert keeper.anchor(9) == 9
    keeper.close()
    soft_token.run(
        LOG_IN + "o = next(s.get_objects({A.CLASS: ObjectClass.DATA}))\n"
        "v = bytearray(o[A.VALUE]); v[7] = 3\n"
        "s.create_object({A.CLASS: ObjectClass.DATA, A.TOKEN: True, A.PRIVATE: True,"
        " A.LABEL: o[A.LABEL], A.APPLICATION: o[A.APPLICATION], A.VALUE: bytes(v)}); o.destroy()\n",
    )
    with pytest.raises(Misconfigured, match="count in the token was altered"):
        TokenKeeper(soft_token.file)


def test_a_wrong_pin_is_tried_once_and_never_again(soft_token: SoftToken) -> None:
    TokenKeeper(soft_token.file, create=True).close()
    soft_token.say_pin("0000-0000")
    with pytest.raises(TokenPinRefused, match="refuses its PIN"):
        TokenKeeper(soft_token.file)
    # Started again, as a service manager would: the token remembers, and nothing is tried.
    for _ in range(3):
        with pytest.raises(TokenPinRefused, match="a wrong PIN was tried"):
            TokenKeeper(soft_token.file)
    soft_token.say_pin(PIN)
    with pytest.raises(TokenPinRefused, match="a wrong PIN was tried"):
        TokenKeeper(soft_token.file)
    TokenKeeper(soft_token.file, after_wrong_pin=True).close()
    TokenKeeper(soft_token.file).close()


def test_a_pin_that_changed_meanwhile_stops_a_running_keeper(
    keeper: TokenKeeper, soft_token: SoftToken, hand: Hand
) -> None:
    soft_token.say_pin("0000-0000")
    os.kill(keeper._process.pid, signal.SIGKILL)
    with pytest.raises(ModuleUnavailable):
        keeper.mac(b"x")
    hand.at += 2
    with pytest.raises(ModuleUnavailable, match="refuses its PIN"):
        keeper.mac(b"x")
    soft_token.say_pin(PIN)
    for _ in range(3):
        hand.at += 3600
        with pytest.raises(ModuleUnavailable, match="not used any more"):
            keeper.mac(b"x")


@pytest.mark.parametrize("pin", ["123", "", "x" * 300, "12\x0034", "1234\n5678"])
def test_what_cannot_be_a_pin_is_not_tried(soft_token: SoftToken, pin: str) -> None:
    soft_token.say_pin(pin)
    with pytest.raises(Misconfigured) as refused:
        TokenKeeper(soft_token.file)
    assert not isinstance(refused.value, TokenPinRefused), "it never reached the token"


def test_a_pin_that_others_may_read_is_not_used(soft_token: SoftToken) -> None:
    soft_token.pin.chmod(0o644)
    with pytest.raises(Misconfigured, match="may be read by others"):
        TokenKeeper(soft_token.file)


def test_a_lost_token_is_unavailable_and_comes_back(
    keeper: TokenKeeper, soft_token: SoftToken, hand: Hand
) -> None:
    sealed, mac = keeper.seal(b"x", bound=b"h"), keeper.mac(b"m")
    soft_token.lose()
    for _ in range(3):
        with pytest.raises(ModuleUnavailable):
            keeper.open(sealed, bound=b"h")
        hand.at += 2
    soft_token.find()
    assert keeper.open(sealed, bound=b"h") == b"x"
    assert keeper.mac(b"m") == mac


def test_altered_octets_are_not_taken_for_a_lost_token(keeper: TokenKeeper) -> None:
    sealed = keeper.seal(b"x", bound=b"h")
    process = keeper._process.pid
    with pytest.raises(KeyRecordRefused):
        keeper.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), bound=b"h")
    assert keeper.open(sealed, bound=b"h") == b"x"
    assert keeper._process.pid == process, "the token's process went on"


def test_a_library_that_crashes_takes_only_its_own_process(keeper: TokenKeeper, hand: Hand) -> None:
    sealed = keeper.seal(b"x", bound=b"h")
    for _ in range(2):
        os.kill(keeper._process.pid, signal.SIGSEGV)
        with pytest.raises(ModuleUnavailable):
            keeper.mac(b"x")
        with pytest.raises(ModuleUnavailable):  # not twice within a second
            keeper.mac(b"x")
        hand.at += 2
        assert keeper.open(sealed, bound=b"h") == b"x"


def test_another_master_key_after_a_crash_is_not_ours(
    keeper: TokenKeeper, soft_token: SoftToken, hand: Hand
) -> None:
    os.kill(keeper._process.pid, signal.SIGKILL)
    with pytest.raises(ModuleUnavailable):
        keeper.mac(b"x")
    TokenKeeper(soft_token.write(master="other"), create=True).close()
    hand.at += 2
    with pytest.raises(ModuleUnavailable, match="another master key"):
        keeper.mac(b"x")


def test_the_process_ends_with_its_owner_and_cannot_be_read(keeper: TokenKeeper) -> None:
    status = Path(f"/proc/{keeper._process.pid}/status").read_text()
    assert "\nThreads:\t1\n" in status
    limits = Path(f"/proc/{keeper._process.pid}/limits").read_text()
    assert "Max core file size        0 " in limits
    environment = Path(f"/proc/{keeper._process.pid}")
    if os.geteuid() != 0:
        assert environment.stat().st_uid == 0, "undumpable"
    pid = keeper._process.pid
    keeper.close()
    assert not Path(f"/proc/{pid}").exists()


def test_the_pin_is_in_no_argument_and_no_environment(keeper: TokenKeeper) -> None:
    for name in ("cmdline", "environ"):
        assert PIN.encode() not in Path(f"/proc/{keeper._process.pid}/{name}").read_bytes()
    assert PIN not in repr(keeper)
    with pytest.raises(Defect):
        keeper.__reduce__()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"token": "another"}, "no such token"),
        ({"serial": "0123456789abcdef"}, "no such token"),
        ({"module": "/lib/x86_64-linux-gnu/libc.so.6"}, "library does not work"),
    ],
)
def test_a_token_that_is_not_there(
    soft_token: SoftToken, changes: dict[str, str], said: str
) -> None:
    if not Path(changes.get("module", "/")).exists():
        pytest.skip("another place of the C library")
    with pytest.raises(Misconfigured, match=said):
        TokenKeeper(soft_token.write(**changes))


def test_two_tokens_of_one_label_are_told_apart_by_serial(soft_token: SoftToken) -> None:
    serial = soft_token.run("print(t.serial.decode())")
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "payments", "--so-pin", PIN, "--pin", PIN],
        env={**os.environ, "SOFTHSM2_CONF": str(soft_token.configuration)},
        check=True, capture_output=True,
    )  # fmt: skip
    with pytest.raises(Misconfigured, match="several tokens"):
        TokenKeeper(soft_token.file, create=True)
    TokenKeeper(soft_token.write(serial=serial), create=True).close()


def test_a_token_without_the_way_of_sealing_that_was_chosen(
    keeper: TokenKeeper, soft_token: SoftToken
) -> None:
    keeper.close()
    with pytest.raises(Misconfigured, match="seals in another way"):
        TokenKeeper(soft_token.write(sealing="cbc-hmac"))
    few = soft_token.configuration
    few.write_text(few.read_text() + "slots.mechanisms = CKM_AES_KEY_GEN,CKM_SHA256_HMAC\n")
    with pytest.raises(Misconfigured, match="has not the mechanisms"):
        TokenKeeper(soft_token.write(master="other"), create=True)
