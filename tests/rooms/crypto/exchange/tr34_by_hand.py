"""TR-34:2012 tokens made and read by other means, to hold ours against.

Written from the structure that Amazon's samples for payment cryptography use, with the DER of
asn1crypto and the cryptography of pycryptodome, so that it shares nothing with the package.
"""

from __future__ import annotations

import os

from asn1crypto import core, parser, x509
from Crypto.Cipher import AES, DES3, PKCS1_OAEP
from Crypto.Hash import SHA256
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15
from Crypto.Util.Padding import pad, unpad


def element(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes(2 if len(body) > 255 else 1, "big")
    return bytes([tag, 128 + len(size)]) + size + body


def identifier(dotted: str) -> bytes:
    octets: bytes = core.ObjectIdentifier(dotted).dump()
    return octets


SHA_256 = identifier("2.16.840.1.101.3.4.2.1")
ENVELOPED = identifier("1.2.840.113549.1.7.3")
DATA = identifier("1.2.840.113549.1.7.1")
NULL = b"\x05\x00"
ONE, ZERO = b"\x02\x01\x01", b"\x02\x01\x00"


def name_of(certificate: bytes) -> bytes:
    inside = x509.Certificate.load(certificate)["tbs_certificate"]
    return element(0x30, inside["issuer"].dump(), inside["serial_number"].dump())


def attribute(kind: str, value: bytes) -> bytes:
    return element(0x30, identifier(kind), element(0x31, value))


def make(
    key: bytes, header: bytes, nonce: bytes, *, host: bytes, host_certificate: bytes, device: bytes
) -> bytes:
    """`host` is PKCS #8; both certificates are DER."""
    bound = attribute("1.2.840.113549.1.7.1", element(4, header))
    block = element(0x30, ONE, name_of(host_certificate), element(4, key), bound)
    aes = header[7:8] == b"A"
    ephemeral, iv = os.urandom(16 if aes else 24), os.urandom(16 if aes else 8)
    if aes:
        cipher, ciphertext = (
            "2.16.840.1.101.3.4.1.2",
            AES.new(ephemeral, AES.MODE_CBC, iv).encrypt(pad(block, 16)),
        )
    else:
        cipher, ciphertext = (
            "1.2.840.113549.3.7",
            DES3.new(ephemeral, DES3.MODE_CBC, iv).encrypt(pad(block, 8)),
        )
    public = RSA.import_key(x509.Certificate.load(device).public_key.dump())
    wrapped = PKCS1_OAEP.new(public, SHA256).encrypt(ephemeral)
    oaep = element(
        0x30,
        identifier("1.2.840.113549.1.1.7"),
        element(
            0x30,
            element(0x30, SHA_256, NULL),
            element(0x30, identifier("1.2.840.113549.1.1.8"), element(0x30, SHA_256)),
            element(0x30, identifier("1.2.840.113549.1.1.9"), element(4)),
        ),
    )
    envelope = (
        ZERO
        + element(0x31, element(0x30, ZERO, name_of(device), oaep, element(4, wrapped)))
        + element(
            0x30,
            DATA,
            element(0x30, identifier(cipher), element(4, iv), element(0x80, ciphertext)),
        )
    )
    attributes = (
        attribute("1.2.840.113549.1.9.3", ENVELOPED)
        + attribute("1.2.840.113549.1.9.25.3", element(4, nonce))
        + bound
        + attribute("1.2.840.113549.1.9.4", element(4, SHA256.new(envelope).digest()))
    )
    signature = pkcs1_15.new(RSA.import_key(host)).sign(SHA256.new(element(0x31, attributes)))
    hashed = element(0x30, SHA_256)
    signer = element(
        0x30,
        ONE,
        name_of(host_certificate),
        hashed,
        element(0xA0, attributes),
        element(0x30, identifier("1.2.840.113549.1.1.1"), NULL),
        element(4, signature),
    )
    content = element(0x30, ENVELOPED, element(0xA0, element(4, envelope)))
    signed = element(0x30, ONE, element(0x31, hashed), content, element(0x31, signer))
    return element(0x30, identifier("1.2.840.113549.1.7.2"), element(0xA0, signed))


def respelt(token: bytes) -> list[bytes]:
    """The same token with all that may be written otherwise where nothing is signed."""
    version, hashes, content, *_, signers = parts(contents(walk(token, 1, 0)))
    other = element(2, b"\x03" if contents(version) == b"\x01" else b"\x01")
    with_null = element(0x31, element(0x30, SHA_256, NULL))
    signer = parts(contents(walk(signers, 0)))

    def put(*body: bytes) -> bytes:
        return element(0x30, walk(token, 0), element(0xA0, element(0x30, *body)))

    def signed(place: int, name: bytes) -> bytes:
        members = [*signer[:place], element(0x30, name, NULL), *signer[place + 1 :]]
        return put(version, hashes, content, element(0x31, element(0x30, *members)))

    return [
        put(other, hashes, content, signers),
        put(version, with_null, content, signers),
        put(version, hashes, content, element(0xA0, b"whatever"), signers),
        signed(2, SHA_256),
        signed(4, identifier("1.2.840.113549.1.1.11")),  # RSA with SHA-256, for RSA
    ]


def read(token: bytes, *, device: bytes, host_certificate: bytes, nonce: bytes) -> bytes:
    """The key of a token, by walking to where each part lies; `device` is PKCS #8."""
    signed = walk(token, 1, 0)
    envelope = contents(walk(signed, 2, 1, 0))
    signer = walk(signed, 3, 0)
    attributes = contents(walk(signer, 3))
    public = RSA.import_key(x509.Certificate.load(host_certificate).public_key.dump())
    pkcs1_15.new(public).verify(SHA256.new(element(0x31, attributes)), contents(walk(signer, 5)))
    assert element(4, nonce) in attributes
    assert SHA256.new(envelope).digest() in attributes
    recipients, enciphered = parts(envelope)[1:]
    wrapped = contents(walk(recipients, 0, 3))
    algorithm = walk(enciphered, 1)
    iv, ciphertext = contents(walk(algorithm, 1)), contents(walk(algorithm, 2))
    ephemeral = PKCS1_OAEP.new(RSA.import_key(device), SHA256).decrypt(wrapped)
    if len(iv) == 16:
        block = unpad(AES.new(ephemeral, AES.MODE_CBC, iv).decrypt(ciphertext), 16)
    else:
        block = unpad(DES3.new(ephemeral, DES3.MODE_CBC, iv).decrypt(ciphertext), 8)
    assert walk(block, 1) == walk(signer, 1) == name_of(host_certificate)
    assert walk(block, 3) in attributes
    return contents(walk(block, 2))


def contents(octets: bytes) -> bytes:
    held: bytes = parser.parse(octets)[4]
    return held


def parts(octets: bytes) -> list[bytes]:
    found = []
    while octets:
        _, _, _, header, content, trailer = parser.parse(octets)
        found.append(header + content + trailer)
        octets = octets[len(found[-1]) :]
    return found


def walk(octets: bytes, *path: int) -> bytes:
    for step in path:
        octets = parts(contents(octets))[step]
    return octets
