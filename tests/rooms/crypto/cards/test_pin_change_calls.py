"""PIN changes inside of chips: the command of another tool, and no way around the account."""

from __future__ import annotations

import os
from typing import Any

import pyemv
import pytest

from tallystick.crypto import pins
from tallystick.crypto.cards import ScriptCipher, ScriptMethod
from tallystick.crypto.key_blocks import KeyMode, KeyUsage
from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.payment import Bench, LocalModule, ModulePolicy
from tallystick.crypto.payment.card_keys import CardIdentity, ScriptSession
from tallystick.crypto.payment.pin_change_calls import (
    GeneratePinChange,
    ScriptLayout,
    ShownPin,
    VisBlock,
)
from tallystick.crypto.payment.pin_keying import PinPlace
from tallystick.crypto.pins import PinFormat, PinSide
from tallystick.testing import local_bench
from tests.rooms.crypto.cards.on_bench import denied, done, kept
from tests.rooms.crypto.cards.oracles import QUIET

pytestmark = QUIET
AC, SMI, SMC = (bytes([n]) * 8 + bytes([n + 1]) * 8 for n in (0x10, 0x20, 0x30))
PEK = bytes(range(16))
PAN, ATC, CRYPTOGRAM = "4123456789012345", b"\0\x5e", bytes(range(8))


class _Setting:
    """A bench with the four keys of a PIN change, and what the call is made of."""

    def __init__(self, *, policy: ModulePolicy | None = None) -> None:
        self.bench: Bench = local_bench(policy=policy)
        self.module = LocalModule(self.bench)
        self.pek = kept(self.bench, PEK, KeyUsage.PIN_ENCRYPTION, mode=KeyMode.DECRYPT)
        self.ac = kept(self.bench, AC, KeyUsage.EMV_CRYPTOGRAMS)
        self.smi = kept(self.bench, SMI, KeyUsage.EMV_INTEGRITY)
        self.smc = kept(self.bench, SMC, KeyUsage.EMV_CONFIDENTIALITY)

    def shown(self, pin: str, *, form: PinFormat = PinFormat.ISO_0, account: str = PAN) -> ShownPin:
        side = PinSide(form, BlockCipher.tdes(PEK), account)
        block = pins.encipher_pin(pin, side, random=os.urandom)
        bound = account if form.binds_account else ""
        return ShownPin(place=PinPlace(key=self.pek, form=form, account=bound), block=block)

    def call(self, **changes: Any) -> GeneratePinChange:
        made: dict[str, Any] = {
            "new": self.shown("9999"),
            "integrity": self.smi,
            "confidentiality": self.smc,
            "card": CardIdentity(pan=PAN),
            "script": ScriptSession(
                method=ScriptMethod.BY_CRYPTOGRAM, atc=ATC, cryptogram=CRYPTOGRAM
            ),
            "command": bytes.fromhex("8424000210") + ATC + CRYPTOGRAM,
            "layout": ScriptCipher.MASTERCARD,
            **changes,
        }
        return GeneratePinChange(**made)


@pytest.mark.parametrize("form", [PinFormat.ISO_0, PinFormat.ISO_3])
def test_the_command_of_mastercard_is_that_of_another_tool(form: PinFormat) -> None:
    setting = _Setting()
    theirs = pyemv.cvn.MasterCardCVN17(AC, SMI, SMC, PAN)
    right = theirs.generate_pin_change_command("9999", CRYPTOGRAM, ATC)
    made = done(setting.module, setting.call(new=setting.shown("9999", form=form)))
    assert right == bytes.fromhex("8424000210") + made.block + made.mac
    assert made.new.key == setting.pek
    assert (made.integrity.key, made.confidentiality.key) == (setting.smi, setting.smc)
    assert made.cryptograms is None


