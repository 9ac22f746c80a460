"""The mechanisms of PKCS#11 that we ask of a token, by number, and what each is for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenMechanism:
    """A mechanism: its name and number in PKCS#11 v2.40, and what we do with it."""

    name: str
    number: int
    use: str


MASTER = "master key"
KEYS = "keys that work inside"
SIGNERS = "signing keys of the service itself"
MECHANISMS: tuple[TokenMechanism, ...] = (
    TokenMechanism("CKM_AES_KEY_GEN", 0x1080, MASTER),
    TokenMechanism("CKM_GENERIC_SECRET_KEY_GEN", 0x350, MASTER),
    TokenMechanism("CKM_SHA256_HMAC", 0x251, MASTER),
    TokenMechanism("CKM_AES_GCM", 0x1087, f"{MASTER}, sealing gcm"),
    TokenMechanism("CKM_AES_CBC_PAD", 0x1085, f"{MASTER}, sealing cbc-hmac"),
    TokenMechanism("CKM_AES_CMAC", 0x108A, KEYS),
    TokenMechanism("CKM_AES_ECB_ENCRYPT_DATA", 0x1104, f"{KEYS}: AES DUKPT"),
    TokenMechanism("CKM_DES3_CMAC", 0x138, KEYS),
    TokenMechanism("CKM_DES3_ECB_ENCRYPT_DATA", 0x1102, f"{KEYS}: EMV option A"),
    TokenMechanism("CKM_AES_KEY_WRAP_PAD", 0x210A, KEYS),
    TokenMechanism("CKM_EC_KEY_PAIR_GEN", 0x1040, KEYS),
    TokenMechanism("CKM_ECDSA", 0x1041, KEYS),
    TokenMechanism("CKM_SHA256_RSA_PKCS_PSS", 0x43, KEYS),
    TokenMechanism("CKM_EC_EDWARDS_KEY_PAIR_GEN", 0x1055, SIGNERS),
    TokenMechanism("CKM_EDDSA", 0x1057, SIGNERS),
)
SIGNER_MECHANISMS = frozenset(one.number for one in MECHANISMS if one.use == SIGNERS)
"""What a token needs to sign for the service itself."""
