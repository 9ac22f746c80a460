"""Data keys that come with a call, and data for cards."""

from __future__ import annotations

from tallystick.crypto.cards import IssuerMasterKey, common_key
from tallystick.crypto.key_blocks import (
    BlockVersion,
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
    ProtectionKey,
    wrap_key,
)
from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.payment import (
    Asymmetric,
    DataMode,
    DecryptData,
    DecryptedData,
    DukptKind,
    DukptUse,
    EncryptData,
    EncryptedData,
    ModulePolicy,
    OfCard,
    OfTransaction,
    ReEncryptData,
    ReEncryptedData,
    Sealed,
    Symmetric,
)
from tallystick.crypto.payment.card_keys import CardIdentity
from tallystick.testing import local_bench, local_module
from tests.rooms.crypto.kept import code_of, decrypted, encrypted, keep_key, one

h = bytes.fromhex
AES_KEY, IV = h("2b7e151628aed2a6abf7158809cf4f3c"), bytes(range(16))
BLOCK = h("6bc1bee22e409f96e93d7e117393172a")
TDES_KEY = h("0123456789abcdeffedcba9876543210")
AES_SERIAL = h("123456789012345600000001")
D0, A128, T2 = KeyUsage.DATA_ENCRYPTION, KeyAlgorithm.AES_128, KeyAlgorithm.TDES_2KEY
KEK = bytes(range(32))
PAN = "4111111111111111"


def block(usage: KeyUsage, mode: KeyMode, key: bytes = AES_KEY) -> str:
    attributes = KeyAttributes(
        usage=usage, algorithm=A128, mode=mode, exportability=Exportability.EXPORTABLE
    )
    kek = ProtectionKey(KEK, KeyAlgorithm.AES_256)
    return wrap_key(key, attributes, protection_key=kek, version=BlockVersion.D)


def test_a_data_key_may_come_with_the_call() -> None:
    bench = local_bench()
    module = local_module(bench)
    kek = keep_key(bench, KeyUsage.KEY_BLOCK_PROTECTION, KEK, KeyAlgorithm.AES_256)
    kept = keep_key(bench, D0, AES_KEY, A128)
    wrapped, cbc = block(D0, KeyMode.BOTH), Symmetric(DataMode.CBC, IV)
    answer = one(module, EncryptData(key=kek, plaintext=BLOCK, by=cbc, wrapped=wrapped))
    assert isinstance(answer, EncryptedData)
    assert answer.ciphertext == encrypted(module, kept, BLOCK, cbc).ciphertext
    call = DecryptData(key=kek, ciphertext=answer.ciphertext, by=cbc, wrapped=wrapped)
    back = one(module, call)
    assert isinstance(back, DecryptedData)
    assert back.plaintext == BLOCK
    moved = one(
        module,
        ReEncryptData(
            incoming_key=kek, incoming_wrapped=wrapped, ciphertext=answer.ciphertext, incoming=cbc,
            outgoing_key=kek, outgoing_wrapped=block(D0, KeyMode.ENCRYPT), outgoing=Sealed(),
        ),
    )  # fmt: skip
    assert isinstance(moved, ReEncryptedData)
    assert decrypted(module, kept, moved.ciphertext, Sealed()) == BLOCK


def test_no_other_key_comes_with_a_call_and_none_does_more_than_its_mode() -> None:
    bench = local_bench()
    module = local_module(bench)
    kek = keep_key(bench, KeyUsage.KEY_BLOCK_PROTECTION, KEK, KeyAlgorithm.AES_256)
    ecb = Symmetric(DataMode.ECB)
    for usage, mode, code in (
        (KeyUsage.PIN_ENCRYPTION, KeyMode.BOTH, "key.unusable"),
        (KeyUsage.KEY_ENCRYPTION, KeyMode.BOTH, "key.unusable"),
        (KeyUsage.BASE_DERIVATION, KeyMode.DERIVE, "key.unusable"),
        (KeyUsage.EMV_CONFIDENTIALITY, KeyMode.DERIVE, "key.unusable"),
        (KeyUsage.PIN_VERIFICATION_PVV, KeyMode.ANY, "key.unusable"),
        (D0, KeyMode.ENCRYPT, "key.unusable"),
    ):
        call = DecryptData(key=kek, ciphertext=BLOCK, by=ecb, wrapped=block(usage, mode))
        assert code_of(module, call) == (code, "key")
    right = block(D0, KeyMode.BOTH)
    altered = right[:-1] + ("1" if right[-1] == "0" else "0")
    call = DecryptData(key=kek, ciphertext=BLOCK, by=ecb, wrapped=altered)
    assert code_of(module, call)[0] == "ciphertext.refused"
    use = DukptUse(serial=AES_SERIAL, kind=DukptKind.AES_128)
    for by in (Asymmetric(), OfTransaction(use)):
        call = DecryptData(key=kek, ciphertext=BLOCK, by=by, wrapped=block(D0, KeyMode.BOTH))
        assert code_of(module, call) == ("call.malformed", "key")


def test_data_for_a_card_by_leave_of_the_policy_and_never_back() -> None:
    by = OfCard(card=CardIdentity(pan=PAN), diversifier=bytes(range(8)), mode=DataMode.ECB)
    for allowed in (False, True):
        bench = local_bench(policy=ModulePolicy(card_data=allowed))
        module = local_module(bench)
        key = keep_key(bench, KeyUsage.EMV_CONFIDENTIALITY, TDES_KEY, T2)
        pin_block = h("241234ffffffffff")
        call = EncryptData(key=key, plaintext=pin_block, by=by)
        if allowed:
            of_card = IssuerMasterKey.tdes(TDES_KEY).card_key_a(PAN)
            expected = BlockCipher.tdes(common_key(of_card, bytes(range(8)))).encrypt(pin_block)
            assert encrypted(module, key, pin_block, by).ciphertext == expected
            data = keep_key(bench, D0, TDES_KEY, T2)
            call = EncryptData(key=data, plaintext=pin_block, by=by)
            assert code_of(module, call) == ("key.unusable", "key")
        else:
            assert code_of(module, call) == ("operation.unavailable", "by")
        back = DecryptData(key=key, ciphertext=pin_block, by=by)
        assert code_of(module, back) == ("operation.unavailable", "by")
