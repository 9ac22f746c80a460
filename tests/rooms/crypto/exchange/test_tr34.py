"""TR-34: both forms, both passes, both sides; and everything that must not open."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms

from tallystick.crypto.key_blocks import (
    Freshness,
    KeyAlgorithm,
    KeyTokenRefused,
    KeyUsage,
    OnePass,
    Opened,
    Tr34Form,
    TwoPass,
    make_key_token,
    open_key_token,
    tr34_tokens,
    write_short_header,
)
from tallystick.crypto.mechanisms import (
    HashName,
    KeyPair,
    Purpose,
    SignatureScheme,
)
from tests.rooms.crypto.exchange import tr34_by_hand
from tests.rooms.crypto.exchange.people import (
    DAY_MS,
    NOW_MS,
    Party,
    attributes,
    distributor,
    party,
    recipient,
)

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
NONCE = bytes(range(8))
FORMS = list(Tr34Form)
TDES = attributes(KeyAlgorithm.TDES_2KEY)


def make_token(form: Tr34Form = Tr34Form.X9_2012, **changed: Any) -> bytes:
    host, device = distributor(), recipient()
    wanted: dict[str, Any] = {
        "distributor": host.pair,
        "certificate": host.certificate,
        "recipient": device.certificate,
        "fresh": TwoPass(NONCE),
        "form": form,
    }
    wanted |= changed
    key = wanted.pop("key", KEY)
    return make_key_token(key, wanted.pop("attributes", attributes()), **wanted)


def open_token(token: bytes, form: Tr34Form = Tr34Form.X9_2012, **changed: Any) -> Opened:
    host, device = distributor(), recipient()
    wanted: dict[str, Any] = {
        "distributor": host.certificate,
        "authority": host.authority.certificate,
        "recipient": device.pair,
        "certificate": device.certificate,
        "fresh": TwoPass(NONCE),
        "at_ms": NOW_MS,
        "form": form,
    }
    return open_key_token(token, **(wanted | changed))


def refusal_of(token: bytes, form: Tr34Form = Tr34Form.X9_2012, **changed: Any) -> str:
    with pytest.raises(KeyTokenRefused, match=r"^the key token was refused$") as refusal:
        open_token(token, form, **changed)
    return refusal.value.reason


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        (KeyAlgorithm.AES_128, KEY),
        (KeyAlgorithm.TDES_2KEY, KEY),
        (KeyAlgorithm.TDES_3KEY, KEY + bytes(range(8))),
    ],
)
@pytest.mark.parametrize("fresh", [TwoPass(NONCE), TwoPass(bytes(16)), OnePass(at_ms=NOW_MS)])
def test_a_key_arrives_with_its_attributes(
    form: Tr34Form, algorithm: KeyAlgorithm, key: bytes, fresh: Freshness
) -> None:
    sent = attributes(algorithm, KeyUsage.PIN_ENCRYPTION)
    token = make_token(form, key=key, attributes=sent, fresh=fresh)
    opened = open_token(token, form, fresh=fresh)
    assert (opened.key, opened.attributes) == (key, sent)
    assert key.hex() not in repr(opened)


@pytest.mark.parametrize("algorithm", [KeyAlgorithm.AES_128, KeyAlgorithm.TDES_2KEY])
def test_a_token_that_others_make_opens(algorithm: KeyAlgorithm) -> None:
    host, device = distributor(), recipient()
    sent = attributes(algorithm)
    token = tr34_by_hand.make(
        KEY,
        write_short_header(sent),
        NONCE,
        host=host.pair.pkcs8(),
        host_certificate=host.certificate.der,
        device=device.certificate.der,
    )
    opened = open_token(token)
    assert (opened.key, opened.attributes) == (KEY, sent)


@pytest.mark.parametrize("algorithm", [KeyAlgorithm.AES_128, KeyAlgorithm.TDES_2KEY])
def test_others_read_the_token_that_we_make(algorithm: KeyAlgorithm) -> None:
    key = tr34_by_hand.read(
        make_token(attributes=attributes(algorithm)),
        device=recipient().pair.pkcs8(),
        host_certificate=distributor().certificate.der,
        nonce=NONCE,
    )
    assert key == KEY


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_another_tool_opens_our_cms(tmp_path: Path) -> None:
    """OpenSSL verifies the signature and deciphers the envelope, knowing nothing of TR-34."""
    host, device = distributor(), recipient()
    (tmp_path / "token").write_bytes(make_token(Tr34Form.CMS_2019))
    (tmp_path / "host.pem").write_text(host.certificate.pem())
    (tmp_path / "root.pem").write_text(host.authority.certificate.pem())
    (tmp_path / "device.pem").write_text(device.certificate.pem())
    (tmp_path / "device.key").write_bytes(device.pair.pkcs8())
    _openssl(
        tmp_path, "-verify", "-binary", "-in", "token", "-certfile", "host.pem", "-CAfile",
        "root.pem", "-attime", str(NOW_MS // 1000), "-purpose", "any", "-out", "envelope",
    )  # fmt: skip
    enveloped = cms.ContentInfo(
        {
            "content_type": "enveloped_data",
            "content": cms.EnvelopedData.load((tmp_path / "envelope").read_bytes()),
        }
    )
    (tmp_path / "enveloped").write_bytes(enveloped.dump())
    _openssl(
        tmp_path, "-decrypt", "-binary", "-in", "enveloped", "-inkey", "device.key",
        "-keyform", "DER", "-recip", "device.pem", "-out", "block",
    )  # fmt: skip
    signer, key, header = tr34_tokens.read_key_block((tmp_path / "block").read_bytes())
    assert (key, header) == (KEY, b"D9999K0AB00E0000")
    assert signer == tr34_by_hand.name_of(host.certificate.der)


def _openssl(place: Path, *words: str) -> None:
    command = ["openssl", "cms", *words[:2], "-inform", "DER", *words[2:]]
    ran = subprocess.run(command, cwd=place, capture_output=True, timeout=30, check=False)
    assert ran.returncode == 0, ran.stderr.decode()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_an_envelope_that_another_tool_makes_opens(tmp_path: Path) -> None:
    host, device = distributor(), recipient()
    token = tr34_tokens.read_token(make_token(Tr34Form.CMS_2019))
    block = tr34_tokens.write_key_block(signer=token.signer, key=KEY, header=token.part.header)
    (tmp_path / "block").write_bytes(block)
    (tmp_path / "device.pem").write_text(device.certificate.pem())
    ran = subprocess.run(
        [
            "openssl", "cms", "-encrypt", "-binary", "-in", "block", "-outform", "DER",
            "-aes-128-cbc", "-recip", "device.pem", "-keyopt", "rsa_padding_mode:oaep",
            "-keyopt", "rsa_oaep_md:sha256", "-keyopt", "rsa_mgf1_md:sha256", "-out", "made",
        ],
        cwd=tmp_path, capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr.decode()
    content = tr34_by_hand.walk((tmp_path / "made").read_bytes(), 1, 0)
    made = _signed(replace(token.part, content=content, digest=_sha256(content)), host)
    assert open_token(made, Tr34Form.CMS_2019).key == KEY


def _sha256(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def _signed(part: tr34_tokens.SignedPart, host: Party, form: Tr34Form = Tr34Form.CMS_2019) -> bytes:
    """A token that is signed by the right one over whatever a test wants."""
    covered = tr34_tokens.write_attributes(part, form)
    token = tr34_tokens.Token(
        signer=tr34_by_hand.name_of(host.certificate.der),
        part=part,
        covered=covered,
        signature=host.pair.sign(covered, scheme=SignatureScheme.RSA_PKCS1),
        crl=None,
    )
    return tr34_tokens.write_token(token, form)


@pytest.mark.parametrize("form", FORMS)
def test_a_token_is_for_one_nonce(form: Tr34Form) -> None:
    assert refusal_of(make_token(form), form, fresh=TwoPass(bytes(8))) == "nonce"
    assert refusal_of(make_token(form, fresh=OnePass(at_ms=NOW_MS)), form) == "nonce"


@pytest.mark.parametrize("off_ms", [-301_000, 301_000])
def test_a_token_without_nonce_is_for_its_time(off_ms: int) -> None:
    token = make_token(fresh=OnePass(at_ms=NOW_MS + off_ms))
    assert refusal_of(token, fresh=OnePass(at_ms=NOW_MS)) == "time"
    assert refusal_of(make_token(), fresh=OnePass(at_ms=NOW_MS)) == "time"


@pytest.mark.parametrize("nonce", [b"", bytes(7), bytes(17)])
def test_a_nonce_is_eight_to_sixteen_octets(nonce: bytes) -> None:
    with pytest.raises(KeyTokenRefused):
        TwoPass(nonce)


def test_a_token_is_for_one_device() -> None:
    other = party("another device", "RSA_3072", Purpose.KEY_TRANSPORT)
    refused = refusal_of(make_token(), recipient=other.pair, certificate=other.certificate)
    assert refused == "recipient"


def test_a_token_is_from_one_host() -> None:
    other = party("another host", "RSA_2048", Purpose.SIGNATURE)
    assert refusal_of(make_token(), distributor=other.certificate) == "signer"
    forged = make_token(distributor=other.pair)
    assert refusal_of(forged) == "signature.refused"


def test_a_host_hangs_from_the_authority_that_was_named() -> None:
    other = party("another host", "RSA_2048", Purpose.SIGNATURE)
    assert refusal_of(make_token(), authority=other.authority.certificate) == "certificate.refused"
    assert refusal_of(make_token(), at_ms=NOW_MS + 40 * DAY_MS) == "certificate.refused"


@pytest.mark.parametrize("form", FORMS)
def test_a_revoked_host_is_refused(form: Tr34Form) -> None:
    host = distributor()
    fine = host.authority.revoke([], at_ms=NOW_MS, days=7)
    assert open_token(make_token(form, crl=fine), form).key == KEY
    revoked = host.authority.revoke([host.certificate.serial], at_ms=NOW_MS, days=7)
    assert refusal_of(make_token(form, crl=revoked), form) == "certificate.refused"
    assert refusal_of(make_token(form, crl=fine), form, at_ms=NOW_MS + 8 * DAY_MS)


def test_the_form_is_not_the_tokens_to_choose() -> None:
    assert refusal_of(make_token(Tr34Form.X9_2012), Tr34Form.CMS_2019)
    assert refusal_of(make_token(Tr34Form.CMS_2019), Tr34Form.X9_2012)


STRENGTHS = [
    ("RSA_2048", KeyAlgorithm.AES_128, 16, "RSA of 2048 bits has 112 bits of strength"),
    ("RSA_3072", KeyAlgorithm.AES_256, 32, "TR-34 has no cipher between that is as strong"),
    ("RSA_3072", KeyAlgorithm.AES_192, 24, "neither"),
]


@pytest.mark.parametrize(("device", "algorithm", "octets", "why"), STRENGTHS)
def test_a_key_is_never_wrapped_by_a_weaker_one(
    device: str, algorithm: KeyAlgorithm, octets: int, why: str
) -> None:
    weak = party(f"device {device}", device, Purpose.KEY_TRANSPORT)
    with pytest.raises(KeyTokenRefused):
        make_token(
            recipient=weak.certificate, key=os.urandom(octets), attributes=attributes(algorithm)
        )


def test_a_key_that_came_under_a_weaker_one_is_refused() -> None:
    weak = party("device RSA_2048", "RSA_2048", Purpose.KEY_TRANSPORT)
    host = distributor()
    token = tr34_by_hand.make(
        KEY,
        b"D9999K0AB00E0000",
        NONCE,
        host=host.pair.pkcs8(),
        host_certificate=host.certificate.der,
        device=weak.certificate.der,
    )
    assert refusal_of(token, recipient=weak.pair, certificate=weak.certificate) == "strength"


def test_single_des_in_disguise_is_refused() -> None:
    twice = bytes.fromhex("0123456789abcdef0022446688aaccee")
    assert refusal_of(make_token(key=twice, attributes=TDES)) == "key.refused"


def test_a_header_that_the_signature_covers_is_the_keys_own() -> None:
    """Key misuse: a PIN key whose signed attributes call it a data key."""
    host = distributor()
    taken = tr34_tokens.read_token(make_token(attributes=attributes(usage=KeyUsage.PIN_ENCRYPTION)))
    part = replace(taken.part, header=b"D9999D0AB00E0000")
    assert refusal_of(_signed(part, host, Tr34Form.X9_2012)) == "binding"


HEADERS = [
    (b"D9999K0AX00E0000", "a mode that a K0 key cannot have"),
    (b"D9999K0TB00E0000" + b"0", "too long"),
    (b"D9999K0HB00E0000", "an HMAC key of 16 octets"),
    (b"D9999ZZAB00E0000", "no usage"),
    (b"D9999K0AB00E0100", "an optional block that is not there"),
    (b"F9999K0AB00E0000", "no version"),
]


@pytest.mark.parametrize(("header", "why"), HEADERS)
def test_attributes_that_do_not_go_together_are_refused(header: bytes, why: str) -> None:
    host, device = distributor(), recipient()
    token = tr34_by_hand.make(
        KEY,
        header,
        NONCE,
        host=host.pair.pkcs8(),
        host_certificate=host.certificate.der,
        device=device.certificate.der,
    )
    assert refusal_of(token) == "key.refused"


def _with_envelope(**changed: Any) -> bytes:
    """A well-signed token over an envelope that was altered before it was signed."""
    host = distributor()
    part = tr34_tokens.read_token(make_token()).part
    envelope = replace(tr34_tokens.read_envelope(part.content, Tr34Form.X9_2012), **changed)
    content = tr34_tokens.write_envelope(envelope, Tr34Form.X9_2012)
    return _signed(replace(part, content=content, digest=_sha256(content)), host, Tr34Form.X9_2012)


def test_padding_is_no_oracle() -> None:
    """Wrong padding, wrong wrapped key and wrong structure: one text, whatever the reason."""
    device = recipient()
    assert refusal_of(_with_envelope(ciphertext=os.urandom(160)))
    assert refusal_of(_with_envelope(wrapped=os.urandom(384)))
    short = device.certificate.public.encrypt(bytes(8), hashed=HashName.SHA_256)
    assert refusal_of(_with_envelope(wrapped=short))
    assert refusal_of(_with_envelope(ciphertext=os.urandom(15))) == "envelope"
    assert refusal_of(_with_envelope(iv=bytes(8))) == "envelope"


def test_nothing_is_deciphered_before_the_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    token = tr34_tokens.read_token(make_token())
    broken = replace(token, signature=bytes(len(token.signature)))

    def decipher(*_: object, **__: object) -> bytes:
        raise AssertionError("deciphered")

    monkeypatch.setattr(KeyPair, "decrypt", decipher)
    refused = refusal_of(tr34_tokens.write_token(broken, Tr34Form.X9_2012))
    assert refused == "signature.refused"
