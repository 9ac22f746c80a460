"""The module signs on request, and what it signs is no certificate and no key token."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.crypto.key_blocks import (
    KeyAlgorithm,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.mechanisms import (
    HashName,
    Purpose,
    SignatureScheme,
)
from tallystick.crypto.payment import (
    CreateKeyPair,
    ExportParameters,
    ExportTr34,
    MakeRequest,
    Sign,
    SignatureVerified,
    Signed,
    VerifySignature,
)
from tests.rooms.crypto.exchange.conftest import Meeting

SIGNERS = [
    (KeyAlgorithm.ECC_P256, SignatureScheme.ECDSA, HashName.SHA_256),
    (KeyAlgorithm.ECC_P521, SignatureScheme.ECDSA, HashName.SHA_512),
    (KeyAlgorithm.RSA_2048, SignatureScheme.RSA_PSS, HashName.SHA_256),
    (KeyAlgorithm.RSA_2048, SignatureScheme.RSA_PKCS1, HashName.SHA_384),
]


@pytest.mark.parametrize(("algorithm", "scheme", "hashed"), SIGNERS)
def test_a_pair_signs(
    meeting: Meeting, algorithm: KeyAlgorithm, scheme: SignatureScheme, hashed: HashName
) -> None:
    pair = meeting.ask(
        CreateKeyPair(usage=KeyUsage.SIGNATURE, algorithm=algorithm, mode=KeyMode.SIGN)
    )
    how: dict[str, Any] = {"key": pair.key, "octets": b"this", "scheme": scheme, "hashed": hashed}
    signed = meeting.ask(Sign(**how))
    assert isinstance(signed, Signed)
    answer = meeting.ask(VerifySignature(**how, signature=signed.signature))
    assert isinstance(answer, SignatureVerified)
    other = how | {"octets": b"that"}
    assert meeting.denied(VerifySignature(**other, signature=signed.signature)) == (
        "verification.failed",
        "signature",
    )


def test_nothing_that_signs_on_request_signs_tokens_or_certificates(meeting: Meeting) -> None:
    token = meeting.ask(ExportParameters()).token
    authority = meeting.bench.journal.settings["authority.test"].decode()
    for key in (token, authority):
        call = Sign(key=key, octets=b"forged", scheme=SignatureScheme.RSA_PKCS1)
        assert meeting.denied(call) == ("key.unusable", "key")
        assert meeting.denied(MakeRequest(key=key, common_name="x")) == ("key.unusable", "key")
    pair = meeting.ask(
        CreateKeyPair(usage=KeyUsage.SIGNATURE, algorithm=KeyAlgorithm.RSA_2048, mode=KeyMode.SIGN)
    )
    _, certificate = meeting.outside("RSA_3072", Purpose.KEY_TRANSPORT)
    call = ExportTr34(
        key=meeting.create().key, token=pair.key, authority=meeting.root,
        certificate=certificate.der,
    )  # fmt: skip
    assert meeting.denied(call) == ("key.unusable", "token")