@pytest.mark.parametrize("current", [None, "1234"])
def test_the_command_of_visa_is_that_of_another_tool(current: str | None) -> None:
    setting = _Setting()
    theirs = pyemv.cvn.VisaCVN10(AC, SMI, SMC, PAN)
    right = theirs.generate_pin_change_command("9999", CRYPTOGRAM, ATC, current)
    shown = None if current is None else setting.shown(current)
    made = done(
        setting.module,
        setting.call(
            script=ScriptSession(method=ScriptMethod.BY_COUNTER, atc=ATC),
            command=right[:5] + ATC + CRYPTOGRAM,
            layout=ScriptCipher.VISA,
            vis=VisBlock(key=setting.ac, current=shown),
        ),
    )
    assert right == right[:5] + made.block + made.mac
    assert made.cryptograms is not None
    assert (made.current is None) == (current is None)


def test_a_layout_chosen_by_itself_is_that_of_its_name() -> None:
    setting = _Setting()
    for name, layout in (
        (ScriptCipher.VISA, ScriptLayout(chained=False, padded=True, length_first=True)),
        (ScriptCipher.MASTERCARD, ScriptLayout(chained=True, padded=False, length_first=False)),
        (ScriptCipher.EMV, ScriptLayout(chained=True, padded=True, length_first=False)),
    ):
        new = setting.shown("9999", account=PAN)
        named, chosen = (
            done(_with_tries(setting), setting.call(new=new, layout=one)) for one in (name, layout)
        )
        assert (named.block, named.mac) == (chosen.block, chosen.mac)


def _with_tries(setting: _Setting) -> LocalModule:
    for name in list(setting.bench.journal.tallies):
        setting.bench.forget_failures(name)
    return setting.module


def test_a_pin_of_another_account_does_not_get_into_the_card() -> None:
    setting = _Setting()
    other = setting.shown("9999", account="4123456789012346")
    refused = denied(setting.module, setting.call(new=other))
    assert (refused.code, refused.where) == ("call.malformed", "new")
    claimed = ShownPin(
        place=PinPlace(key=setting.pek, form=PinFormat.ISO_0, account=PAN), block=other.block
    )
    # Format 0 carries no check of its own: what comes out is another PIN or none, and never a hint.
    for answer in setting.module.perform([setting.call(new=claimed)]):
        assert "9999" not in repr(answer)


def test_a_block_that_is_bound_to_no_account_needs_the_policy() -> None:
    free = {"form": PinFormat.ISO_1}
    closed = _Setting()
    refused = denied(closed.module, closed.call(new=closed.shown("9999", **free)))  # type: ignore[arg-type]
    assert (refused.code, refused.where) == ("call.malformed", "new")
    opened = _Setting(policy=ModulePolicy(translations=["1>2"]))
    made = done(opened.module, opened.call(new=opened.shown("9999", **free)))  # type: ignore[arg-type]
    right = pyemv.cvn.MasterCardCVN17(AC, SMI, SMC, PAN).generate_pin_change_command(
        "9999", CRYPTOGRAM, ATC
    )
    assert right[5:-8] == made.block


def test_a_bad_block_gets_one_answer_and_counts() -> None:
    setting = _Setting()
    place = PinPlace(key=setting.pek, form=PinFormat.ISO_0, account=PAN)
    answers = [
        denied(setting.module, setting.call(new=ShownPin(place=place, block=os.urandom(8))))
        for _ in range(2)
    ]
    assert {(one.code, one.text) for one in answers} <= {
        ("pin.refused", "the PIN data was refused")
    }


def test_changes_for_one_account_are_counted_so_that_blocks_make_no_dictionary() -> None:
    setting = _Setting()
    for _ in range(setting.bench.policy.pin_failures_max):
        done(setting.module, setting.call())
    assert denied(setting.module, setting.call()).code == "budget.spent"


@pytest.mark.parametrize(
    ("member", "taken"),
    [("integrity", "smc"), ("confidentiality", "smi"), ("integrity", "ac"), ("integrity", "pek")],
)
def test_each_key_has_its_part(member: str, taken: str) -> None:
    setting = _Setting()
    refused = denied(setting.module, setting.call(**{member: getattr(setting, taken)}))
    assert (refused.code, refused.where, refused.reason) == ("key.unusable", member, "usage")


def test_calls_hide() -> None:
    setting = _Setting()
    assert repr(setting.call()) == "GeneratePinChange(hidden)"
    assert repr(setting.shown("9999")) == "ShownPin(hidden)"
