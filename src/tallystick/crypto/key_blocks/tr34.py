"""TR-34: one symmetric key from a key distribution host (KDH) to a key receiving device (KRD).

Two-pass: the receiving device gives a nonce and sees it again. One-pass: the time of signing lies
within a window; the receiving device must remember what it has taken within that window.

Nothing is deciphered before the signature of the distributor is verified over all of it, and wrong
padding looks like everything else that is wrong.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tallystick.crypto.key_blocks import der, tr34_tokens
from tallystick.crypto.key_blocks.attributes import KeyAlgorithm, KeyAttributes
from tallystick.crypto.key_blocks.exchange_refusals import KeyTokenRefused
from tallystick.crypto.key_blocks.material import demand_sound
from tallystick.crypto.key_blocks.short_header import read_short_header, write_short_header
from tallystick.crypto.key_blocks.tr34_tokens import ContentCipher, Tr34Form
from tallystick.crypto.mechanisms import (
    BlockCipher,
    HashName,
    KeyPair,
    KeyRefused,
    Purpose,
    SignatureRefused,
    SignatureScheme,
    Undecipherable,
    X509Certificate,
    X509Refused,
    check_chain,
    check_not_revoked,
)
from tallystick.ground.errors import Refused

NONCE_OCTETS_MIN, NONCE_OCTETS_MAX = 8, 16
_KEY_OCTETS: Mapping[ContentCipher, int] = MappingProxyType(
    {ContentCipher.TDES: 24, ContentCipher.AES_128: 16}
)
_BLOCK_OCTETS: Mapping[ContentCipher, int] = MappingProxyType(
    {ContentCipher.TDES: 8, ContentCipher.AES_128: 16}
)
_STRENGTHS: Mapping[ContentCipher, int] = MappingProxyType(
    {ContentCipher.TDES: 112, ContentCipher.AES_128: 128}
)
_TIME_2050 = datetime.datetime(2050, 1, 1, tzinfo=datetime.UTC)

Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class TwoPass:
    """The nonce of the receiving device, 8 to 16 octets."""

    nonce: bytes

    def __post_init__(self) -> None:
        if not NONCE_OCTETS_MIN <= len(self.nonce) <= NONCE_OCTETS_MAX:
            raise KeyTokenRefused("nonce")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePass:
    """Now, and how far the time of signing may lie from it."""

    at_ms: int
    window_ms: int = 300_000


Freshness = TwoPass | OnePass


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A key out of a token. `digest` remembers what was taken: SHA-256 over what is signed, because
    the rest of a token (its version, certificates, names of hashes) has more than one spelling.
    """

    key: bytes
    attributes: KeyAttributes
    digest: bytes

    def __repr__(self) -> str:
        return f"Opened({self.attributes.usage}, {self.attributes.algorithm}, hidden)"


