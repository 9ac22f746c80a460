"""MACs through the module: published values, key separation, one refusal, and numbers used once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.cards import IssuerMasterKey, ScriptMethod, common_key
from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.mechanisms import MacPadding, RetailMac
from tallystick.crypto.payment import (
    ByKey,
    ByScript,
    ByTransaction,
    Denied,
    DukptKind,
    DukptUse,
    DukptVariant,
    GeneratedMac,
    GenerateMac,
    LocalModule,
    MacAlgorithm,
    ModulePolicy,
    VerifiedMac,
    VerifyMac,
)
from tallystick.crypto.payment.card_keys import CardIdentity, ScriptSession
from tallystick.testing import local_bench, local_module
from tests.rooms.crypto.kept import code_of, keep_key, one

h = bytes.fromhex
TIME = b"Now is the time for all "
DOUBLE = h("0123456789abcdeffedcba9876543210")
X9_MESSAGE = b"4012345678909D987"
TDES_BASE, AES_BASE = DOUBLE, h("fedcba9876543210f1f1f1f1f1f1f1f1")
TDES_SERIAL, AES_SERIAL = h("ffff9876543210e00001"), h("123456789012345600000001")
A1, A3 = MacAlgorithm.ISO9797_ALGORITHM1, MacAlgorithm.ISO9797_ALGORITHM3
T2, T3, A128 = KeyAlgorithm.TDES_2KEY, KeyAlgorithm.TDES_3KEY, KeyAlgorithm.AES_128
CASES = [  # usage, key's algorithm, octets, algorithm of the MAC
    (KeyUsage.MAC_9797_1, T2, 16, A1),
    (KeyUsage.MAC_16609, T3, 24, A1),
    (KeyUsage.MAC_9797_3, T2, 16, A3),
    (KeyUsage.MAC_16609, T2, 16, MacAlgorithm.AS2805_4_1),
    (KeyUsage.MAC_CMAC, T3, 24, MacAlgorithm.CMAC),
    (KeyUsage.MAC_CMAC, A128, 16, MacAlgorithm.CMAC),
    (KeyUsage.MAC_HMAC, KeyAlgorithm.HMAC_SHA224, 28, MacAlgorithm.HMAC_SHA224),
    (KeyUsage.MAC_HMAC, KeyAlgorithm.HMAC_SHA256, 32, MacAlgorithm.HMAC),
    (KeyUsage.MAC_HMAC, KeyAlgorithm.HMAC_SHA384, 48, MacAlgorithm.HMAC_SHA384),
    (KeyUsage.MAC_HMAC, KeyAlgorithm.HMAC_SHA512, 64, MacAlgorithm.HMAC_SHA512),
]
TRANSACTIONS = [  # base key, its algorithm, serial, algorithm of the MAC, kind
    (TDES_BASE, T2, TDES_SERIAL, A1, DukptKind.TDES_2KEY),
    (TDES_BASE, T2, TDES_SERIAL, A3, DukptKind.TDES_2KEY),
    (TDES_BASE, T2, TDES_SERIAL, MacAlgorithm.CMAC, DukptKind.TDES_2KEY),
    (AES_BASE, A128, AES_SERIAL, A3, DukptKind.TDES_2KEY),
    (AES_BASE, A128, AES_SERIAL, A3, DukptKind.TDES_3KEY),
    (AES_BASE, A128, AES_SERIAL, MacAlgorithm.CMAC, DukptKind.AES_128),
    (AES_BASE, A128, AES_SERIAL, MacAlgorithm.HMAC_SHA256, DukptKind.HMAC_128),
]


def mac_of(module: LocalModule, key: str, message: bytes, by: Any, **more: Any) -> bytes:
    answer = one(module, GenerateMac(key=key, message=message, by=by, **more))
    assert isinstance(answer, GeneratedMac), answer.code
    return answer.mac


@pytest.mark.parametrize(("usage", "algorithm", "octets", "mac"), CASES)
def test_what_is_made_is_verified_and_a_flipped_bit_is_not(
    usage: KeyUsage, algorithm: KeyAlgorithm, octets: int, mac: MacAlgorithm
) -> None:
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, usage, bytes(range(octets)), algorithm)
    tag = mac_of(module, key, TIME, ByKey(mac))
    for shorter in {4, len(tag)}:
        call = VerifyMac(key=key, message=TIME, mac=tag[:shorter], by=ByKey(mac))
        assert isinstance(one(module, call), VerifiedMac)
    for bit in range(8 * len(tag)):
        flipped = (int.from_bytes(tag) ^ 1 << bit).to_bytes(len(tag))
        call = VerifyMac(key=key, message=TIME, mac=flipped, by=ByKey(mac))
        assert code_of(module, call) == ("verification.failed", "mac")


def test_published_macs() -> None:
    bench = local_bench()
    module = local_module(bench)
    retail = keep_key(bench, KeyUsage.MAC_9797_3, DOUBLE, T2)
    assert mac_of(module, retail, TIME, ByKey(A3)) == h("a1c72e74ea3fa9b6")
    marked = keep_key(
        bench, KeyUsage.MAC_9797_3, h("7962d9ece03d1acd4c76089dce131543"), T2
    )  # ICAO Doc 9303 part 11, D.3
    message = h("46b9342a41396cd7386bf5803104d7cedc122b9132139baf2eedc94ee178534f")
    by = ByKey(A3, MacPadding.ONE_AND_ZEROS)
    assert mac_of(module, marked, message, by) == h("2f2d235d074d7449")
    cmac = keep_key(bench, KeyUsage.MAC_CMAC, h("2b7e151628aed2a6abf7158809cf4f3c"), A128)
    block = h("6bc1bee22e409f96e93d7e117393172a")  # RFC 4493, example 2
    assert mac_of(module, cmac, block, ByKey(MacAlgorithm.CMAC), octets=8) == h("070a16b46b4d4144")


def test_published_macs_of_transactions() -> None:
    bench = local_bench()
    module = local_module(bench)
    tdes = keep_key(bench, KeyUsage.BASE_DERIVATION, TDES_BASE, T2)
    aes = keep_key(bench, KeyUsage.BASE_DERIVATION, AES_BASE, A128)
    for key, serial, algorithm, kind, variant, mac in (
        (tdes, TDES_SERIAL, A3, DukptKind.TDES_2KEY, "REQUEST", "9ccc78173fc4fb64"),
        (tdes, TDES_SERIAL, A3, DukptKind.TDES_2KEY, "RESPONSE", "20364223c1ff00fa"),
        (tdes, TDES_SERIAL[2:], A3, DukptKind.TDES_2KEY, "BIDIRECTIONAL", "9ccc78173fc4fb64"),
        (aes, AES_SERIAL, MacAlgorithm.CMAC, DukptKind.AES_128, "REQUEST", "a2eb5c1c35809e58"),
        (aes, AES_SERIAL, MacAlgorithm.CMAC, DukptKind.AES_128, "RESPONSE", "dd4e1895fd9bf53d"),
        (aes, AES_SERIAL, MacAlgorithm.HMAC, DukptKind.HMAC_128, "REQUEST", "b6f8b3159cd4e140"),
    ):
        use = DukptUse(serial=serial, kind=kind, variant=DukptVariant(variant))
        by = ByTransaction(algorithm, use)
        assert mac_of(module, key, X9_MESSAGE, by, octets=8) == h(mac)


def test_as_2805_is_the_retail_mac_of_four_octets() -> None:
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, KeyUsage.MAC_16609, DOUBLE, T2)
    by = ByKey(MacAlgorithm.AS2805_4_1, MacPadding.ONE_AND_ZEROS)  # its padding is its own
    assert mac_of(module, key, TIME, by) == h("a1c72e74")


@pytest.mark.parametrize("variant", list(DukptVariant))
@pytest.mark.parametrize(("base", "algorithm", "serial", "mac", "kind"), TRANSACTIONS)
def test_transactions_both_ways(
    base: bytes, algorithm: KeyAlgorithm, serial: bytes, mac: MacAlgorithm, kind: DukptKind,
    variant: DukptVariant,
) -> None:  # fmt: skip
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, KeyUsage.BASE_DERIVATION, base, algorithm)
    by = ByTransaction(mac, DukptUse(serial=serial, kind=kind, variant=variant))
    tag = mac_of(module, key, TIME, by)
    assert isinstance(one(module, VerifyMac(key=key, message=TIME, mac=tag, by=by)), VerifiedMac)
    other = VerifyMac(key=key, message=TIME + b"x", mac=tag, by=by)
    assert code_of(module, other) == ("verification.failed", "mac")


@pytest.mark.parametrize("usage", [u for u in KeyUsage if not u.startswith(("M", "S", "D1", "K"))])
def test_no_other_key_makes_macs(usage: KeyUsage) -> None:
    bench = local_bench()
    module = local_module(bench)
    algorithm = KeyAlgorithm.AES_256
    modes = (KeyMode.ANY, KeyMode.BOTH)
    key = keep_key(bench, usage, bytes(32), algorithm, modes[usage == KeyUsage.FIELD_SEALING])
    for mac in MacAlgorithm:
        call = GenerateMac(key=key, message=TIME, by=ByKey(mac))
        assert code_of(module, call) == ("key.unusable", "key")


def test_a_mac_key_is_for_one_algorithm_and_one_way() -> None:
    bench = local_bench()
    module = local_module(bench)
    retail = keep_key(bench, KeyUsage.MAC_9797_3, DOUBLE, T2, KeyMode.VERIFY)
    for mac in MacAlgorithm:
        call = GenerateMac(key=retail, message=TIME, by=ByKey(mac))
        assert code_of(module, call)[0] == "key.unusable"
    hashed = keep_key(bench, KeyUsage.MAC_HMAC, bytes(32), KeyAlgorithm.HMAC_SHA256)
    call = GenerateMac(key=hashed, message=TIME, by=ByKey(MacAlgorithm.HMAC_SHA512))
    assert code_of(module, call) == ("call.malformed", "algorithm")


@pytest.mark.parametrize(
    ("algorithm", "serial", "kind"),
    [
        (A1, AES_SERIAL, DukptKind.AES_128),
        (A3, AES_SERIAL, DukptKind.HMAC_128),
        (MacAlgorithm.HMAC, AES_SERIAL, DukptKind.AES_128),
        (MacAlgorithm.HMAC_SHA512, AES_SERIAL, DukptKind.HMAC_128),
        (MacAlgorithm.AS2805_4_1, AES_SERIAL, DukptKind.TDES_2KEY),
        (MacAlgorithm.CMAC, AES_SERIAL, DukptKind.AES_256),
        (MacAlgorithm.CMAC, TDES_SERIAL, DukptKind.AES_128),
        (MacAlgorithm.CMAC, h("12345678901234560001ffff"), DukptKind.AES_128),
    ],
)
def test_what_does_not_fit_a_transaction(
    algorithm: MacAlgorithm, serial: bytes, kind: DukptKind
) -> None:
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, KeyUsage.BASE_DERIVATION, AES_BASE, A128)
    call = GenerateMac(
        key=key, message=TIME, by=ByTransaction(algorithm, DukptUse(serial=serial, kind=kind))
    )
    assert code_of(module, call)[0] == "call.malformed"


def test_tdes_dukpt_derives_double_length_keys_only() -> None:
    bench = local_bench()
    module = local_module(bench)
    use = DukptUse(serial=TDES_SERIAL, kind=DukptKind.TDES_3KEY)
    double = keep_key(bench, KeyUsage.BASE_DERIVATION, TDES_BASE, T2)
    call = GenerateMac(key=double, message=TIME, by=ByTransaction(A3, use))
    assert code_of(module, call) == ("call.malformed", "kind")
    triple = keep_key(bench, KeyUsage.BASE_DERIVATION, bytes(range(24)), T3)
    use = DukptUse(serial=TDES_SERIAL, kind=DukptKind.TDES_2KEY)
    call = GenerateMac(key=triple, message=TIME, by=ByTransaction(A3, use))
    assert code_of(module, call) == ("key.unusable", "key")


@pytest.mark.parametrize(
    ("initial", "algorithm", "serial", "kind", "device"),
    [
        ("6ac292faa1315b4d858ab3a3d7d5933a", T2, TDES_SERIAL, DukptKind.TDES_2KEY,
         "ffff9876543210e00000"),
        ("1273671ea26ac29afa4d1084127652a1", A128, AES_SERIAL, DukptKind.TDES_2KEY,
         "1234567890123456"),
    ],
)  # fmt: skip
def test_an_initial_key_works_for_its_device_alone(
    initial: str, algorithm: KeyAlgorithm, serial: bytes, kind: DukptKind, device: str
) -> None:
    bench = local_bench()
    module = local_module(bench)
    base = keep_key(
        bench, KeyUsage.BASE_DERIVATION, TDES_BASE if algorithm == T2 else AES_BASE, algorithm
    )
    key = keep_key(bench, KeyUsage.INITIAL_DUKPT, h(initial), algorithm, dukpt_device=device)
    by = ByTransaction(A3, DukptUse(serial=serial, kind=kind))
    assert mac_of(module, key, TIME, by) == mac_of(module, base, TIME, by)
    other = serial[:4] + b"\x01" + serial[5:]
    call = GenerateMac(
        key=key, message=TIME, by=ByTransaction(A3, DukptUse(serial=other, kind=kind))
    )
    assert code_of(module, call) == ("key.unusable", "serial")


@pytest.mark.parametrize("mac", [b"\x00", bytes(3), bytes(8), bytes(9), bytes(64)])
def test_every_wrong_mac_is_refused_in_one_way(mac: bytes) -> None:
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, KeyUsage.MAC_9797_3, DOUBLE, T2)
    answer = one(module, VerifyMac(key=key, message=TIME, mac=mac, by=ByKey(A3)))
    assert isinstance(answer, Denied)
    assert (answer.code, answer.text) == ("verification.failed", "verification failed")


def test_a_right_mac_of_another_length_than_asked_is_wrong() -> None:
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, KeyUsage.MAC_9797_3, DOUBLE, T2)
    right = h("a1c72e74ea3fa9b6")
    asked = VerifyMac(key=key, message=TIME, mac=right[:4], by=ByKey(A3), octets=8)
    assert code_of(module, asked) == ("verification.failed", "mac")
    call = GenerateMac(key=key, message=TIME, by=ByKey(A3), octets=9)
    assert code_of(module, call) == ("call.malformed", "octets")


def test_failures_are_counted_where_the_policy_says_so() -> None:
    bench = local_bench(policy=ModulePolicy(mac_failures_max=2))
    module = local_module(bench)
    key = keep_key(bench, KeyUsage.MAC_9797_3, DOUBLE, T2)
    wrong = VerifyMac(key=key, message=TIME, mac=bytes(4), by=ByKey(A3))
    codes = [code_of(module, wrong)[0] for _ in range(3)]
    assert codes == ["verification.failed", "verification.failed", "budget.spent"]


def test_the_mac_of_a_script_both_ways() -> None:
    """Key of the card: pyemv 1.5; that of the script by EMV's common session key."""
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, KeyUsage.EMV_INTEGRITY, DOUBLE, T2)
    script = ScriptSession(method=ScriptMethod.BY_CRYPTOGRAM, cryptogram=bytes(range(8)))
    card = CardIdentity(pan="4111111111111111", sequence="01")
    by, command = ByScript(card=card, script=script), h("8424000008") + bytes(8)
    tag = mac_of(module, key, command, by)
    of_script = common_key(
        IssuerMasterKey.tdes(DOUBLE).card_key_a("4111111111111111", "01"), bytes(range(8))
    )
    assert tag == RetailMac(of_script).tag(command, padding=MacPadding.ONE_AND_ZEROS)
    right = VerifyMac(key=key, message=command, mac=tag[:4], by=by)
    assert isinstance(one(module, right), VerifiedMac)
    other = VerifyMac(key=key, message=command + b"x", mac=tag, by=by)
    assert code_of(module, other) == ("verification.failed", "mac")
    partial = ByScript(card=card, script=script, padded=True)
    call = GenerateMac(key=key, message=command, by=partial)
    assert code_of(module, call) == ("call.malformed", "message")
    wrong = keep_key(bench, KeyUsage.EMV_CRYPTOGRAMS, DOUBLE, T2)
    assert code_of(module, GenerateMac(key=wrong, message=command, by=by))[0] == "key.unusable"


@given(serial=st.binary(min_size=8, max_size=12), message=st.binary(min_size=1, max_size=40))
def test_strangers_numbers_are_answered_or_refused(serial: bytes, message: bytes) -> None:
    bench = local_bench()
    module = local_module(bench)
    for base, algorithm in ((TDES_BASE, T2), (AES_BASE, A128)):
        key = keep_key(bench, KeyUsage.BASE_DERIVATION, base, algorithm)
        use = DukptUse(serial=serial, kind=DukptKind.TDES_2KEY)
        answer = one(module, GenerateMac(key=key, message=message, by=ByTransaction(A3, use)))
        assert isinstance(answer, GeneratedMac) or answer.code == "call.malformed"
