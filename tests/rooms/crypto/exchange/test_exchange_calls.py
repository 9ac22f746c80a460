"""The module exchanges keys with a party outside of it, as the samples of a payment service do."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyMode,
    KeyUsage,
    read_random_token,
    write_short_header,
)
from tallystick.crypto.keys import LifeState
from tallystick.crypto.mechanisms import (
    HashName,
    KeyPair,
    LocalAuthority,
    Purpose,
    X509Certificate,
    check_chain,
)
from tallystick.crypto.payment import (
    Certificates,
    ChangeState,
    CreateKeyPair,
    Denied,
    DescribeKey,
    DrawNonce,
    ExportCryptogram,
    ExportedKey,
    ExportParameters,
    ExportTr34,
    ImportCertificate,
    ImportCryptogram,
    ImportParameters,
    ImportTr34,
    KeyView,
    LocalModule,
    MakeRequest,
    ModulePolicy,
    Parameters,
    ReadCertificate,
    ReadEvents,
    Request,
)
from tallystick.ground.clock import DAY_MS
from tallystick.testing import local_bench
from tests.rooms.crypto.exchange import tr34_by_hand
from tests.rooms.crypto.exchange.conftest import Meeting
from tests.rooms.crypto.exchange.people import attributes

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
NONCE = bytes(range(8))


def _tr34(meeting: Meeting, parameters: Parameters, *, nonce: bytes = NONCE) -> ImportTr34:
    host, certificate = meeting.outside("RSA_2048", Purpose.SIGNATURE)
    block = tr34_by_hand.make(
        KEY,
        write_short_header(attributes()),
        nonce,
        host=host.pkcs8(),
        host_certificate=certificate.der,
        device=parameters.certificate,
    )
    return ImportTr34(
        block=block,
        token=parameters.token,
        authority=meeting.root,
        certificate=certificate.pem().encode(),
        nonce=nonce,
    )


def test_a_key_comes_in_with_tr34_as_the_samples_send_it(meeting: Meeting) -> None:
    parameters = meeting.ask(ImportParameters())
    view = meeting.ask(_tr34(meeting, parameters))
    assert (view.usage, view.algorithm) == (KeyUsage.KEY_ENCRYPTION, KeyAlgorithm.AES_128)
    assert (view.origin, view.under) == ("imported", parameters.token)
    assert meeting.octets(view) == KEY


def test_a_key_token_is_taken_once(meeting: Meeting) -> None:
    call = _tr34(meeting, meeting.ask(ImportParameters()))
    meeting.ask(call)
    for block in (call.block, *tr34_by_hand.respelt(call.block)):
        again = msgspec.structs.replace(call, block=block)
        assert meeting.denied(again) == ("key.conflict", "block")


def test_a_token_of_import_is_good_for_thirty_days(meeting: Meeting) -> None:
    first = meeting.ask(ImportParameters())
    assert meeting.ask(ImportParameters()) == first
    call = _tr34(meeting, first)
    meeting.clock.advance(ms=30 * DAY_MS)
    assert meeting.denied(call) == ("key.unusable", "token")
    assert meeting.ask(ImportParameters()).token != first.token


def test_whatever_is_wrong_with_a_key_token_looks_the_same(meeting: Meeting) -> None:
    good = _tr34(meeting, meeting.ask(ImportParameters()))
    answers = set()
    for change in (
        {"nonce": bytes(8)},
        {"nonce": b""},
        {"block": good.block[:-1]},
        {"block": good.block[:-1] + bytes([good.block[-1] ^ 1])},
        {"block": b"no DER"},
    ):
        call = {name: getattr(good, name) for name in good.__struct_fields__} | change
        (answer,) = meeting.module.perform([ImportTr34(**call)])
        assert isinstance(answer, Denied)
        answers.add((answer.code, answer.text, answer.where))
    assert answers == {("ciphertext.refused", "the ciphertext was refused", "")}


def test_a_key_leaves_with_tr34_as_the_samples_take_it(meeting: Meeting) -> None:
    parameters = meeting.ask(ExportParameters())
    device, certificate = meeting.outside("RSA_3072", Purpose.KEY_TRANSPORT)
    view = meeting.create()
    sent = meeting.ask(
        ExportTr34(
            key=view.key,
            token=parameters.token,
            authority=meeting.root,
            certificate=certificate.der,
            nonce=NONCE,
        )
    )
    assert isinstance(sent, ExportedKey)
    key = tr34_by_hand.read(
        sent.block, device=device.pkcs8(), host_certificate=parameters.certificate, nonce=NONCE
    )
    assert key == meeting.octets(view)
    assert sent.check_value == view.check_value
    check_chain(
        X509Certificate.from_der(parameters.certificate),
        root=X509Certificate.from_der(parameters.chain[-1]),
        at_ms=meeting.clock.now_ms(),
        purpose=Purpose.SIGNATURE,
    )


def test_what_does_not_leave_does_not_leave(meeting: Meeting) -> None:
    token = meeting.ask(ExportParameters()).token
    _, certificate = meeting.outside("RSA_3072", Purpose.KEY_TRANSPORT)
    weak_pair, weak = meeting.outside("RSA_2048", Purpose.KEY_TRANSPORT)
    assert weak_pair.algorithm == "RSA_2048"

    def denied(key: str, to: X509Certificate = certificate) -> tuple[str, str]:
        call = ExportTr34(key=key, token=token, authority=meeting.root, certificate=to.der)
        return meeting.denied(call)

    sealed = meeting.create(exportability=Exportability.NOT_EXPORTABLE)
    assert denied(sealed.key) == ("key.unusable", "key")
    assert denied(token) == ("key.unusable", "key")
    assert denied(meeting.create(domain="production").key) == ("key.unusable", "key")
    assert denied(meeting.create().key, weak) == ("call.malformed", "strength")
    large = meeting.create(algorithm=KeyAlgorithm.AES_256)
    assert denied(large.key) == ("call.malformed", "strength")
    suspended = meeting.create()
    meeting.ask(ChangeState(key=suspended.key, to=LifeState.SUSPENDED))
    assert denied(suspended.key) == ("key.unusable", "key")


def test_cryptograms_come_and_go(meeting: Meeting) -> None:
    parameters = meeting.ask(ImportParameters())
    public = X509Certificate.from_der(parameters.certificate).public
    told: dict[str, Any] = {
        "token": parameters.token,
        "hashed": HashName.SHA_512,
        "usage": KeyUsage.DATA_ENCRYPTION,
        "algorithm": KeyAlgorithm.AES_128,
        "mode": KeyMode.BOTH,
        "exportability": Exportability.EXPORTABLE,
    }
    cryptogram = public.encrypt(KEY, hashed=HashName.SHA_512)
    view = meeting.ask(ImportCryptogram(cryptogram=cryptogram, **told))
    assert meeting.octets(view) == KEY
    for wrong in (cryptogram[:-1], os.urandom(384), public.encrypt(KEY, hashed=HashName.SHA_256)):
        denied = meeting.denied(ImportCryptogram(cryptogram=wrong, **told))
        assert denied == ("ciphertext.refused", "")
    device, certificate = meeting.outside("RSA_3072", Purpose.KEY_TRANSPORT)
    sent = meeting.ask(
        ExportCryptogram(key=view.key, authority=meeting.root, certificate=certificate.der)
    )
    assert device.decrypt(sent.block, hashed=HashName.SHA_256) == KEY


def test_a_cryptogram_is_taken_once_so_its_key_has_one_usage(meeting: Meeting) -> None:
    # Whoever watched a PIN key come in takes it in again as a data key, and deciphers PIN blocks.
    parameters = meeting.ask(ImportParameters())
    public = X509Certificate.from_der(parameters.certificate).public
    cryptogram = public.encrypt(os.urandom(16), hashed=HashName.SHA_256)
    told: dict[str, Any] = {
        "cryptogram": cryptogram,
        "token": parameters.token,
        "algorithm": KeyAlgorithm.AES_128,
        "mode": KeyMode.BOTH,
    }
    meeting.ask(ImportCryptogram(usage=KeyUsage.PIN_ENCRYPTION, **told))
    again = meeting.denied(ImportCryptogram(usage=KeyUsage.DATA_ENCRYPTION, **told))
    assert again == ("key.conflict", "block")


def test_a_production_key_leaves_with_its_usage_unless_it_is_sensitive(meeting: Meeting) -> None:
    # A cryptogram for a pair of our own could bring a PIN key back as a data key.
    root = meeting.bench.record(meeting.root)
    octets = meeting.bench.material(root)
    meeting.bench.keep(replace(root, domain="production"), octets, act="import")
    _, certificate = meeting.outside("RSA_3072", Purpose.KEY_TRANSPORT)
    for exportability in (Exportability.EXPORTABLE, Exportability.SENSITIVE):
        key = meeting.create(domain="production", exportability=exportability)
        call = ExportCryptogram(key=key.key, authority=meeting.root, certificate=certificate.der)
        if exportability is Exportability.SENSITIVE:
            assert meeting.ask(call).check_value == key.check_value
        else:
            assert meeting.denied(call) == ("key.unusable", "key")


def test_no_key_from_outside_has_a_usage_of_ours(meeting: Meeting) -> None:
    parameters = meeting.ask(ImportParameters())
    public = X509Certificate.from_der(parameters.certificate).public
    call = ImportCryptogram(
        cryptogram=public.encrypt(os.urandom(16), hashed=HashName.SHA_256),
        token=parameters.token,
        usage=KeyUsage.FORMAT_PRESERVING,
        algorithm=KeyAlgorithm.AES_128,
        mode=KeyMode.BOTH,
    )
    assert meeting.denied(call) == ("call.malformed", "block")


def test_a_pair_has_a_certificate_and_asks_for_another(meeting: Meeting) -> None:
    pair = meeting.ask(
        CreateKeyPair(
            usage=KeyUsage.SIGNATURE, algorithm=KeyAlgorithm.ECC_P256, mode=KeyMode.SIGN, label="us"
        )
    )
    found = meeting.ask(ReadCertificate(key=pair.key))
    assert isinstance(found, Certificates)
    certificate = X509Certificate.from_der(found.certificate)
    assert (certificate.subject, certificate.public.der()) == ("CN=us", pair.public)
    request = meeting.ask(MakeRequest(key=pair.key, common_name="us", country="FR"))
    assert isinstance(request, Request)
    wrong = MakeRequest(key=meeting.create().key, common_name="us")
    assert meeting.denied(wrong) == ("key.unusable", "key")


def test_what_is_taken_in_as_a_certificate(meeting: Meeting) -> None:
    _, leaf = meeting.outside("RSA_2048", Purpose.KEY_TRANSPORT)
    taken = meeting.ask(
        ImportCertificate(
            certificate=leaf.der, issuer=meeting.root, usage=KeyUsage.KEY_TRANSPORT,
            mode=KeyMode.ENCRYPT,
        )
    )  # fmt: skip
    assert (taken.kind, taken.origin) == ("public", "imported")
    assert meeting.ask(ReadCertificate(key=taken.key)).chain == [meeting.authority.certificate.der]
    assert meeting.denied(ImportCertificate(certificate=leaf.der)) == (
        "call.malformed", "certificate",
    )  # fmt: skip
    sign = ImportCertificate(certificate=leaf.der, issuer=meeting.root)
    assert meeting.denied(sign) == ("call.malformed", "certificate")
    assert meeting.denied(ImportCertificate(certificate=b"nothing"))[1] == "certificate"
    private = ImportCertificate(certificate=meeting.authority.certificate.der, mode=KeyMode.SIGN)
    assert meeting.denied(private) == ("call.malformed", "mode")


def test_a_chain_goes_through_an_authority_between(meeting: Meeting) -> None:
    now_ms = meeting.clock.now_ms()
    pair = KeyPair.generate("RSA_2048")
    between = LocalAuthority(
        pair,
        meeting.authority.issue_authority(
            pair.public, common_name="between", at_ms=now_ms, days=90
        ),
    )
    trusted = meeting.ask(
        ImportCertificate(certificate=between.certificate.der, issuer=meeting.root)
    )
    device = KeyPair.generate("RSA_3072")
    certificate = between.issue(
        device.public, common_name="d", at_ms=now_ms, days=9, purpose=Purpose.KEY_TRANSPORT
    )
    call = ExportCryptogram(
        key=meeting.create().key, authority=trusted.key, certificate=certificate.der
    )
    assert isinstance(meeting.ask(call), ExportedKey)
    direct = ExportCryptogram(key=call.key, authority=meeting.root, certificate=certificate.der)
    assert meeting.denied(direct) == ("call.malformed", "certificate")


def test_a_certificate_past_its_time_is_refused(meeting: Meeting) -> None:
    _, certificate = meeting.outside("RSA_3072", Purpose.KEY_TRANSPORT)
    call = ExportCryptogram(
        key=meeting.create().key, authority=meeting.root, certificate=certificate.der
    )
    meeting.clock.advance(ms=61 * DAY_MS)
    assert meeting.denied(call) == ("call.malformed", "certificate")


def test_what_came_under_a_compromised_pair_is_compromised(meeting: Meeting) -> None:
    parameters = meeting.ask(ImportParameters())
    view = meeting.ask(_tr34(meeting, parameters))
    meeting.ask(ChangeState(key=parameters.token, to=LifeState.COMPROMISED))
    assert meeting.ask(DescribeKey(key=view.key)).state is LifeState.COMPROMISED
    assert meeting.ask(ImportParameters()).token != parameters.token


def test_events_tell_of_exports_and_hold_no_key(meeting: Meeting) -> None:
    meeting.ask(_tr34(meeting, meeting.ask(ImportParameters())))
    view = meeting.create()
    _, certificate = meeting.outside("RSA_3072", Purpose.KEY_TRANSPORT)
    meeting.ask(ExportCryptogram(key=view.key, authority=meeting.root, certificate=certificate.der))
    events = b"".join(body for _, body in meeting.ask(ReadEvents(limit=1000)).events)
    assert b"export" in events
    assert KEY not in events
    assert meeting.octets(view) not in events
    stored = meeting.bench.store.keys(after="", limit=100)
    assert all(KEY not in one.header + one.sealed for one in stored)


@pytest.mark.parametrize("domain", ["production", "test"])
def test_production_needs_people_and_test_does_not(meeting: Meeting, domain: str) -> None:
    root = ImportCertificate(certificate=meeting.authority.certificate.der, domain=domain)
    (answer,) = meeting.module.perform([root])
    assert (domain == "test") == isinstance(answer, KeyView)
    if domain == "production":
        assert meeting.denied(root)[0] == "approval.missing"


def test_a_pair_opens_so_many_wrong_things_and_no_more() -> None:
    bench = local_bench(policy=ModulePolicy(key_failures_max=3))
    module = LocalModule(bench)
    (parameters,) = module.perform([ImportParameters()])
    assert isinstance(parameters, Parameters)
    call = ImportCryptogram(
        cryptogram=os.urandom(384), token=parameters.token, usage=KeyUsage.DATA_ENCRYPTION,
        algorithm=KeyAlgorithm.AES_128, mode=KeyMode.BOTH,
    )  # fmt: skip
    answers = module.perform([call] * 4)
    assert [one.code for one in answers if isinstance(one, Denied)] == [
        *["ciphertext.refused"] * 3,
        "budget.spent",
    ]


def test_a_policy_may_want_nonces_of_its_own(meeting: Meeting) -> None:
    meeting.bench.policy = ModulePolicy(nonces_drawn=True)
    parameters = meeting.ask(ImportParameters())
    assert meeting.denied(_tr34(meeting, parameters)) == ("key.conflict", "nonce")
    drawn = meeting.ask(DrawNonce())
    assert read_random_token(drawn.token) == drawn.nonce
    call = _tr34(meeting, parameters, nonce=drawn.nonce)
    assert meeting.octets(meeting.ask(call)) == KEY
    assert meeting.denied(_tr34(meeting, parameters, nonce=drawn.nonce)) == (
        "key.conflict",
        "nonce",
    )
    assert meeting.denied(_tr34(meeting, parameters, nonce=b"")) == ("key.conflict", "nonce")
