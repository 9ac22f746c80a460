"""A certificate for data carries no keys, and one for key transport is for no data."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509 as native

from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.mechanisms import KeyPair, Purpose, X509Certificate
from tallystick.crypto.mechanisms.authority import Subject as Name
from tallystick.crypto.mechanisms.authority import _builder, _name, _signed, _usage
from tallystick.crypto.payment import (
    CreateKeyPair,
    ExportCryptogram,
    ExportParameters,
    ExportTr34,
    ImportCertificate,
    ImportParameters,
    ReadCertificate,
)
from tests.rooms.crypto.exchange.conftest import Meeting

TRANSPORT, DATA = KeyUsage.KEY_TRANSPORT, KeyUsage.ASYMMETRIC_DATA_ENCRYPTION
PAIR = KeyPair.generate("RSA_2048")


def usage_of(octets: bytes) -> set[str]:
    parsed = X509Certificate.from_der(octets).native
    usage = parsed.extensions.get_extension_for_class(native.KeyUsage).value
    names = ("digital_signature", "key_encipherment", "data_encipherment", "key_agreement")
    return {name for name in names if getattr(usage, name)}


def certificate(meeting: Meeting, *usages: str) -> bytes:
    """One of somebody else's, for what it says; without a word when it says nothing."""
    issuer, at_ms = meeting.authority.certificate.native.subject, meeting.clock.now_ms()
    builder = _builder(PAIR.public, _name(Name(common_name="them")), issuer, at_ms, 60)
    if usages:
        builder = builder.add_extension(_usage(**dict.fromkeys(usages, True)), True)
    return _signed(builder, meeting.authority.pair).der


def test_each_pair_has_a_certificate_for_what_it_does(meeting: Meeting) -> None:
    made = meeting.ask(
        CreateKeyPair(usage=DATA, algorithm=KeyAlgorithm.RSA_2048, mode=KeyMode.DECRYPT)
    )
    data = meeting.ask(ReadCertificate(key=made.key)).certificate
    transport = meeting.ask(ImportParameters(algorithm="RSA_2048")).certificate
    assert (usage_of(data), usage_of(transport)) == ({"data_encipherment"}, {"key_encipherment"})


@pytest.mark.parametrize(
    ("usages", "as_transport", "as_data"),
    [
        ((), True, True),
        (("key_encipherment",), True, False),
        (("data_encipherment",), False, True),
        (("key_encipherment", "data_encipherment"), True, True),
        (("digital_signature", "key_encipherment"), True, True),
        (("digital_signature",), False, False),
        (("key_agreement",), False, False),
    ],
)
def test_what_a_certificate_of_others_is_taken_for(
    meeting: Meeting, usages: tuple[str, ...], as_transport: bool, as_data: bool
) -> None:
    theirs = certificate(meeting, *usages)
    for usage, fits in ((TRANSPORT, as_transport), (DATA, as_data)):
        call = ImportCertificate(
            certificate=theirs, usage=usage, mode=KeyMode.ENCRYPT, issuer=meeting.root
        )
        if fits:
            assert meeting.ask(call).usage is usage
        else:
            assert meeting.denied(call) == ("call.malformed", "certificate")


def test_no_key_leaves_for_a_certificate_for_data(meeting: Meeting) -> None:
    _, theirs = meeting.outside("RSA_2048", Purpose.DATA)
    told: dict[str, Any] = {"authority": meeting.root, "certificate": theirs.der}
    key = meeting.create().key
    token = meeting.ask(ExportParameters()).token
    for call in (ExportCryptogram(key=key, **told), ExportTr34(key=key, token=token, **told)):
        assert meeting.denied(call) == ("call.malformed", "certificate")
