"""Cryptograms, answers and script MACs behind handles."""

from __future__ import annotations

from typing import Any

import pyemv
import pytest
from hypothesis import given, settings

from tallystick.crypto.cards import MasterKeyOption, ScriptMethod, SessionMethod
from tallystick.crypto.key_blocks import KeyAction, KeyAlgorithm, KeyUsage
from tallystick.crypto.mechanisms import MacPadding
from tallystick.crypto.payment import Bench, LocalModule, ModulePolicy
from tallystick.crypto.payment.card_keys import (
    CardIdentity,
    CryptogramSession,
    ScriptSession,
    derive_data_key,
)
from tallystick.crypto.payment.emv_calls import (
    AnswerByCode,
    AnswerByStatus,
    GenerateCryptogram,
    GenerateScriptMac,
    VerifyCryptogram,
)
from tallystick.testing import local_bench
from tests.rooms.crypto.cards.on_bench import denied, done, kept
from tests.rooms.crypto.cards.oracles import QUIET, counters, keys, numbers, pans

pytestmark = QUIET
KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
PAN, ATC, DATA = "4123456789012345", b"\0\x5e", bytes(range(45))
CARD = CardIdentity(pan=PAN)
COMMON = CryptogramSession(method=SessionMethod.COMMON, atc=ATC)
E0, E2 = KeyUsage.EMV_CRYPTOGRAMS, KeyUsage.EMV_INTEGRITY
MAKING = ModulePolicy(cryptograms_made=True)


def _module(policy: ModulePolicy | None = MAKING) -> tuple[Bench, LocalModule]:
    bench = local_bench(policy=policy)
    return bench, LocalModule(bench)


@settings(max_examples=20)
@given(key=keys, pan=pans, atc=counters, number=numbers)
def test_every_session_is_verified_and_answered_as_another_tool_does(
    key: bytes, pan: str, atc: bytes, number: bytes
) -> None:
    bench, module = _module()
    handle = kept(bench, key, E0)
    mk = pyemv.kd.derive_icc_mk_a(key, pan, "00")
    common = pyemv.kd.derive_common_sk
    for method, theirs, answering in (
        (SessionMethod.NONE, mk, mk),
        (SessionMethod.COMMON, common(mk, atc + bytes(6)), None),
        (SessionMethod.EMV_2000, pyemv.kd.derive_emv2000_tree_sk(mk, atc), None),
        (SessionMethod.MASTERCARD, common(mk, atc + bytes(2) + number), mk),
    ):
        cryptogram = pyemv.ac.generate_ac(theirs, DATA)
        answer = done(
            module,
            VerifyCryptogram(
                key=handle,
                card=CardIdentity(pan=pan),
                session=CryptogramSession(method=method, atc=atc, number=number),
                data=DATA,
                cryptogram=cryptogram,
                answer=AnswerByCode(code=b"00"),
            ),
        )
        right = pyemv.ac.generate_arpc_1(answering or theirs, cryptogram, b"00")
        assert answer.answer == right


def test_what_was_made_is_verified_with_its_answer_by_either_method() -> None:
    bench, module = _module()
    key = kept(bench, KEY, E0)
    for asked in (
        None,
        AnswerByCode(code=b"00"),
        AnswerByStatus(status=bytes(4), proprietary=b"x"),
    ):
        same: dict[str, Any] = {"key": key, "card": CARD, "session": COMMON, "data": DATA}
        made = done(module, GenerateCryptogram(**same, answer=asked))
        verified = done(module, VerifyCryptogram(**same, cryptogram=made.cryptogram, answer=asked))
        assert verified.answer == made.answer
        assert len(made.answer) == {None: 0, AnswerByCode: 8}.get(asked and type(asked), 4)


