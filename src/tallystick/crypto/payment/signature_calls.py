"""Sign and verify with keys of usage S0; what signs here signs no certificate and no key token."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.mechanisms import (
    HashName,
    KeyRefused,
    SignatureRefused,
    SignatureScheme,
)
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.calls import Answer, Call, Handle, KeyUsed, Octets
from tallystick.crypto.payment.exchanging import open_pair, public_of
from tallystick.crypto.payment.refusals import CallMalformed, KeyUnusable, NotVerified


class Sign(Call, tag="sign", kw_only=True):
    """Sign up to 8192 octets. Refuses: CallMalformed for the scheme of another kind of key."""

    key: Handle
    octets: Octets
    scheme: SignatureScheme
    hashed: HashName = HashName.SHA_256


class VerifySignature(Call, tag="verify-signature", kw_only=True):
    """Verify a signature with a pair or somebody's public key. Refuses: NotVerified."""

    key: Handle
    octets: Octets
    signature: Annotated[bytes, msgspec.Meta(min_length=1, max_length=1024)]
    scheme: SignatureScheme
    hashed: HashName = HashName.SHA_256


class Signed(Answer, tag="signed"):
    """A signature; ECDSA as DER."""

    signature: bytes
    used: KeyUsed


class SignatureVerified(Answer, tag="signature-verified"):
    """It is that key's signature over those octets."""

    used: KeyUsed


def sign(bench: Bench, call: Sign) -> Signed:
    key, pair = open_pair(
        bench,
        call.key,
        usage=KeyUsage.SIGNATURE,
        action=KeyAction.SIGN,
        roles={""},
        where="key",
    )
    try:
        signature = pair.sign(call.octets, scheme=call.scheme, hashed=call.hashed)
    except KeyRefused as refusal:
        raise CallMalformed(str(refusal), where="scheme") from None
    return Signed(signature=signature, used=key.used)


def verify_signature(bench: Bench, call: VerifySignature) -> SignatureVerified:
    record = bench.record(call.key)
    action = KeyAction.SIGN if record.kind == "pair" else KeyAction.VERIFY
    key = bench.key(call.key, usages={KeyUsage.SIGNATURE}, action=action)
    if key.record.pinned.get("role"):
        raise KeyUnusable("the key is for another purpose", where="key", reason="role")
    try:
        public_of(key).verify(call.octets, call.signature, scheme=call.scheme, hashed=call.hashed)
    except SignatureRefused:
        raise NotVerified("signature") from None
    return SignatureVerified(used=key.used)
