"""Mechanisms: the approved algorithms with their strengths, and thin calls into pyca/cryptography.

Clauses: 8, Annex C.
Enters:  octets, JWKs and signatures from strangers.
Leaves:  PublicKey, thumbprints, derived keys, the register of mechanisms.
Refuses: KeyRefused (not exactly a key on the curve), SignatureRefused, MacRefused,
         MechanismRefused, FormatRefused, Undecipherable, X509Refused.
Proof:   tests/vectors (see SOURCES.md), tests/rooms/crypto.
"""

from tallystick.crypto.mechanisms.agreed_keys import Derivation, derive_agreed
from tallystick.crypto.mechanisms.agreement import AgreementKey, concat_kdf
from tallystick.crypto.mechanisms.authority import LocalAuthority, Subject, make_request
from tallystick.crypto.mechanisms.block_ciphers import (
    BlockCipher,
    aes_once,
    tdes_once,
    tdes_whole,
)
from tallystick.crypto.mechanisms.check_values import (
    OCTETS_MAX,
    CheckMethod,
    cmac_check_value,
    hmac_check_value,
    legacy_check_value,
    public_check_value,
)
from tallystick.crypto.mechanisms.cmac import Cmac
from tallystick.crypto.mechanisms.edwards import SigningKey, ed25519_verify
from tallystick.crypto.mechanisms.feedback import apply_ofb, decrypt_cfb, encrypt_cfb
from tallystick.crypto.mechanisms.format_preserving import FF1, decrypt_ff3_1
from tallystick.crypto.mechanisms.hpke import HpkeKey, hpke_seal
from tallystick.crypto.mechanisms.key_pairs import (
    HashName,
    KeyPair,
    PublicHalf,
    SignatureScheme,
    default_scheme,
)
from tallystick.crypto.mechanisms.key_register import KEY_MECHANISMS
from tallystick.crypto.mechanisms.macs import (
    CbcMac,
    HmacHash,
    MacPadding,
    RetailMac,
    demand_tag,
    hmac_tag,
    pad_message,
    shorten_tag,
)
from tallystick.crypto.mechanisms.nist_curve import (
    PublicKey,
    es256_verify,
    public_key_from_jwk,
    thumbprint,
)
from tallystick.crypto.mechanisms.numerals import ALPHANUMERIC, DIGITS
from tallystick.crypto.mechanisms.post_quantum import (
    SIGNING_PUBLIC_OCTETS,
    HybridKeyPair,
    HybridPublicKey,
    HybridSuite,
    LatticeSigningKey,
    verify_lattice,
)
from tallystick.crypto.mechanisms.refusals import (
    FormatRefused,
    KeyRefused,
    MacRefused,
    MechanismRefused,
    SignatureRefused,
    Undecipherable,
    X509Refused,
)
from tallystick.crypto.mechanisms.register import MECHANISMS, Mechanism, demand_strength
from tallystick.crypto.mechanisms.rsa import (
    PeerKey,
    RsaPublicKey,
    RsaSigningKey,
    read_public_pem,
    verify_as,
)
from tallystick.crypto.mechanisms.symmetric import (
    GcmKey,
    HmacSha256,
    decrypt_gcm,
    decrypt_gcm_siv,
    encrypt_gcm,
    encrypt_gcm_siv,
    hkdf_sha256,
    hmac_sha256,
    stretch_passphrase,
    stretch_with_argon2id,
)
from tallystick.crypto.mechanisms.x509 import (
    Purpose,
    X509Certificate,
    check_authority,
    check_chain,
    check_not_revoked,
)

__all__ = [
    "MECHANISMS",
    "Mechanism",
    "demand_strength",
    "PublicKey",
    "public_key_from_jwk",
    "thumbprint",
    "es256_verify",
    "ed25519_verify",
    "PeerKey",
    "RsaPublicKey",
    "RsaSigningKey",
    "read_public_pem",
    "verify_as",
    "hmac_sha256",
    "HmacSha256",
    "hkdf_sha256",
    "AgreementKey",
    "SigningKey",
    "concat_kdf",
    "BlockCipher",
    "aes_once",
    "tdes_once",
    "tdes_whole",
    "encrypt_cfb",
    "decrypt_cfb",
    "apply_ofb",
    "GcmKey",
    "CbcMac",
    "RetailMac",
    "MacPadding",
    "pad_message",
    "HmacHash",
    "hmac_tag",
    "shorten_tag",
    "demand_tag",
    "MacRefused",
    "Cmac",
    "CheckMethod",
    "OCTETS_MAX",
    "legacy_check_value",
    "cmac_check_value",
    "hmac_check_value",
    "public_check_value",
    "FF1",
    "decrypt_ff3_1",
    "DIGITS",
    "ALPHANUMERIC",
    "encrypt_gcm",
    "decrypt_gcm",
    "encrypt_gcm_siv",
    "decrypt_gcm_siv",
    "HpkeKey",
    "hpke_seal",
    "stretch_passphrase",
    "stretch_with_argon2id",
    "FormatRefused",
    "KeyRefused",
    "SignatureRefused",
    "MechanismRefused",
    "Undecipherable",
    "X509Refused",
    "KeyPair",
    "PublicHalf",
    "HashName",
    "SignatureScheme",
    "default_scheme",
    "Derivation",
    "derive_agreed",
    "X509Certificate",
    "Purpose",
    "Subject",
    "LocalAuthority",
    "check_authority",
    "check_chain",
    "check_not_revoked",
    "make_request",
    "HybridSuite",
    "HybridKeyPair",
    "HybridPublicKey",
    "LatticeSigningKey",
    "verify_lattice",
    "SIGNING_PUBLIC_OCTETS",
    "KEY_MECHANISMS",
]