@pytest.mark.parametrize(
    "changes",
    [
        {"cryptogram": bytes(8)},
        {"data": DATA[:-1]},
        {"padding": MacPadding.ZEROS},
        {"card": CardIdentity(pan=PAN, sequence="01")},
        {"card": CardIdentity(pan="4123456789012346")},
        {"session": CryptogramSession(method=SessionMethod.COMMON, atc=b"\0\x5f")},
        {"session": CryptogramSession(method=SessionMethod.NONE)},
        {"session": CryptogramSession(method=SessionMethod.UNIONPAY, atc=ATC)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_differs_gets_one_answer_and_no_response(changes: dict[str, Any]) -> None:
    bench, module = _module()
    same: dict[str, Any] = {
        "key": kept(bench, KEY, E0),
        "card": CARD,
        "session": COMMON,
        "data": DATA,
    }
    made = done(module, GenerateCryptogram(**same))
    asked = {**same, "cryptogram": made.cryptogram, "answer": AnswerByCode(code=b"00"), **changes}
    refused = denied(module, VerifyCryptogram(**asked))
    assert (refused.code, refused.where) == ("verification.failed", "cryptogram")
    assert refused.text == "verification failed"


def test_cryptograms_are_made_only_where_the_policy_says_so() -> None:
    bench, module = _module(policy=None)
    call = GenerateCryptogram(key=kept(bench, KEY, E0), card=CARD, session=COMMON, data=DATA)
    assert denied(module, call).code == "operation.unavailable"


def test_data_that_the_caller_padded_are_left_alone() -> None:
    # As a hosted service has it: whole blocks in, and padding 1 adds nothing to them.
    bench, module = _module()
    same: dict[str, Any] = {"key": kept(bench, KEY, E0), "card": CARD, "session": COMMON}
    made = done(module, GenerateCryptogram(**same, data=DATA))
    padded = DATA + b"\x80" + bytes(-(len(DATA) + 1) % 8)
    call = VerifyCryptogram(
        **same, data=padded, padding=MacPadding.ZEROS, cryptogram=made.cryptogram
    )
    done(module, call)


@pytest.mark.parametrize("usage", [E2, KeyUsage.EMV_CONFIDENTIALITY, KeyUsage.EMV_OTHER])
def test_a_master_key_of_another_purpose_is_not_used(usage: KeyUsage) -> None:
    bench, module = _module()
    call = GenerateCryptogram(key=kept(bench, KEY, usage), card=CARD, session=COMMON, data=DATA)
    refused = denied(module, call)
    assert (refused.code, refused.reason) == ("key.unusable", "usage")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"session": CryptogramSession(method=SessionMethod.COMMON, atc=b"\0")}, "session"),
        ({"session": CryptogramSession(method=SessionMethod.MASTERCARD, atc=ATC)}, "session"),
        ({"card": CardIdentity(pan=PAN, option=MasterKeyOption.C)}, "card"),
        ({"padding": MacPadding.LENGTH_FIRST}, "padding"),
    ],
)
def test_what_is_malformed_names_its_member(changes: dict[str, Any], where: str) -> None:
    bench, module = _module()
    same: dict[str, Any] = {
        "key": kept(bench, KEY, E0),
        "card": CARD,
        "session": COMMON,
        "data": DATA,
    }
    refused = denied(module, GenerateCryptogram(**{**same, **changes}))
    assert (refused.code, refused.where) == ("call.malformed", where)


@pytest.mark.parametrize("algorithm", [KeyAlgorithm.AES_128, KeyAlgorithm.AES_256])
def test_aes_verifies_with_the_common_session_key_and_answers_by_method_2(
    algorithm: KeyAlgorithm,
) -> None:
    bench, module = _module()
    key = kept(bench, bytes(range(algorithm.octets)), E0, algorithm=algorithm)
    card = CardIdentity(pan=PAN, option=MasterKeyOption.C)
    same: dict[str, Any] = {"key": key, "card": card, "session": COMMON, "data": DATA}
    status = AnswerByStatus(status=bytes(4))
    made = done(module, GenerateCryptogram(**same, answer=status))
    done(module, VerifyCryptogram(**same, cryptogram=made.cryptogram, answer=status))
    for changes, code in (
        ({"answer": AnswerByCode(code=b"00")}, "operation.unavailable"),
        ({"session": CryptogramSession(method=SessionMethod.NONE)}, "call.malformed"),
        ({"card": CARD}, "call.malformed"),
    ):
        assert denied(module, GenerateCryptogram(**{**same, **changes})).code == code


@settings(max_examples=20)
@given(key=keys, atc=counters)
def test_script_macs_are_those_of_another_tool(key: bytes, atc: bytes) -> None:
    bench, module = _module()
    handle = kept(bench, key, E2)
    mk, cryptogram = pyemv.kd.derive_icc_mk_a(key, PAN, "00"), bytes(range(8))
    for method, theirs in (
        (ScriptMethod.BY_COUNTER, pyemv.kd.derive_visa_sm_sk(mk, atc)),
        (ScriptMethod.BY_CRYPTOGRAM, pyemv.kd.derive_common_sk(mk, cryptogram)),
        (ScriptMethod.COMMON, pyemv.kd.derive_common_sk(mk, atc + bytes(6))),
        (ScriptMethod.EMV_2000, pyemv.kd.derive_emv2000_tree_sk(mk, atc)),
    ):
        script = ScriptSession(method=method, atc=atc, cryptogram=cryptogram)
        call = GenerateScriptMac(key=handle, card=CARD, script=script, message=DATA, octets=4)
        made = done(module, call)
        assert made.mac == pyemv.sm.generate_command_mac(theirs, DATA, 4)


def test_a_key_of_data_is_the_common_session_key_of_its_diversifier() -> None:
    bench, _ = _module()
    handle = kept(bench, KEY, KeyUsage.EMV_CONFIDENTIALITY)
    key = bench.key(handle, usages={KeyUsage.EMV_CONFIDENTIALITY}, action=KeyAction.DERIVE)
    mk = pyemv.kd.derive_icc_mk_a(KEY, PAN, "00")
    assert derive_data_key(key, CARD, bytes(8)) == pyemv.kd.derive_common_sk(mk, bytes(8))


def test_calls_and_identities_hide() -> None:
    assert repr(CARD) == "CardIdentity(hidden)"
    assert PAN not in repr(GenerateCryptogram(key="a" * 24, card=CARD, session=COMMON, data=DATA))