def make_key_token(
    key: bytes,
    attributes: KeyAttributes,
    *,
    distributor: KeyPair,
    certificate: X509Certificate,
    recipient: X509Certificate,
    fresh: Freshness,
    form: Tr34Form,
    crl: bytes | None = None,
    random: Random = os.urandom,
) -> bytes:
    """Put a key into a token for one receiving device (KDH side).

    Takes:   the distributor's pair with its certificate; the recipient's certificate, whose chain
             the caller has checked; optionally the revocation list of the distributor's authority.
    Refuses: KeyTokenRefused for a key that the recipient's RSA key or the ciphers of TR-34 (TDEA,
             AES-128) are too weak for, and for keys of the wrong kind or length.
    Source:  ANSI X9 TR 34-2012 and TR 34-2019, key tokens; see tr34_tokens.
    """
    cipher = _cipher_for(attributes.algorithm)
    if len(key) != attributes.algorithm.octets or not recipient.public.algorithm.startswith("RSA"):
        raise KeyTokenRefused("key")
    _demand_strength(attributes.algorithm, recipient.public.strength_bits, cipher)
    signer, header = _name(certificate), write_short_header(attributes)
    block = tr34_tokens.write_key_block(signer=signer, key=key, header=header)
    ephemeral, iv = random(_KEY_OCTETS[cipher]), random(_BLOCK_OCTETS[cipher])
    envelope = tr34_tokens.Envelope(
        recipient=_name(recipient),
        wrapped=recipient.public.encrypt(ephemeral, hashed=HashName.SHA_256),
        cipher=cipher,
        iv=iv,
        ciphertext=_block_cipher(cipher, ephemeral).encrypt_cbc(_pad(block, len(iv)), iv=iv),
    )
    content = tr34_tokens.write_envelope(envelope, form)
    part = tr34_tokens.SignedPart(
        content=content,
        digest=hashlib.sha256(content).digest(),
        header=header,
        nonce=fresh.nonce if isinstance(fresh, TwoPass) else None,
        signing_time=None if isinstance(fresh, TwoPass) else _write_time(fresh.at_ms),
    )
    covered = tr34_tokens.write_attributes(part, form)
    token = tr34_tokens.Token(
        signer=signer,
        part=part,
        covered=covered,
        signature=distributor.sign(covered, scheme=SignatureScheme.RSA_PKCS1),
        crl=crl,
    )
    return tr34_tokens.write_token(token, form)


def open_key_token(
    token: bytes,
    *,
    distributor: X509Certificate,
    authority: X509Certificate,
    recipient: KeyPair,
    certificate: X509Certificate,
    fresh: Freshness,
    at_ms: int,
    form: Tr34Form,
) -> Opened:
    """Take the key out of a token (KRD side).

    Takes:   the distributor's certificate and the authority that it hangs from; our pair with its
             certificate. A revocation list in the token must be the authority's and in force.
    Refuses: KeyTokenRefused, with one text for everything; `reason` goes into the fact only.
    """
    try:
        return _open(
            token,
            distributor=distributor,
            authority=authority,
            recipient=recipient,
            certificate=certificate,
            fresh=fresh,
            at_ms=at_ms,
            form=form,
        )
    except KeyTokenRefused:
        raise
    except _INNER as inner:
        raise KeyTokenRefused(inner.code) from None


def _open(
    token: bytes,
    *,
    distributor: X509Certificate,
    authority: X509Certificate,
    recipient: KeyPair,
    certificate: X509Certificate,
    fresh: Freshness,
    at_ms: int,
    form: Tr34Form,
) -> Opened:
    taken = tr34_tokens.read_token(token)
    _check_distributor(taken, distributor, authority, at_ms)
    if not hmac.compare_digest(hashlib.sha256(taken.part.content).digest(), taken.part.digest):
        raise KeyTokenRefused("digest")
    distributor.public.verify(taken.covered, taken.signature, scheme=SignatureScheme.RSA_PKCS1)
    _check_fresh(taken.part, fresh)
    envelope = tr34_tokens.read_envelope(taken.part.content, form)
    if envelope.recipient != _name(certificate) or certificate.public != recipient.public:
        raise KeyTokenRefused("recipient")
    signer, key, header = tr34_tokens.read_key_block(_decipher(envelope, recipient))
    if signer != taken.signer or header != taken.part.header:
        raise KeyTokenRefused("binding")
    attributes = read_short_header(header, key_octets=len(key))
    demand_sound(key, attributes.algorithm)
    _demand_strength(attributes.algorithm, recipient.public.strength_bits, envelope.cipher)
    return Opened(key=key, attributes=attributes, digest=hashlib.sha256(taken.covered).digest())


def _check_distributor(
    taken: tr34_tokens.Token,
    distributor: X509Certificate,
    authority: X509Certificate,
    at_ms: int,
) -> None:
    if taken.signer != _name(distributor):
        raise KeyTokenRefused("signer")
    check_chain(distributor, root=authority, at_ms=at_ms, purpose=Purpose.SIGNATURE)
    if taken.crl is not None:
        check_not_revoked(distributor, crl=taken.crl, issuer=authority, at_ms=at_ms)


