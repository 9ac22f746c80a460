"""Data through the module: published values, what is refused as data, and nothing that leaks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.key_blocks import (
    KeyAlgorithm,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.mechanisms import KeyPair
from tallystick.crypto.payment import (
    Asymmetric,
    DataMode,
    DecryptData,
    Denied,
    DukptKind,
    DukptUse,
    DukptVariant,
    EncryptData,
    EncryptedData,
    ModulePolicy,
    OfTransaction,
    ReEncryptData,
    ReEncryptedData,
    RsaPadding,
    Sealed,
    Symmetric,
)
from tallystick.testing import local_bench, local_module
from tests.rooms.crypto.kept import code_of, decrypted, encrypted, keep_key, one
from tests.spoilt import flipped

h = bytes.fromhex
AES_KEY, IV = h("2b7e151628aed2a6abf7158809cf4f3c"), bytes(range(16))
BLOCK = h("6bc1bee22e409f96e93d7e117393172a")
TDES_BASE = h("0123456789abcdeffedcba9876543210")
AES_BASE = h("fedcba9876543210f1f1f1f1f1f1f1f1")
TDES_SERIAL, AES_SERIAL = h("ffff9876543210e00001"), h("123456789012345600000001")
MESSAGE = b"4012345678909D987"
D0, B0 = KeyUsage.DATA_ENCRYPTION, KeyUsage.BASE_DERIVATION
A128, T2, T3 = KeyAlgorithm.AES_128, KeyAlgorithm.TDES_2KEY, KeyAlgorithm.TDES_3KEY
PAIR = KeyPair.generate("RSA_2048")
NOT_DATA = [usage for usage in KeyUsage if usage not in (D0, KeyUsage.ASYMMETRIC_DATA_ENCRYPTION)]


@pytest.mark.parametrize(
    ("mode", "iv", "ciphertext"),
    [  # SP 800-38A, F.1.1, F.2.1, F.3.1, F.3.7, F.3.13, F.4.1
        ("ECB", None, "3ad77bb40d7a3660a89ecaf32466ef97"),
        ("CBC", IV, "7649abac8119b246cee98e9b12e9197d"),
        ("CFB1", IV, "68b3"),
        ("CFB8", IV, "3b79424c9c0dd436bace9e0ed4586a4f"),
        ("CFB", IV, "3b3fd92eb72dad20333449f8e83cfb4a"),
        ("CFB128", IV, "3b3fd92eb72dad20333449f8e83cfb4a"),
        ("OFB", IV, "3b3fd92eb72dad20333449f8e83cfb4a"),
    ],
)
def test_published_modes(mode: str, iv: bytes | None, ciphertext: str) -> None:
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, D0, AES_KEY, A128)
    plaintext, by = BLOCK[: len(ciphertext) // 2], Symmetric(DataMode(mode), iv)
    answer = encrypted(module, key, plaintext, by)
    assert answer.ciphertext == h(ciphertext)
    assert "nothing shows what was altered" in answer.legacy
    assert decrypted(module, key, h(ciphertext), by) == plaintext


@pytest.mark.parametrize(
    ("variant", "tdes", "aes"),
    [
        (
            "REQUEST",
            "fc0d53b7ea1fda9ee68aaf2e70d9b9506229be2aa993f04f",
            "e5afa5b408a3310e3d779c8a9a2ae29448bd5b4232582090db703af647205a79",
        ),
        (
            "RESPONSE",
            "1fcc89af66222f27b903898bb2bc8589cdbfde5ec6afcc25",
            "84904dfc6b5201a4f1fe2eaa49e70b8c01838ef53030790ff785d630ab3916b4",
        ),
    ],
)
def test_published_data_of_transactions(variant: str, tdes: str, aes: str) -> None:
    """X9.24-1:2009 A.4.2 and moov-io/dukpt (tests/vectors/SOURCES-dukpt.md)."""
    bench = local_bench()
    module = local_module(bench)
    for base, algorithm, serial, kind, expected in (
        (TDES_BASE, T2, TDES_SERIAL, DukptKind.TDES_2KEY, tdes),
        (AES_BASE, A128, AES_SERIAL, DukptKind.AES_128, aes),
    ):
        key = keep_key(bench, B0, base, algorithm)
        use = DukptUse(serial=serial, kind=kind, variant=DukptVariant(variant))
        plaintext = MESSAGE.ljust(len(expected) // 2, b"\x00")
        by = OfTransaction(use)
        assert encrypted(module, key, plaintext, by).ciphertext == h(expected)
        assert decrypted(module, key, h(expected), by) == plaintext


@given(data=st.binary(min_size=1, max_size=64), context=st.binary(max_size=20))
def test_gcm_proves_what_it_opens(data: bytes, context: bytes) -> None:
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, D0, AES_KEY, A128, data_modes="GCM")
    answer = encrypted(module, key, data, Sealed(context))
    assert answer.legacy == ""
    assert decrypted(module, key, answer.ciphertext, Sealed(context)) == data
    again = encrypted(module, key, data, Sealed(context))
    assert again.ciphertext[:12] != answer.ciphertext[:12]
    wrong = [
        (answer.ciphertext, Sealed(context + b"x")),
        (answer.ciphertext[:-1], Sealed(context)),
        (answer.ciphertext[:5], Sealed(context)),
        (bytes([answer.ciphertext[0] ^ 1]) + answer.ciphertext[1:], Sealed(context)),
        (answer.ciphertext[:-1] + bytes([answer.ciphertext[-1] ^ 1]), Sealed(context)),
    ]
    answers = [one(module, DecryptData(key=key, ciphertext=c, by=by)) for c, by in wrong]
    assert {(a.code, a.text, a.where) for a in answers if isinstance(a, Denied)} == {
        ("ciphertext.refused", "the ciphertext was refused", "")
    }
    assert all(isinstance(answer, Denied) for answer in answers)


@pytest.mark.parametrize("usage", NOT_DATA)
def test_no_pin_key_no_key_key_and_no_other_key_deciphers_data(usage: KeyUsage) -> None:
    """The trap of every data operation: a PIN block or a key block given in as data."""
    bench = local_bench()
    module = local_module(bench)
    if usage in (KeyUsage.KEY_TRANSPORT, KeyUsage.SIGNATURE):
        key = keep_key(bench, usage, PAIR, KeyAlgorithm.RSA_2048)
    elif usage is KeyUsage.KEY_AGREEMENT:
        key = keep_key(bench, usage, KeyPair.generate("ECC_NIST_P256"), KeyAlgorithm.ECC_P256)
    elif usage in (KeyUsage.MAC_16609, KeyUsage.MAC_9797_1, KeyUsage.MAC_9797_3):
        key = keep_key(bench, usage, bytes(range(24)), T3)
    elif usage is KeyUsage.MAC_HMAC:
        key = keep_key(bench, usage, bytes(range(32)), KeyAlgorithm.HMAC_SHA256)
    else:
        mode = KeyMode.BOTH if usage is KeyUsage.FIELD_SEALING else KeyMode.ANY
        key = keep_key(bench, usage, bytes(range(32)), KeyAlgorithm.AES_256, mode)
    data = keep_key(bench, D0, AES_KEY, A128)
    use = DukptUse(serial=AES_SERIAL, kind=DukptKind.AES_128)
    for by in (Sealed(), Symmetric(DataMode.ECB), Asymmetric(), OfTransaction(use)):
        if isinstance(by, OfTransaction) and usage in (B0, KeyUsage.INITIAL_DUKPT):
            continue
        for call in (
            DecryptData(key=key, ciphertext=BLOCK * 2, by=by),
            EncryptData(key=key, plaintext=BLOCK * 2, by=by),
            ReEncryptData(incoming_key=key, ciphertext=BLOCK * 2, incoming=by,
                          outgoing_key=data, outgoing=Symmetric(DataMode.ECB)),
            ReEncryptData(incoming_key=data, ciphertext=BLOCK * 2,
                          incoming=Symmetric(DataMode.ECB), outgoing_key=key, outgoing=by),
        ):  # fmt: skip
            code, where = code_of(module, call)
            assert code == "key.unusable"
            assert where in ("key", "incoming_key", "outgoing_key")


def test_a_pin_block_of_a_transaction_is_not_opened_as_data() -> None:
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, B0, TDES_BASE, T2)
    enciphered, clear = h("1b9c1845eb993a7a"), h("041274edcba9876f")  # X9.24-1:2009 A.4.2
    for variant in DukptVariant:
        use = DukptUse(serial=TDES_SERIAL, kind=DukptKind.TDES_2KEY, variant=variant)
        for mode in (DataMode.ECB, DataMode.CBC):
            assert decrypted(module, key, enciphered, OfTransaction(use, mode)) != clear


@pytest.mark.parametrize(
    ("algorithm", "by", "octets", "where"),
    [
        (A128, Symmetric(DataMode.ECB), 15, "plaintext"),
        (A128, Symmetric(DataMode.CBC), 17, "plaintext"),
        (A128, Symmetric(DataMode.CBC, bytes(8)), 16, "iv"),
        (A128, Symmetric(DataMode.ECB, bytes(16)), 16, "iv"),
        (A128, Symmetric(DataMode.OFB, bytes(8)), 16, "iv"),
        (T2, Symmetric(DataMode.CFB128, bytes(8)), 16, "mode"),
        (T2, Symmetric(DataMode.CBC, bytes(16)), 16, "iv"),
        (T2, Sealed(), 16, "key"),
    ],
)
def test_what_does_not_fit(algorithm: KeyAlgorithm, by: Any, octets: int, where: str) -> None:
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, D0, AES_KEY, algorithm)
    call = EncryptData(key=key, plaintext=bytes(octets), by=by)
    assert code_of(module, call) == ("call.malformed", where)


@given(
    data=st.binary(min_size=1, max_size=50),
    mode=st.sampled_from(list(DataMode)),
    iv=st.one_of(st.none(), st.binary(min_size=16, max_size=16)),
    algorithm=st.sampled_from([A128, T2]),
)
def test_every_mode_both_ways(
    data: bytes, mode: DataMode, iv: bytes | None, algorithm: KeyAlgorithm
) -> None:
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, D0, AES_KEY, algorithm)
    size = 16 if algorithm == A128 else 8
    by = Symmetric(mode, None if iv is None or mode is DataMode.ECB else iv[:size])
    if mode in (DataMode.ECB, DataMode.CBC):
        data = data.ljust(-(-len(data) // size) * size, b"\x00")
    answer = one(module, EncryptData(key=key, plaintext=data, by=by))
    if isinstance(answer, Denied):
        assert (mode, size) == (DataMode.CFB128, 8)
        return
    assert isinstance(answer, EncryptedData)
    assert decrypted(module, key, answer.ciphertext, by) == data


def test_starting_from_zeros_is_marked() -> None:
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, D0, AES_KEY, A128)
    marks = [
        encrypted(module, key, BLOCK, by).legacy
        for by in (
            Symmetric(DataMode.CBC),
            Symmetric(DataMode.CBC, bytes(16)),
            Symmetric(DataMode.ECB),
            Symmetric(DataMode.CBC, IV),
        )
    ]
    assert [mark.startswith("equal") for mark in marks] == [True, True, True, False]


def test_a_key_may_be_for_some_modes_only() -> None:
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, D0, AES_KEY, A128, data_modes="GCM,CBC")
    for by, fits in ((Sealed(), True), (Symmetric(DataMode.CBC), True),
                     (Symmetric(DataMode.ECB), False), (Symmetric(DataMode.OFB), False)):  # fmt: skip
        answer = one(module, EncryptData(key=key, plaintext=BLOCK, by=by))
        assert isinstance(answer, EncryptedData) == fits


def test_rsa_with_oaep_and_nothing_older() -> None:
    bench = local_bench()
    module = local_module(bench)
    usage = KeyUsage.ASYMMETRIC_DATA_ENCRYPTION
    key = keep_key(bench, usage, PAIR, KeyAlgorithm.RSA_2048)
    for padding in (RsaPadding.OAEP_SHA256, RsaPadding.OAEP_SHA512):
        ciphertext = encrypted(module, key, b"card data", Asymmetric(padding)).ciphertext
        assert decrypted(module, key, ciphertext, Asymmetric(padding)) == b"card data"
        for wrong in (ciphertext[:-1], bytes(256), flipped(ciphertext)):
            call = DecryptData(key=key, ciphertext=wrong, by=Asymmetric(padding))
            assert code_of(module, call) == ("ciphertext.refused", "")
    for padding in (RsaPadding.PKCS1, RsaPadding.OAEP_SHA1):
        call = DecryptData(key=key, ciphertext=bytes(256), by=Asymmetric(padding))
        assert code_of(module, call) == ("operation.unavailable", "padding")
    call = EncryptData(key=key, plaintext=bytes(300), by=Asymmetric())
    assert code_of(module, call) == ("call.malformed", "plaintext")


def test_re_enciphering_keeps_the_plaintext_and_shows_it_to_nobody() -> None:
    bench = local_bench()
    module = local_module(bench)
    tdes = keep_key(bench, D0, TDES_BASE, T2, KeyMode.DECRYPT)
    aes = keep_key(bench, D0, AES_KEY, A128, KeyMode.BOTH)
    writer = keep_key(bench, D0, TDES_BASE, T2, KeyMode.ENCRYPT)
    old, new = Symmetric(DataMode.CBC, bytes(range(8))), Sealed(b"moved")
    ciphertext = encrypted(module, writer, MESSAGE.ljust(24, b"."), old).ciphertext
    call = ReEncryptData(
        incoming_key=tdes, ciphertext=ciphertext, incoming=old, outgoing_key=aes, outgoing=new
    )
    answer = one(module, call)
    assert isinstance(answer, ReEncryptedData)
    assert (answer.incoming.key, answer.outgoing.key) == (tdes, aes)
    assert decrypted(module, aes, answer.ciphertext, new) == MESSAGE.ljust(24, b".")
    assert "4012" not in repr(answer) + repr(call)


def test_a_mode_of_use_is_one_way() -> None:
    bench = local_bench()
    module = local_module(bench)
    reader = keep_key(bench, D0, AES_KEY, A128, KeyMode.DECRYPT)
    writer = keep_key(bench, D0, AES_KEY, A128, KeyMode.ENCRYPT)
    ecb = Symmetric(DataMode.ECB)
    call = EncryptData(key=reader, plaintext=BLOCK, by=ecb)
    assert code_of(module, call) == ("key.unusable", "key")
    call = DecryptData(key=writer, ciphertext=BLOCK, by=ecb)
    assert code_of(module, call) == ("key.unusable", "key")


def test_a_transactions_data_are_opened_once() -> None:
    bench = local_bench(policy=ModulePolicy(serial_window=0))
    module = local_module(bench)
    key = keep_key(bench, B0, AES_BASE, A128)
    by = OfTransaction(DukptUse(serial=AES_SERIAL, kind=DukptKind.AES_128))
    ciphertext = encrypted(module, key, BLOCK, by).ciphertext
    assert decrypted(module, key, ciphertext, by) == BLOCK
    call = DecryptData(key=key, ciphertext=ciphertext, by=by)
    assert code_of(module, call)[0] == "ksn.replayed"
    ours = DukptUse(serial=AES_SERIAL, kind=DukptKind.AES_128, variant=DukptVariant.RESPONSE)
    for _ in range(2):
        encrypted(module, key, BLOCK, OfTransaction(ours))


def test_a_transactions_mode_is_ecb_or_cbc_and_its_key_no_hmac_key() -> None:
    bench = local_bench()
    module = local_module(bench)
    key = keep_key(bench, B0, AES_BASE, A128)
    use = DukptUse(serial=AES_SERIAL, kind=DukptKind.AES_128)
    call = EncryptData(key=key, plaintext=BLOCK, by=OfTransaction(use, DataMode.OFB))
    assert code_of(module, call) == ("call.malformed", "mode")
    hashed = DukptUse(serial=AES_SERIAL, kind=DukptKind.HMAC_128)
    call = EncryptData(key=key, plaintext=BLOCK, by=OfTransaction(hashed))
    assert code_of(module, call) == ("call.malformed", "kind")
