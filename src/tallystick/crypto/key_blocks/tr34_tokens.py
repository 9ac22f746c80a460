"""The two ways in which TR-34 key tokens are written, and nothing of what makes them secure.

X9_TR34_2012 is the form before CMS that payment services and their HSMs exchange: an envelope
without its SEQUENCE, the ciphertext within the algorithm, untagged parameters of OAEP. CMS_2019 is
SignedData around EnvelopedData as RFC 5652 has them.

Source: ANSI X9 TR 34-2012 and TR 34-2019 as public implementations write them (Amazon's samples for
payment cryptography; Clover's TR-34 host); RFC 5652, RFC 4055. See tests/vectors.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from enum import StrEnum

from tallystick.crypto.key_blocks import der

TOKEN_OCTETS_MAX = 32 * 1024
_SIGNED_DATA = der.object_identifier("1.2.840.113549.1.7.2")
_ENVELOPED_DATA = der.object_identifier("1.2.840.113549.1.7.3")
_DATA = der.object_identifier("1.2.840.113549.1.7.1")
_CONTENT_TYPE = der.object_identifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = der.object_identifier("1.2.840.113549.1.9.4")
_SIGNING_TIME = der.object_identifier("1.2.840.113549.1.9.5")
_RANDOM_NONCE = der.object_identifier("1.2.840.113549.1.9.25.3")
_SHA_256 = der.object_identifier("2.16.840.1.101.3.4.2.1")
_RSA = der.object_identifier("1.2.840.113549.1.1.1")
_SHA_256_RSA = der.object_identifier("1.2.840.113549.1.1.11")
_OAEP = der.object_identifier("1.2.840.113549.1.1.7")
_MGF1 = der.object_identifier("1.2.840.113549.1.1.8")
_P_SPECIFIED = der.object_identifier("1.2.840.113549.1.1.9")
_NULL = der.write(der.NULL, b"")
_FIRST, _SECOND, _THIRD = 0xA0, 0xA1, 0xA2
_FIRST_BARE = 0x80
_VERSION_0, _VERSION_1, _VERSION_3 = (der.integer(number) for number in (0, 1, 3))


class Tr34Form(StrEnum):
    """How a key token is written."""

    X9_2012 = "X9_TR34_2012"
    CMS_2019 = "CMS_2019"


class ContentCipher(StrEnum):
    """What enciphers the key block within a token; the value is its object identifier."""

    TDES = "1.2.840.113549.3.7"
    AES_128 = "2.16.840.1.101.3.4.1.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A key block enciphered for one recipient. `recipient` is issuer and serial number in DER."""

    recipient: bytes
    wrapped: bytes
    cipher: ContentCipher
    iv: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPart:
    """What a distributor signs: attributes over an envelope. `fresh` is a nonce or a time."""

    content: bytes
    digest: bytes
    header: bytes
    nonce: bytes | None = None
    signing_time: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A key token taken apart. `covered` is what the signature is over."""

    signer: bytes
    part: SignedPart
    covered: bytes
    signature: bytes
    crl: bytes | None


def write_envelope(envelope: Envelope, form: Tr34Form) -> bytes:
    """The envelope as the content that is signed."""
    cipher = der.object_identifier(envelope.cipher)
    iv = der.octet_string(envelope.iv)
    ciphertext = der.write(_FIRST_BARE, envelope.ciphertext)
    cms = form is Tr34Form.CMS_2019
    recipient = der.sequence(
        _VERSION_0, envelope.recipient, _oaep(tagged=cms), der.octet_string(envelope.wrapped)
    )
    if cms:
        content = der.sequence(_DATA, der.sequence(cipher, iv), ciphertext)
    else:
        content = der.sequence(_DATA, der.sequence(cipher, iv, ciphertext))
    inner = (_VERSION_0, der.set_of([recipient]), content)
    return der.sequence(*inner) if cms else b"".join(inner)


def read_envelope(content: bytes, form: Tr34Form) -> Envelope:
    """Read what `write_envelope` writes. Refuses: DerRefused."""
    if form is Tr34Form.CMS_2019:
        elements = der.inside(
            der.read_element(content, tag=der.SEQUENCE), der.INTEGER, der.SET, der.SEQUENCE
        )
    else:
        elements = der.row(der.read_elements(content), der.INTEGER, der.SET, der.SEQUENCE)
    version, recipients, enciphered = elements
    _demand(version.whole == _VERSION_0)
    cipher, iv, ciphertext = _read_enciphered(enciphered, form)
    one = der.only(recipients, der.SEQUENCE)
    kind, recipient, oaep, wrapped = der.inside(
        one, der.INTEGER, der.SEQUENCE, der.SEQUENCE, der.OCTET_STRING
    )
    _demand(kind.whole == _VERSION_0 and oaep.whole in _OAEPS)
    return Envelope(
        recipient=recipient.whole,
        wrapped=wrapped.content,
        cipher=cipher,
        iv=iv,
        ciphertext=ciphertext,
    )


def write_attributes(part: SignedPart, form: Tr34Form) -> bytes:
    """The attributes as a SET: what is signed."""
    attributes = [_attribute(_CONTENT_TYPE, _ENVELOPED_DATA)]
    if part.nonce is not None:
        attributes.append(_attribute(_RANDOM_NONCE, der.octet_string(part.nonce)))
    if part.signing_time is not None:
        attributes.append(_attribute(_SIGNING_TIME, part.signing_time))
    attributes.append(header_attribute(part.header))
    attributes.append(_attribute(_MESSAGE_DIGEST, der.octet_string(part.digest)))
    if form is Tr34Form.CMS_2019:
        return der.set_of(attributes)
    return der.write(der.SET, b"".join(attributes))


def write_token(token: Token, form: Tr34Form) -> bytes:
    """The token; `token.covered` is what `write_attributes` gave."""
    hashed = der.sequence(_SHA_256)
    content = der.write(_FIRST, der.octet_string(token.part.content))
    signer = der.sequence(
        _VERSION_1,
        token.signer,
        hashed,
        der.write(_FIRST, der.read_element(token.covered).content),
        der.sequence(_RSA, _NULL),
        der.octet_string(token.signature),
    )
    signed = der.sequence(
        _VERSION_1 if form is Tr34Form.X9_2012 else _VERSION_3,
        der.set_of([hashed]),
        der.sequence(_ENVELOPED_DATA, content),
        b"" if token.crl is None else der.write(_SECOND, token.crl),
        der.set_of([signer]),
    )
    return der.sequence(_SIGNED_DATA, der.write(_FIRST, signed))


def read_token(octets: bytes) -> Token:
    """Take a token apart. Refuses: DerRefused. Nothing in it is believed yet."""
    _demand(len(octets) <= TOKEN_OCTETS_MAX)
    kind, wrapped = der.inside(der.read_element(octets, tag=der.SEQUENCE), der.OBJECT, _FIRST)
    _demand(kind.whole == _SIGNED_DATA)
    elements = der.read_elements(der.only(wrapped, der.SEQUENCE).content)
    certificates = [one for one in elements if one.tag == _FIRST]
    crls = [one for one in elements if one.tag == _SECOND]
    plain = [one for one in elements if one.tag not in (_FIRST, _SECOND)]
    _demand(elements == [*plain[:-1], *certificates, *crls, *plain[-1:]])
    _demand(len(certificates) <= 1 and len(crls) <= 1)
    version, hashes, content, signers = der.row(plain, der.INTEGER, der.SET, der.SEQUENCE, der.SET)
    _demand(version.whole in (_VERSION_1, _VERSION_3))
    _demand(der.only(hashes, der.SEQUENCE).whole in _SHA_256S)
    signer = der.only(signers, der.SEQUENCE)
    crl = der.only(crls[0], der.SEQUENCE).whole if crls else None
    return replace(_read_signer(signer, _read_content(content)), crl=crl)


def issuer_and_serial(*, issuer: bytes, serial: int) -> bytes:
    """How CMS names a certificate (RFC 5652 §10.2.4)."""
    return der.sequence(issuer, der.integer(serial))


def header_attribute(header: bytes) -> bytes:
    """The header of the key block as an attribute of type id-data."""
    return _attribute(_DATA, der.octet_string(header))


def write_key_block(*, signer: bytes, key: bytes, header: bytes) -> bytes:
    """The key with its header and who sent it, before it is enciphered."""
    return der.sequence(_VERSION_1, signer, der.octet_string(key), header_attribute(header))


def read_key_block(octets: bytes) -> tuple[bytes, bytes, bytes]:
    """Who sent it, the key, the header. Refuses: DerRefused.

    The version is 1 in every token that we know of, though one annex of 2019 says 0.
    """
    version, signer, key, attribute = der.inside(
        der.read_element(octets, tag=der.SEQUENCE),
        der.INTEGER,
        der.SEQUENCE,
        der.OCTET_STRING,
        der.SEQUENCE,
    )
    _demand(version.whole in (_VERSION_0, _VERSION_1))
    kind, values = der.inside(attribute, der.OBJECT, der.SET)
    _demand(kind.whole == _DATA)
    return signer.whole, key.content, der.only(values, der.OCTET_STRING).content


def write_random_token(nonce: bytes) -> bytes:
    """RT-KRD: the nonce that a receiving device asks to see again in its key token."""
    return _attribute(_RANDOM_NONCE, der.octet_string(nonce))


def read_random_token(octets: bytes) -> bytes:
    """The nonce of a receiving device, 8 to 16 octets. Refuses: DerRefused."""
    kind, values = der.inside(der.read_element(octets, tag=der.SEQUENCE), der.OBJECT, der.SET)
    nonce = der.only(values, der.OCTET_STRING).content
    _demand(kind.whole == _RANDOM_NONCE and 8 <= len(nonce) <= 16)
    return nonce


def _read_enciphered(element: der.Element, form: Tr34Form) -> tuple[ContentCipher, bytes, bytes]:
    if form is Tr34Form.CMS_2019:
        kind, algorithm, ciphertext = der.inside(element, der.OBJECT, der.SEQUENCE, _FIRST_BARE)
        named, iv = der.inside(algorithm, der.OBJECT, der.OCTET_STRING)
    else:
        kind, algorithm = der.inside(element, der.OBJECT, der.SEQUENCE)
        named, iv, ciphertext = der.inside(algorithm, der.OBJECT, der.OCTET_STRING, _FIRST_BARE)
    cipher = _CIPHERS.get(named.whole)
    if kind.whole != _DATA or cipher is None:
        raise der.DerRefused("not a cipher of TR-34")
    return cipher, iv.content, ciphertext.content


def _read_content(element: der.Element) -> bytes:
    kind, explicit = der.inside(element, der.OBJECT, _FIRST)
    _demand(kind.whole == _ENVELOPED_DATA)
    return der.only(explicit, der.OCTET_STRING).content


def _read_signer(element: der.Element, content: bytes) -> Token:
    version, signer, hashed, attributes, algorithm, signature = der.inside(
        element,
        der.INTEGER,
        der.SEQUENCE,
        der.SEQUENCE,
        _FIRST,
        der.SEQUENCE,
        der.OCTET_STRING,
    )
    _demand(version.whole == _VERSION_1 and hashed.whole in _SHA_256S)
    _demand(algorithm.whole in _SIGNATURES)
    return Token(
        signer=signer.whole,
        part=_read_attributes(attributes, content),
        covered=der.write(der.SET, attributes.content),
        signature=signature.content,
        crl=None,
    )


def _read_attributes(element: der.Element, content: bytes) -> SignedPart:
    """Attributes that we do not know say nothing to us; none is there twice."""
    found: dict[bytes, der.Element] = {}
    for attribute in der.read_elements(element.content):
        kind, values = der.inside(der.row([attribute], der.SEQUENCE)[0], der.OBJECT, der.SET)
        _demand(kind.whole not in found)
        found[kind.whole] = values
    _demand(found.keys() >= {_CONTENT_TYPE, _MESSAGE_DIGEST, _DATA})
    _demand(der.only(found[_CONTENT_TYPE], der.OBJECT).whole == _ENVELOPED_DATA)
    return SignedPart(
        content=content,
        digest=der.only(found[_MESSAGE_DIGEST], der.OCTET_STRING).content,
        header=der.only(found[_DATA], der.OCTET_STRING).content,
        nonce=_octets(found.get(_RANDOM_NONCE)),
        signing_time=_whole(found.get(_SIGNING_TIME)),
    )


def _octets(values: der.Element | None) -> bytes | None:
    return None if values is None else der.only(values, der.OCTET_STRING).content


def _whole(values: der.Element | None) -> bytes | None:
    if values is None:
        return None
    return der.read_element(values.content).whole


def _attribute(kind: bytes, value: bytes) -> bytes:
    return der.sequence(kind, der.write(der.SET, value))


def _oaep(*, tagged: bool, nulls: tuple[bool, bool] = (True, False), source: bool = True) -> bytes:
    """Parameters of OAEP with SHA-256 in both places and an empty label (RFC 4055 §4.1)."""
    hashed, masked = (der.sequence(_SHA_256, _NULL if null else b"") for null in nulls)
    parts = [hashed, der.sequence(_MGF1, masked)]
    if source:
        parts.append(der.sequence(_P_SPECIFIED, der.octet_string(b"")))
    if tagged:
        tags = (_FIRST, _SECOND, _THIRD)
        parts = [der.write(tag, part) for tag, part in zip(tags, parts, strict=False)]
    return der.sequence(_OAEP, der.sequence(*parts))


def _demand(holds: bool) -> None:
    if not holds:
        raise der.DerRefused("not a key token")


_CIPHERS = {der.object_identifier(one): one for one in ContentCipher}
_SHA_256S = frozenset({der.sequence(_SHA_256), der.sequence(_SHA_256, _NULL)})
_SIGNATURES = frozenset({der.sequence(_RSA, _NULL), der.sequence(_SHA_256_RSA, _NULL)})
_OAEPS = frozenset(
    _oaep(tagged=tagged, nulls=(first, second), source=source)
    for tagged, first, second, source in itertools.product((True, False), repeat=4)
)
