"""Keys that the module agrees on with a party outside of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psec
import pytest

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import LifeState
from tallystick.crypto.mechanisms import (
    Derivation,
    HashName,
    Purpose,
    X509Certificate,
    derive_agreed,
)
from tallystick.crypto.payment import (
    AgreedBlock,
    AgreeKey,
    Agreement,
    ChangeState,
    CreateKeyPair,
    DataMode,
    EncryptData,
    ExportAgreedBlock,
    ImportAgreedBlock,
    ImportCertificate,
    ModulePolicy,
    ReadCertificate,
    Symmetric,
    TranslateAgreedBlock,
)
from tests.rooms.crypto.exchange.conftest import Meeting

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
CURVE = "ECC_NIST_P521"


def _agreement(
    meeting: Meeting, derives: KeyUsage = KeyUsage.KEY_BLOCK_PROTECTION, **more: Any
) -> tuple[Agreement, bytes]:
    """Ours and theirs: what the module is told, and what they derive with another library."""
    ours = meeting.ask(
        CreateKeyPair(
            usage=KeyUsage.KEY_AGREEMENT, algorithm=KeyAlgorithm(CURVE), mode=KeyMode.DERIVE,
            derives=derives,
        )
    )  # fmt: skip
    certificates = meeting.ask(ReadCertificate(key=ours.key))
    theirs, certificate = meeting.outside(CURVE, Purpose.KEY_AGREEMENT)
    agreement: dict[str, Any] = {
        "pair": ours.key,
        "authority": meeting.root,
        "certificate": certificate.pem().encode(),
        "algorithm": KeyAlgorithm.AES_256,
        "derivation": Derivation.NIST_SP800,
        "hashed": HashName.SHA_256,
        "information": b"sixteen octets!!",
    }
    agreement |= more
    key = derive_agreed(
        theirs.agree(X509Certificate.from_der(certificates.certificate).public),
        derivation=agreement["derivation"],
        hashed=agreement["hashed"],
        information=agreement["information"],
        octets=agreement["algorithm"].octets,
    )
    return Agreement(**agreement), key


def _block(under: bytes, exportability: str = "E") -> str:
    header = psec.tr31.Header("D", "P0", "A", "B", "00", exportability)
    block: str = psec.tr31.wrap(kbpk=under, header=header, key=KEY)
    return block


@pytest.mark.parametrize("derivation", list(Derivation))
def test_a_block_comes_in_under_an_agreed_key(meeting: Meeting, derivation: Derivation) -> None:
    agreement, under = _agreement(meeting, derivation=derivation)
    view = meeting.ask(ImportAgreedBlock(agreement=agreement, block=_block(under)))
    assert (view.usage, meeting.octets(view)) == (KeyUsage.PIN_ENCRYPTION, KEY)
    wrong = _block(bytes(32))
    assert meeting.denied(ImportAgreedBlock(agreement=agreement, block=wrong))[0] == (
        "ciphertext.refused"
    )


def test_a_block_leaves_under_an_agreed_key(meeting: Meeting) -> None:
    agreement, under = _agreement(meeting)
    view = meeting.create()
    sent = meeting.ask(ExportAgreedBlock(key=view.key, agreement=agreement))
    assert isinstance(sent, AgreedBlock)
    header, key = psec.tr31.unwrap(kbpk=under, key_block=sent.block)
    assert (header.key_usage, key) == ("P0", meeting.octets(view))


def test_a_block_is_translated_and_not_kept(meeting: Meeting) -> None:
    agreement, under = _agreement(meeting)
    kek = meeting.create(usage=KeyUsage.KEY_BLOCK_PROTECTION, algorithm=KeyAlgorithm.AES_256)
    before = len(meeting.bench.store.keys(after="", limit=100))
    moved = meeting.ask(
        TranslateAgreedBlock(agreement=agreement, block=_block(under), under=kek.key)
    )
    _, key = psec.tr31.unwrap(kbpk=meeting.octets(kek), key_block=moved.block)
    assert key == KEY
    assert len(meeting.bench.store.keys(after="", limit=100)) == before
    stays = TranslateAgreedBlock(agreement=agreement, block=_block(under, "N"), under=kek.key)
    assert meeting.denied(stays) == ("key.unusable", "block")
    weak = meeting.create(usage=KeyUsage.KEY_ENCRYPTION, algorithm=KeyAlgorithm.TDES_3KEY)
    weaker = TranslateAgreedBlock(agreement=agreement, block=_block(under), under=weak.key)
    assert meeting.denied(weaker) == ("call.malformed", "agreement")


def _in_production(meeting: Meeting, agreement: Agreement) -> None:
    """The pair and the authority as if custodians had let them in for production."""
    for handle in (agreement.pair, agreement.authority):
        record = meeting.bench.record(handle)
        octets = meeting.bench.material(record)
        meeting.bench.keep(replace(record, domain="production"), octets, act="import")


def test_in_production_a_block_is_translated_for_a_peer_that_was_taken_in(meeting: Meeting) -> None:
    meeting.bench.policy = ModulePolicy(quorum={"create": 0, "import": 0})
    agreement, under = _agreement(meeting)
    _in_production(meeting, agreement)
    kek = meeting.create(
        usage=KeyUsage.KEY_BLOCK_PROTECTION, algorithm=KeyAlgorithm.AES_256, domain="production"
    )
    call = TranslateAgreedBlock(agreement=agreement, block=_block(under), under=kek.key)
    assert meeting.denied(call) == ("approval.missing", "certificate")
    peer: dict[str, Any] = {
        "certificate": agreement.certificate, "usage": KeyUsage.KEY_AGREEMENT,
        "mode": KeyMode.DERIVE, "issuer": agreement.authority, "domain": "production",
    }  # fmt: skip
    meeting.bench.policy = ModulePolicy()
    assert meeting.denied(ImportCertificate(**peer))[0] == "approval.missing"
    meeting.bench.policy = ModulePolicy(quorum={"import": 0})
    taken = meeting.ask(ImportCertificate(**peer))
    meeting.ask(call)
    meeting.ask(ChangeState(key=taken.key, to=LifeState.SUSPENDED, reason="a doubt"))
    assert meeting.denied(call) == ("key.unusable", "certificate")


def test_the_policy_may_demand_such_a_peer_for_data_and_pins_too(meeting: Meeting) -> None:
    agreement, _ = _agreement(meeting, derives=KeyUsage.DATA_ENCRYPTION)
    _in_production(meeting, agreement)
    by = Symmetric(mode=DataMode.ECB)
    call = EncryptData(key=agreement.pair, plaintext=bytes(16), by=by, agreement=agreement)
    meeting.ask(call)
    meeting.bench.policy = ModulePolicy(peers_approved=True)
    assert meeting.denied(call) == ("approval.missing", "certificate")


def test_an_agreed_key_has_the_one_usage_of_its_pair(meeting: Meeting) -> None:
    agreement, under = _agreement(meeting, derives=KeyUsage.PIN_ENCRYPTION)
    block = _block(under)
    assert meeting.denied(ImportAgreedBlock(agreement=agreement, block=block)) == (
        "key.unusable",
        "agreement",
    )
    view = meeting.ask(AgreeKey(agreement=agreement, mode=KeyMode.BOTH))
    assert (view.usage, view.origin) == (KeyUsage.PIN_ENCRYPTION, "agreed")
    assert view.exportability is Exportability.NOT_EXPORTABLE
    assert meeting.octets(view) == under


def test_a_pair_that_agrees_names_a_usage_and_no_other_does(meeting: Meeting) -> None:
    k3: dict[str, Any] = {
        "usage": KeyUsage.KEY_AGREEMENT, "algorithm": KeyAlgorithm.ECC_P256, "mode": KeyMode.DERIVE,
    }  # fmt: skip
    assert meeting.denied(CreateKeyPair(**k3)) == ("call.malformed", "derives")
    for usage in (KeyUsage.SIGNATURE, KeyUsage.FIELD_SEALING):
        assert meeting.denied(CreateKeyPair(**k3, derives=usage))[1] == "derives"
    signing = CreateKeyPair(
        usage=KeyUsage.SIGNATURE, algorithm=KeyAlgorithm.ECC_P256, mode=KeyMode.SIGN,
        derives=KeyUsage.PIN_ENCRYPTION,
    )  # fmt: skip
    assert meeting.denied(signing) == ("call.malformed", "derives")
