"""Our signatures and packets against the scheme's own library, each way."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tallystick.crypto.mechanisms import read_public_pem
from tallystick.ground.canonical import canonical_json
from tallystick.ground.identifiers import from_base64url, to_base64url
from tallystick.ground.secret import Secret
from tallystick.serve.interop.ilp import (
    Packet,
    condition_of,
    fulfilment_of,
    fulfils,
    read_packet,
    write_packet,
)
from tallystick.serve.interop.jws import sign_request, verify_request
from tests.hub import our_keys
from tests.interop.toolkit import installed, node

pytestmark = pytest.mark.slow

PARTY = {"partyIdType": "MSISDN", "partyIdentifier": "254700000001", "fspId": "payeefsp"}
TRANSACTION = {
    "transactionId": "b51ec534-ee48-4575-b6a9-ead2955b8069",
    "quoteId": "b51ec534-ee48-4575-b6a9-ead2955b8070",
    "payee": {"partyIdInfo": PARTY, "name": "Ünal Ångström"},
    "payer": {"partyIdInfo": PARTY | {"partyIdentifier": "254700000002", "fspId": "payerfsp"}},
    "amount": {"amount": "125.5", "currency": "KES"},
    "transactionType": {
        "scenario": "TRANSFER",
        "initiator": "PAYER",
        "initiatorType": "CONSUMER",
    },
}
HEADERS = {
    "fspiop-source": "payerfsp",
    "fspiop-destination": "payeefsp",
    "date": "Wed, 25 Nov 2026 22:15:00 GMT",
}
BODIES = [{"quoteId": "1", "note": "Ünal"}, {"b": [1, {"z": "", "a": None}], "a": "x" * 5000}]


def ask(*questions: dict[str, Any]) -> list[dict[str, Any]]:
    """The library's answers, from one run of it."""
    oracle = Path(__file__).with_name("oracle.js")
    answered = subprocess.run(
        [node(), oracle],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={"NODE_PATH": str(installed() / "node_modules")},
    )
    said: list[dict[str, Any]] = json.loads(answered.stdout)
    return said


def pems(key: Any) -> tuple[str, str]:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def test_the_library_verifies_what_we_sign_and_nothing_else() -> None:
    keys = our_keys().signing
    questions = []
    for body in BODIES:
        octets = canonical_json(body)
        headers = HEADERS | {"fspiop-uri": "/quotes", "fspiop-http-method": "POST"}
        headers["fspiop-signature"] = sign_request(
            keys, method="POST", path="/quotes", headers=HEADERS, body=octets
        )
        case = {
            "ask": "verify",
            "source": "payerfsp",
            "key": keys.public.pem(),
            "headers": headers,
            "body": json.loads(octets),
        }
        questions += [
            case,
            case | {"body": body | {"more": "x"}},
            case | {"headers": headers | {"fspiop-uri": "/transfers"}},
            case | {"headers": headers | {"fspiop-destination": "other"}},
            case | {"headers": headers | {"date": "Wed, 25 Nov 2026 22:15:01 GMT"}},
        ]
    valid = [answer["valid"] for answer in ask(*questions)]
    assert valid == [True, False, False, False, False] * len(BODIES)


@pytest.mark.parametrize("kind", ["RS256", "ES256"])
def test_we_verify_what_the_library_signs(kind: str) -> None:
    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if kind == "RS256"
        else ec.generate_private_key(ec.SECP256R1())
    )
    private, public = pems(key)
    texts = [json.dumps(body) for body in BODIES]
    answers = ask(
        *(
            {
                "ask": "sign",
                "key": private,
                "method": "POST",
                "uri": "http://us.example/quotes",
                "headers": dict(HEADERS),
                "body": text,
            }
            for text in texts
        )
    )
    for text, answer in zip(texts, answers, strict=True):
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        peers = {"payerfsp": read_public_pem(public.encode())}
        said: dict[str, Any] = {"method": "POST", "path": "/quotes", "headers": headers}
        assert verify_request(peers, body=text.encode(), **said) == kind


def test_packets_conditions_and_fulfilments_agree() -> None:
    secret = Secret(b"a secret of thirty-two octets...")
    ours = write_packet(
        Packet(amount=12_550, address="g.payeefsp.msisdn.254700000001", transaction=TRANSACTION)
    )
    fulfilment = fulfilment_of(ours, secret)
    read, made, good, bad = ask(
        {"ask": "read", "packet": to_base64url(ours)},
        {"ask": "packet", "secret": "theirs", "transaction": TRANSACTION},
        {
            "ask": "fulfils",
            "fulfilment": to_base64url(fulfilment),
            "condition": condition_of(fulfilment),
        },
        {"ask": "fulfils", "fulfilment": to_base64url(b"x" * 32), "condition": "A" * 43},
    )
    assert read == {
        "amount": "12550",
        "account": "g.payeefsp.msisdn.254700000001",
        "transaction": TRANSACTION,
    }
    theirs = read_packet(from_base64url(made["ilpPacket"]))
    assert theirs.transaction == TRANSACTION
    assert (theirs.amount, theirs.address) == (12_550, "g.payeefsp.msisdn.254700000001")
    assert fulfils(made["fulfilment"], made["condition"])
    assert (good["fulfils"], bad["fulfils"]) == (True, False)
    assert write_packet(theirs) == from_base64url(made["ilpPacket"])
