"""Keys that live and work inside a token, and what a token of the PKCS#11 kind cannot do inside.

`OPERATIONS` is the honest table: the level that an operation reaches when its keys are in such a
token. Whatever stands at S2 there works on clear keys or PINs in a process of ours, even while the
master key is in hardware: it is not what the PIN security requirements of the card schemes ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tallystick.crypto.key_blocks import KeyAlgorithm, KeyAttributes
from tallystick.crypto.keys.levels import AssuranceLevel
from tallystick.ground.errors import Defect

STEPS_MAX = 40
"""Derivations in one call: the initial key, up to 32 bits of a counter, the working key."""
_DERIVED = {
    KeyAlgorithm.AES_128: (16,),
    KeyAlgorithm.AES_192: (32,),
    KeyAlgorithm.AES_256: (32,),
    KeyAlgorithm.TDES_2KEY: (16,),
    KeyAlgorithm.TDES_3KEY: (24, 32),
    KeyAlgorithm.HMAC_SHA256: (32,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One derivation: `data` is enciphered (ECB) under the key, and is then the next key.

    `data` is whole blocks of the key that enciphers: 16 octets, or 32 for AES-192 and above (of
    which AES-192 keeps the first 24); 16 and 24 for TDEA. Source: PKCS#11 v2.40, key derivation by
    data encryption (CKM_AES_ECB_ENCRYPT_DATA, CKM_DES3_ECB_ENCRYPT_DATA).
    """

    algorithm: KeyAlgorithm
    data: bytes

    def __post_init__(self) -> None:
        if len(self.data) not in _DERIVED.get(self.algorithm, ()):
            raise Defect("not the data of a derivation")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """A key in a token. `id` is 32 hex digits; `public` is an uncompressed point or a DER
    RSAPublicKey, and empty for a secret key.
    """

    id: str
    label: str
    attributes: KeyAttributes
    public: bytes = b""


class TokenKeys(Protocol):
    """The life of keys in a token. One that does not answer raises ModuleUnavailable."""

    def create_key(self, attributes: KeyAttributes, *, label: str) -> TokenKey:
        """Draw a key in the token; it never leaves. When this returns, it survives a power cut.

        Refuses: TokenKeyRefused for what a token cannot keep apart, or has not the mechanism for.
        """
        ...

    def token_keys(self) -> Sequence[TokenKey]:
        """The keys of ours in the token, in order of id."""
        ...

    def destroy_key(self, key: str) -> None:
        """Destroy a key in the token; for good. Refuses: TokenKeyRefused for none of ours."""
        ...

    def wrap_key(self, key: str, wrapped: str) -> bytes:
        """Wrap one key in the token under another (AES key wrap with padding, RFC 5649)."""
        ...

    def unwrap_key(
        self, key: str, octets: bytes, attributes: KeyAttributes, *, label: str
    ) -> TokenKey:
        """Open what `wrap_key` made, into the token. Refuses: TokenKeyRefused, one answer."""
        ...


class TokenWork(Protocol):
    """What keys in a token do. Refuses: TokenKeyRefused where usage or mode forbid it.

    `steps` are derivations inside the token, from a key of usage B0, B1 or E0 to E6. The key that
    does the work lives for one call, and none of them leaves the token's session.
    """

    def token_mac(self, key: str, octets: bytes, *, steps: Sequence[Step] = ()) -> bytes:
        """CMAC of 16 octets (AES) or 8 (TDEA), or HMAC-SHA-256 of 32."""
        ...

    def token_verify(
        self, key: str, octets: bytes, mac: bytes, *, steps: Sequence[Step] = ()
    ) -> None:
        """Compare a whole MAC in the token. Refuses: TokenMacRefused."""
        ...

    def token_sign(self, key: str, octets: bytes) -> bytes:
        """ECDSA (r and s, each of the curve's length) or RSASSA-PSS, over SHA-256 of the octets."""
        ...

    def token_check(self, key: str, *, steps: Sequence[Step] = ()) -> bytes:
        """Check value: 3 octets of the CMAC (AES) or the ECB (TDEA) of one block of zeros."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row of the table: what it is, the level that it reaches with a token, and why."""

    name: str
    level: AssuranceLevel
    why: str


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="AES DUKPT: initial, transaction and working keys",
        level=AssuranceLevel.S3,
        why="each derivation is one ECB encryption inside the token (CKM_AES_ECB_ENCRYPT_DATA)",
    ),
    Operation(
        name="MAC under an AES DUKPT working key",
        level=AssuranceLevel.S3,
        why="the derived key is an object of the token and makes the CMAC or HMAC there",
    ),
    Operation(
        name="EMV option A: card master key; common session key",
        level=AssuranceLevel.S3,
        why="ECB encryption of the diversification data inside the token",
    ),
    Operation(
        name="CMAC, HMAC",
        level=AssuranceLevel.S3,
        why="mechanisms of the token",
    ),
    Operation(
        name="ECDSA and RSA signatures",
        level=AssuranceLevel.S3,
        why="mechanisms of the token; what is signed is hashed outside",
    ),
    Operation(
        name="the service's own checkpoints, receipts, certificates and QR codes (Ed25519)",
        level=AssuranceLevel.S3,
        why="the token draws the keys and signs, where it has EdDSA and the home began with it",
    ),
    Operation(
        name="AES key wrap of one token key under another",
        level=AssuranceLevel.S3,
        why="mechanism of the token, for keys that were created exportable",
    ),
    Operation(
        name="TDES DUKPT",
        level=AssuranceLevel.S2,
        why="single-DES halves and XOR variants of keys, for which tokens have no mechanism",
    ),
    Operation(
        name="retail MAC (ISO 9797-1 algorithm 3), EMV cryptograms with it, CVV",
        level=AssuranceLevel.S2,
        why="results of single DES on the way would leave the token: 2^56 to search",
    ),
    Operation(
        name="PVV, IBM 3624",
        level=AssuranceLevel.S2,
        why="the PIN's digits are in what is enciphered, or come back in clear",
    ),
    Operation(
        name="PIN translation",
        level=AssuranceLevel.S2,
        why="the clear PIN block is in our process between two keys",
    ),
    Operation(
        name="the service's own messages and PINs of customers",
        level=AssuranceLevel.S2,
        why="what a message or a sealed PIN is enciphered with, and the PIN, are in our process",
    ),
    Operation(
        name="key blocks (X9.143)",
        level=AssuranceLevel.S2,
        why="the MAC is over the key in clear; tokens have no mechanism for it",
    ),
    Operation(
        name="tokenisation and FF1",
        level=AssuranceLevel.S2,
        why="ten and more rounds with arithmetic between them",
    ),
)
