"""PINs in a module with a process and files of its own: tries outlive it, and its files hold none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tallystick.assembly.payment_home import SOCKET, create_payment_home, open_payment_module
from tallystick.backends.sqlite import SqliteKeyStore
from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.keys import AssuranceLevel, open_master_file
from tallystick.crypto.payment import (
    ByPvv,
    Chosen,
    CreateKey,
    Drawn,
    ForPvv,
    GeneratePin,
    PinPlace,
    TranslatePin,
    VerifyPin,
)
from tallystick.crypto.pins import PinFormat, encipher_pin
from tallystick.ground.secret import Secret
from tests.rooms.crypto.pins.module import Desk

PASSPHRASE = Secret(b"correct horse battery")
ACCOUNT = "4929887766554432"


def test_tries_outlive_the_process(tmp_path: Path) -> None:
    home = tmp_path / "keys"
    create_payment_home(home, PASSPHRASE)
    with open_payment_module(home, PASSPHRASE) as module:
        zone, pvk = (
            module.perform([CreateKey(usage=usage, algorithm=KeyAlgorithm.TDES_3KEY, mode=mode)])[0]
            for usage, mode in (
                (KeyUsage.PIN_ENCRYPTION, KeyMode.BOTH),
                (KeyUsage.PIN_VERIFICATION_PVV, KeyMode.GENERATE_AND_VERIFY),
            )
        )
        place = PinPlace(key=zone.key, form=PinFormat.ISO_0, account=ACCOUNT)
        make = GeneratePin(
            key=pvk.key, outgoing=place, how=Drawn(), verified_by=ForPvv(key_index=1)
        )
        (made,) = module.perform([make])
        right = VerifyPin(
            block=made.block, presented=place, key=pvk.key, by=ByPvv(pvv=made.value, key_index=1)
        )
        wrong = VerifyPin(block=made.block[::-1], presented=place, key=pvk.key, by=right.by)
        answers = module.perform([wrong] * 4 + [right] + [wrong] * 5)
        codes = [getattr(answer, "code", "right") for answer in answers]
        failed = ["verification.failed"]
        assert codes == failed * 4 + ["right"] + failed * 5
    with open_payment_module(home, PASSPHRASE) as again:
        assert [answer.code for answer in again.perform([wrong, right])] == ["budget.spent"] * 2


def test_files_of_a_module_hold_no_pin_and_no_account(tmp_path: Path) -> None:
    desk = Desk(store=SqliteKeyStore(tmp_path))
    pin = "8361509427"
    key, place = desk.pvv_key(), desk.place(account=ACCOUNT)
    block = encipher_pin(pin, desk.side(place), random=os.urandom)
    made = desk.ask(
        GeneratePin(key=key, outgoing=place, how=Chosen(block=block), verified_by=ForPvv(key_index=1))
    )  # fmt: skip
    for by in (ByPvv(pvv="none", key_index=1), ByPvv(pvv=made.value, key_index=1)):
        desk.ask(VerifyPin(block=block, presented=place, key=key, by=by))
    desk.ask(TranslatePin(block=bytes(8), incoming=place, outgoing=place))
    octets = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert key.encode() in octets
    clear = desk.side(place).cipher.decrypt(block)
    for canary in (pin.encode(), ACCOUNT.encode(), ACCOUNT[-13:-1].encode(), clear):
        assert canary not in octets
    assert bytes.fromhex(ACCOUNT) not in octets


CALLER = """
import json, sys
from pathlib import Path
from tallystick.crypto.payment_process import connect
from tallystick.crypto.payment import *
from tallystick.crypto.pins import PinFormat

asked = json.loads(sys.argv[1])
place = PinPlace(key=asked["zone"], form=PinFormat.ISO_0, account=asked["account"])
block = bytes.fromhex(asked["block"])
with connect(Path(asked["socket"])) as module:
    made, = module.perform([GeneratePin(
        key=asked["pvk"], outgoing=place, how=Chosen(block=block), verified_by=ForPvv(key_index=1))])
    right = ByPvv(pvv=made.value, key_index=1)
    answers = module.perform([
        VerifyPin(block=block, presented=place, key=asked["pvk"], by=right),
        VerifyPin(block=block[::-1], presented=place, key=asked["pvk"], by=right),
        TranslatePin(block=block, incoming=place, outgoing=place)])
shown = repr(made) + repr(answers)
with open(asked["image"], "wb") as image, open("/proc/self/mem", "rb", 0) as memory:
    for line in open("/proc/self/maps"):
        span, mode, *rest = line.split()
        if mode.startswith("rw") and rest[-1] not in ("[vvar]", "[vsyscall]"):
            start, end = (int(part, 16) for part in span.split("-"))
            memory.seek(start)
            image.write(memory.read(end - start))
sys.stdout.write(shown)
"""


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no image of memory here")
def test_a_caller_has_no_pin_and_no_key_in_its_memory(tmp_path: Path) -> None:
    home, image = tmp_path / "keys", tmp_path / "image"
    create_payment_home(home, PASSPHRASE)
    pin = "8361509427"
    master = open_master_file(home, PASSPHRASE, level=AssuranceLevel.S1)
    desk = Desk(store=SqliteKeyStore(home), master=master)
    place, pvk = desk.place(account=ACCOUNT), desk.pvv_key()
    side = desk.side(place)
    block = encipher_pin(pin, side, random=os.urandom)
    clear = side.cipher.decrypt(block)
    keys = [desk.bench.material(desk.bench.record(key)) for key in (place.key, pvk)]
    desk.module.close()
    asked = {
        "zone": place.key, "pvk": pvk, "account": ACCOUNT, "block": block.hex(),
        "socket": str(home / SOCKET), "image": str(image),
    }  # fmt: skip
    with open_payment_module(home, PASSPHRASE, listen=True):
        done = subprocess.run(
            [sys.executable, "-c", CALLER, json.dumps(asked)],
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    assert "hidden" in done.stdout
    octets = image.read_bytes()
    assert block in octets  # the image is one
    canaries = [pin.encode(), clear, *keys, *(key.hex().encode() for key in keys)]
    assert [canary for canary in canaries if canary in octets] == []
    assert pin not in done.stdout + done.stderr
    assert ACCOUNT not in done.stdout + done.stderr