def _check_fresh(part: tr34_tokens.SignedPart, fresh: Freshness) -> None:
    if isinstance(fresh, TwoPass):
        if part.nonce is None or not hmac.compare_digest(part.nonce, fresh.nonce):
            raise KeyTokenRefused("nonce")
        return
    if part.signing_time is None:
        raise KeyTokenRefused("time")
    if abs(_read_time(part.signing_time) - fresh.at_ms) > fresh.window_ms:
        raise KeyTokenRefused("time")


def _decipher(envelope: tr34_tokens.Envelope, recipient: KeyPair) -> bytes:
    """Work on with a key of chance when the wrapped key does not open: the end is the same."""
    octets, size = _KEY_OCTETS[envelope.cipher], _BLOCK_OCTETS[envelope.cipher]
    ephemeral = os.urandom(octets)
    try:
        unwrapped = recipient.decrypt(envelope.wrapped, hashed=HashName.SHA_256)
    except Undecipherable:
        unwrapped = b""
    if len(unwrapped) == octets:
        ephemeral = unwrapped
    if len(envelope.iv) != size or not envelope.ciphertext or len(envelope.ciphertext) % size:
        raise KeyTokenRefused("envelope")
    cipher = _block_cipher(envelope.cipher, ephemeral)
    return _unpad(cipher.decrypt_cbc(envelope.ciphertext, iv=envelope.iv), size)


def _pad(block: bytes, size: int) -> bytes:
    """RFC 5652 §6.3: always at least one octet."""
    count = size - len(block) % size
    return block + bytes((count,)) * count


def _unpad(padded: bytes, size: int) -> bytes:
    count = padded[-1]
    if not 1 <= count <= size or padded[-count:] != bytes((count,)) * count:
        raise KeyTokenRefused("envelope")
    return padded[:-count]


def _block_cipher(cipher: ContentCipher, key: bytes) -> BlockCipher:
    return BlockCipher.tdes(key) if cipher is ContentCipher.TDES else BlockCipher.aes(key)


def _cipher_for(algorithm: KeyAlgorithm) -> ContentCipher:
    return ContentCipher.TDES if algorithm.letter == "T" else ContentCipher.AES_128


def _demand_strength(algorithm: KeyAlgorithm, wrapping: int, cipher: ContentCipher) -> None:
    """A key is never wrapped by a weaker one, neither the recipient's nor the one between."""
    if algorithm.strength_bits > min(wrapping, _STRENGTHS[cipher]):
        raise KeyTokenRefused("strength")


def _name(certificate: X509Certificate) -> bytes:
    return tr34_tokens.issuer_and_serial(issuer=certificate.issuer_der, serial=certificate.serial)


def _write_time(at_ms: int) -> bytes:
    """RFC 5652 §11.3: two digits of the year until 2049, four afterwards."""
    at = datetime.datetime.fromtimestamp(at_ms // 1000, datetime.UTC)
    if at < _TIME_2050:
        return der.write(der.UTC_TIME, f"{at:%y%m%d%H%M%S}Z".encode("ascii"))
    return der.write(der.GENERALIZED_TIME, f"{at:%Y%m%d%H%M%S}Z".encode("ascii"))


def _read_time(whole: bytes) -> int:
    element = der.read_element(whole)
    shape = {der.UTC_TIME: "%y%m%d%H%M%SZ", der.GENERALIZED_TIME: "%Y%m%d%H%M%SZ"}.get(element.tag)
    if shape is None or len(element.content) not in (13, 15) or not element.content.isascii():
        raise KeyTokenRefused("time")
    try:
        read = datetime.datetime.strptime(element.content.decode("ascii"), shape)
    except ValueError:
        raise KeyTokenRefused("time") from None
    return int(read.replace(tzinfo=datetime.UTC).timestamp()) * 1000


_INNER: tuple[type[Refused], ...] = (
    der.DerRefused,
    KeyRefused,
    SignatureRefused,
    X509Refused,
)
